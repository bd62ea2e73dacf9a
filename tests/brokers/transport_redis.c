/* transport_redis.c - the contract of transports, kept by Redis. */
#include "brokers/redis/server.h"
#include "support/shard.h"

#include <jangle/testing_transport.h>
#include <jangle/transport/redis.h>

/* A part each, of about the same length. */
static const char *const parts[] = {
    "TR-1 TR-2 TR-3 TR-4 TR-5",
    "TR-6 TR-7 TR-8 TR-9",
    "TR-10",
    "TR-11 TR-12 TR-13 TR-15 TR-16",
    "TR-14",
    "TR-17 TR-18 TR-19 TR-20",
};

int main(void)
{
    struct redis_server *server = redis_server_start();
    struct jangle_transport_trial trial = {
        .broker = jangle_redis(redis_server_url(server), NULL),
        .prefix = "trial",
        .stop = redis_server_kill,
        .start = redis_server_start_again,
        .context = server};
    int failed = 0;

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (shard_takes((int64_t)i)) {
            trial.only = parts[i];
            failed += jangle_try_transport(&trial);
        }
    redis_server_stop(server);
    return failed;
}
