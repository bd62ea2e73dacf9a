/* delivery.h - messages that were received and are not settled. */
#ifndef JN_RABBIT_DELIVERY_H
#define JN_RABBIT_DELIVERY_H

#include "rabbitmq/rabbit.h"

void jn_rabbit_deliveries_init(struct jn_rabbit_deliveries *list);

/* NULL: the list is empty. */
struct jn_rabbit_delivery *
jn_rabbit_deliveries_first(const struct jn_rabbit_deliveries *list);

/* How many there are, but no more than `most`. */
size_t jn_rabbit_deliveries_count(const struct jn_rabbit_deliveries *list, size_t most);

void jn_rabbit_deliveries_append(struct jn_rabbit_deliveries *list,
                                 struct jn_rabbit_delivery *delivery);

/* Begin one: what follows is its header and its body. NULL: no memory. */
struct jn_rabbit_delivery *jn_rabbit_delivery_new(struct jn_rabbit *rabbit,
                                                  struct jn_rabbit_attached *attached,
                                                  const amqp_basic_deliver_t *deliver);

enum jangle_result jn_rabbit_delivery_header(struct jn_rabbit_delivery *delivery,
                                             const amqp_frame_t *frame,
                                             struct jangle_error *error);
void jn_rabbit_delivery_body(struct jn_rabbit_delivery *delivery, amqp_bytes_t part);
bool jn_rabbit_delivery_is_complete(const struct jn_rabbit_delivery *delivery);

/* Out of its list, if it is in one, and freed. */
void jn_rabbit_delivery_free(struct jn_rabbit *rabbit,
                             struct jn_rabbit_delivery *delivery);

/* Out of its list. */
void jn_rabbit_delivery_unlink(struct jn_rabbit_delivery *delivery);

/* Does it still belong to us? */
bool jn_rabbit_delivery_is_ours(const struct jn_rabbit *rabbit,
                                const struct jn_rabbit_delivery *delivery);

#endif
