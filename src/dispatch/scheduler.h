/* scheduler.h - which subscription runs next: what is due, and who may run.
 *
 * All but jn_scheduler_take and jn_scheduler_end under the mutex. */
#ifndef JN_SCHEDULER_H
#define JN_SCHEDULER_H

#include "subscription/subscription.h"

/* Are there events that it has not come to, and may go on to? */
bool jn_scheduler_has_new(const struct jn_subscription *subscription);

/* Are there timeouts of sagas to be handled, or to be looked for in the log? */
bool jn_scheduler_has_timers(const struct jn_subscription *subscription);

/* When there will be something to do for it, of what is known now; INT64_MAX: never. */
int64_t jn_scheduler_due_us(const struct jn_subscription *subscription);
bool jn_scheduler_is_due(const struct jn_subscription *subscription);

/* Does nobody run it, and is there a worker for it? */
bool jn_scheduler_may_begin(const struct jn_subscription *subscription);

/* Of those with something to do, the one that waited longest; NULL if there is none. If
 * it is running, its step wants help. */
struct jn_subscription *jn_scheduler_next(struct jn_dispatch *dispatch);

/* Take it for a step, and end that. */
struct jn_subscription *jn_scheduler_take(struct jn_dispatch *dispatch);
void jn_scheduler_end(struct jn_subscription *subscription);

#endif
