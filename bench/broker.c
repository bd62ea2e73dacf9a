/* broker.c - a RabbitMQ of the benchmark's own, which the tests know how to start. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "broker.h"
#include "bench.h"

#include "brokers/rabbitmq/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* By this variable the processes that do single rounds find the broker. */
static const char variable[] = "JANGLE_BENCH_BROKER";

static struct rabbitmq_server *server;

const char *broker_missing(void)
{
    return rabbitmq_server_is_installed() ? NULL
                                          : "RabbitMQ is not installed (Debian: apt-get "
                                            "install rabbitmq-server)";
}

/* Its files are on the disk that is measured, and not in memory. */
void broker_start(const char *directory)
{
    char *path;

    if (getenv(variable))
        return;
    path = realpath(directory, NULL);
    if (!path || setenv("TMPDIR", path, 1))
        bench_die(directory, strerror(errno));
    free(path);
    server = rabbitmq_server_start();
    if (atexit(broker_stop) || setenv(variable, rabbitmq_server_url(server), 1))
        bench_die(variable, strerror(errno));
}

void broker_stop(void)
{
    if (server)
        rabbitmq_server_stop(server);
    server = NULL;
}

const char *broker_url(void)
{
    return getenv(variable);
}
