/* gathering.c - a view waits for more events while commands come; and for no longer than
 * it must. In most of these tests that time is an hour, and no look at the store comes to
 * the rescue: so what ends it is what the test says, or the test hangs. */
#include "support/domains/follower.h"

#include "core/engine.h"
#include "subscription/subscription.h"

#include <jangle/plugin/support.h>
#include <jangle/view.h>

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

enum { HOUR_MS = 3200000, MANY = 50 };

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

static atomic_bool inside, shut;

static enum jangle_result stay_inside(struct jangle_delivery *delivery,
                                      const struct jangle_event *event)
{
    (void)delivery;
    (void)event;
    atomic_store(&inside, true);
    while (atomic_load(&shut))
        sched_yield();
    return JANGLE_OK;
}

static const struct jangle_subscriber slow_view = {
    .name = "slow-view",
    .handlers = JANGLE_HANDLERS({&coins_put_in, stay_inside}),
    .schema = "CREATE TABLE seen (position INTEGER PRIMARY KEY)"};
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
    world.config.workers = 3;
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    atomic_store(&shut, false); /* also after a failure */
    world_finish(*state);
    return 0;
}

static int64_t position_of(struct world *world, const char *name)
{
    return world_measure(world, name).position;
}

/* Look until it is there, which nobody is told of. Twenty seconds are much longer than
 * the test.
 */
static void see_it_come(struct world *world, const char *name, int64_t position)
{
    int64_t until_us = jn_monotonic_us() + 20 * INT64_C(1000000);

    while (position_of(world, name) < position) {
        if (jn_monotonic_us() > until_us)
            fail_msg("\"%s\" stays at %lld", name, (long long)position_of(world, name));
        sched_yield();
    }
}

/* An hour, which no program may set. The first event is shown at once. */
static void open_with_an_hour(struct world *world)
{
    world_open(world, &plain, &view, NULL);
    world->jangle->config.view_gather_us = HOUR_MS * INT64_C(1000);
    see_it_come(world, "view", world_put(world, "1"));
}

/* Each of them has found a worker awake, and the view still waits. */
static int64_t put_many(struct world *world)
{
    int64_t position = 0;

    for (int i = 0; i < MANY; i++) {
        position = world_put(world, "1");
        see_it_come(world, "plain", position);
    }
    return position;
}

/* ---- it waits ------------------------------------------------------------------- */

static void while_commands_come_a_view_waits_for_more(void **state)
{
    struct world *world = *state;
    int64_t runs, first;

    open_with_an_hour(world);
    first = position_of(world, "view");
    runs = world->jangle->dispatch->subscriptions[1].last_run;
    put_many(world);
    assert_int_equal(position_of(world, "view"), first);
    assert_int_equal(world->jangle->dispatch->subscriptions[1].last_run, runs);
}

static void what_comes_after_a_quiet_time_is_shown_at_once(void **state)
{
    struct world *world = *state;

    open_with_an_hour(world);
    assert_result(jangle_wait(world->jangle, "view", put_many(world), 20000, NULL),
                  JANGLE_OK);
    jn_mutex_lock(&world->jangle->dispatch->mutex);
    world->jangle->dispatch->committed_us -= 2 * HOUR_MS * INT64_C(1000);
    jn_mutex_unlock(&world->jangle->dispatch->mutex);
    see_it_come(world, "view", world_put(world, "1"));
}

static void it_may_be_switched_off(void **state)
{
    struct world *world = *state;

    world->config.view_gather_us = -1;
    world_open(world, &plain, &view, &view_too, NULL);
    for (int i = 0; i < MANY; i++)
        see_it_come(world, i % 2 ? "view" : "view-too", world_put(world, "1"));
}

/* ---- it ends -------------------------------------------------------------------- */

static void a_full_batch_does_not_wait(void **state)
{
    struct world *world = *state;

    world->config.batch_count = 20;
    open_with_an_hour(world);
    see_it_come(world, "view", put_many(world) - 20);
}

static void who_waits_for_the_view_waits_for_no_others(void **state)
{
    struct world *world = *state;
    int64_t position;

    open_with_an_hour(world);
    position = put_many(world);
    assert_result(jangle_wait(world->jangle, "plain", position, 20000, NULL), JANGLE_OK);
    assert_int_equal(position_of(world, "view"), position - MANY);
    assert_result(jangle_wait(world->jangle, "view", position, 20000, NULL), JANGLE_OK);
}

static void a_drain_waits_for_no_others(void **state)
{
    struct world *world = *state;
    int64_t position;

    open_with_an_hour(world);
    position = put_many(world);
    assert_result(jangle_drain(world->jangle, 20000, NULL, NULL), JANGLE_OK);
    assert_int_equal(position_of(world, "view"), position);
}

static void a_poll_never_waits(void **state)
{
    struct world *world = *state;
    int64_t position;

    open_with_an_hour(world);
    position = put_many(world);
    for (int i = 0; i < 100 && position_of(world, "view") < position; i++)
        assert_result(jangle_poll(world->jangle, NULL, NULL), JANGLE_OK);
    see_it_come(world, "view", position);
}

static void a_replay_waits_for_no_others(void **state)
{
    struct world *world = *state;
    int64_t position;

    open_with_an_hour(world);
    position = put_many(world);
    assert_result(jangle_replay(world->jangle, "view", NULL, &world->error), JANGLE_OK);
    assert_result(jangle_wait(world->jangle, "view", position, 20000, NULL), JANGLE_OK);
}

/* What it had not shown yet is shown by the next program. */
static void to_close_waits_for_no_others(void **state)
{
    struct world *world = *state;
    int64_t position;

    if (!world->file[0])
        return;
    open_with_an_hour(world);
    position = put_many(world);
    world_close(world);
    world->config.workers = 0;
    world_open(world, &plain, &view, NULL);
    world_poll(world);
    assert_int_equal(position_of(world, "view"), position);
}

/* ---- by itself ------------------------------------------------------------------ */

static void see_views_come(struct world *world)
{
    for (int i = 0; i < 4 * MANY; i++) {
        int64_t position = world_put(world, "1");

        if (i % 4)
            continue;
        see_it_come(world, "view", position);
        see_it_come(world, "view-too", position);
    }
}

/* Nobody waits for the views, and all workers sleep when an event comes. */
static void when_the_time_is_over_the_views_are_shown(void **state)
{
    struct world *world = *state;

    world->config.view_gather_us = 500;
    world_open(world, &view, &view_too, NULL);
    see_views_come(world);
}

/* And who would wake for the views is called away for "plain" all the time. */
static void another_worker_watches_when_the_first_is_called_away(void **state)
{
    struct world *world = *state;

    world->config.view_gather_us = 500;
    world_open(world, &plain, &view, &view_too, NULL);
    see_views_come(world);
}

/* The worker that runs the slow view looks at nothing else until that has ended. */
static void a_slow_view_keeps_no_other_waiting(void **state)
{
    struct world *world = *state;
    int64_t position;

    world->config.view_gather_us = 300000;
    world_open(world, &slow_view, &view, NULL);
    atomic_store(&inside, false);
    atomic_store(&shut, true);
    see_it_come(world, "view", world_put(world, "1"));
    while (!atomic_load(&inside))
        sched_yield();
    position = world_put(world, "1");
    see_it_come(world, "view", position);
    assert_true(position_of(world, "slow-view") < position);
    atomic_store(&shut, false);
}

static int64_t end_of_gathering(struct world *world)
{
    struct jn_dispatch *dispatch = world->jangle->dispatch;
    int64_t until_us;

    jn_mutex_lock(&dispatch->mutex);
    until_us = dispatch->subscriptions[1].gathers_until_us;
    dispatch->gathers_until_us = 0; /* that of others is over: the next has a new end */
    jn_mutex_unlock(&dispatch->mutex);
    return until_us;
}

static void a_view_that_waits_is_not_made_to_wait_longer(void **state)
{
    struct world *world = *state;
    int64_t until_us;

    world->config.batch_count = 1000;
    open_with_an_hour(world);
    put_many(world);
    until_us = end_of_gathering(world);
    assert_true(until_us > 0);
    put_many(world);
    assert_int_equal(end_of_gathering(world), until_us);
}

/* Commands come without end, each before the time of the one before is over. */
static void the_time_counts_from_the_first_event(void **state)
{
    struct world *world = *state;
    int64_t until_us, first;

    world->config.view_gather_us = 300000;
    world->config.batch_count = 100000;
    world_open(world, &view, NULL);
    see_it_come(world, "view", world_put(world, "1"));
    first = position_of(world, "view");
    until_us = jn_monotonic_us() + 20 * INT64_C(1000000);
    while (position_of(world, "view") == first && jn_monotonic_us() < until_us) {
        world_put(world, "1");
        jn_pause_until(jn_monotonic_us() + 1000);
    }
    assert_true(position_of(world, "view") > first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(while_commands_come_a_view_waits_for_more),
        WORLD_TEST(what_comes_after_a_quiet_time_is_shown_at_once),
        WORLD_TEST(it_may_be_switched_off),
        WORLD_TEST(a_full_batch_does_not_wait),
        WORLD_TEST(who_waits_for_the_view_waits_for_no_others),
        WORLD_TEST(a_drain_waits_for_no_others),
        WORLD_TEST(a_poll_never_waits),
        WORLD_TEST(a_replay_waits_for_no_others),
        WORLD_TEST(to_close_waits_for_no_others),
        WORLD_TEST(when_the_time_is_over_the_views_are_shown),
        WORLD_TEST(another_worker_watches_when_the_first_is_called_away),
        WORLD_TEST(a_slow_view_keeps_no_other_waiting),
        WORLD_TEST(a_view_that_waits_is_not_made_to_wait_longer),
        WORLD_TEST(the_time_counts_from_the_first_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
