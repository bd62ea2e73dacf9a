/* view_parked.h - read and write the parked keys of a view. */
#ifndef JN_VIEW_PARKED_H
#define JN_VIEW_PARKED_H

#include "sqlite/views/view_file.h"

/* In a batch: write the parked keys of a checkpoint, and bring their sum up to date. */
enum jangle_result jn_view_write_parked(struct jangle_view *view,
                                        const struct jangle_checkpoint *checkpoint,
                                        struct jn_parked_sum *sum,
                                        struct jangle_error *error);

jangle_view_store_read_parked_fn jn_view_read_parked;

#endif
