/* dedup_redis.c - the contract of dedups, tried on a Redis that is really started. */
#include "brokers/redis/server.h"
#include "contract/dedup.h"
#include "support/test.h"
#include "support/test_host.h"

#include <jangle/transport/redis.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct redis_server *server;

/* Each key has so much less to live: Redis removes it at once if nothing is left. */
static void pass(void *context, int64_t ms)
{
    char keys[8192], command[256];
    char *key, *rest = keys;

    snprintf(keys, sizeof keys, "%s", redis_server_ask(context, "KEYS trial:seen:*"));
    while ((key = strtok_r(rest, " ", &rest))) {
        int64_t left_ms;

        snprintf(command, sizeof command, "PTTL %s", key);
        left_ms = strtoll(redis_server_ask(context, command), NULL, 10);
        snprintf(command, sizeof command, "PEXPIRE %s %lld", key,
                 (long long)(left_ms - ms));
        redis_server_ask(context, command);
    }
}

static void stop(void *context)
{
    assert_true(redis_server_kill(context));
}

static void start(void *context)
{
    assert_true(redis_server_start_again(context));
}

static void spoil(void *context)
{
    assert_string_equal(
        redis_server_ask(context, "CONFIG SET maxmemory-policy allkeys-lru"), "OK");
}

static void mend(void *context)
{
    assert_string_equal(
        redis_server_ask(context, "CONFIG SET maxmemory-policy noeviction"), "OK");
}

int main(void)
{
    struct test_host host;
    struct dedup_trial trial = {.host = &host.host,
                                .wrong_url = "moon://",
                                .pass = pass,
                                .stop = stop,
                                .start = start,
                                .spoil = spoil,
                                .mend = mend};
    int failed;

    test_host_init(&host);
    server = redis_server_start();
    trial.context = server;
    trial.descriptor = jangle_redis_dedup(redis_server_url(server));
    trial.descriptor.scope = "trial";
    trial.descriptor.lease_ms = 600000;
    trial.descriptor.keep_ms = 6000000;
    failed = dedup_contract(&trial);
    redis_server_stop(server);
    return failed;
}
