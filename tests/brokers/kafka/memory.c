/* memory.c - each allocation of a transport of Kafka fails in turn, once: the call says
 * so, and can be made again; nothing is lost, and all memory is given back. */
#include "brokers/kafka/line.h"
#include "support/failing_allocator.h"
#include "support/shard.h"

#include <stdio.h>
#include <stdlib.h>

enum { COUNT = 3 };

static struct failing_allocator memory;
static int numbers_taken[COUNT + 1], numbers_dead;

static int set_up(void **state)
{
    (void)state;
    mock_start();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mock_stop();
    return 0;
}

/* A call that has no memory is made again, once. */
#define WITH_MEMORY(call)                                                                \
    do {                                                                                 \
        enum jangle_result first_ = (call);                                              \
                                                                                         \
        if (first_ == JANGLE_NO_MEMORY)                                                  \
            first_ = (call);                                                             \
        assert_result(first_, JANGLE_OK);                                                \
    } while (0)

static struct jangle_transport *open_without_memory(void)
{
    const struct jangle_host host = {.allocator = memory.allocator};
    static struct jangle_host kept;
    struct jangle_broker broker = mock_broker(NULL);
    struct jangle_transport *transport = NULL;

    kept = host;
    WITH_MEMORY(broker.open(&broker, &kept, "memory", &transport, NULL));
    return transport;
}

static enum jangle_result publish_some(struct jangle_transport *transport,
                                       const struct jangle_queue *queue)
{
    static const struct jangle_header header = {"who", "me"};
    struct jangle_parcel parcels[COUNT] = {{0}};

    for (int i = 0; i < COUNT; i++)
        parcels[i] = (struct jangle_parcel){.topic = queue->topic,
                                            .key = "k",
                                            .headers = &header,
                                            .header_count = 1,
                                            .body = &"123"[i],
                                            .body_size = 1};
    return transport->ops->publish(transport, parcels, COUNT, LINE_WAIT_MS, NULL);
}

/* The second one is dead. What could not be settled comes again. */
static void settle_received(struct jangle_transport *transport,
                            const struct jangle_parcel *parcels,
                            size_t count)
{
    struct jangle_settlement settlements[16] = {{0}};

    assert_true(count <= 16);
    for (size_t i = 0; i < count; i++)
        settlements[i] = (struct jangle_settlement){
            .parcel = &parcels[i],
            .disposition =
                *(const char *)parcels[i].body == '2' ? JANGLE_DEAD : JANGLE_TAKEN};
    for (size_t i = 0; i < count; i++)
        settlements[i].attempts = *(const char *)parcels[i].body - '0';
    (void)transport->ops->settle(transport, settlements, count, NULL);
    for (size_t i = 0; i < count; i++) {
        int number = settlements[i].attempts;

        numbers_taken[number] += settlements[i].result == JANGLE_OK;
        numbers_dead += settlements[i].result == JANGLE_OK && number == 2;
    }
}

static void take_all(struct jangle_transport *transport)
{
    while (!numbers_taken[1] || !numbers_taken[2] || !numbers_taken[3]) {
        struct jangle_parcel *parcels;
        size_t count = 0;
        enum jangle_result result = transport->ops->receive(transport, COUNT, LINE_BYTES,
                                                            200, &parcels, &count, NULL);

        assert_true(result == JANGLE_OK || result == JANGLE_NO_MEMORY);
        settle_received(transport, parcels, count);
    }
}

/* False: the scenario makes fewer allocations. */
static bool fail_one(int64_t at)
{
    char topic[32], name[32], dead[32];
    struct jangle_queue queue = {
        .name = name, .topic = topic, .dead = dead, .retry_ms = 1};
    struct jangle_transport *transport;

    snprintf(topic, sizeof topic, "topic-%d", (int)at);
    snprintf(name, sizeof name, "queue-%d", (int)at);
    snprintf(dead, sizeof dead, "dead-%d", (int)at);
    memset(numbers_taken, 0, sizeof numbers_taken);
    numbers_dead = 0;
    failing_allocator_arm(&memory, at);
    transport = open_without_memory();
    WITH_MEMORY(transport->ops->declare_topic(transport, topic, NULL));
    WITH_MEMORY(transport->ops->declare_queue(transport, &queue, NULL));
    WITH_MEMORY(transport->ops->attach(transport, &queue, NULL, 0, NULL));
    WITH_MEMORY(publish_some(transport, &queue));
    take_all(transport);
    transport->ops->close(transport);
    assert_int_equal(memory.pieces, 0);
    assert_true(numbers_dead >= 1);
    return memory.failed > 0;
}

static void whatever_allocation_fails_nothing_is_lost(void **state)
{
    int64_t at = 1;

    (void)state;
    failing_allocator_init(&memory, 0);
    while (!shard_takes(at) || fail_one(at))
        at++;
    assert_true(at > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whatever_allocation_fails_nothing_is_lost, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
