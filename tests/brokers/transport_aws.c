/* transport_aws.c - the contract of transports, kept by SQS and SNS. */
#include "brokers/aws/server.h"
#include "support/shard.h"

#include <jangle/testing_transport.h>

/* What SQS cannot keep, as docs/operations.md says.
 *
 * A message group whose messages are out gives no others, so parcels of equal keys cannot
 * be received on and on without settling them: tests/brokers/aws/order.c has those tests
 * with settlements, and so it has the one of a child that closes.
 * AGAIN keeps its turn in a FIFO queue. SQS counts how often a message was received, and
 * tells another receiver that. It has no connections whose end would give messages back.
 * It drops what is old, and puts it nowhere. */
static const char cannot[] =
    "parcels_of_one_call_keep_the_order_of_each_key "
    "the_order_of_each_key_is_kept_over_many_calls "
    "a_parcel_for_again_gives_up_its_turn "
    "it_comes_again_to_another "
    "a_child_closes_without_a_word "
    "what_was_received_before_is_in_conflict "
    "a_settlement_after_the_end_takes_nothing "
    "what_waits_too_long_is_dead";

/* A part each, of about the same length. */
static const char *const parts[] = {
    "TR-1 TR-2", "TR-3",  "TR-4 TR-5 TR-6",          "TR-7 TR-8 TR-9",
    "TR-10",     "TR-11", "TR-12 TR-13 TR-15 TR-16", "TR-14 TR-17 TR-18 TR-19 TR-20",
};

enum { PARTS = sizeof parts / sizeof *parts };

int main(void)
{
    struct aws_server *server = aws_server_start();
    struct jangle_aws_options options = aws_server_options(server);
    struct jangle_transport_trial trial = {.broker =
                                               jangle_aws("sqs://us-east-1", &options),
                                           .prefix = "trial",
                                           .stop = aws_server_cut,
                                           .start = aws_server_listen,
                                           .skip = cannot,
                                           .context = server};
    int failed = 0;

    options.filter = true;        /* so that routes are chosen */
    options.visibility_ms = 6000; /* so that what nobody gives back comes soon */
    for (int64_t i = 0; i < PARTS; i++)
        if (shard_takes(i)) {
            trial.only = parts[i];
            failed += jangle_try_transport(&trial);
        }
    aws_server_stop(server);
    return failed;
}
