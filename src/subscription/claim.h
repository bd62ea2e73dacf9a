/* claim.h - a process begins to run a subscriber: it owns the name, and finds or stores
 * where the subscriber begins. */
#ifndef JN_CLAIM_H
#define JN_CLAIM_H

#include "subscription/subscription.h"

/* Own the subscriber, and read its checkpoint; a new subscriber gets its first one. OK
 * with `owned` false if another process runs it. */
enum jangle_result jn_subscription_claim(struct jn_subscription *subscription,
                                         struct jangle_error *error);

#endif
