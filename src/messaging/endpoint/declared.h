/* declared.h - what was declared at the broker for an endpoint. The store keeps it under
 * the name of the endpoint, so that it can be listed and removed when no program has the
 * endpoint any more.
 *
 * It is a row among the sagas, with a name that no saga has: so it is renamed and
 * forgotten together with the endpoint (ST-20). */
#ifndef JN_DECLARED_H
#define JN_DECLARED_H

#include "core/engine.h"
#include "messaging/consumer/inbox.h"

#include <jangle/messaging.h>

/* Names are "" if there is none. */
struct jn_declared_queue {
    const char *name;
    const char *topic;
    const char *retry;
    const char *retry_topic;
    const char *dead;
    const char *dead_topic;
};

struct jn_declared_queues {
    struct jn_declared_queue *items;
    size_t count;
};

struct jn_declared_topic {
    const char *name;
};

struct jn_declared_topics {
    struct jn_declared_topic *items;
    size_t count;
};

struct jn_declared {
    bool consumer;         /* false: a publisher */
    const char *transport; /* of the broker: "rabbitmq" */
    struct jn_declared_queues queues;
    /* Of a publisher; and of a consumer whose queues were removed, those that these were
     * bound to. */
    struct jn_declared_topics topics;
};

/* What an endpoint of this program declares, in the arena; nothing, if it says
 * `undeclared`. NO_MEMORY; INVALID: the naming has no name for a row. */
enum jangle_result jn_declared_by_consumer(struct jn_declared *declared,
                                           const struct jangle_consumer *consumer,
                                           const struct jn_inboxes *inboxes,
                                           struct jangle_arena *arena,
                                           struct jangle_error *error);
enum jangle_result jn_declared_by_publisher(struct jn_declared *declared,
                                            const struct jangle_publisher *publisher,
                                            const struct jangle_naming *naming,
                                            struct jangle_arena *arena,
                                            struct jangle_error *error);

/* Store it, if the store has something else. BUSY: another process has just done so; or
 * what the store returns. */
enum jangle_result jn_declared_store(struct jangle *jangle,
                                     const char *name,
                                     const struct jn_declared *declared,
                                     struct jangle_error *error);

/* Read what is stored, into the arena. NOT_FOUND: nothing is, so the name is none of an
 * endpoint that has run. */
enum jangle_result jn_declared_read(struct jangle *jangle,
                                    const char *name,
                                    struct jangle_arena *arena,
                                    struct jn_declared *declared,
                                    struct jangle_error *error);

/* The queue as a transport takes it, to remove it. */
struct jangle_queue jn_declared_queue_of(const struct jn_declared_queue *declared);

#endif
