/* saga_skip.h - a person skips the letter of a saga: its open turn is closed without
 * it. */
#ifndef JN_SAGA_SKIP_H
#define JN_SAGA_SKIP_H

#include "subscription/subscription.h"

/* Close the turn that a dead letter is of, where it stands: it will not be run again. The
 * subscription is held. */
enum jangle_result jn_saga_skip(struct jn_subscription *subscription,
                                const struct jn_row *row,
                                struct jangle_error *error);

#endif
