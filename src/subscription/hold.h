/* hold.h - a subscription is taken out of dispatch, so that a replay, a reset or an
 * operator may change its checkpoint and its parked keys. */
#ifndef JN_HOLD_H
#define JN_HOLD_H

#include "subscription/subscription.h"

/* Take a subscription out of dispatch for that purpose, and wait until no run of it is
 * under way, and no commit carries its checkpoint. BUSY names what is in the way: another
 * hold, another process, or that the caller is in a handler, which would wait
 * for itself. */
enum jangle_result jn_subscription_hold(struct jn_subscription *subscription,
                                        enum jn_hold hold,
                                        struct jangle_error *error);

/* Give it back to dispatch with its checkpoint and parked keys read again, because they
 * were changed in the store or in the view's file. */
enum jangle_result jn_subscription_release(struct jn_subscription *subscription,
                                           struct jangle_error *error);

/* Give it back as it is in memory: nothing has changed, or moves have changed it. */
void jn_subscription_let_go(struct jn_subscription *subscription);

/* Under the mutex: is this thread in a run of it? Then it is in a handler, and must not
 * wait for another one to return. */
bool jn_thread_is_in_run(const struct jn_subscription *subscription);

/* Without the mutex: what jangle has called on this thread, "a handler" (also a reaction)
 * or "an answerer"; NULL if it is in neither. */
const char *jn_thread_callback(struct jangle *jangle);

/* BUSY for a thread that is in a handler or an answerer: it would wait for itself, or for
 * another callback that waits for it. */
enum jangle_result jn_thread_check_wait(struct jangle *jangle,
                                        struct jangle_error *error);

#endif
