/* times.c - moments of the host's clock. */
#include "redis/times.h"

int64_t jn_redis_times_now_us(const struct jn_redis *redis)
{
    const struct jangle_clock *clock = &redis->host->clock;

    return clock->monotonic_us ? clock->monotonic_us(clock->context) : jn_monotonic_us();
}

int64_t jn_redis_times_after_ms(const struct jn_redis *redis, int64_t ms)
{
    int64_t longest = INT64_C(366) * 86400 * 1000;

    if (ms < 0)
        ms = 0;
    if (ms > longest)
        ms = longest;
    return jn_redis_times_now_us(redis) + ms * INT64_C(1000);
}

int jn_redis_times_left_ms(const struct jn_redis *redis, int64_t until_us)
{
    int64_t ms = (until_us - jn_redis_times_now_us(redis) + 999) / 1000;

    return ms < 0 ? 0 : ms > INT32_MAX ? INT32_MAX : (int)ms;
}
