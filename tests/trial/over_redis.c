/* over_redis.c - a trial over Redis, which writes each command down before it answers. */
#include "brokers/redis/server.h"
#include "trial/kinds.h"

#include <jangle/transport/redis.h>

#include <stdlib.h>
#include <string.h>

static void *start(void)
{
    struct redis_server *server = redis_server_start();

    setenv("BROKER_URL", redis_server_url(server), 1);
    return server;
}

static void stop(void *server)
{
    redis_server_stop(server);
}

static struct jangle_broker broker(void *server)
{
    return jangle_redis(redis_server_url(server), NULL);
}

static void freeze(void *server)
{
    redis_server_freeze(server);
}

static void thaw(void *server)
{
    redis_server_thaw(server);
}

/* Each stream with the group of the queue that reads it. */
static const char *const pending[] = {
    "XPENDING jangle:topic:bank.news loyalty.news",
    "XPENDING jangle:queue:loyalty.news loyalty.news",
    "XPENDING jangle:queue:bank.counter bank.counter",
};

/* The transport does not count what is in somebody's hands, and Redis does. */
static bool is_empty(void *server)
{
    for (size_t i = 0; i < sizeof pending / sizeof *pending; i++)
        if (strcmp(redis_server_ask(server, pending[i]), "0") != 0)
            return false;
    return kind_has_no_message(&kind_redis, server);
}

const struct kind kind_redis = {
    .name = "redis",
    .label = "Redis",
    .start = start,
    .stop = stop,
    .kill = redis_server_kill,
    .start_again = redis_server_start_again,
    .killed = "killed (SIGKILL)",
    .started = "started again",
    .broker = broker,
    .freeze = freeze,
    .thaw = thaw,
    .is_empty = is_empty,
};
