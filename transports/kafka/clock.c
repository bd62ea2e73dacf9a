/* clock.c - the clock of the host. */
#include "kafka/clock.h"

#include <time.h>

int64_t jn_kafka_now_us(const struct jn_kafka *kafka)
{
    const struct jangle_clock *clock = &kafka->host->clock;

    return clock->monotonic_us ? clock->monotonic_us(clock->context) : jn_monotonic_us();
}

int jn_kafka_ms_until(int64_t until_us, int most)
{
    int64_t ms = (until_us - jn_monotonic_us() + 999) / 1000;

    return ms < 0 ? 0 : ms > most ? most : (int)ms;
}

int64_t jn_kafka_wall_ms(const struct jn_kafka *kafka)
{
    const struct jangle_clock *clock = &kafka->host->clock;
    struct timespec now;

    if (clock->now)
        return clock->now(clock->context).us / 1000;
    timespec_get(&now, TIME_UTC); /* the host gives no clock */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
