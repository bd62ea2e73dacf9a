/* deliver.h - one event to one handler, and what it makes of it. */
#ifndef JN_DELIVER_H
#define JN_DELIVER_H

#include "dispatch/delivery.h"

/* Call the handler, with the delivery that it is given. */
enum jangle_result jn_call_handler(const struct jn_call *call,
                                   const struct jangle_event *event,
                                   struct jn_delivery *delivery);

/* Read the event, and hand it to its handler by the kind of the subscription. */
void jn_deliver(const struct jn_call *call, struct jn_report *report);

/* Deliver the event as jn_deliver does, a view's in a transaction of its own. That is
 * open afterwards, without what a failed handler wrote. The result is other than OK if
 * the transaction could not begin: then no handler was called. */
enum jangle_result jn_deliver_singly(struct jn_call *call,
                                     struct jn_report *report,
                                     struct jangle_error *error);

#endif
