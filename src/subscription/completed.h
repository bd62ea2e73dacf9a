/* completed.h - what came of events that the checkpoint is not past: those of a
 * subscription that several threads share. */
#ifndef JN_COMPLETED_H
#define JN_COMPLETED_H

#include "subscription/report.h"
#include "subscription/subscription.h"

/* What was handled after the checkpoint is not handled again by this process, nor, until
 * that is forgotten, what failed there. By its own step, or by who holds it. */
bool jn_completed_is_done(const struct jn_subscription *subscription, int64_t position);
void jn_completed_forget_failures(struct jn_subscription *subscription);
void jn_completed_forget(struct jn_subscription *subscription);

/* What came of the event at that position, if it was handled ahead of the checkpoint;
 * NULL if it was not. */
const struct jn_report *jn_completed_find(const struct jn_subscription *subscription,
                                          int64_t position);

/* Note what came of an event; jn_completed_reserve has made room for it. */
void jn_completed_put(struct jn_subscription *subscription,
                      int64_t position,
                      const struct jn_report *report);

/* Make room for the events of one page. NO_MEMORY. */
enum jangle_result jn_completed_reserve(struct jn_subscription *subscription,
                                        struct jangle_error *error);

#endif
