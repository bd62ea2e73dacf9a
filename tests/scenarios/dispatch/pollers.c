/* pollers.c - a program without workers whose threads poll, wait and drain
 * beside each other. */
#include "base/failpoint.h"
#include "core/engine.h"
#include "dispatch/overview.h"
#include "support/domains/follower.h"

#include <jangle/plugin/support.h>

#include <sched.h>

/* A handler that stays inside until it is let go. */
struct gate {
    struct jn_mutex mutex;
    struct jn_cond changed;
    bool inside, open;
};

static struct gate gate;

static void gate_set(bool *what)
{
    jn_mutex_lock(&gate.mutex);
    *what = true;
    jn_cond_broadcast(&gate.changed);
    jn_mutex_unlock(&gate.mutex);
}

static void gate_wait(const bool *what)
{
    jn_mutex_lock(&gate.mutex);
    while (!*what)
        jn_cond_wait(&gate.changed, &gate.mutex);
    jn_mutex_unlock(&gate.mutex);
}

static enum jangle_result stay(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    (void)delivery;
    (void)event;
    gate_set(&gate.inside);
    gate_wait(&gate.open);
    return JANGLE_OK;
}

static const struct jangle_subscriber it = {.name = "it",
                                            .handlers =
                                                JANGLE_HANDLERS({&coins_put_in, stay}),
                                            .start = JANGLE_FROM_FIRST};

static int set_up(void **state)
{
    static struct world world;

    gate = (struct gate){.open = false};
    if (jn_mutex_init(&gate.mutex) || jn_cond_init(&gate.changed))
        return 1;
    world_init(&world, false);
    world_open(&world, &it, NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    jn_cond_finish(&gate.changed);
    jn_mutex_finish(&gate.mutex);
    return 0;
}

static void *poll_once(void *world)
{
    jangle_poll(((struct world *)world)->jangle, NULL, NULL);
    return NULL;
}

/* What another thread is at is not left undone: as long as it is, so is the wait. */
static void wait_while_another_thread_handles(struct world *world, bool drains)
{
    int64_t position = world_put(world, "1"), begun_us;
    struct jangle *jangle = world->jangle;
    pthread_t poller;

    assert_int_equal(pthread_create(&poller, NULL, poll_once, world), 0);
    gate_wait(&gate.inside);
    begun_us = jn_monotonic_us();
    assert_result(drains ? jangle_drain(jangle, 5, NULL, NULL)
                         : jangle_wait(jangle, "it", position, 5, NULL),
                  JANGLE_TIMEOUT);
    assert_true(jn_monotonic_us() - begun_us >= 5000);
    gate_set(&gate.open);
    assert_result(drains ? jangle_drain(jangle, -1, NULL, NULL)
                         : jangle_wait(jangle, "it", position, -1, NULL),
                  JANGLE_OK);
    assert_int_equal(pthread_join(poller, NULL), 0);
}

static void a_wait_is_for_what_another_thread_handles_too(void **state)
{
    wait_while_another_thread_handles(*state, false);
}

static void a_drain_is_for_what_another_thread_handles_too(void **state)
{
    wait_while_another_thread_handles(*state, true);
}

/* ---- what happens between a look and a poll ---------------------------------- */

/* Something that another thread does, once, when the wait has come to a failpoint. */
struct meanwhile {
    struct world *world;
    const char *at;
    pthread_t poller;
};

static void let_the_poller_end(void *context, const char *name)
{
    struct meanwhile *meanwhile = context;

    if (strcmp(name, meanwhile->at) != 0)
        return;
    meanwhile->at = "";
    gate_set(&gate.open);
    assert_int_equal(pthread_join(meanwhile->poller, NULL), 0);
}

/* The event was not handled when the wait looked, and nothing is left for it to poll. */
static void a_wait_sees_what_was_handled_after_its_look(void **state)
{
    struct meanwhile meanwhile = {.world = *state, .at = "wait.looked"};
    struct jangle *jangle = meanwhile.world->jangle;
    int64_t position = world_put(meanwhile.world, "1");

    assert_int_equal(pthread_create(&meanwhile.poller, NULL, poll_once, meanwhile.world),
                     0);
    gate_wait(&gate.inside);
    jn_failpoint_set(let_the_poller_end, &meanwhile);
    assert_result(jangle_wait(jangle, "it", position, -1, NULL), JANGLE_OK);
    jn_failpoint_set(NULL, NULL);
    assert_string_equal(meanwhile.at, "");
}

static void put_a_coin_in(void *context, const char *name)
{
    struct meanwhile *meanwhile = context;

    if (strcmp(name, meanwhile->at) != 0)
        return;
    meanwhile->at = "";
    world_put(meanwhile->world, "1");
}

static void a_drain_handles_what_was_stored_after_its_poll(void **state)
{
    struct meanwhile meanwhile = {.world = *state, .at = "drain.polled"};

    gate_set(&gate.open);
    jn_failpoint_set(put_a_coin_in, &meanwhile);
    assert_result(jangle_drain(meanwhile.world->jangle, -1, NULL, NULL), JANGLE_OK);
    jn_failpoint_set(NULL, NULL);
    assert_string_equal(meanwhile.at, "");
    assert_true(gate.inside);
}

/* ---- between a look and a sleep, beside workers ------------------------------- */

enum { HOUR_MS = 3600000 };

/* The thread that waits, and where it is just before it sleeps. */
struct sleeper {
    struct world *world;
    pthread_t thread;
    const char *at;
};

/* Let the worker end its run, and wait until it has: after that nothing changes any
 * more. */
static void let_the_worker_end(void *context, const char *name)
{
    struct sleeper *sleeper = context;

    if (!pthread_equal(sleeper->thread, pthread_self()) || strcmp(name, sleeper->at) != 0)
        return;
    sleeper->at = "";
    gate_set(&gate.open);
    while (jn_overview_others(sleeper->world->jangle->dispatch).run)
        sched_yield();
}

/* No look at the store and no checkpoint wakes the sleeper instead. */
static void sleep_when_all_is_done(struct world *world, const char *at, bool drains)
{
    struct sleeper sleeper = {world, pthread_self(), at};
    int64_t position;

    world_close(world);
    world->config.workers = 2;
    world->config.head_interval_ms = HOUR_MS;
    world->config.checkpoint_interval_ms = HOUR_MS;
    world->config.retry_interval_ms = HOUR_MS;
    jn_failpoint_set(let_the_worker_end, &sleeper);
    world_open(world, &it, NULL);
    position = world_put(world, "1");
    gate_wait(&gate.inside);
    assert_result(drains ? jangle_drain(world->jangle, -1, NULL, NULL)
                         : jangle_wait(world->jangle, "it", position, -1, NULL),
                  JANGLE_OK);
    world_close(world);
    jn_failpoint_set(NULL, NULL);
    assert_string_equal(sleeper.at, "");
}

static void a_wait_misses_no_change_before_it_sleeps(void **state)
{
    sleep_when_all_is_done(*state, "wait.looked", false);
}

static void a_drain_misses_no_change_before_it_sleeps(void **state)
{
    sleep_when_all_is_done(*state, "drain.looked", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_wait_is_for_what_another_thread_handles_too),
        TEST(a_drain_is_for_what_another_thread_handles_too),
        TEST(a_wait_sees_what_was_handled_after_its_look),
        TEST(a_drain_handles_what_was_stored_after_its_poll),
        TEST(a_wait_misses_no_change_before_it_sleeps),
        TEST(a_drain_misses_no_change_before_it_sleeps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
