/* hold.h - a subscription is taken out of dispatch, so that a replay, a reset or a
 * person may change where it stands. */
#ifndef JN_HOLD_H
#define JN_HOLD_H

#include "subscription/subscription.h"

/* Take a subscription out of dispatch: waits until no batch of it runs. BUSY if it is
 * held already, or another process runs it. Release it with its place and parked keys
 * read anew, and no longer suspended if what it was suspended for is gone. */
enum jangle_result jn_subscription_hold(struct jn_subscription *subscription,
                                        struct jangle_error *error);
enum jangle_result jn_subscription_release(struct jn_subscription *subscription,
                                           struct jangle_error *error);

/* Let go of one that was held, its place unchanged or moved by a move. */
void jn_subscription_let_go(struct jn_subscription *subscription);

/* Under the mutex: is this thread in a step of it? Then it is in a handler, and must not
 * wait for another one to return. */
bool jn_thread_is_in_run(const struct jn_subscription *subscription);

/* Without the mutex: what jangle has called on this thread, "a handler" (also a reaction)
 * or "an answerer"; NULL if it is in neither. */
const char *jn_thread_callback(struct jangle *jangle);

#endif
