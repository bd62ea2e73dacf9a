/* delivery.h - messages that were received and are not settled. */
#ifndef JN_NATS_DELIVERY_H
#define JN_NATS_DELIVERY_H

#include "nats/jetstream.h"

void jn_nats_deliveries_init(struct jn_nats_deliveries *list);
void jn_nats_deliveries_append(struct jn_nats_deliveries *list,
                               struct jn_nats_delivery *delivery);
void jn_nats_delivery_unlink(struct jn_nats_delivery *delivery);

/* The first of a list; NULL: it is empty. */
struct jn_nats_delivery *jn_nats_deliveries_first(struct jn_nats_deliveries *list);

/* Unlink it, and free it with its message. */
void jn_nats_delivery_free(struct jn_nats *nats, struct jn_nats_delivery *delivery);

/* Is it still ours, as far as we can know? */
bool jn_nats_delivery_is_ours(struct jn_nats *nats,
                              const struct jn_nats_delivery *delivery);

/* Tell the server what becomes of a message, and do not wait for an answer. Without a
 * connection nothing is told: it is delivered again when its time is over. */
void jn_nats_tell(struct jn_nats *nats, const char *reply, const char *what);

/* Give back all that was received from a queue, in its order. What was handed out stays
 * in `held` until it is settled. */
void jn_nats_give_back(struct jn_nats *nats, struct jn_nats_attached *attached);

#endif
