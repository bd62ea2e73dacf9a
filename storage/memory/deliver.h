/* deliver.h - checkpoints, parked keys and delivery steps: how they are changed. */
#ifndef JN_MEMORY_DELIVER_H
#define JN_MEMORY_DELIVER_H

#include "memory/memory.h"

/* NO_MEMORY. A step that is there stays as it is. */
enum jangle_result jn_memory_put_delivery_step(struct jn_memory_store *store,
                                               const struct jangle_delivery_step *step);

jangle_store_rename_fn jn_memory_rename;

/* CONFLICT, with its sentence in the part's error; NO_MEMORY. */
enum jangle_result jn_memory_put_checkpoint(struct jn_memory_store *store,
                                            struct jangle_checkpoint *checkpoint);

#endif
