/* rabbitmq.c - a RabbitMQ of the benchmark's own. */
#include "brokers/rabbitmq/server.h"
#include "server.h"

#include <stddef.h>

static struct rabbitmq_server *server;

static const char *missing(void)
{
    return rabbitmq_server_is_installed() ? NULL
                                          : "RabbitMQ is not installed (Debian: apt-get "
                                            "install rabbitmq-server)";
}

static const char *start(void)
{
    server = rabbitmq_server_start();
    return rabbitmq_server_url(server);
}

static void stop(void)
{
    if (server)
        rabbitmq_server_stop(server);
    server = NULL;
}

const struct server server_rabbitmq = {
    .variable = "JANGLE_BENCH_BROKER", .missing = missing, .start = start, .stop = stop};
