/* settle.h - parcels that were received are settled. */
#ifndef JN_REDIS_SETTLE_H
#define JN_REDIS_SETTLE_H

#include "redis/state.h"

jangle_transport_settle_fn jn_redis_settle;

#endif
