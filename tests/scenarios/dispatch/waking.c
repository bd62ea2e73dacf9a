/* waking.c - workers are woken one by one, and only for work; so each of them must be. No
 * look at the store, no retry and no checkpoint comes to the rescue here, for all of them
 * are an hour away. */
#include "support/domains/follower.h"

#include <jangle/plugin/support.h>
#include <jangle/view.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

enum { COMMANDS = 200, HOUR_MS = 3200000 };

static enum jangle_result do_nothing(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    (void)delivery;
    (void)event;
    return JANGLE_OK;
}

static enum jangle_result note_event(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    return jangle_view_run(delivery->view, "INSERT INTO seen VALUES (?)",
                           event->position);
}

/* ---- a gate for one thread ---------------------------------------------------- */

static struct {
    struct jn_mutex mutex;
    struct jn_cond moved;
    pthread_t who; /* stops there */
    bool shut, inside;
    bool for_all; /* all others do, too */
} gate;

static enum jangle_result go_through(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    jn_mutex_lock(&gate.mutex);
    if (gate.shut && (gate.for_all || pthread_equal(gate.who, pthread_self()))) {
        gate.inside = true;
        jn_cond_broadcast(&gate.moved);
        while (gate.shut)
            jn_cond_wait(&gate.moved, &gate.mutex);
    }
    jn_mutex_unlock(&gate.mutex);
    return do_nothing(delivery, event);
}

static void shut_gate(void)
{
    jn_mutex_lock(&gate.mutex);
    gate.shut = true;
    jn_mutex_unlock(&gate.mutex);
}

static void open_gate(void)
{
    jn_mutex_lock(&gate.mutex);
    gate.shut = false;
    jn_cond_broadcast(&gate.moved);
    jn_mutex_unlock(&gate.mutex);
}

static bool is_inside(void)
{
    bool inside;

    jn_mutex_lock(&gate.mutex);
    inside = gate.inside;
    jn_mutex_unlock(&gate.mutex);
    return inside;
}

/* ---- the world ----------------------------------------------------------------- */

static const struct jangle_subscriber gated = {
    .name = "gated",
    .handlers = JANGLE_HANDLERS({&coins_put_in, go_through}),
    .start = JANGLE_FROM_FIRST};
static const struct jangle_subscriber plain = {
    .name = "plain",
    .handlers = JANGLE_HANDLERS({&coins_put_in, do_nothing}),
    .start = JANGLE_FROM_FIRST};
#define VIEW(tag, word)                                                                  \
    static const struct jangle_subscriber tag = {                                        \
        .name = word,                                                                    \
        .handlers = JANGLE_HANDLERS({&coins_put_in, note_event}),                        \
        .schema = "CREATE TABLE seen (position INTEGER PRIMARY KEY)"}
VIEW(view, "view");
VIEW(view_too, "view-too");

static int set_up(void **state)
{
    static struct world world;

    world_init(&world, *state != NULL);
    world.config.head_interval_ms = HOUR_MS;
    world.config.retry_interval_ms = HOUR_MS;
    world.config.checkpoint_interval_ms = HOUR_MS;
    world.config.workers = 4;
    assert_int_equal(jn_mutex_init(&gate.mutex), JANGLE_OK);
    assert_int_equal(jn_cond_init(&gate.moved), JANGLE_OK);
    gate.shut = gate.inside = gate.for_all = false;
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    jn_cond_finish(&gate.moved);
    jn_mutex_finish(&gate.mutex);
    return 0;
}

/* Looks until it is there. To call jangle_wait would wake a worker. A minute is much
 * longer than the test: they only end one that would hang. */
static void wait_for(struct world *world, const char *name, int64_t position)
{
    int64_t until_us = jn_monotonic_us() + 20 * INT64_C(1000000);

    while (world_measure(world, name).position < position) {
        if (jn_monotonic_us() > until_us)
            fail_msg("\"%s\" does not come to %lld", name, (long long)position);
        sched_yield();
    }
}

/* ---- each commit --------------------------------------------------------------- */

/* All sleep when a command comes, or some of them do. */
static void each_event_finds_a_worker_for_each_subscriber(void **state)
{
    struct world *world = *state;

    world_open(world, &gated, &plain, &view, &view_too, NULL);
    for (int64_t i = 1; i <= COMMANDS; i++) {
        int64_t position = world_put(world, "1");

        wait_for(world, "plain", position);
        wait_for(world, "view-too", position);
        if (i % 2)
            continue;
        wait_for(world, "gated", position);
        wait_for(world, "view", position);
    }
}

/* "gated" is the first that a worker takes. That worker stays in it, and has woken
 * another before. */
static void who_goes_into_a_handler_has_woken_the_next(void **state)
{
    enum { ROUNDS = 50 };
    struct world *world = *state;

    gate.for_all = true;
    world->config.view_gather_us = -1;
    world_open(world, &gated, &view, &view_too, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        int64_t position;

        shut_gate();
        position = world_put(world, "1");
        wait_for(world, "view", position);
        wait_for(world, "view-too", position);
        open_gate();
        wait_for(world, "gated", position);
    }
}

static void *send_some(void *context)
{
    struct world *world = context;
    static atomic_int senders;
    char purse[24];

    snprintf(purse, sizeof purse, "%d", senders++);
    for (int i = 0; i < COMMANDS; i++)
        world_put(world, purse);
    return NULL;
}

static void what_several_threads_store_is_all_handled(void **state)
{
    enum { SENDERS = 4 };
    struct world *world = *state;
    pthread_t threads[SENDERS];
    struct jangle_left left;

    world_open(world, &gated, &plain, &view, &view_too, NULL);
    for (int i = 0; i < SENDERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, send_some, world), 0);
    for (int i = 0; i < SENDERS; i++)
        pthread_join(threads[i], NULL);
    assert_result(jangle_drain(world->jangle, 20000, &left, &world->error), JANGLE_OK);
    assert_int_equal(world_measure(world, "view").position, SENDERS * COMMANDS);
    assert_int_equal(world_measure(world, "plain").position, SENDERS * COMMANDS);
}

/* ---- what is left to do --------------------------------------------------------- */

/* Polls until it is in the handler at the gate, and never again after that. */
static void *poll_until_inside(void *context)
{
    struct world *world = context;

    jn_mutex_lock(&gate.mutex);
    gate.who = pthread_self();
    gate.shut = true;
    jn_mutex_unlock(&gate.mutex);
    while (!is_inside()) {
        world_put(world, "1");
        assert_result(jangle_poll(world->jangle, NULL, NULL), JANGLE_OK);
    }
    return NULL;
}

/* Of two workers one stays out of handlers that may block. So "plain" waits for the
 * handler of "gated", and when that has returned a worker must be told, because the
 * thread that was in it does not go on. */
static void who_polls_once_passes_on_what_is_left(void **state)
{
    struct world *world = *state;
    pthread_t poller;
    int64_t position;

    world->config.workers = 2;
    world_open(world, &gated, &plain, NULL);
    assert_int_equal(pthread_create(&poller, NULL, poll_until_inside, world), 0);
    while (!is_inside())
        sched_yield();
    position = world_put(world, "2");
    open_gate();
    pthread_join(poller, NULL);
    wait_for(world, "plain", position);
    wait_for(world, "gated", position);
}

/* Nothing is stored, and no handler is waited for: only the snapshot. */
static void a_snapshot_that_is_due_finds_a_worker(void **state)
{
    struct world *world = *state;

    world_open(world, NULL);
    for (int i = 0; i < 100000 && !world_stats(world).snapshots; i++) {
        world_put(world, "1");
        sched_yield();
    }
    assert_true(world_stats(world).snapshots > 0);
}

#define TEST(name) WORLD_TEST(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_event_finds_a_worker_for_each_subscriber),
        TEST(who_goes_into_a_handler_has_woken_the_next),
        TEST(what_several_threads_store_is_all_handled),
        TEST(who_polls_once_passes_on_what_is_left),
        TEST(a_snapshot_that_is_due_finds_a_worker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
