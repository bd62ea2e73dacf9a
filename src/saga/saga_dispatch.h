/* saga_dispatch.h - an event comes to its saga, and has its turn there. */
#ifndef JN_SAGA_DISPATCH_H
#define JN_SAGA_DISPATCH_H

#include "dispatch/delivery.h"

/* Run the event's turn in its saga: the handler of a saga's subscription. What became of
 * the event is in the delivery. */
enum jangle_result jn_saga_deliver(const struct jn_call *call,
                                   const struct jangle_event *event,
                                   struct jn_delivery *delivery);

#endif
