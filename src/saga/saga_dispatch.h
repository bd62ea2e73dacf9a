/* saga_dispatch.h - events and timeouts come to sagas. */
#ifndef JN_SAGA_DISPATCH_H
#define JN_SAGA_DISPATCH_H

#include "dispatch/delivery.h"

struct jn_saga;
struct jn_seen;
struct jn_turn;

/* The event's turn in its saga: as a handler. What it answers is in the delivery. */
enum jangle_result jn_saga_deliver(const struct jn_call *call,
                                   const struct jangle_event *event,
                                   struct jn_delivery *delivery);

#endif
