/* retry.h - parked keys: tried again, with the events that are parked behind them, or
 * skipped. */
#ifndef JN_RETRY_H
#define JN_RETRY_H

#include "dispatch/event_page.h"

/* Try the event of a parked key again, and after a success those behind it. In an outage
 * a failure counts as no attempt. `row` is the set's own. */
enum jangle_result jn_retry_run(struct jn_subscription *subscription,
                                const struct jn_row *row,
                                int64_t *done,
                                struct jangle_error *error);

/* Draw the conclusion for the whole subscription from an attempt at a parked key: a
 * success ends an outage, a failure may be the one that begins it. For its own run. */
void jn_retry_settle(struct jn_subscription *subscription,
                     const struct jn_report *report);

/* Have a key tried again now, dead or not, as attempt 1. The subscription is held, or
 * this is its own run. */
enum jangle_result jn_retry_soon(struct jn_subscription *subscription,
                                 const struct jn_row *row,
                                 struct jangle_error *error);

/* The key at that position is tried next, and at once, also in an outage; with position 0
 * the next new event is, if there is one. */
void jn_retry_hasten(struct jn_subscription *subscription, int64_t position);

/* Let the checkpoint pass the event that the subscription is suspended before, as if it
 * were handled. It is the only event of the page. The subscription is held. */
enum jangle_result jn_retry_pass(struct jn_event_page *page, struct jangle_error *error);

/* Go on with a key as if its event were handled. The subscription is held, and `row` is
 * its own. */
enum jangle_result jn_retry_skip(struct jn_subscription *subscription,
                                 const struct jn_row *row,
                                 struct jangle_error *error);

#endif
