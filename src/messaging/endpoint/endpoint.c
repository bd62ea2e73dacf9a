/* endpoint.c - the connection of one publisher or consumer to its broker: whether it
 * works, how long to wait after it has failed, and the figures. */
#include "messaging/endpoint/endpoint.h"

/* A broker may expect a heartbeat every second, which is the least that RabbitMQ can be
 * told (jangle_rabbitmq_options). */
enum { TEND_US = 500000 };

/* A transport of another version is not closed, because the place of `close` in its table
 * of operations is not known. */
static enum jangle_result check_abi(const struct jangle_transport *transport,
                                    struct jangle_error *error)
{
    if (transport->ops->abi == 1)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_INVALID,
                   "its transport was made for version %d of the contract, and this "
                   "jangle knows version 1",
                   transport->ops->abi);
}

enum jangle_result jn_endpoint_open(struct jn_endpoint *endpoint,
                                    struct jangle *jangle,
                                    const char *name,
                                    const struct jangle_broker *broker,
                                    struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result;

    *endpoint =
        (struct jn_endpoint){.jangle = jangle, .name = name, .stats = {.waiting = -1}};
    if (!broker)
        broker = &jangle->config.broker;
    if (jn_mutex_init(&endpoint->mutex))
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory: nothing is open");
    result =
        broker->open(broker, &jangle->backend_host, name, &endpoint->transport, &why);
    if (!result)
        result = check_abi(endpoint->transport, &why);
    if (!result)
        return JANGLE_OK;
    jn_mutex_finish(&endpoint->mutex);
    endpoint->transport = NULL;
    return jn_fail(error, result, "the broker of \"%s\": %s", name, why.message);
}

void jn_endpoint_close(struct jn_endpoint *endpoint)
{
    if (!endpoint->transport)
        return;
    endpoint->transport->ops->close(endpoint->transport);
    endpoint->transport = NULL;
    jn_mutex_finish(&endpoint->mutex);
}

/* True if the answer changes what was known. */
static bool
set_connected(struct jn_endpoint *endpoint, bool connected, const char *reason)
{
    struct jangle_endpoint_stats *stats = &endpoint->stats;
    bool changed;

    jn_mutex_lock(&endpoint->mutex);
    changed = stats->connected != connected || !stats->since.us;
    stats->connected = connected;
    if (changed)
        stats->since = jn_host_now(&endpoint->jangle->host);
    jn_text_show(stats->reason, sizeof stats->reason, reason);
    jn_mutex_unlock(&endpoint->mutex);
    return changed;
}

void jn_endpoint_note_answer(struct jn_endpoint *endpoint)
{
    jn_endpoint_note_standby(endpoint, "");
}

void jn_endpoint_note_standby(struct jn_endpoint *endpoint, const char *reason)
{
    endpoint->failures = 0;
    if (set_connected(endpoint, true, reason))
        JN_LOG(&endpoint->jangle->log, CONNECTED,
               JN_PAIRS(JN_TEXT("endpoint", endpoint->name),
                        JN_TEXT("transport", endpoint->transport->ops->name)),
               "the broker of %s answers", endpoint->name);
}

/* Topics and queues are declared again afterwards, because a broker that was away may
 * have lost them. */
int64_t jn_endpoint_note_failure(struct jn_endpoint *endpoint,
                                 const struct jangle_error *error)
{
    struct jangle *jangle = endpoint->jangle;

    endpoint->declared = false;
    endpoint->failures++;
    if (set_connected(endpoint, false, error->message))
        JN_LOG(&jangle->log, DISCONNECTED,
               JN_PAIRS(JN_TEXT("endpoint", endpoint->name),
                        JN_TEXT("transport", endpoint->transport->ops->name)),
               "%s waits for its broker: %s", endpoint->name, error->message);
    return 1000 * jn_host_backoff_ms(&jangle->host, &jangle->config.reconnect,
                                     endpoint->failures);
}

void jn_endpoint_tend(struct jn_endpoint *endpoint, struct jangle_error *away)
{
    struct jangle_transport *transport = endpoint->transport;
    int64_t now_us = jn_host_monotonic_us(&endpoint->jangle->host);
    struct jangle_error error = {0};
    bool connected;

    jn_mutex_lock(&endpoint->mutex);
    connected = endpoint->stats.connected;
    jn_mutex_unlock(&endpoint->mutex);
    if (!connected || now_us < endpoint->tend_due_us)
        return;
    endpoint->tend_due_us = now_us + TEND_US;
    if (!transport->ops->tend(transport, &error))
        return;
    jn_endpoint_note_failure(endpoint, &error);
    jn_fail_as(away, &error);
}

void jn_endpoint_note_reason(struct jn_endpoint *endpoint, const char *reason)
{
    jn_mutex_lock(&endpoint->mutex);
    jn_text_show(endpoint->stats.reason, sizeof endpoint->stats.reason, reason);
    jn_mutex_unlock(&endpoint->mutex);
}

void jn_endpoint_note_confirm(struct jn_endpoint *endpoint, int64_t us)
{
    struct jangle_endpoint_stats *stats = &endpoint->stats;

    jn_mutex_lock(&endpoint->mutex);
    endpoint->confirms++;
    stats->confirm_us += (us - stats->confirm_us) / endpoint->confirms;
    if (us > stats->confirm_us_max)
        stats->confirm_us_max = us;
    jn_mutex_unlock(&endpoint->mutex);
}

enum jangle_result jn_endpoint_fail_unknown(const char *name, struct jangle_error *error)
{
    jn_error_clear(error);
    return jn_fail(error, JANGLE_NOT_FOUND,
                   "no publisher and no consumer is called \"%s\"", JN_SHOWN(80, name));
}
