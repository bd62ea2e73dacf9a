/* clock.c - the clock of the host. */
#include "aws/clock.h"

int64_t jn_aws_now_us(const struct jn_aws *aws)
{
    const struct jangle_clock *clock = &aws->host->clock;

    return clock->monotonic_us ? clock->monotonic_us(clock->context) : jn_monotonic_us();
}

int64_t jn_aws_after_ms(const struct jn_aws *aws, int64_t ms)
{
    int64_t now_us = jn_aws_now_us(aws);

    if (ms < 0)
        return 0;
    return ms > (INT64_MAX - now_us) / 1000 ? INT64_MAX : now_us + ms * 1000;
}
