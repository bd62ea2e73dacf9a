/* deliver.h - one event is delivered to one handler. */
#ifndef JN_DELIVER_H
#define JN_DELIVER_H

#include "dispatch/delivery.h"

/* Call the handler with that delivery. */
enum jangle_result jn_call_handler(struct jn_delivery *delivery);

/* Decode the event, and hand it to its handler in the way of the subscription's kind. The
 * outcome is in the delivery's report. */
void jn_deliver(struct jn_delivery *delivery);

/* Deliver the event as jn_deliver does, a view's in a transaction of its own, which is
 * open afterwards; what a failed handler wrote is undone. The result is other than OK if
 * the transaction could not begin: then the handler was not called, or what it wrote is
 * gone. */
enum jangle_result jn_deliver_singly(struct jn_delivery *delivery,
                                     struct jangle_error *error);

#endif
