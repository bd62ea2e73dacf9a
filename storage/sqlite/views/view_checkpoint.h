/* view_checkpoint.h - what a view's file says of itself: one row of jangle_place. */
#ifndef JN_VIEW_CHECKPOINT_H
#define JN_VIEW_CHECKPOINT_H

#include "sqlite/views/view_file.h"

/* All of these read on a connection that is taken, and are STORAGE if a column of
 * jangle_place holds what it cannot. */
enum jangle_result jn_view_read_checkpoint(struct jangle_view *view,
                                           struct jangle_view_checkpoint *checkpoint,
                                           struct jangle_error *error);
enum jangle_result jn_view_read_position(struct jangle_view *view,
                                         int64_t *position,
                                         struct jangle_error *error);

enum jangle_result jn_view_read_parked_sum(struct jangle_view *view,
                                           struct jn_parked_sum *sum,
                                           struct jangle_error *error);

/* Read the id of the builder: each time a file is filled anew it has another. */
enum jangle_result jn_view_read_build(struct jangle_view *view,
                                      unsigned char build_id[JANGLE_ID_SIZE],
                                      struct jangle_error *error);

/* The schema that it was filled by, in memory of SQLite's. */
enum jangle_result
jn_view_read_schema(struct jangle_view *view, char **schema, struct jangle_error *error);

/* INVALID if it is another view's. */
enum jangle_result jn_view_check_name(struct jangle_view *view,
                                      const char *name,
                                      struct jangle_error *error);

jangle_view_store_checkpoint_fn jn_view_checkpoint;

#endif
