/* wake.h - the pipe by which another thread ends a wait. */
#ifndef JN_REDIS_WAKE_H
#define JN_REDIS_WAKE_H

#include "redis/state.h"

enum jangle_result jn_redis_wake_init(struct jn_redis *redis, struct jangle_error *error);
void jn_redis_wake_finish(struct jn_redis *redis);

jangle_transport_wake_fn jn_redis_wake;

/* Take the wakes that came before. True: there was one. */
bool jn_redis_wake_take(struct jn_redis *redis);

#endif
