/* clock.c - the system's clocks. */
#include "base/host.h"

#include <assert.h>
#include <time.h>

/* These two clocks are always there, so they cannot fail. */
static int64_t read_us(clockid_t clock)
{
    struct timespec time;
    int failed = clock_gettime(clock, &time);

    assert(!failed);
    (void)failed;
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static jangle_time now(void *context)
{
    (void)context;
    return (jangle_time){read_us(CLOCK_REALTIME)};
}

static int64_t monotonic_us(void *context)
{
    (void)context;
    return read_us(CLOCK_MONOTONIC);
}

const struct jangle_clock jn_clock_system = {.now = now, .monotonic_us = monotonic_us};
