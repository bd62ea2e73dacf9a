/* over_rabbitmq.c - a trial over RabbitMQ. */
#include "brokers/rabbitmq/server.h"
#include "trial/kinds.h"

#include <jangle/transport/rabbitmq.h>

#include <stdlib.h>
#include <string.h>

static void *start(void)
{
    struct rabbitmq_server *server = rabbitmq_server_start();

    setenv("BROKER_URL", rabbitmq_server_url(server), 1);
    return server;
}

static void stop(void *server)
{
    rabbitmq_server_stop(server);
}

static struct jangle_broker broker(void *server)
{
    return jangle_rabbitmq(rabbitmq_server_url(server), NULL);
}

static void freeze(void *server)
{
    rabbitmq_server_freeze(server);
}

static void thaw(void *server)
{
    rabbitmq_server_thaw(server);
}

/* It counts what is in somebody's hands, too. */
static bool is_empty(void *server)
{
    char *full = rabbitmq_server_ask(
        server,
        "[\"full:\" | [element(4, amqqueue:get_name(Q)) || Q <- rabbit_amqqueue:list(), "
        "rabbit_amqqueue:info(Q, [messages]) =/= [{messages, 0}]]]");
    bool empty = full && strcmp(full, "full:") == 0;

    free(full);
    return empty;
}

const struct kind kind_rabbitmq = {
    .name = "rabbitmq",
    .label = "RabbitMQ",
    .start = start,
    .stop = stop,
    .kill = rabbitmq_server_kill,
    .start_again = rabbitmq_server_start_again,
    .killed = "killed (SIGKILL)",
    .started = "started again",
    .broker = broker,
    .freeze = freeze,
    .thaw = thaw,
    .is_empty = is_empty,
};
