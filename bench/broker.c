/* broker.c - brokers of the benchmark's own, which the tests know how to start. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "broker.h"
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifdef BENCH_HAS_RABBITMQ
#define RABBITMQ &server_rabbitmq
#else
#define RABBITMQ NULL
#endif

#ifdef BENCH_HAS_NATS
#define NATS &server_nats
#else
#define NATS NULL
#endif

#ifdef BENCH_HAS_REDIS
#define REDIS &server_redis
#else
#define REDIS NULL
#endif

#ifdef BENCH_HAS_KAFKA
#define KAFKA &server_kafka
#else
#define KAFKA NULL
#endif

static const struct {
    const struct server *server; /* NULL: its library was not found */
    const char *without;         /* the sentence about that */
} brokers[BENCH_BROKERS] = {
    [BENCH_RABBITMQ] = {RABBITMQ,
                        "the benchmark was built without librabbitmq (Debian: apt-get "
                        "install librabbitmq-dev)"},
    [BENCH_NATS] = {NATS,
                    "the benchmark was built without libnats (Debian: apt-get "
                    "install libnats-dev)"},
    [BENCH_REDIS] = {REDIS,
                     "the benchmark was built without hiredis (Debian: apt-get "
                     "install libhiredis-dev)"},
    [BENCH_KAFKA] = {KAFKA,
                     "the benchmark was built without librdkafka (Debian: apt-get "
                     "install librdkafka-dev)"},
};

static bool running[BENCH_BROKERS];

static const struct server *server_of(enum bench_broker broker)
{
    if (!brokers[broker].server)
        bench_die("broker", brokers[broker].without);
    return brokers[broker].server;
}

const char *broker_missing(enum bench_broker broker)
{
    const struct server *server = brokers[broker].server;

    if (!broker)
        return NULL;
    if (!server)
        return brokers[broker].without;
    return server->missing ? server->missing() : NULL;
}

/* Its files are on the disk that is measured, and not in memory. */
static void start(enum bench_broker broker, const char *directory)
{
    const struct server *server = server_of(broker);
    char *path = realpath(directory, NULL);

    if (!path || setenv("TMPDIR", path, 1))
        bench_die(directory, strerror(errno));
    free(path);
    running[broker] = true;
    if (atexit(broker_stop) || setenv(server->variable, server->start(), 1))
        bench_die(server->variable, strerror(errno));
}

void broker_start(enum bench_broker broker, const char *directory)
{
    if (broker && !server_of(broker)->each_round && !broker_url(broker))
        start(broker, directory);
}

void broker_start_round(enum bench_broker broker, const char *directory)
{
    if (broker && (server_of(broker)->each_round || !broker_url(broker)))
        start(broker, directory);
}

void broker_stop(void)
{
    for (int i = 0; i < BENCH_BROKERS; i++) {
        if (running[i])
            brokers[i].server->stop();
        running[i] = false;
    }
}

const char *broker_url(enum bench_broker broker)
{
    return getenv(server_of(broker)->variable);
}
