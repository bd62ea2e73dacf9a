/* remove.h - what waits is counted and removed, and so are queues and topics. */
#ifndef JN_NATS_REMOVE_H
#define JN_NATS_REMOVE_H

#include "nats/jetstream.h"

jangle_transport_count_fn jn_nats_count;
jangle_transport_purge_fn jn_nats_purge;
jangle_transport_remove_queue_fn jn_nats_remove_queue;
jangle_transport_remove_topic_fn jn_nats_remove_topic;

#endif
