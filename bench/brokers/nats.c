/* nats.c - a NATS of the benchmark's own, whose streams are in files. */
#include "brokers/nats/server.h"
#include "server.h"

#include <stddef.h>

static struct nats_server *server;

static const char *missing(void)
{
    return nats_server_is_installed()
               ? NULL
               : "NATS is not installed (Debian: apt-get install nats-server)";
}

static const char *start(void)
{
    server = nats_server_start(NULL);
    return nats_server_url(server);
}

static void stop(void)
{
    if (server)
        nats_server_stop(server);
    server = NULL;
}

const struct server server_nats = {
    .variable = "JANGLE_BENCH_NATS", .missing = missing, .start = start, .stop = stop};
