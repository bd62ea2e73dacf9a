/* receive.h - queues are attached, and messages are received from them. */
#ifndef JN_RABBIT_RECEIVE_H
#define JN_RABBIT_RECEIVE_H

#include "rabbitmq/rabbit.h"

jangle_transport_attach_fn jn_rabbit_attach;
jangle_transport_detach_fn jn_rabbit_detach;
jangle_transport_receive_fn jn_rabbit_receive;

void jn_rabbit_receiving_init(struct jn_rabbit *rabbit);
void jn_rabbit_receiving_finish(struct jn_rabbit *rabbit);

/* Drop the connection: the broker gives back whatever was received by it. */
void jn_rabbit_lose(struct jn_rabbit *rabbit);

/* Read what the broker has sent before something is settled, and limit the time for which
 * that may take. */
void jn_rabbit_limit_receiving(struct jn_rabbit *rabbit, int64_t until_us);

/* See whether the connection broke meanwhile. */
void jn_rabbit_see_loss(struct jn_rabbit *rabbit);

/* Answer heartbeats, and attach again what was attached. */
enum jangle_result jn_rabbit_tend_receiving(struct jn_rabbit *rabbit,
                                            struct jangle_error *error);

/* How many messages of a queue came, and were not handed out. */
int64_t jn_rabbit_waiting_count(const struct jn_rabbit *rabbit, const char *queue);

/* Acknowledge those, and forget them. BUSY: the connection broke, so that they come
 * again.
 */
enum jangle_result jn_rabbit_drop_waiting(struct jn_rabbit *rabbit,
                                          const char *queue,
                                          struct jangle_error *error);

#endif
