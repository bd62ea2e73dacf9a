/* publish.h - parcels are published. */
#ifndef JN_REDIS_PUBLISH_H
#define JN_REDIS_PUBLISH_H

#include "redis/state.h"

jangle_transport_publish_fn jn_redis_publish;

#endif
