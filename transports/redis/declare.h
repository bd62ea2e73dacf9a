/* declare.h - topics and queues are made sure of. */
#ifndef JN_REDIS_DECLARE_H
#define JN_REDIS_DECLARE_H

#include "redis/state.h"

jangle_transport_declare_topic_fn jn_redis_declare_topic;
jangle_transport_declare_queue_fn jn_redis_declare_queue;

#endif
