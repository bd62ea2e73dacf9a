/* declare.h - topics and queues are made sure of. */
#ifndef JN_KAFKA_DECLARE_H
#define JN_KAFKA_DECLARE_H

#include "kafka/kafka.h"

jangle_transport_declare_topic_fn jn_kafka_declare_topic;
jangle_transport_declare_queue_fn jn_kafka_declare_queue;

/* The queue of that name which was declared here, or NULL. */
const struct jn_kafka_declared *jn_kafka_find_declared(const struct jn_kafka *kafka,
                                                       const char *queue);
void jn_kafka_forget_declared(struct jn_kafka *kafka);

#endif
