/* suspension.h - subscriptions that stand still: while all fails, before what is too
 * new, while their store fails. */
#ifndef JN_SUSPENSION_H
#define JN_SUSPENSION_H

#include "subscription/subscription.h"

/* Write the suspension into a checkpoint, if it is stored there; and make it of a
 * checkpoint that was read. `stale`: it is a view's that must be replayed. */
void jn_suspension_to_checkpoint(struct jangle_checkpoint *checkpoint,
                                 const struct jn_suspension *suspension);
struct jn_suspension
jn_suspension_of_checkpoint(const struct jangle_checkpoint *checkpoint, bool stale);

/* By its own step, or by who holds it. What is suspended already stays so, with its date,
 * gets the reason, and is left alone for longer. An outage is written down. */
void jn_subscription_suspend(struct jn_subscription *subscription,
                             enum jn_suspension_kind kind,
                             const char *reason);

/* One event got through, or there is room again. */
void jn_subscription_resume(struct jn_subscription *subscription);

/* It is suspended, and the next event may be tried at once: the last one was refused,
 * which tells nothing of the outage. */
void jn_subscription_hurry(struct jn_subscription *subscription);

/* It stands before that event, which was tried in vain. */
void jn_subscription_stand_before(struct jn_subscription *subscription,
                                  const struct jangle_record *record);

/* Has it room for one more parked key, beside `more`? Dead ones count, for each is a row,
 * and a person's work. */
bool jn_subscription_has_room(const struct jn_subscription *subscription, size_t more);

/* Its store, or its view's file, failed: leave it alone for a while. Returns the result.
 */
enum jangle_result jn_subscription_stall(struct jn_subscription *subscription,
                                         const struct jangle_error *error);

#endif
