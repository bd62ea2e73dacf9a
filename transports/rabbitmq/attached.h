/* attached.h - the queues that a transport is attached to. */
#ifndef JN_RABBIT_ATTACHED_H
#define JN_RABBIT_ATTACHED_H

#include "rabbitmq/rabbit.h"

/* NULL: it is not attached. */
struct jn_rabbit_attached *jn_rabbit_attached_by_name(const struct jn_rabbit *rabbit,
                                                      const char *queue);
struct jn_rabbit_attached *jn_rabbit_attached_by_channel(const struct jn_rabbit *rabbit,
                                                         amqp_channel_t channel);

/* A copy of the description, in the list. NULL: no memory. */
struct jn_rabbit_attached *jn_rabbit_attached_add(struct jn_rabbit *rabbit,
                                                  const struct jangle_queue *queue);

/* Out of the list, and freed. What came from it no longer belongs to it. */
void jn_rabbit_attached_remove(struct jn_rabbit *rabbit,
                               struct jn_rabbit_attached *attached);

/* Forget what was received from it and not handed out. What was handed out is a conflict
 * when it is settled. */
void jn_rabbit_attached_lose(struct jn_rabbit *rabbit,
                             struct jn_rabbit_attached *attached);

#endif
