/* remove.h - what waits is counted and removed, and so are queues and topics. */
#ifndef JN_KAFKA_REMOVE_H
#define JN_KAFKA_REMOVE_H

#include "kafka/kafka.h"

jangle_transport_count_fn jn_kafka_count;
jangle_transport_purge_fn jn_kafka_purge;
jangle_transport_remove_queue_fn jn_kafka_remove_queue;
jangle_transport_remove_topic_fn jn_kafka_remove_topic;

#endif
