/* view_format.h - the tables that jangle keeps in a view's file, and how older ones
 * become them. */
#ifndef JN_VIEW_FORMAT_H
#define JN_VIEW_FORMAT_H

#include "sqlite/views/view_file.h"

enum { JN_VIEW_APPLICATION_ID = 0x6a766965, JN_VIEW_FORMAT = 2 };

/* What a checksum in these tables covers, as sqlite/file/row_checksums.h has it. The view
 * is the subscriber whose keys are parked. */
#define JN_VIEW_CHECKPOINT_CHECKSUM(position, event_id, incomplete, suspended, parked)   \
    "jangle_checksum('jangle_place', one, name, " position ", " event_id                 \
    ", schema,"                                                                          \
    " schema_version, types_hash, store_id, build_id, " incomplete ", " suspended        \
    ", " parked ")"

#define JN_VIEW_CHECKPOINT_CHECKSUM_AS_IT_IS                                             \
    JN_VIEW_CHECKPOINT_CHECKSUM("position", "event_id", "incomplete",                    \
                                "suspended_for, suspended_at, reason",                   \
                                "parked_count, parked_total")

/* The last column of each statement that reads the checkpoint. */
#define JN_VIEW_CHECKPOINT_FITS "checksum = " JN_VIEW_CHECKPOINT_CHECKSUM_AS_IT_IS

/* Makes the tables, in an empty file. */
extern const char jn_view_tables[];

/* Bring an older file up to date, in one transaction; nothing happens to a current one.
 * The view's rows stay, so it needs no replay. */
enum jangle_result jn_view_migrate(struct jangle_view *view, struct jangle_error *error);

/* For those who will not bring it up to date: INVALID if it is older. */
enum jangle_result jn_view_check_current(struct jangle_view *view,
                                         struct jangle_error *error);

#endif
