/* run_once.h - one bounded piece of background work: a look at the store, checkpoints
 * that are due, one run of a subscription. */
#ifndef JN_RUN_ONCE_H
#define JN_RUN_ONCE_H

#include "subscription/subscription.h"

/* Look at the store: for events of other processes, for subscribers that nobody runs any
 * more, for timeouts that are due. */
enum jangle_result jn_dispatch_look(struct jn_dispatch *dispatch,
                                    struct jangle_error *error);

/* Look at the store and store checkpoints, if either is due; then help with a run of
 * another thread, or run the subscription that waited longest: a batch of new events, a
 * parked key, timeouts. `done` is 0 when there was nothing to do. A handler that fails is
 * no error here; a store that fails is. */
enum jangle_result
jn_dispatch_run_once(struct jangle *jangle, int64_t *done, struct jangle_error *error);

/* Run a subscription that has a thread of its own, which calls this. `done` is 0 when
 * there was nothing to do: then the thread may sleep, until there may be something again;
 * and returns at once when jangle is stopping. */
enum jangle_result jn_dispatch_run_own(struct jn_subscription *subscription,
                                       int64_t *done,
                                       struct jangle_error *error);
void jn_dispatch_sleep_own(struct jn_subscription *subscription);

#endif
