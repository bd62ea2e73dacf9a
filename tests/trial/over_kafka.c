/* over_kafka.c - a trial over librdkafka's mock of Kafka. The mock is in this process,
 * and is reached by its address, so the two programs are processes of their own and are
 * killed as with other brokers. But the mock itself loses everything when it ends:
 * instead it ends all connections, and takes no more for a while. */
#include "brokers/kafka/mock.h"
#include "trial/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SLOW_MS = 3000 }; /* each answer waits for so long when it is frozen */

static struct jangle_broker broker(void *server)
{
    (void)server;
    return mock_broker(NULL);
}

/* The mock cannot be asked to make topics, so they are there before the programs. */
static struct jangle_transport *connect_and_declare(void)
{
    struct jangle_transport *transport = kind_connect(&kind_kafka, NULL);
    bool declared = transport &&
                    !transport->ops->declare_topic(transport, kind_topic, NULL) &&
                    !transport->ops->declare_queue(transport, &kind_queues[0], NULL) &&
                    !transport->ops->declare_queue(transport, &kind_queues[1], NULL);

    if (transport && !declared) {
        transport->ops->close(transport);
        transport = NULL;
    }
    return transport;
}

static void *start(void)
{
    struct jangle_transport *transport;

    unsetenv("JANGLE_KAFKA_BOOTSTRAP"); /* whoever has one keeps it out of this */
    mock_start();
    alarm(0); /* the trial has a limit of its own */
    transport = connect_and_declare();
    if (!transport) {
        fputs("Kafka's mock does not make topics\n", stderr);
        exit(1);
    }
    transport->ops->close(transport);
    setenv("BROKER_URL", mock_url(), 1);
    return mock_cluster();
}

static void stop(void *server)
{
    (void)server;
    mock_stop();
}

/* It takes what comes, and keeps its answers to itself. */
static void freeze(void *server)
{
    rd_kafka_mock_broker_set_rtt(server, 1, SLOW_MS);
}

static void thaw(void *server)
{
    rd_kafka_mock_broker_set_rtt(server, 1, 0);
}

static bool is_empty(void *server)
{
    struct jangle_transport *transport = connect_and_declare();
    bool empty = transport;

    (void)server;
    for (size_t i = 0; empty && i < 2; i++)
        empty = kind_has_none(transport, kind_queues[i].name) &&
                mock_count(kind_queues[i].dead) == 0;
    if (transport)
        transport->ops->close(transport);
    return empty;
}

const struct kind kind_kafka = {
    .name = "kafka",
    .label = "Kafka (librdkafka's mock)",
    .start = start,
    .stop = stop,
    .kill = mock_go_down,
    .start_again = mock_come_up,
    .killed = "cut off, because it has everything in memory and would lose it",
    .started = "reached again",
    .broker = broker,
    .freeze = freeze,
    .thaw = thaw,
    .is_empty = is_empty,
};
