/* times.h - moments of the host's clock. */
#ifndef JN_REDIS_TIMES_H
#define JN_REDIS_TIMES_H

#include "redis/state.h"

int64_t jn_redis_times_now_us(const struct jn_redis *redis);

/* The moment in `ms` milliseconds; now, if `ms` is negative. */
int64_t jn_redis_times_after_ms(const struct jn_redis *redis, int64_t ms);

/* How long it is until that moment, for poll(): 0 if it has passed. */
int jn_redis_times_left_ms(const struct jn_redis *redis, int64_t until_us);

#endif
