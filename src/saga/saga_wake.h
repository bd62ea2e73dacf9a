/* saga_wake.h - what waits under a saga's key is tried again soon. */
#ifndef JN_SAGA_WAKE_H
#define JN_SAGA_WAKE_H

#include "subscription/subscription.h"

/* Find a parked key; false if it is not parked. The row's key is copied. */
bool jn_saga_find_row(struct jn_subscription *subscription,
                      const char *key,
                      struct jangle_arena *arena,
                      struct jn_row *row);

/* Try the saga's waiting events again soon, as attempt 1. The subscription is held, or
 * this is its own step. */
enum jangle_result jn_saga_wake(struct jn_subscription *subscription,
                                const char *id,
                                struct jangle_error *error);

/* The same for its timeout, if a row sees to it. */
enum jangle_result jn_saga_wake_timeout(struct jn_subscription *subscription,
                                        const char *id,
                                        struct jangle_error *error);

#endif
