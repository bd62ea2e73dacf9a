/* transport_kafka.c - the contract of transports, kept by Kafka. */
#include "brokers/kafka/mock.h"
#include "support/shard.h"

#include <jangle/testing_transport.h>

#include <stdio.h>

/* A part each, of about the same length. */
static const char *const parts[] = {
    "TR-1 TR-2",
    "TR-3",
    "TR-4",
    "TR-5",
    "TR-6",
    "TR-7 TR-8 TR-9",
    "TR-10",
    "TR-11 TR-12 TR-13",
    "operations_are_busy_while_the_broker_is_away a_queue_that_was_removed_is_not_found",
    "what_was_attached_is_attached_again",
    "a_broker_keeps_what_it_confirmed",
    "TR-15 TR-16 TR-17 TR-18 TR-19 TR-20",
};

enum { PARTS = sizeof parts / sizeof *parts };

/* What Kafka cannot keep. It has no bindings: which routes of a topic a queue has, says
 * who attaches to it, and nobody knows which queues read a topic. */
#define NOT_KAFKA "a_binding_of_others_stays a_topic_with_a_queue_stays"

/* What the mock cannot do. It removes no messages. */
#define NOT_MOCK " an_offset_before_the_first_is_refused"

int main(void)
{
    struct jangle_transport_trial trial = {.prefix = "trial-"};
    int failed = 0;
    bool has_work = false;

    mock_start();
    trial.broker = mock_broker(NULL);
    trial.skip = mock_is_used() ? NOT_KAFKA NOT_MOCK : NOT_KAFKA;
    if (mock_is_used()) {
        printf("skipped: mock: %s\n", NOT_MOCK);
        trial.stop = mock_go_down;
        trial.start = mock_come_up;
    }
    for (int i = 0; i < PARTS; i++)
        if (shard_takes(i)) {
            has_work = true;
            trial.only = parts[i];
            failed += jangle_try_transport(&trial);
        }
    mock_stop();
    return failed || !has_work;
}
