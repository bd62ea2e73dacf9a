/* receive.h - parcels are received, and kept. */
#ifndef JN_REDIS_RECEIVE_H
#define JN_REDIS_RECEIVE_H

#include "redis/state.h"

jangle_transport_receive_fn jn_redis_receive;
jangle_transport_tend_fn jn_redis_receive_tend;
jangle_transport_standing_by_fn jn_redis_receive_standing_by;

#endif
