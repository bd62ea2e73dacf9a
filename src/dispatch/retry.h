/* retry.h - parked keys: tried again, with what waits behind them, or skipped. */
#ifndef JN_RETRY_H
#define JN_RETRY_H

#include "dispatch/event_page.h"
#include "subscription/report.h"

/* Try a parked key again, and what waits behind it. In an outage a failure leaves no
 * trace. `row` is the set's own. */
enum jangle_result jn_retry_run(struct jn_subscription *subscription,
                                const struct jn_row *row,
                                int64_t *done,
                                struct jangle_error *error);

/* What an attempt at a parked key means for the subscription as a whole: a success ends
 * an outage, a failure may be the one that makes it one. By its own step. */
void jn_retry_settle(struct jn_subscription *subscription,
                     const struct jn_report *report);

/* Try a key again now, dead or not, as attempt 1: it is held, or this is its own step. */
enum jangle_result jn_retry_soon(struct jn_subscription *subscription,
                                 const struct jn_row *row,
                                 struct jangle_error *error);

/* The next step of it is one of new events, if there are any. It is held. */
void jn_retry_let_new_be_next(struct jn_subscription *subscription);

/* In an outage, the key at that position is the one to be tried next, and now. */
void jn_retry_hasten(struct jn_subscription *subscription, int64_t position);

/* Count the event that its subscription stands before as handled: the only one of the
 * page. The subscription is held. */
enum jangle_result jn_retry_pass(struct jn_event_page *page, struct jangle_error *error);

/* Count a key's event as handled: it is held, and `row` is its. */
enum jangle_result jn_retry_skip(struct jn_subscription *subscription,
                                 const struct jn_row *row,
                                 struct jangle_error *error);

#endif
