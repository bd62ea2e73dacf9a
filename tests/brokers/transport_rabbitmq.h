/* transport_rabbitmq.h - the contract of transports, kept by RabbitMQ. */
#ifndef TRANSPORT_RABBITMQ_H
#define TRANSPORT_RABBITMQ_H

#include "brokers/rabbitmq/shared.h"
#include "support/shard.h"

#include <jangle/testing_transport.h>
#include <jangle/transport/rabbitmq.h>

/* A part each, of about the same length. Most tests of TR-14 end the broker and start it
 * again, which takes long: so these are parts by name. */
static const char *const parts[] = {
    "TR-1 TR-2",
    "TR-3",
    "TR-4",
    "TR-5",
    "TR-6",
    "TR-7 TR-15 TR-16 TR-17",
    "TR-8 TR-9",
    "TR-10",
    "TR-11 TR-12 TR-13",
    "TR-18 TR-19 TR-20",
    "operations_are_busy_while_the_broker_is_away a_queue_that_was_removed_is_not_found",
    "what_was_attached_is_attached_again",
    "what_was_received_before_is_in_conflict",
    "a_settlement_after_the_end_takes_nothing",
    "a_broker_keeps_what_it_confirmed",
};

enum {
    PARTS = sizeof parts / sizeof *parts,
    SHARING_PARTS = 10 /* which kill nothing */
};

/* Does this shard try one of the first `limit` parts? */
static bool has_work(int64_t limit)
{
    bool takes = false;

    for (int64_t i = 0; i < limit; i++)
        takes |= shard_takes(i);
    return takes;
}

/* One that is shared, if this shard tries no part that kills it. */
static struct rabbitmq_server *start_rabbitmq(int64_t limit)
{
    for (int64_t i = SHARING_PARTS; i < limit; i++)
        if (shard_takes(i))
            return rabbitmq_server_start();
    return rabbitmq_shared_start();
}

/* Try the first `limit` parts. */
static int try_rabbitmq(enum jangle_rabbitmq_queues queues, int64_t limit)
{
    struct rabbitmq_server *server = start_rabbitmq(limit);
    const struct jangle_rabbitmq_options options = {.queues = queues};
    struct jangle_transport_trial trial = {
        .broker = jangle_rabbitmq(rabbitmq_server_url(server), &options),
        .prefix = "trial",
        .stop = rabbitmq_server_kill,
        .start = rabbitmq_server_start_again,
        .context = server};
    int failed = 0;

    for (int64_t i = 0; i < limit; i++)
        if (shard_takes(i)) {
            trial.only = parts[i];
            failed += jangle_try_transport(&trial);
        }
    rabbitmq_server_stop(server);
    return failed;
}

#endif
