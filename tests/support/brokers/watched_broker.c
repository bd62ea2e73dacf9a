/* watched_broker.c - a broker around another one, in which a test has a hand. */
#include "support/brokers/watched_broker.h"

#include <stdlib.h>
#include <string.h>

struct watched_transport {
    struct jangle_transport base;
    struct jangle_transport_ops ops;
    struct jangle_transport *inner;
    struct watched_broker *watched;
};

static struct jangle_transport *enter(struct jangle_transport *base, const char *call)
{
    struct watched_transport *transport = (struct watched_transport *)base;
    struct watched_broker *watched = transport->watched;

    watched->calls++;
    if (watched->before)
        watched->before(watched->context, call);
    return transport->inner;
}

#define FORWARD(call, ...)                                                               \
    do {                                                                                 \
        struct jangle_transport *inner = enter(transport, #call);                        \
                                                                                         \
        return inner->ops->call(inner, __VA_ARGS__);                                     \
    } while (0)

static enum jangle_result watch_declare_topic(struct jangle_transport *transport,
                                              const char *topic,
                                              struct jangle_error *error)
{
    FORWARD(declare_topic, topic, error);
}

static enum jangle_result watch_declare_queue(struct jangle_transport *transport,
                                              const struct jangle_queue *queue,
                                              struct jangle_error *error)
{
    FORWARD(declare_queue, queue, error);
}

/* One by one, without those that are refused. */
static enum jangle_result publish_some(struct watched_broker *watched,
                                       struct jangle_transport *inner,
                                       struct jangle_parcel *parcels,
                                       size_t count,
                                       struct jangle_error *error)
{
    for (size_t i = 0; i < count; i++) {
        bool refused = watched->refuses_each &&
                       (watched->parcels + (int64_t)i + 1) % watched->refuses_each == 0;

        parcels[i].result = JANGLE_BUSY;
        if (!refused)
            inner->ops->publish(inner, &parcels[i], 1, 0, error);
    }
    return JANGLE_OK;
}

static enum jangle_result watch_publish(struct jangle_transport *transport,
                                        struct jangle_parcel *parcels,
                                        size_t count,
                                        int64_t timeout_ms,
                                        struct jangle_error *error)
{
    struct watched_broker *watched = ((struct watched_transport *)transport)->watched;
    struct jangle_transport *inner = enter(transport, "publish");
    enum jangle_result result;

    for (size_t i = 0; watched->publishes_parcel && i < count; i++)
        watched->publishes_parcel(watched->context, &parcels[i]);
    result = watched->refuses_each
                 ? publish_some(watched, inner, parcels, count, error)
                 : inner->ops->publish(inner, parcels, count, timeout_ms, error);

    watched->publishes++;
    watched->parcels += (int64_t)count;
    for (size_t i = 0; watched->times_out && i < count; i++)
        if (!parcels[i].result)
            parcels[i].result = JANGLE_TIMEOUT;
    return result;
}

static enum jangle_result watch_attach(struct jangle_transport *transport,
                                       const struct jangle_queue *queue,
                                       const struct jangle_log_offset *offsets,
                                       size_t offset_count,
                                       struct jangle_error *error)
{
    FORWARD(attach, queue, offsets, offset_count, error);
}

static enum jangle_result watch_detach(struct jangle_transport *transport,
                                       const char *queue,
                                       struct jangle_error *error)
{
    FORWARD(detach, queue, error);
}

static enum jangle_result watch_receive(struct jangle_transport *transport,
                                        size_t limit,
                                        size_t bytes,
                                        int64_t wait_ms,
                                        struct jangle_parcel **parcels,
                                        size_t *count,
                                        struct jangle_error *error)
{
    FORWARD(receive, limit, bytes, wait_ms, parcels, count, error);
}

static enum jangle_result watch_settle(struct jangle_transport *transport,
                                       struct jangle_settlement *settlements,
                                       size_t count,
                                       struct jangle_error *error)
{
    struct watched_broker *watched = ((struct watched_transport *)transport)->watched;
    struct jangle_transport *inner = enter(transport, "settle");
    enum jangle_result result;

    for (size_t i = 0; watched->settles && i < count; i++)
        watched->settles(watched->context, &settlements[i], i);
    result = inner->ops->settle(inner, settlements, count, error);
    for (size_t i = 0; watched->has_settled && i < count; i++)
        watched->has_settled(watched->context, &settlements[i], i);
    return result;
}

static enum jangle_result watch_tend(struct jangle_transport *transport,
                                     struct jangle_error *error)
{
    FORWARD(tend, error);
}

static enum jangle_result watch_count(struct jangle_transport *transport,
                                      const char *queue,
                                      int64_t *count,
                                      struct jangle_error *error)
{
    FORWARD(count, queue, count, error);
}

static enum jangle_result watch_purge(struct jangle_transport *transport,
                                      const char *queue,
                                      struct jangle_error *error)
{
    FORWARD(purge, queue, error);
}

static enum jangle_result watch_remove_queue(struct jangle_transport *transport,
                                             const struct jangle_queue *queue,
                                             struct jangle_error *error)
{
    FORWARD(remove_queue, queue, error);
}

static enum jangle_result watch_remove_topic(struct jangle_transport *transport,
                                             const char *topic,
                                             struct jangle_error *error)
{
    FORWARD(remove_topic, topic, error);
}

static void watch_wake(struct jangle_transport *base)
{
    struct watched_transport *transport = (struct watched_transport *)base;

    transport->inner->ops->wake(transport->inner);
}

static void watch_close(struct jangle_transport *base)
{
    struct watched_transport *transport = (struct watched_transport *)base;

    transport->inner->ops->close(transport->inner);
    free(transport);
}

static enum jangle_result open_watched(const struct jangle_broker *broker,
                                       const struct jangle_host *host,
                                       const char *name,
                                       struct jangle_transport **made,
                                       struct jangle_error *error)
{
    static const struct jangle_transport_ops ops = {
        .abi = 1,
        .name = "watched",
        .declare_topic = watch_declare_topic,
        .declare_queue = watch_declare_queue,
        .publish = watch_publish,
        .attach = watch_attach,
        .detach = watch_detach,
        .receive = watch_receive,
        .settle = watch_settle,
        .tend = watch_tend,
        .wake = watch_wake,
        .count = watch_count,
        .purge = watch_purge,
        .remove_queue = watch_remove_queue,
        .remove_topic = watch_remove_topic,
        .close = watch_close,
    };
    struct watched_transport *transport = malloc(sizeof *transport);
    struct watched_broker *watched;
    enum jangle_result result;

    memcpy(&watched, &broker->options, sizeof watched); /* it is the test's, to write */
    if (!transport)
        return JANGLE_NO_MEMORY;
    *transport = (struct watched_transport){.ops = ops, .watched = watched};
    result = watched->inner.open(&watched->inner, host, name, &transport->inner, error);
    if (result) {
        free(transport);
        return result;
    }
    transport->ops.keeps_prefix =
        transport->inner->ops->keeps_prefix && !watched->refuses_each;
    transport->ops.body_bytes = transport->inner->ops->body_bytes;
    transport->base.ops = &transport->ops;
    *made = &transport->base;
    return JANGLE_OK;
}

struct jangle_broker watched_broker_make(const struct watched_broker *watched)
{
    return (struct jangle_broker){.options = watched, .open = open_watched};
}
