/* host.c - clock, randomness, ids, logger and memory of an instance: what the program
 * gave, and defaults for the rest. */
#include "base/host.h"

#include "base/ids.h"

#include <jangle/log.h>

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

/* ---- defaults ---------------------------------------------------------------- */

/* realloc may free the memory if the size is 0, so it is asked for 1 byte instead. */
static void *system_resize(void *context, void *memory, size_t size)
{
    (void)context;
    return realloc(memory, size ? size : 1);
}

static void system_free(void *context, void *memory)
{
    (void)context;
    free(memory);
}

/* getrandom may give less than was asked for, or be interrupted by a signal. */
static void system_fill(void *context, void *bytes, size_t size)
{
    unsigned char *at = bytes;

    (void)context;
    while (size) {
        ssize_t got = getrandom(at, size, 0);

        assert(got >= 0 || errno == EINTR);
        if (got > 0) {
            at += got;
            size -= (size_t)got;
        }
    }
}

/* If the program gives no ids, jangle makes them of the program's random bits. struct
 * jangle_random has one context for `fill` and `id`, and `id` needs the host: so `fill`
 * gets the host, too, and asks the program's source. */
static void fill_from_source(void *context, void *bytes, size_t size)
{
    const struct jn_host *host = context;

    host->source.fill(host->source.context, bytes, size);
}

static void next_id(void *context, unsigned char id[JANGLE_ID_SIZE])
{
    struct jn_host *host = context;

    jn_ids_next(&host->ids, id);
}

/* ---- the host ---------------------------------------------------------------- */

void jn_host_fill_in(struct jangle_host *host)
{
    assert(!host->allocator.resize == !host->allocator.free);
    if (!host->allocator.resize)
        host->allocator =
            (struct jangle_allocator){.resize = system_resize, .free = system_free};
    if (!host->clock.now)
        host->clock.now = jn_clock_system.now;
    if (!host->clock.monotonic_us)
        host->clock.monotonic_us = jn_clock_system.monotonic_us;
    if (!host->logger.write)
        host->logger = jangle_logger_text(stderr);
    if (!host->random.fill)
        host->random.fill = system_fill;
}

enum jangle_result jn_host_init(struct jn_host *host, const struct jangle_host *given)
{
    *host = (struct jn_host){.host = *given};
    jn_host_fill_in(&host->host);
    host->source = host->host.random;
    if (!given->random.id)
        host->host.random = (struct jangle_random){fill_from_source, next_id, host};
    return jn_ids_init(&host->ids, &host->host.clock, &host->source,
                       host->source.fill == system_fill);
}

void jn_host_finish(struct jn_host *host)
{
    jn_ids_finish(&host->ids);
}

jangle_time jn_host_now(const struct jn_host *host)
{
    return host->host.clock.now(host->host.clock.context);
}

int64_t jn_host_monotonic_us(const struct jn_host *host)
{
    return host->host.clock.monotonic_us(host->host.clock.context);
}

void jn_host_id(const struct jn_host *host, unsigned char id[JANGLE_ID_SIZE])
{
    host->host.random.id(host->host.random.context, id);
}

/* The remainder makes small numbers a little more likely than large ones: by less than
 * limit / 2^64, which is too little to matter. */
int64_t jn_host_below(const struct jn_host *host, int64_t limit)
{
    uint64_t drawn;

    if (limit < 2)
        return 0;
    host->host.random.fill(host->host.random.context, &drawn, sizeof drawn);
    return (int64_t)(drawn % (uint64_t)limit);
}

/* The bound doubles with each attempt up to the policy's longest delay; the delay is
 * drawn from 1 to the bound, so that many that failed together are not tried together
 * again. */
int64_t jn_host_backoff_ms(const struct jn_host *host,
                           const struct jangle_retry *retry,
                           int attempts)
{
    int64_t delay_ms = retry->first_delay_ms;

    while (--attempts > 0 && delay_ms < retry->max_delay_ms)
        delay_ms = delay_ms > INT64_MAX / 2 ? INT64_MAX : delay_ms * 2;
    if (delay_ms > retry->max_delay_ms)
        delay_ms = retry->max_delay_ms;
    delay_ms = jn_host_below(host, delay_ms < INT64_MAX ? delay_ms + 1 : delay_ms);
    return delay_ms ? delay_ms : 1;
}

int64_t jn_host_asked_ms(int64_t ms)
{
    const int64_t longest_ms = INT64_C(366) * 24 * 3600 * 1000;

    if (ms == JANGLE_RETRY_AT_ONCE)
        return ms;
    return ms < 0 ? 0 : ms > longest_ms ? longest_ms : ms;
}

int64_t jn_host_retry_ms(const struct jn_host *host,
                         const struct jangle_retry *retry,
                         int attempts,
                         int64_t asked_ms)
{
    if (asked_ms == JANGLE_RETRY_AT_ONCE)
        return 0;
    if (asked_ms == JN_BY_POLICY)
        return jn_host_backoff_ms(host, retry, attempts);
    return asked_ms ? asked_ms : retry->first_delay_ms;
}
