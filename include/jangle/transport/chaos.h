/* chaos.h - a broker that behaves badly, around any other broker: for tests of what a
 * program does when its messages are refused, repeated, delayed or given back. */
#ifndef JANGLE_TRANSPORT_CHAOS_H
#define JANGLE_TRANSPORT_CHAOS_H

#include <jangle/plugin/transport.h>

JANGLE_C_BEGIN

/* How often what goes wrong. Each number of type double is a probability between 0
 * and 1. */
struct jangle_chaos {
    double refuse;     /* a parcel is not published, and its result is BUSY */
    double unconfirm;  /* a parcel is published, but its result is TIMEOUT */
    double repeat;     /* a parcel is received twice */
    double give_back;  /* a parcel is given back to its queue instead of received */
    double fail;       /* a parcel is settled as AGAIN, as a failed attempt, instead of
                          received */
    double disconnect; /* a call is BUSY, and the connection has ended: what was received
                          before is CONFLICT when it is settled */
    int64_t delay_ms;  /* a parcel is received so much later */
    uint64_t seed;     /* the same seed gives the same faults for the same calls. 0: a new
                          one, which is logged */
    const char *const *spared; /* routes and queues without faults; ends with NULL; may be
                                  NULL */
};

/* Both must live until jangle_close. */
struct jangle_chaos_options {
    const struct jangle_broker *inner; /* the broker behind the faults */
    const struct jangle_chaos *chaos;
};

/* The descriptor of a broker with faults. It never fails here; `open` is INVALID if a
 * probability is not between 0 and 1, or the delay is negative. */
JANGLE_API struct jangle_broker
jangle_chaos_broker(const struct jangle_chaos_options *options);

enum { JANGLE_CHAOS_NAMES_SIZE = 1024 };

/* Fill in `chaos` from the environment variables that petisco uses:
 * MESSAGE_CHAOS_PERCENTAGE_SIMULATE_NACK,
 * MESSAGE_CHAOS_DELAY_BEFORE_EVENT_HANDLER_SECONDS,
 * MESSAGE_CHAOS_PERCENTAGE_SIMULATE_FAILURES, MESSAGE_CHAOS_PROTECTED_ROUTING_KEYS, the
 * same four with EVENT_ in place of MESSAGE_, and
 * PETISCO_CHAOS_PERCENTAGE_INVALID_MESSAGE_PUBLICATION. `names` receives the texts that
 * chaos->spared points to, and `spared` the pointers. INVALID names a variable whose
 * value is not valid, or two that are set and differ; then `chaos` is unchanged. */
JANGLE_API enum jangle_result
jangle_chaos_from_env(struct jangle_chaos *chaos,
                      char names[JANGLE_CHAOS_NAMES_SIZE],
                      const char *spared[JANGLE_CHAOS_NAMES_SIZE / 2],
                      struct jangle_error *error);

JANGLE_C_END

#endif
