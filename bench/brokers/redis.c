/* redis.c - a Redis of the benchmark's own, with appendfsync always. */
#include "brokers/redis/server.h"
#include "server.h"

#include <stddef.h>

static struct redis_server *server;

static const char *missing(void)
{
    return redis_server_is_installed()
               ? NULL
               : "Redis is not installed (Debian: apt-get install redis-server)";
}

static const char *start(void)
{
    server = redis_server_start();
    return redis_server_url(server);
}

static void stop(void)
{
    if (server)
        redis_server_stop(server);
    server = NULL;
}

const struct server server_redis = {
    .variable = "JANGLE_BENCH_REDIS", .missing = missing, .start = start, .stop = stop};
