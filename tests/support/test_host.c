/* test_host.c - a host for stores that are tested without an engine. */
#include "support/test_host.h"

#include <time.h>
#include <unistd.h>

static jangle_time now(void *context)
{
    const struct test_host *host = context;

    return host->now;
}

static int64_t monotonic_us(void *context)
{
    (void)context;
    return jn_monotonic_us();
}

/* SplitMix64 (G. Steele, D. Lea, C. Flood, 2014): one number each time. */
static uint64_t draw(struct test_host *host)
{
    uint64_t mixed = host->seed + ++host->drawn * 0x9e3779b97f4a7c15U;

    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebU;
    return mixed ^ mixed >> 31;
}

static void fill(void *context, void *bytes, size_t size)
{
    unsigned char *next = bytes;

    for (size_t i = 0; i < size; i++)
        next[i] = (unsigned char)draw(context);
}

static void id(void *context, unsigned char id[JANGLE_ID_SIZE])
{
    fill(context, id, JANGLE_ID_SIZE);
}

static void say_nothing(void *context, const struct jangle_log_entry *entry)
{
    (void)context;
    (void)entry;
}

void test_host_init(struct test_host *host)
{
    struct timespec started;

    memset(host, 0, sizeof *host);
    clock_gettime(CLOCK_REALTIME, &started);
    host->seed = (uint64_t)started.tv_nsec << 32 ^ (uint64_t)started.tv_sec ^
                 (uint64_t)getpid() << 20;
    host->now = (jangle_time){1700000000000000};
    failing_allocator_init(&host->memory, 0);
    host->host = (struct jangle_host){
        .clock = {now, monotonic_us, host},
        .random = {fill, id, host},
        .logger = {say_nothing, NULL},
        .allocator = host->memory.allocator,
    };
}
