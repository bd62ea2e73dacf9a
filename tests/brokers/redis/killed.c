/* killed.c - two programs with a Redis between them that are killed, and so is the broker
 * (brokers/killed.h). */
#include "brokers/killed.h"

#include "brokers/redis/server.h"
#include "brokers/server_process.h"

#include <jangle/transport/redis.h>

#include <poll.h>
#include <signal.h>
#include <string.h>

enum { LOOK_MS = 10 };

/* So that a program is missed soon that is stopped. */
static const struct jangle_redis_options options = {.lease_ms = 1000};

/* Wait until there are leases, or none. */
static void wait_for_leases(struct redis_server *server, bool some)
{
    int64_t until_ms = server_now_ms() + 60000;

    while ((*redis_server_ask(server, "KEYS jangle:alive:*") != '\0') != some &&
           server_now_ms() < until_ms)
        poll(NULL, 0, LOOK_MS);
}

/* What it had in hand is free for others afterwards. */
static void outlast_the_lease(void *server, pid_t taker)
{
    wait_for_leases(server, true);
    kill(taker, SIGSTOP);
    wait_for_leases(server, false);
    kill(taker, SIGCONT);
}

int main(void)
{
    struct redis_server *server = redis_server_start();
    const struct tested_broker broker = {
        .broker = jangle_redis(redis_server_url(server), &options),
        .kill = redis_server_kill,
        .start_again = redis_server_start_again,
        .outlast = outlast_the_lease,
        .context = server};
    int failed = killed_try(&broker, EFFORT_REDIS_KILLED);

    redis_server_stop(server);
    return failed;
}
