/* line.c - a transport of Redis in a test. */
#include "brokers/redis/line.h"

const struct jangle_queue line_queue = {
    .name = "orders-queue", .topic = "orders", .dead = "orders-queue.dead"};

static const struct jangle_host system_host;

struct jangle_transport *line_open_url(const char *url,
                                       const struct jangle_redis_options *options)
{
    struct jangle_broker broker = jangle_redis(url, options);
    struct jangle_transport *transport = NULL;

    assert_result(broker.open(&broker, &system_host, "a test", &transport, NULL),
                  JANGLE_OK);
    return transport;
}

struct jangle_transport *line_open(const struct redis_server *server)
{
    return line_open_url(redis_server_url(server), NULL);
}

void line_declare(struct jangle_transport *transport)
{
    const struct jangle_transport_ops *ops = transport->ops;

    assert_result(ops->remove_queue(transport, &line_queue, NULL), JANGLE_OK);
    assert_result(ops->remove_topic(transport, "orders", NULL), JANGLE_OK);
    assert_result(ops->declare_topic(transport, "orders", NULL), JANGLE_OK);
    assert_result(ops->declare_queue(transport, &line_queue, NULL), JANGLE_OK);
}

struct jangle_transport *line_fresh(const struct redis_server *server)
{
    struct jangle_transport *transport = line_open(server);

    line_declare(transport);
    return transport;
}

void line_attach(struct jangle_transport *transport)
{
    assert_result(transport->ops->attach(transport, &line_queue, NULL, 0, NULL),
                  JANGLE_OK);
}

enum jangle_result line_publish(struct jangle_transport *transport,
                                const char *body,
                                int64_t timeout_ms,
                                struct jangle_error *error)
{
    struct jangle_parcel parcel = {
        .topic = "orders", .route = "placed", .body = body, .body_size = strlen(body)};
    enum jangle_result result =
        transport->ops->publish(transport, &parcel, 1, timeout_ms, error);

    return parcel.result ? parcel.result : result;
}

size_t line_receive_once(struct jangle_transport *transport,
                         int64_t wait_ms,
                         struct jangle_parcel *parcel)
{
    struct jangle_parcel *parcels;
    size_t count = 0;

    assert_result(transport->ops->receive(transport, 1, LINE_BYTES, wait_ms, &parcels,
                                          &count, NULL),
                  JANGLE_OK);
    if (count)
        *parcel = parcels[0];
    return count;
}
