/* reset.h - a subscription that is held is set to another position. */
#ifndef JN_RESET_H
#define JN_RESET_H

#include "subscription/subscription.h"

/* Store the checkpoint `position`, and that no key is parked. The subscription is held,
 * so that nobody else writes its checkpoint; its memory is read again by
 * jn_subscription_release. Not for views. NOT_FOUND if there is no such position. */
enum jangle_result jn_subscription_set(struct jn_subscription *subscription,
                                       int64_t position,
                                       struct jangle_error *error);

#endif
