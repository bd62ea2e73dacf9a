/* deliver.h - change and read checkpoints, parked keys and delivery steps. The functions
 * jn_memory_put_... are called under the store's lock and write each change to the
 * journal, so that the caller can undo it. */
#ifndef JN_MEMORY_DELIVER_H
#define JN_MEMORY_DELIVER_H

#include "memory/memory.h"

/* Store a delivery step; a step that is stored already stays as it is. NO_MEMORY. */
enum jangle_result jn_memory_put_delivery_step(struct jn_memory_store *store,
                                               const struct jangle_delivery_step *step);

jangle_store_rename_fn jn_memory_rename;

/* Rows are picked under the store's lock and visited without it. */
jangle_store_find_checkpoint_fn jn_memory_find_checkpoint;
jangle_store_read_checkpoints_fn jn_memory_read_checkpoints;
jangle_store_read_parked_fn jn_memory_read_parked;
jangle_store_read_delivery_fn jn_memory_read_delivery;

/* Store a checkpoint and its parked keys. CONFLICT, with a sentence in the part's error,
 * if the stored checkpoint is not at `from`; NO_MEMORY. */
enum jangle_result jn_memory_put_checkpoint(struct jn_memory_store *store,
                                            struct jangle_checkpoint *checkpoint);

#endif
