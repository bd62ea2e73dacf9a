/* batch_parallel.h - new events of one subscription, handled by several threads: one of a
 * key at a time, and what is done ahead of the checkpoint is remembered. The thread
 * whose step it is opens it to others that poll, takes part, and waits for them; it
 * alone moves the subscription, past what was answered, in order of the log. */
#ifndef JN_BATCH_PARALLEL_H
#define JN_BATCH_PARALLEL_H

#include "subscription/subscription.h"

/* Take part in a step of another thread, if its turn has come. */
bool jn_parallel_help(struct jn_dispatch *dispatch, int64_t *done);

/* May several threads share the batch? Its subscriber asks for more than one, there are
 * workers for that, and the subscription is not suspended. */
bool jn_batch_is_parallel(const struct jn_batch *batch);

/* Handle the batch by several threads, each of which handles one key at a time. */
enum jangle_result jn_batch_in_parallel(struct jn_batch *batch,
                                        struct jangle_error *error);

#endif
