/* consuming.h - what receives the messages of one consumer. All functions are called by
 * one thread at a time: the consumer's own, or the one that polls. */
#ifndef JN_CONSUMING_H
#define JN_CONSUMING_H

#include "messaging/consumer/handling.h"
#include "messaging/consumer/inbox.h"
#include "messaging/consumer/intake.h"
#include "messaging/consumer/offsets.h"

struct jn_consuming {
    struct jn_endpoint endpoint;
    const struct jangle_consumer *consumer;
    struct jn_reader reader;
    struct jn_intake intake;
    struct jn_attempts attempts;
    struct jn_handling handling;
    struct jn_inboxes inboxes;
    struct jn_offsets offsets;
    _Atomic bool owned; /* figures read it without a lock */
    bool attached;
    bool stands_by;       /* another receiver has the turn of one of its queues */
    bool paused;          /* an operator has paused it: nothing is in hand */
    int64_t due_us;       /* nothing is done before, by the host's monotonic clock */
    int64_t count_due_us; /* when the queues are counted next */
    int troubles;         /* attempts in a row that the store failed in */
    int unreadable;       /* messages in a row that are dead letters */
    int trials; /* messages that were tried since it is suspended; 0: it is not */
};

/* NO_MEMORY; INVALID: the broker's URL or options make no sense, or a name cannot be
 * made. On failure `close` must be called all the same. */
enum jangle_result jn_consuming_open(struct jn_consuming *consuming,
                                     struct jangle *jangle,
                                     const struct jangle_consumer *consumer,
                                     struct jangle_error *error);

/* Give back what was received and not settled, disconnect, and disown the name. */
void jn_consuming_close(struct jn_consuming *consuming);

/* Do what can be done now; wait for messages, `wait_ms` at most, if there are none. Adds
 * to `done` how many messages are done. */
void jn_consuming_step(struct jn_consuming *consuming, int64_t wait_ms, int64_t *done);

/* Do nothing for so long. */
static inline void jn_consuming_wait(struct jn_consuming *consuming, int64_t us)
{
    consuming->due_us = jn_host_monotonic_us(&consuming->endpoint.jangle->host) + us;
}

/* How many microseconds there is nothing to do, because the broker is away or the store
 * fails; 0 or less: there may be something now. */
int64_t jn_consuming_wait_us(const struct jn_consuming *consuming);

#endif
