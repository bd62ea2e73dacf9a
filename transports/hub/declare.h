/* declare.h - topics and queues are made. */
#ifndef JN_HUB_DECLARE_H
#define JN_HUB_DECLARE_H

#include <jangle/plugin/transport.h>

jangle_transport_declare_topic_fn jn_hub_declare_topic;
jangle_transport_declare_queue_fn jn_hub_declare_queue;

#endif
