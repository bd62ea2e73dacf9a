/* read.h - read checkpoints, parked keys and delivery steps. Rows are picked under the
 * store's lock and visited without it. */
#ifndef JN_MEMORY_READ_H
#define JN_MEMORY_READ_H

#include "memory/memory.h"

jangle_store_find_checkpoint_fn jn_memory_find_checkpoint;
jangle_store_read_checkpoints_fn jn_memory_read_checkpoints;
jangle_store_read_parked_fn jn_memory_read_parked;
jangle_store_read_delivery_fn jn_memory_read_delivery;

#endif
