/* transport_nats.c - the contract of transports, kept by NATS JetStream. */
#include "brokers/nats/server.h"
#include "support/shard.h"

#include <jangle/testing_transport.h>
#include <jangle/transport/nats.h>

#include <nats/nats.h>

/* A part each, of about the same length. Most tests of TR-14 end the broker and start it
 * again, which takes long: so these are parts by name. */
static const char *const parts[] = {
    "TR-1 TR-2 TR-3 TR-4",
    "TR-5 TR-6 TR-7",
    "TR-8 TR-9",
    "TR-10",
    "TR-11",
    "TR-12 TR-13",
    "TR-15 TR-16 TR-17",
    "TR-18 TR-19 TR-20",
    "operations_are_busy_while_the_broker_is_away a_queue_that_was_removed_is_not_found",
    "what_was_attached_is_attached_again",
    "what_was_received_before_is_in_conflict",
    "a_settlement_after_the_end_takes_nothing",
    "a_broker_keeps_what_it_confirmed",
};

enum { PARTS = sizeof parts / sizeof *parts };

/* What waits too long: NATS has no dead-letter queues of its own. A stream can forget
 * what is old, but not keep it elsewhere, so that an expire_ms is INVALID. */
static const char cannot[] = "what_waits_too_long_is_dead";

int main(void)
{
    static const struct jangle_nats_options options = {.ack_wait_ms = 6000};
    struct nats_server *server = nats_server_start(NULL);
    struct jangle_transport_trial trial = {
        .broker = jangle_nats(nats_server_url(server), &options),
        .prefix = "trial",
        .stop = nats_server_kill,
        .start = nats_server_start_again,
        .context = server,
        .skip = cannot};
    int failed = 0;

    for (int i = 0; i < PARTS; i++)
        if (shard_takes(i)) {
            trial.only = parts[i];
            failed += jangle_try_transport(&trial);
        }
    nats_server_stop(server);
    nats_Close();
    return failed;
}
