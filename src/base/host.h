/* host.h - clock, randomness, ids, logger and memory of an instance: what the program
 * gave, and defaults for the rest. */
#ifndef JN_HOST_H
#define JN_HOST_H

#include <jangle/plugin/support.h>
#include <jangle/subscriber.h>

enum { JN_ID_TEXT_SIZE = 37 }; /* a UUID as text, with its zero */

/* Makes UUIDs of version 7, each greater than the one before (RFC 9562, section 6.2,
 * method 1: a counter beside the millisecond). Each instance has its own. */
struct jn_ids {
    struct jn_mutex mutex;
    const struct jangle_clock *clock;
    const struct jangle_random *random;
    struct jn_random_block *block; /* of the system's bytes; NULL: `random` is asked each
                                      time */
    int64_t last_ms;
    uint32_t counter;
};

extern const struct jangle_clock jn_clock_system;

struct jn_host {
    struct jangle_host host;     /* complete: no member is NULL */
    struct jangle_random source; /* of the random bits in the ids that jangle makes */
    struct jn_ids ids;
};

/* `given` may be zeroed. The host must not be moved afterwards. NO_MEMORY. */
enum jangle_result jn_host_init(struct jn_host *host, const struct jangle_host *given);
void jn_host_finish(struct jn_host *host);

jangle_time jn_host_now(const struct jn_host *host);
int64_t jn_host_monotonic_us(const struct jn_host *host);

/* A random number, all of 0..limit-1 alike; 0 if limit is below 2. */
int64_t jn_host_below(const struct jn_host *host, int64_t limit);

/* Full jitter: a delay drawn from 0..min(max, first * 2^(attempts - 1)), in ms, at least
 * 1. (M. Brooker, "Exponential Backoff And Jitter", 2015.) */
int64_t jn_host_backoff_ms(const struct jn_host *host,
                           const struct jangle_retry *retry,
                           int attempts);

enum { JN_BY_POLICY = -1 }; /* no delay was asked for: the policy says how long */

/* The delay that a handler asked for, as it is stored: JANGLE_RETRY_AT_ONCE, or from 0,
 * which stands for the first delay of the policy, to 366 days. */
int64_t jn_host_asked_ms(int64_t ms);

/* How long to wait after so many attempts. `asked_ms` is what jn_host_asked_ms returned,
 * or JN_BY_POLICY. */
int64_t jn_host_retry_ms(const struct jn_host *host,
                         const struct jangle_retry *retry,
                         int attempts,
                         int64_t asked_ms);

void jn_host_id(const struct jn_host *host, unsigned char id[JANGLE_ID_SIZE]);

#endif
