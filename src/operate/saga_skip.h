/* saga_skip.h - an operator skips a dead letter of a saga. */
#ifndef JN_SAGA_SKIP_H
#define JN_SAGA_SKIP_H

#include "subscription/subscription.h"

/* Close the open turn that the parked row is of, where it stands: it will not be run
 * again. The subscription is held. */
enum jangle_result jn_saga_skip(struct jn_subscription *subscription,
                                const struct jn_row *row,
                                struct jangle_error *error);

#endif
