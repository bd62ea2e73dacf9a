/* remove.h - topics and queues at the broker: counted, emptied, removed. */
#ifndef JN_RABBIT_REMOVE_H
#define JN_RABBIT_REMOVE_H

#include "rabbitmq/rabbit.h"

jangle_transport_count_fn jn_rabbit_count;
jangle_transport_purge_fn jn_rabbit_purge;
jangle_transport_remove_queue_fn jn_rabbit_remove_queue;
jangle_transport_remove_topic_fn jn_rabbit_remove_topic;

#endif
