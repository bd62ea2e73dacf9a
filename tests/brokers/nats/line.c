/* line.c - a transport of NATS in a test. */
#include "brokers/nats/line.h"

const struct jangle_queue line_queue = {
    .name = "orders-queue", .topic = "orders", .dead = "orders-queue.dead"};

static const struct jangle_host system_host;

struct jangle_transport *line_open(const char *url,
                                   const struct jangle_nats_options *options)
{
    struct jangle_broker broker = jangle_nats(url, options);
    struct jangle_transport *transport = NULL;

    assert_result(broker.open(&broker, &system_host, "test", &transport, NULL),
                  JANGLE_OK);
    return transport;
}

struct jangle_transport *line_fresh(const char *url,
                                    const struct jangle_nats_options *options)
{
    struct jangle_transport *transport = line_open(url, options);

    assert_result(transport->ops->remove_queue(transport, &line_queue, NULL), JANGLE_OK);
    assert_result(transport->ops->remove_topic(transport, "orders", NULL), JANGLE_OK);
    assert_result(transport->ops->declare_topic(transport, "orders", NULL), JANGLE_OK);
    assert_result(transport->ops->declare_queue(transport, &line_queue, NULL), JANGLE_OK);
    return transport;
}

void line_attach(struct jangle_transport *transport, const struct jangle_queue *queue)
{
    assert_result(transport->ops->attach(transport, queue, NULL, 0, NULL), JANGLE_OK);
}

enum jangle_result line_publish(struct jangle_transport *transport,
                                const char *id,
                                const char *body,
                                size_t body_size,
                                int64_t timeout_ms,
                                struct jangle_error *error)
{
    struct jangle_parcel parcel = {.topic = "orders",
                                   .route = "placed",
                                   .id = id,
                                   .body = body,
                                   .body_size = body_size};
    enum jangle_result result =
        transport->ops->publish(transport, &parcel, 1, timeout_ms, error);

    return parcel.result ? parcel.result : result;
}
