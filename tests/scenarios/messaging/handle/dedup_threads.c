/* dedup_threads.c - the threads of two programs share a dedup: each message is handled by
 * one of them, and a slow handler keeps its message for longer than a lease. */
#include "support/brokers/memory_dedup.h"
#include "support/domains/stranger.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGES = 200, THREADS = 4, LEASE_MS = 60000, STEPS = 6 };

static struct neighbours both;
static struct stranger stranger;
static struct memory_dedup memory, *memory_pointer = &memory;
static struct jangle_deduplication shared;

static struct {
    struct jn_mutex mutex;
    struct jn_cond moved;
    bool entered, shut;
    _Atomic int calls[MESSAGES];
    _Atomic int handled;
} seen;

static enum jangle_result count_message(struct jangle_delivery *delivery,
                                        const struct jangle_event *event)
{
    (void)delivery;
    seen.calls[strtol(event->id, NULL, 10)]++;
    seen.handled++;
    return JANGLE_OK;
}

static enum jangle_result wait_at_gate(struct jangle_delivery *delivery,
                                       const struct jangle_event *event)
{
    jn_mutex_lock(&seen.mutex);
    seen.entered = true;
    jn_cond_broadcast(&seen.moved);
    while (seen.shut)
        jn_cond_wait(&seen.moved, &seen.mutex);
    jn_mutex_unlock(&seen.mutex);
    return count_message(delivery, event);
}

static const struct jangle_consumer counting_watch = {
    .name = "watch",
    .order = JANGLE_ANY_ORDER,
    .dedup = &shared,
    .threads = THREADS,
    .routes = JANGLE_ROUTES({.type = &coins_put_in, .handle = count_message}),
};
static const struct jangle_consumer slow_watch = {
    .name = "watch",
    .order = JANGLE_ANY_ORDER,
    .dedup = &shared,
    .routes = JANGLE_ROUTES({.type = &coins_put_in, .handle = wait_at_gate}),
};

/* The queue is there when both were polled without threads. */
static void open_both(const struct jangle_consumer *consumer)
{
    struct world *worlds[] = {&both.sender, &both.taker};

    for (int i = 0; i < 2; i++) {
        worlds[i]->config.aggregates = (struct jangle_aggregates){0};
        consume_with(worlds[i], consumer);
        world_open(worlds[i], NULL);
        world_poll(worlds[i]);
        if (worlds[i] == &both.taker)
            stranger_init(&stranger, &both);
        world_close(worlds[i]);
    }
}

static int begin(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof seen);
    seen.shut = true;
    if (jn_mutex_init(&seen.mutex) || jn_cond_init(&seen.moved))
        return -1;
    assert_true(memory_dedup_init(&memory));
    shared = memory_dedup_descriptor(&memory_pointer);
    neighbours_init(&both, true);
    return 0;
}

static void open_gate(void)
{
    jn_mutex_lock(&seen.mutex);
    seen.shut = false;
    jn_cond_broadcast(&seen.moved);
    jn_mutex_unlock(&seen.mutex);
}

static int end(void **state)
{
    (void)state;
    open_gate();
    stranger_finish(&stranger);
    neighbours_finish(&both);
    memory_dedup_finish(&memory);
    jn_cond_finish(&seen.moved);
    jn_mutex_finish(&seen.mutex);
    return 0;
}

static void send(const char *id)
{
    stranger_send(&stranger, "watch", (struct stranger_says){.id = id});
}

static struct jangle_endpoint_stats figures(struct world *world)
{
    return endpoint_of(world, "watch");
}

/* ---- all at once ------------------------------------------------------------------- */

static void of_all_threads_one_handles_each_message(void **state)
{
    (void)state;
    open_both(&counting_watch);
    for (int i = 0; i < 2 * MESSAGES; i++) {
        char id[8];

        snprintf(id, sizeof id, "%d", i / 2);
        send(id);
    }
    both.taker.config.workers = both.sender.config.workers = 1;
    both.taker.config.receive_count = both.sender.config.receive_count = 7;
    world_open(&both.taker, NULL);
    world_open(&both.sender, NULL);
    while (figures(&both.taker).handled + figures(&both.sender).handled < MESSAGES ||
           stranger_count(&stranger, "watch") > 0)
        neighbours_wait_a_moment();
    world_close(&both.taker);
    world_close(&both.sender);
    assert_int_equal(seen.handled, MESSAGES);
    for (int i = 0; i < MESSAGES; i++)
        assert_int_equal(seen.calls[i], 1);
}

/* ---- a slow handler ---------------------------------------------------------------- */

static int renewals(void)
{
    int renewals;

    jn_mutex_lock(&memory.mutex);
    renewals = memory.renewals;
    jn_mutex_unlock(&memory.mutex);
    return renewals;
}

/* Half a lease passes, and the consumer's own thread prolongs the claim. */
static void let_half_a_lease_pass(void)
{
    int before = renewals();

    neighbours_pass(&both, LEASE_MS / 2);
    while (renewals() == before)
        neighbours_wait_a_moment();
}

/* The same message as the stranger sends. */
static enum jangle_result deliver_to_sender(void)
{
    static const char body[] =
        "{\"specversion\":\"1.0\",\"id\":\"1\","
        "\"source\":\"/stranger\",\"type\":\"coins_put_in\","
        "\"data\":{\"amount\":1,\"total\":1}}";
    static const struct jangle_parcel parcel = {.content_type =
                                                    "application/cloudevents+json",
                                                .body = body,
                                                .body_size = sizeof body - 1};

    return jangle_deliver(both.sender.jangle, "watch", &parcel, &both.sender.error);
}

static void a_slow_handler_keeps_its_message_for_longer_than_a_lease(void **state)
{
    (void)state;
    open_both(&slow_watch);
    both.taker.config.workers = 1;
    world_open(&both.taker, NULL);
    send("1");
    jn_mutex_lock(&seen.mutex);
    while (!seen.entered)
        jn_cond_wait(&seen.moved, &seen.mutex);
    jn_mutex_unlock(&seen.mutex);
    for (int i = 0; i < STEPS; i++)
        let_half_a_lease_pass();
    world_open(&both.sender, NULL);
    assert_result(deliver_to_sender(), JANGLE_BUSY);
    open_gate();
    while (figures(&both.taker).handled < 1 || figures(&both.taker).taken < 1)
        neighbours_wait_a_moment();
    assert_result(deliver_to_sender(), JANGLE_OK);
    assert_int_equal(seen.calls[1], 1);
    assert_int_equal(figures(&both.sender).repeated, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
        TEST(of_all_threads_one_handles_each_message),
        TEST(a_slow_handler_keeps_its_message_for_longer_than_a_lease),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
