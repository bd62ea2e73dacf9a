/* suspension.h - subscriptions that are suspended, because all their events fail or the
 * next one is too new; and subscriptions that are stalled, because their store fails. */
#ifndef JN_SUSPENSION_H
#define JN_SUSPENSION_H

#include "subscription/subscription.h"

/* Write the suspension into a checkpoint, if it is stored there; and make it of a
 * checkpoint that was read. `stale`: it is a view's that must be replayed. */
void jn_suspension_to_checkpoint(struct jangle_checkpoint *checkpoint,
                                 const struct jn_suspension *suspension);
struct jn_suspension
jn_suspension_of_checkpoint(const struct jangle_checkpoint *checkpoint, bool stale);

/* Write that too many keys failed in a row, the last of them for that reason. */
void jn_suspension_streak(char reason[JN_REASON_SIZE], const char *last);

/* Suspend it; for its own run, or for who holds it. One that is suspended already keeps
 * the date, gets the new reason, and backs off for longer. An outage is stored. */
void jn_subscription_suspend(struct jn_subscription *subscription,
                             enum jn_suspension_kind kind,
                             const char *reason);

/* It is suspended no longer: one event was handled, or there is room again. */
void jn_subscription_resume(struct jn_subscription *subscription);

/* It stays suspended, but the next event may be tried at once: the last one was refused,
 * which tells nothing of the outage. */
void jn_subscription_hurry(struct jn_subscription *subscription);

/* Note that the event was tried and is not passed: the checkpoint stays before it. */
void jn_subscription_stand_before(struct jn_subscription *subscription,
                                  const struct jangle_record *record);

/* Is there room below parked_limit for one more parked key, beside `more`? Dead ones
 * count, because each is a row, and work for an operator. */
bool jn_subscription_has_room(const struct jn_subscription *subscription, size_t more);

/* Its store, or its view's file, has failed: it is not run again for a while, which grows
 * with each failure in a row. Returns the error's result. */
enum jangle_result jn_subscription_stall(struct jn_subscription *subscription,
                                         const struct jangle_error *error);

#endif
