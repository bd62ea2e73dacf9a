/* over_nats.c - a trial over NATS. */
#include "brokers/nats/server.h"
#include "trial/kinds.h"

#include <jangle/transport/nats.h>

#include <stdlib.h>

static void *start(void)
{
    struct nats_server *server = nats_server_start(NULL);

    setenv("BROKER_URL", nats_server_url(server), 1);
    return server;
}

static void stop(void *server)
{
    nats_server_stop(server);
}

static struct jangle_broker broker(void *server)
{
    return jangle_nats(nats_server_url(server), NULL);
}

static void freeze(void *server)
{
    nats_server_freeze(server);
}

static void thaw(void *server)
{
    nats_server_thaw(server);
}

/* The transport does not know the count while a message is in somebody's hands. */
static bool is_empty(void *server)
{
    return kind_has_no_message(&kind_nats, server);
}

const struct kind kind_nats = {
    .name = "nats",
    .label = "NATS",
    .start = start,
    .stop = stop,
    .kill = nats_server_kill,
    .start_again = nats_server_start_again,
    .killed = "killed (SIGKILL)",
    .started = "started again",
    .broker = broker,
    .freeze = freeze,
    .thaw = thaw,
    .counts_loosely = true,
    .is_empty = is_empty,
};
