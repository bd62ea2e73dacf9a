/* line.c - a transport of RabbitMQ in a test. */
#include "brokers/rabbitmq/line.h"

#include <stdio.h>

const struct jangle_queue line_queue = {.name = "orders-queue",
                                        .topic = "orders",
                                        .retry = "orders-queue.retry",
                                        .dead = "orders-queue.dead"};

static const struct jangle_host system_host;

struct jangle_transport *line_open_url(const char *url,
                                       const struct jangle_rabbitmq_options *options)
{
    struct jangle_broker broker = jangle_rabbitmq(url, options);
    struct jangle_transport *transport = NULL;

    assert_result(broker.open(&broker, &system_host, "test", &transport, NULL),
                  JANGLE_OK);
    return transport;
}

struct jangle_transport *line_open(const struct rabbitmq_server *server)
{
    return line_open_url(rabbitmq_server_url(server), NULL);
}

void line_add_user(struct rabbitmq_server *server,
                   const char *name,
                   const char *configure,
                   const char *write,
                   const char *read)
{
    char text[1024];

    snprintf(text, sizeof text,
             "ok = rabbit_auth_backend_internal:add_user(<<\"%s\">>, <<\"%s\">>, "
             "<<\"tests\">>), ok = rabbit_auth_backend_internal:set_permissions("
             "<<\"%s\">>, <<\"tests\">>, <<\"%s\">>, <<\"%s\">>, <<\"%s\">>, "
             "<<\"tests\">>).\n",
             name, name, name, configure, write, read);
    assert_true(rabbitmq_server_evaluate(server, text));
}

struct jangle_transport *line_open_as(const struct rabbitmq_server *server,
                                      const char *name)
{
    char url[128];

    snprintf(url, sizeof url, "amqp://%s:%s@127.0.0.1:%d/tests", name, name,
             rabbitmq_server_port(server));
    return line_open_url(url, NULL);
}

struct jangle_transport *line_fresh(const struct rabbitmq_server *server)
{
    struct jangle_transport *transport = line_open(server);

    assert_result(transport->ops->remove_queue(transport, &line_queue, NULL), JANGLE_OK);
    assert_result(transport->ops->declare_topic(transport, "orders", NULL), JANGLE_OK);
    assert_result(transport->ops->declare_queue(transport, &line_queue, NULL), JANGLE_OK);
    return transport;
}

void line_attach(struct jangle_transport *transport)
{
    assert_result(transport->ops->attach(transport, &line_queue, NULL, 0, NULL),
                  JANGLE_OK);
}

enum jangle_result line_publish(struct jangle_transport *transport,
                                const char *topic,
                                const char *body,
                                int64_t timeout_ms,
                                struct jangle_error *error)
{
    struct jangle_parcel parcel = {
        .topic = topic, .route = "placed", .body = body, .body_size = strlen(body)};
    enum jangle_result result =
        transport->ops->publish(transport, &parcel, 1, timeout_ms, error);

    return parcel.result ? parcel.result : result;
}
