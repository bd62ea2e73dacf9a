/* chaos.h - a broker of faults, as the files of this folder share it. */
#ifndef JN_CHAOS_H
#define JN_CHAOS_H

#include "chaos/dice.h"

#include <jangle/plugin/support.h>
#include <jangle/transport/chaos.h>

#include <assert.h>

/* A parcel in the hands of the program, or held for it. It is kept only if it comes from
 * a log, to know where the log is read on after the connection has ended. */
struct jn_chaos_read {
    struct jn_chaos_read *next;
    const void *receipt;
    int64_t before; /* the offset of the parcel that was received before it; 0: none */
};

/* How far a log was read. */
struct jn_chaos_log {
    struct jn_chaos_log *next;
    int64_t last;               /* the offset of the last parcel that was received */
    struct jn_chaos_read *read; /* those that are not settled, in the order in which they
                                   came */
    char name[];
};

/* A queue that the program receives from. */
struct jn_chaos_attachment {
    struct jn_chaos_attachment *next;
    bool attached; /* false: the next `receive` attaches again, which gives back what came
                      from the queue and is not settled */
    bool spared;
    struct jn_chaos_log *logs;
    struct jangle_queue queue; /* a copy, whose texts follow */
};

/* A parcel that was received, and waits for its moment. */
struct jn_chaos_held {
    struct jangle_parcel parcel;
    int64_t ready_us; /* INT64_MAX: never, because it is given back */
};

struct jn_chaos_transport {
    struct jangle_transport base;
    struct jangle_transport_ops ops; /* with what the inner transport promises */
    struct jangle_transport *inner;
    struct jangle_host host;
    struct jangle_chaos chaos;
    struct jn_chaos_dice dice;
    struct jn_chaos_attachment *attachments;
    struct jn_chaos_held *held; /* in the order in which they came */
    size_t held_count;
    size_t held_capacity;
    uint64_t *copies; /* fingerprints of copies that were published and have not come yet,
                         so that a copy is not copied again */
    size_t copy_count;
    size_t copy_capacity;
    struct jangle_parcel *out; /* what the last `receive` returned */
    size_t out_capacity;
};

static inline struct jn_chaos_transport *jn_chaos_of(struct jangle_transport *base)
{
    return (struct jn_chaos_transport *)base;
}

static inline enum jangle_result jn_chaos_full(struct jangle_error *error)
{
    return jangle_error_set(error, JANGLE_NO_MEMORY, "chaos: no memory for a call");
}

/* How many attempts were made before the parcel was received. */
static inline int jn_chaos_attempts_before(const struct jangle_parcel *parcel)
{
    return parcel->attempt > 1 ? parcel->attempt - 1 : 0;
}

/* Is it among the routes and queues without faults? NULL is not. */
static inline bool jn_chaos_spares(const struct jn_chaos_transport *transport,
                                   const char *name)
{
    const char *const *spared = transport->chaos.spared;

    while (spared && *spared && (!name || strcmp(*spared, name) != 0))
        spared++;
    return spared && *spared;
}

static inline bool jn_chaos_spares_parcel(const struct jn_chaos_transport *transport,
                                          const struct jangle_parcel *parcel)
{
    return jn_chaos_spares(transport, parcel->route) ||
           jn_chaos_spares(transport, parcel->queue);
}

#endif
