/* reset.h - a subscription that is held is set to another position. */
#ifndef JN_RESET_H
#define JN_RESET_H

#include "subscription/subscription.h"

/* Store that its checkpoint is at `position`, and that no key is parked. It is held, so
 * that nobody else writes its checkpoint, and is read anew when it is released. Not for
 * views. */
enum jangle_result jn_subscription_set(struct jn_subscription *subscription,
                                       int64_t position,
                                       struct jangle_error *error);

#endif
