/* saga_timers.h - a step for the timeouts of sagas, when they are due. */
#ifndef JN_SAGA_TIMERS_H
#define JN_SAGA_TIMERS_H

#include "saga/saga_dispatch.h"

/* A step of the subscription: run the turns of timeouts that are due; or the one that
 * `row` stands for, if it is not NULL. */
enum jangle_result jn_timers_run(struct jn_subscription *subscription,
                                 const struct jn_row *row,
                                 int64_t *done,
                                 struct jangle_error *error);

/* Before dispatch is closed: what timeouts are looked for with is let go. */
void jn_timers_close(struct jangle *jangle);

#endif
