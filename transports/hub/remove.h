/* remove.h - what waits in a queue is counted and removed, and queues and topics are. */
#ifndef JN_HUB_REMOVE_H
#define JN_HUB_REMOVE_H

#include <jangle/plugin/transport.h>

jangle_transport_count_fn jn_hub_count;
jangle_transport_purge_fn jn_hub_purge;
jangle_transport_remove_queue_fn jn_hub_remove_queue;
jangle_transport_remove_topic_fn jn_hub_remove_topic;

#endif
