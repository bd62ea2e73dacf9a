/* broker.h - the queues of a broker, and the passing of time. */
#ifndef JN_HUB_BROKER_H
#define JN_HUB_BROKER_H

#include "hub/hub.h"

void jn_hub_broker_init(struct jn_hub_broker *broker, struct jangle_hub *hub, bool logs);

/* Free all queues and topics. Nobody is attached. */
void jn_hub_broker_finish(struct jn_hub_broker *broker);

/* Make a queue that does not exist, as it is described, without bindings. NULL: no
 * memory. */
struct jn_hub_queue *jn_hub_queue_make(struct jn_hub_broker *broker,
                                       const struct jangle_queue *as);

/* Remove a queue with its bindings and all that is in it. */
void jn_hub_queue_remove(struct jn_hub_queue *queue);

/* Do what is due by the clock: delays end, and what has waited for too long is dead. If
 * there is no memory for it, it is done at a later call. */
void jn_hub_broker_advance(struct jn_hub_broker *broker);

#endif
