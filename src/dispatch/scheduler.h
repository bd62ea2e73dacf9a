/* scheduler.h - which subscription is run next: what is due, and which of it may be run.
 *
 * All but jn_scheduler_take and jn_scheduler_end under the mutex. */
#ifndef JN_SCHEDULER_H
#define JN_SCHEDULER_H

#include "subscription/subscription.h"

/* Are there events after its checkpoint that it may go on to? */
bool jn_scheduler_has_new(const struct jn_subscription *subscription);

/* Are there timeouts of sagas to be run, or to be looked for in the log? */
bool jn_scheduler_has_timers(const struct jn_subscription *subscription);

/* When there will be something to do for it, by what is known now; INT64_MAX: never. */
int64_t jn_scheduler_due_us(const struct jn_subscription *subscription);
bool jn_scheduler_is_due(const struct jn_subscription *subscription);

/* Does no thread run it, and may one more thread be inside handlers of its kind? */
bool jn_scheduler_may_begin(const struct jn_subscription *subscription);

/* Of the subscriptions with something to do, the one that waited longest; NULL if there
 * is none. If it is running already, its run has events for one more thread. */
struct jn_subscription *jn_scheduler_next(struct jn_dispatch *dispatch);

/* Until when the first view that gathers events does so, if no worker sleeps until then;
 * INT64_MAX if none does, or if one sleeps. */
int64_t jn_scheduler_unwatched_us(const struct jn_dispatch *dispatch);

/* Is there something to do, or a view that gathers events, for which no worker will be
 * awake? */
bool jn_scheduler_needs_worker(struct jn_dispatch *dispatch);

/* Begin a run of the subscription that waited longest, NULL if there is none: if there is
 * one more, a worker is woken for it, which wakes the next. And end it. */
struct jn_subscription *jn_scheduler_take(struct jn_dispatch *dispatch);

/* Begin a run of a subscription that has a thread of its own, which calls this. False if
 * there is nothing to do, or if somebody else runs it. */
bool jn_scheduler_take_own(struct jn_subscription *subscription);
void jn_scheduler_end(struct jn_subscription *subscription);

#endif
