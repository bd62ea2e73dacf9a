/* batch_parallel.h - new events of one subscription, handled by several threads: one of a
 * key at a time, and what is done ahead of the checkpoint is remembered. The thread
 * whose step it is opens it to others that poll, takes part, and waits for them; it
 * alone moves the subscription, past what was answered, in order of the log. */
#ifndef JN_BATCH_PARALLEL_H
#define JN_BATCH_PARALLEL_H

#include "subscription/subscription.h"

/* Take part in a step of another thread (batch_parallel.c), if its turn has come. */
bool jn_parallel_help(struct jn_dispatch *dispatch, int64_t *done);

/* By several threads, a key at a time each (batch_parallel.c): if it says that it has
 * more than one, there are workers for that, and it is going. */
bool jn_batch_is_parallel(const struct jn_batch *batch);
enum jangle_result jn_batch_in_parallel(struct jn_batch *batch,
                                        struct jangle_error *error);

#endif
