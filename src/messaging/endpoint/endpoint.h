/* endpoint.h - the connection of one publisher or consumer to its broker: whether it
 * works, how long to wait after it has failed, and the figures.
 *
 * One thread at a time uses the transport: the endpoint's own, or the one that polls. The
 * figures have a mutex of their own, which is held for moments, and with no other lock.
 */
#ifndef JN_ENDPOINT_H
#define JN_ENDPOINT_H

#include "base/error.h"
#include "core/engine.h"

#include "messaging/endpoint/naming_default.h"

#include <jangle/messaging.h>
#include <jangle/plugin/support.h>

struct jn_endpoint {
    struct jangle *jangle;
    const char *name;
    struct jangle_transport *transport;
    bool declared;       /* its topics and queues were declared since the last failure */
    int failures;        /* calls in a row that found the broker away or full */
    int64_t tend_due_us; /* when its transport is tended next */

    struct jn_mutex mutex;
    struct jangle_endpoint_stats stats; /* under the mutex */
    int64_t confirms;                   /* how many calls `confirm_us` is the mean of */
};

/* Make the transport, which does not connect. INVALID: the broker's URL or options make
 * no sense. NO_MEMORY. On failure there is nothing to close. */
enum jangle_result jn_endpoint_open(struct jn_endpoint *endpoint,
                                    struct jangle *jangle,
                                    const char *name,
                                    const struct jangle_broker *broker,
                                    struct jangle_error *error);

/* Close the transport. Nothing happens if the endpoint is zeroed. */
void jn_endpoint_close(struct jn_endpoint *endpoint);

/* The broker has answered; or it has, and nothing can be done nevertheless. */
void jn_endpoint_note_answer(struct jn_endpoint *endpoint);
void jn_endpoint_note_standby(struct jn_endpoint *endpoint, const char *reason);

/* The broker is away or full, or refuses what is needed: note why, and return how many
 * microseconds to wait before it is called again. */
int64_t jn_endpoint_note_failure(struct jn_endpoint *endpoint,
                                 const struct jangle_error *error);

/* Tend the connection, if it is there and has not been tended for half a second: for a
 * thread that has nothing to do, so that the broker does not take it for dead. `away`
 * (may be NULL) has a result if it is not there any more. */
void jn_endpoint_tend(struct jn_endpoint *endpoint, struct jangle_error *away);

/* Say why nothing is done although the broker may be there; "" takes it back. */
void jn_endpoint_note_reason(struct jn_endpoint *endpoint, const char *reason);

/* So many microseconds passed between a publish and its confirms. */
void jn_endpoint_note_confirm(struct jn_endpoint *endpoint, int64_t us);

/* What topics and queues are called in this instance. */
static inline const struct jangle_naming *jn_naming_of(const struct jangle *jangle)
{
    return jangle->config.naming ? jangle->config.naming : &jn_naming_by_default;
}

/* Add to one of the figures. */
#define JN_ENDPOINT_COUNT(endpoint, figure, by)                                          \
    do {                                                                                 \
        jn_mutex_lock(&(endpoint)->mutex);                                               \
        (endpoint)->stats.figure += (by);                                                \
        jn_mutex_unlock(&(endpoint)->mutex);                                             \
    } while (0)

/* NOT_FOUND: neither the program nor the store has an endpoint of that name. It replaces
 * what `error` says. */
enum jangle_result jn_endpoint_fail_unknown(const char *name, struct jangle_error *error);

#endif
