/* view_parked.h - the keys of a view whose events wait. */
#ifndef JN_VIEW_PARKED_H
#define JN_VIEW_PARKED_H

#include "sqlite/views/view_file.h"

/* In a batch: what a checkpoint says of its parked keys, and what they come to then. */
enum jangle_result jn_view_write_parked(struct jangle_view *view,
                                        const struct jangle_checkpoint *checkpoint,
                                        struct jn_parked_sum *sum,
                                        struct jangle_error *error);

jangle_view_store_read_parked_fn jn_view_read_parked;

#endif
