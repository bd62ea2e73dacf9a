/* chaotic.c - two programs with a NATS and chaos between them (brokers/chaotic.h). */
#include "brokers/chaotic.h"

#include "brokers/nats/server.h"

#include <jangle/transport/nats.h>

#include <nats/nats.h>

int main(void)
{
    static const struct jangle_nats_options options = {.ack_wait_ms = 1000};
    struct nats_server *server = nats_server_start(NULL);
    const struct tested_broker broker = {
        .broker = jangle_nats(nats_server_url(server), &options), .context = server};
    int failed = chaotic_try(&broker, EFFORT_NATS_CHAOS);

    nats_server_stop(server);
    nats_Close();
    return failed;
}
