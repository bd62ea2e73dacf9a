/* bind.h - a queue is bound to its topic. */
#ifndef JN_NATS_BIND_H
#define JN_NATS_BIND_H

#include "nats/jetstream.h"

/* Bind a queue, whose own stream is there, to its topic. Routes that it has stay. */
enum jangle_result jn_nats_bind(struct jn_nats *nats,
                                const struct jangle_queue *queue,
                                const char *stream,
                                struct jangle_error *error);

/* Make sure that the stream of a topic has the consumer of a queue, which gets what the
 * bindings in the queue's own stream say. */
enum jangle_result jn_nats_bind_consumer(struct jn_nats *nats,
                                         const char *queue,
                                         const char *own,
                                         const char *topic,
                                         struct jangle_error *error);

#endif
