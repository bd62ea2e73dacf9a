/* turn.h - whose turn it is: what is due, who may run, who is held. */
#ifndef JN_TURN_H
#define JN_TURN_H

#include "subscription/subscription.h"

/* Are there events that it has not come to, and may go on to? */
bool jn_turn_has_new(const struct jn_subscription *subscription);

/* Are there timeouts that may have their turns, or are to be looked into? */
bool jn_turn_has_timers(const struct jn_subscription *subscription);

/* When there will be something to do for it, of what is known now; INT64_MAX: never. */
int64_t jn_turn_due_us(const struct jn_subscription *subscription);
bool jn_turn_is_due(const struct jn_subscription *subscription);

/* Does nobody run it, and is there a worker for it? */
bool jn_turn_may_begin(const struct jn_subscription *subscription);

/* Of those with something to do, the one that waited longest; NULL if there is none. If
 * it is running, its step wants help. */
struct jn_subscription *jn_turn_next(struct jn_dispatch *dispatch);

/* Take it for a step, and end that. */
struct jn_subscription *jn_turn_take(struct jn_dispatch *dispatch);
void jn_turn_end(struct jn_subscription *subscription);

#endif
