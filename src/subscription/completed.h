/* completed.h - the outcomes of events after the checkpoint. Several threads complete the
 * events of a subscription out of order; the checkpoint passes only what lies before the
 * first event that is not completed. */
#ifndef JN_COMPLETED_H
#define JN_COMPLETED_H

#include "subscription/subscription.h"

/* An event after the checkpoint that was handled is not handled again by this process;
 * nor is one that failed, until failures are forgotten. To forget is for the run of the
 * subscription, or for who holds it. */
bool jn_completed_is_done(const struct jn_subscription *subscription, int64_t position);
void jn_completed_forget_failures(struct jn_subscription *subscription);
void jn_completed_forget(struct jn_subscription *subscription);

/* The outcome of the event at that position; NULL if it was not delivered yet. */
const struct jn_report *jn_completed_find(const struct jn_subscription *subscription,
                                          int64_t position);

/* Keep the outcome of an event; jn_completed_reserve has made room for it. */
void jn_completed_put(struct jn_subscription *subscription,
                      int64_t position,
                      const struct jn_report *report);

/* Make room for the events of one page. NO_MEMORY. */
enum jangle_result jn_completed_reserve(struct jn_subscription *subscription,
                                        struct jangle_error *error);

#endif
