/* deliver.h - one event is delivered to one handler. */
#ifndef JN_DELIVER_H
#define JN_DELIVER_H

#include "dispatch/delivery.h"

/* Call the handler with that delivery. */
enum jangle_result jn_call_handler(const struct jn_call *call,
                                   const struct jangle_event *event,
                                   struct jn_delivery *delivery);

/* Decode the event, and hand it to its handler in the way of the subscription's kind. */
void jn_deliver(const struct jn_call *call, struct jn_report *report);

/* Deliver the event as jn_deliver does, a view's in a transaction of its own, which is
 * open afterwards; what a failed handler wrote is undone. The result is other than OK if
 * the transaction could not begin: then the handler was not called, or what it wrote is
 * gone. */
enum jangle_result jn_deliver_singly(struct jn_call *call,
                                     struct jn_report *report,
                                     struct jangle_error *error);

#endif
