/* view_format.h - the tables that jangle keeps in a view's file, and the migration of
 * older files. */
#ifndef JN_VIEW_FORMAT_H
#define JN_VIEW_FORMAT_H

#include "sqlite/views/view_file.h"

enum { JN_VIEW_APPLICATION_ID = 0x6a766965, JN_VIEW_FORMAT = 2 };

/* What the checksum of jangle_place covers, in the way of sqlite/file/row_checksums.h.
 * Parked rows have the checksum of a store's, with the view's name as the subscriber. */
#define JN_VIEW_CHECKPOINT_CHECKSUM(position, event_id, incomplete, suspended, parked)   \
    "jangle_checksum('jangle_place', one, name, " position ", " event_id                 \
    ", schema,"                                                                          \
    " schema_version, types_hash, store_id, build_id, " incomplete ", " suspended        \
    ", " parked ")"

#define JN_VIEW_CHECKPOINT_CHECKSUM_AS_IT_IS                                             \
    JN_VIEW_CHECKPOINT_CHECKSUM("position", "event_id", "incomplete",                    \
                                "suspended_for, suspended_at, reason",                   \
                                "parked_count, parked_total")

/* Compares the checksum: the last column of each statement that reads the checkpoint. */
#define JN_VIEW_CHECKPOINT_FITS "checksum = " JN_VIEW_CHECKPOINT_CHECKSUM_AS_IT_IS

/* SQL that makes the tables in an empty file. */
extern const char jn_view_tables[];

/* Run the migration of an older file, in one transaction. The rows of the view stay, so
 * that it needs no replay. Nothing happens to a current file. */
enum jangle_result jn_view_migrate(struct jangle_view *view, struct jangle_error *error);

/* For a follower, which runs no migration: INVALID if the file is older. */
enum jangle_result jn_view_check_current(struct jangle_view *view,
                                         struct jangle_error *error);

#endif
