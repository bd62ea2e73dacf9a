/* held.h - parcels that were received and are not settled. */
#ifndef JN_REDIS_HELD_H
#define JN_REDIS_HELD_H

#include "redis/state.h"

void jn_redis_held_init(struct jn_redis *redis);
void jn_redis_held_add(struct jn_redis *redis, struct jn_redis_delivery *delivery);

/* Free one, and all that its parcel points to. */
void jn_redis_held_remove(struct jn_redis *redis, struct jn_redis_delivery *delivery);
void jn_redis_held_finish(struct jn_redis *redis);

/* Those of a queue were given back. */
void jn_redis_held_lose(struct jn_redis *redis, const struct jn_redis_attached *attached);

#endif
