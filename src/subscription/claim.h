/* claim.h - where a subscriber begins: taken over, or written down for good. */
#ifndef JN_CLAIM_H
#define JN_CLAIM_H

#include "subscription/subscription.h"

/* Own it, and find its place or write it down. OK with `owned` false if another process
 * runs it. */
enum jangle_result jn_subscription_claim(struct jn_subscription *subscription,
                                         struct jangle_error *error);

#endif
