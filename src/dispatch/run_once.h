/* run_once.h - one bounded piece of work: a batch, a retry, checkpoints that are due, a
 * look at the store. */
#ifndef JN_RUN_ONCE_H
#define JN_RUN_ONCE_H

#include "subscription/subscription.h"

/* See what other processes have stored, and whom they have given up. */
enum jangle_result jn_dispatch_look(struct jn_dispatch *dispatch,
                                    struct jangle_error *error);

/* One bounded step for the subscription that waited longest: a batch, a parked key's
 * next attempt, checkpoints that are due. `done` is 0 when there was nothing to do. A
 * handler that fails is no error here; a store that fails is. */
enum jangle_result
jn_dispatch_run_once(struct jangle *jangle, int64_t *done, struct jangle_error *error);

#endif
