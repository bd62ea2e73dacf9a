/* kinds.h - the brokers over which a trial can be held. Each is one of the trial's own,
 * and is killed in it. */
#ifndef KINDS_H
#define KINDS_H

#include <jangle/plugin/transport.h>

#include <stdbool.h>

struct kind {
    const char *name;  /* "nats" */
    const char *label; /* "NATS" */

    /* Start one, and tell the programs of it in the environment; returns when it answers.
     * If it is not installed, this program ends with 77; with CI=true that is a failure.
     */
    void *(*start)(void);
    void (*stop)(void *server); /* and remove all that it left */

    bool (*kill)(void *server); /* as kill -9 does; false: it failed */
    bool (*start_again)(void *server);
    const char *killed;  /* "killed (SIGKILL)", or what else `kill` does, and why */
    const char *started; /* "started again" */

    /* As we reach it ourselves. */
    struct jangle_broker (*broker)(void *server);

    /* Let it confirm nothing, and go on with what it has got meanwhile. */
    void (*freeze)(void *server);
    void (*thaw)(void *server);

    bool counts_loosely; /* what was given back makes the count of a queue unknown */

    /* Nothing waits in a queue, is in a program's hands, or is dead. */
    bool (*is_empty)(void *server);
};

/* NULL: there is none of that name, or this program was built without it. */
const struct kind *kind_find(const char *name);

extern const struct kind kind_rabbitmq, kind_nats, kind_redis, kind_aws, kind_kafka;

/* ---- the queues of the bank and of loyalty ----------------------------------------- */

/* A topic and the two queues with their dead letters, as the programs declare them. */
extern const char kind_topic[];
extern const struct jangle_queue kind_queues[2];

/* A connection of our own; NULL: the broker is away. Close it with ops->close. */
struct jangle_transport *kind_connect(const struct kind *kind, void *server);

/* Does that queue have no message, as far as the transport counts? */
bool kind_has_none(struct jangle_transport *transport, const char *queue);

/* All four. */
bool kind_has_no_message(const struct kind *kind, void *server);

#endif
