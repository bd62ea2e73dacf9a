/* saga_wake.h - what waits under a saga's key is tried again soon. */
#ifndef JN_SAGA_WAKE_H
#define JN_SAGA_WAKE_H

#include "subscription/subscription.h"

/* Try the saga's waiting events again soon, as attempt 1. The subscription is held, or
 * this is its own step. */
enum jangle_result jn_saga_wake(struct jn_subscription *subscription,
                                const char *id,
                                struct jangle_error *error);

/* Try the saga's timeout again soon, as attempt 1, if a parked row has taken it over. The
 * subscription is held, or this is its own step. */
enum jangle_result jn_saga_wake_timeout(struct jn_subscription *subscription,
                                        const char *id,
                                        struct jangle_error *error);

#endif
