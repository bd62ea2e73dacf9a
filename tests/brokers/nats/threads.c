/* threads.c - programs of several threads with a NATS between them (brokers/threads.h).
 */
#include "brokers/threads.h"

#include "brokers/nats/server.h"

#include <jangle/transport/nats.h>

#include <nats/nats.h>

int main(void)
{
    static const struct jangle_nats_options options = {.ack_wait_ms = 2000};
    struct nats_server *server = nats_server_start(NULL);
    const struct tested_broker broker = {
        .broker = jangle_nats(nats_server_url(server), &options), .context = server};
    int failed = threads_try(&broker);

    nats_server_stop(server);
    nats_Close();
    return failed;
}
