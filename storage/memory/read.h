/* read.h - checkpoints, parked keys and delivery steps: how they are read. */
#ifndef JN_READ_H
#define JN_READ_H

#include "memory/memory.h"

enum jangle_result jn_memory_find_checkpoint(struct jangle_store *base,
                                             const char *subscriber,
                                             struct jangle_checkpoint *checkpoint,
                                             struct jangle_error *error);

enum jangle_result jn_memory_read_checkpoints(struct jangle_store *base,
                                              jangle_checkpoint_fn *visit,
                                              void *context,
                                              struct jangle_error *error);

enum jangle_result jn_memory_read_parked(struct jangle_store *base,
                                         const char *subscriber,
                                         jangle_time now,
                                         size_t limit,
                                         jangle_parked_fn *visit,
                                         void *context,
                                         struct jangle_error *error);

enum jangle_result jn_memory_read_delivery(struct jangle_store *base,
                                           const char *subscriber,
                                           int64_t position,
                                           jangle_delivery_step_fn *visit,
                                           void *context,
                                           struct jangle_error *error);

#endif
