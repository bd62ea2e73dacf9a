/* remove.h - topics and queues are counted, emptied, removed. */
#ifndef JN_REDIS_REMOVE_H
#define JN_REDIS_REMOVE_H

#include "redis/state.h"

jangle_transport_count_fn jn_redis_remove_count;
jangle_transport_purge_fn jn_redis_remove_purge;
jangle_transport_remove_queue_fn jn_redis_remove_queue;
jangle_transport_remove_topic_fn jn_redis_remove_topic;

#endif
