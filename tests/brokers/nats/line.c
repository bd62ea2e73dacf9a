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

void line_close(struct jangle_transport *transport)
{
    transport->ops->close(transport);
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

struct jangle_parcel line_receive(struct jangle_transport *transport)
{
    struct jangle_parcel *parcels;
    size_t count = 0;

    assert_result(transport->ops->receive(transport, 1, LINE_BYTES, LINE_WAIT_MS,
                                          &parcels, &count, NULL),
                  JANGLE_OK);
    assert_int_equal(count, 1);
    return parcels[0];
}

enum jangle_result line_settle(struct jangle_transport *transport,
                               const struct jangle_parcel *parcel,
                               enum jangle_disposition disposition)
{
    struct jangle_settlement settlement = {.parcel = parcel,
                                           .disposition = disposition,
                                           .attempts = parcel->attempt,
                                           .reason = "a test wants it"};
    enum jangle_result result = transport->ops->settle(transport, &settlement, 1, NULL);

    assert_true(result == JANGLE_OK || settlement.result != JANGLE_OK);
    return settlement.result;
}
