/* stopped.c - two programs with a NATS between them that end at failpoints
 * (brokers/stopped.h). */
#include "brokers/stopped.h"

#include "brokers/nats/server.h"

#include <jangle/transport/nats.h>

int main(void)
{
    /* So that the broker gives away soon what a program had that was stopped. */
    static const struct jangle_nats_options options = {.ack_wait_ms = 1000};
    struct nats_server *server = nats_server_start(NULL);
    const struct tested_broker broker = {
        .broker = jangle_nats(nats_server_url(server), &options), .context = server};
    int failed = stopped_try(&broker, EFFORT_NATS_STOPPED);

    nats_server_stop(server);
    return failed;
}
