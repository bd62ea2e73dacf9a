/* view_checkpoint.h - read the checkpoint of a view, which is the one row of table
 * jangle_place (an older word for checkpoint, which stays because it is in the files),
 * and read and write its parked keys. */
#ifndef JN_VIEW_CHECKPOINT_H
#define JN_VIEW_CHECKPOINT_H

#include "sqlite/views/view_file.h"

/* Read the checkpoint, or its position alone, on a connection that the caller has taken.
 * STORAGE if the row is missing or damaged. */
enum jangle_result jn_view_read_checkpoint(struct jangle_view *view,
                                           struct jangle_view_checkpoint *checkpoint,
                                           struct jangle_error *error);
enum jangle_result jn_view_read_position(struct jangle_view *view,
                                         int64_t *position,
                                         struct jangle_error *error);

/* Read how many keys are parked, and the sum of their checksums. */
enum jangle_result jn_view_read_parked_sum(struct jangle_view *view,
                                           struct jn_parked_sum *sum,
                                           struct jangle_error *error);

/* Read the id of the build: it changes each time the file is filled from the start. */
enum jangle_result jn_view_read_build(struct jangle_view *view,
                                      unsigned char build_id[JANGLE_ID_SIZE],
                                      struct jangle_error *error);

/* Read the schema by which the file was filled. Free it with sqlite3_free. */
enum jangle_result
jn_view_read_schema(struct jangle_view *view, char **schema, struct jangle_error *error);

/* INVALID if the file is another view's; STORAGE if the row is missing or not the only
 * one. */
enum jangle_result jn_view_check_name(struct jangle_view *view,
                                      const char *name,
                                      struct jangle_error *error);

jangle_view_store_checkpoint_fn jn_view_checkpoint;

/* In a batch: write the parked keys of a checkpoint, and bring their sum up to date. */
enum jangle_result jn_view_write_parked(struct jangle_view *view,
                                        const struct jangle_checkpoint *checkpoint,
                                        struct jn_parked_sum *sum,
                                        struct jangle_error *error);

jangle_view_store_read_parked_fn jn_view_read_parked;

#endif
