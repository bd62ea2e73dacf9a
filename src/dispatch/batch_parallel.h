/* batch_parallel.h - a batch whose events several threads deliver: of each key one event
 * at a time. The thread that the run belongs to lets other threads that poll take part,
 * takes part itself, and waits for them. It alone moves the subscription afterwards, in
 * the order of the log, past the events that are completed (subscription/completed.h). */
#ifndef JN_BATCH_PARALLEL_H
#define JN_BATCH_PARALLEL_H

#include "subscription/subscription.h"

/* Take part in a run of another thread, if that subscription is the next to be worked on.
 * `done` grows by the events that were delivered. */
bool jn_parallel_help(struct jn_dispatch *dispatch, int64_t *done);

/* May several threads share the batch? Yes if the subscriber asks for more than one,
 * there are workers enough, and the subscription is not suspended. */
bool jn_batch_is_parallel(const struct jn_batch *batch);

/* Handle the batch by several threads, each of which handles one key at a time. */
enum jangle_result jn_batch_in_parallel(struct jn_batch *batch,
                                        struct jangle_error *error);

#endif
