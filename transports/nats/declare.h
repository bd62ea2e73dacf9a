/* declare.h - topics and queues are made. */
#ifndef JN_NATS_DECLARE_H
#define JN_NATS_DECLARE_H

#include "nats/jetstream.h"

jangle_transport_declare_topic_fn jn_nats_declare_topic;
jangle_transport_declare_queue_fn jn_nats_declare_queue;

/* Make sure that the message of a queue's turn is there. */
enum jangle_result
jn_nats_make_turn(struct jn_nats *nats, const char *stream, struct jangle_error *error);

#endif
