/* wait.c - reading one's own writes, draining, and what is left. */
#include "support/domains/follower.h"

#include <string.h>

static struct follower seen, other;

static const struct jangle_subscriber it = {
    .name = "it",
    .context = &seen,
    .handlers = JANGLE_HANDLERS({&coins_put_in, follower_handle},
                                {&purse_named, follower_handle},
                                {&name_taken, follower_handle}),
    .start = JANGLE_FROM_FIRST};
static const struct jangle_subscriber another = {.name = "other",
                                                 .context = &other,
                                                 .handlers =
                                                     JANGLE_ARRAY(follower_handlers),
                                                 .start = JANGLE_FROM_FIRST};

static int set_up(void **state)
{
    static struct world world;

    seen = other = (struct follower){0};
    world_init(&world, *state != NULL);
    world_open(&world, &it, &another, NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    follower_clear(&seen);
    follower_clear(&other);
    return 0;
}

/* ---- waiting ----------------------------------------------------------------- */

static void a_wait_polls_until_the_event_is_handled(void **state)
{
    struct world *world = *state;
    int64_t position = world_put(world, "1");

    assert_result(jangle_wait(world->jangle, "it", position, 1000, &world->error),
                  JANGLE_OK);
    assert_int_equal(follower_handled(&seen, position), 1);
    assert_result(jangle_wait(world->jangle, "it", position, 0, &world->error),
                  JANGLE_OK);
    assert_result(jangle_wait(world->jangle, "it", 0, 0, &world->error), JANGLE_OK);
}

/* However long it might wait: with nobody to do anything, it is over at once. */
static void a_wait_for_what_will_not_come_is_over_at_once(void **state)
{
    struct world *world = *state;

    world_put(world, "1");
    assert_result(jangle_wait(world->jangle, "it", 2, -1, &world->error), JANGLE_TIMEOUT);
    assert_string_equal(world->error.message, "\"it\" is at event 1, not at 2");
    assert_result(jangle_wait(world->jangle, "nobody", 1, 0, &world->error),
                  JANGLE_NOT_FOUND);
    assert_string_equal(world->error.message, "no subscriber is called \"nobody\"");
}

static void a_parked_event_is_told(void **state)
{
    struct world *world = *state;
    int64_t position;

    seen.fails_for = "1";
    seen.failures = -1;
    position = world_put(world, "1");
    assert_result(jangle_wait(world->jangle, "it", position, -1, &world->error),
                  JANGLE_PARKED);
    assert_string_equal(world->error.message,
                        "an event of the command that stored event "
                        "1 is parked by \"it\"");
    position = world_put(world, "1");
    assert_result(jangle_wait(world->jangle, "it", position, -1, &world->error),
                  JANGLE_PARKED);
    assert_result(jangle_wait(world->jangle, "other", position, -1, &world->error),
                  JANGLE_OK);
    position = world_put(world, "2");
    assert_result(jangle_wait(world->jangle, "it", position, -1, &world->error),
                  JANGLE_OK);
}

/* A command's events lie in two streams; the first of them is parked. */
static void an_earlier_event_of_the_command_counts_and_of_others_not(void **state)
{
    struct world *world = *state;
    struct jangle_outcome outcome;

    seen.fails_for = "anna";
    seen.failures = -1;
    jangle_send(world->jangle, &outcome, name_purse, .purse_id = "7", .name = "anna");
    assert_int_equal(outcome.position, 2);
    assert_result(jangle_wait(world->jangle, "it", 2, -1, &world->error), JANGLE_PARKED);
    assert_int_equal(follower_handled(&seen, 2), 1);
    jangle_send(world->jangle, &outcome, name_purse, .purse_id = "7", .name = "bert");
    assert_result(jangle_wait(world->jangle, "it", 4, -1, &world->error), JANGLE_OK);
    seen.failures = 0;
    world_settle(world, 5);
    assert_result(jangle_wait(world->jangle, "it", 2, -1, &world->error), JANGLE_OK);
}

/* What is not wanted here cannot be parked here, though its stream is. */
static void events_that_nobody_wants_are_not_parked(void **state)
{
    struct world *world = *state;

    seen.fails_for = "1";
    seen.failures = -1;
    world_put(world, "1");
    jangle_send(world->jangle, NULL, take_out, .purse_id = "1", .amount = 1);
    assert_result(jangle_wait(world->jangle, "it", 2, -1, &world->error), JANGLE_OK);
    assert_result(jangle_wait(world->jangle, "it", 1, -1, &world->error), JANGLE_PARKED);
}

static void a_suspended_subscriber_is_not_waited_for(void **state)
{
    struct world *world = *state;

    seen.fails_for = "";
    seen.failures = -1;
    world_put_many(world, 40, 40);
    assert_result(jangle_wait(world->jangle, "it", 40, -1, &world->error),
                  JANGLE_TIMEOUT);
    assert_result(jangle_wait(world->jangle, "other", 40, -1, &world->error), JANGLE_OK);
}

/* ---- draining ---------------------------------------------------------------- */

static void a_drain_counts_what_it_leaves(void **state)
{
    struct world *world = *state;
    struct jangle_left left;

    assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
    assert_int_equal(left.parked + left.dead + left.suspended + left.future, 0);
    seen.fails_for = "1";
    seen.failures = -1;
    other.fails_for = "2";
    other.failures = 1;
    other.refuses = true;
    world_put_many(world, 300, 3);
    assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
    assert_int_equal(left.parked, 1);
    assert_int_equal(left.dead, 1);
    assert_int_equal(left.suspended, 0);
    assert_int_equal(world_measure(world, "it").position, 300);
    assert_int_equal(world_measure(world, "other").position, 300);
    assert_result(jangle_drain(world->jangle, -1, NULL, NULL), JANGLE_OK);
}

static void a_drain_does_not_wait_for_the_suspended(void **state)
{
    struct world *world = *state;
    struct jangle_left left;

    seen.fails_for = "";
    seen.failures = -1;
    world_put_many(world, 40, 40);
    assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
    assert_int_equal(left.suspended, 1);
    assert_int_equal(left.parked, 16);
    assert_int_equal(world_measure(world, "other").position, 40);
}

/* It waits for what is due, also when that takes time. */
static void a_drain_tries_what_is_due(void **state)
{
    struct world *world = *state;
    struct jangle_left left;

    seen.fails_for = "1";
    seen.failures = 1;
    world_put_many(world, 30, 3);
    assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
    assert_int_equal(left.parked, 1);
    world_pass(world, 1000);
    assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
    assert_int_equal(left.parked, 0);
    follower_assert_all(&seen, 1, 30);
}

static void a_drain_ends_when_its_time_is_over(void **state)
{
    struct world *world = *state;

    world_put_many(world, 3000, 100);
    assert_result(jangle_drain(world->jangle, 0, NULL, &world->error), JANGLE_TIMEOUT);
    assert_string_equal(world->error.message,
                        "\"it\" has not handled every event up to 3000");
}

/* ---- after the end ----------------------------------------------------------- */

static void nothing_waits_for_what_is_stopped(void **state)
{
    struct world *world = *state;

    world_put(world, "1");
    jangle_stop(world->jangle);
    assert_result(jangle_poll(world->jangle, NULL, &world->error), JANGLE_CLOSED);
    assert_result(jangle_wait(world->jangle, "it", 1, -1, &world->error), JANGLE_CLOSED);
    assert_result(jangle_drain(world->jangle, -1, NULL, &world->error), JANGLE_CLOSED);
    assert_int_equal(seen.count, 0);
}

/* ---- with workers ------------------------------------------------------------ */

static void with_workers_a_wait_sleeps_until_they_are_done(void **state)
{
    struct world *world = *state;
    struct jangle_left left;

    world_close(world);
    world->config.workers = 3;
    world_open(world, &it, &another, NULL);
    for (int i = 0; i < 50; i++) {
        int64_t position = world_put(world, "1");

        assert_result(jangle_wait(world->jangle, "it", position, -1, &world->error),
                      JANGLE_OK);
        assert_true(world_measure(world, "it").position >= position);
    }
    world_put_many(world, 1000, 7);
    assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
    assert_int_equal(left.parked, 0);
    assert_result(jangle_wait(world->jangle, "it", 1051, 1, &world->error),
                  JANGLE_TIMEOUT);
    world_close(world);
    follower_assert_all(&seen, 1, 1050);
    follower_assert_all(&other, 1, 1050);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_wait_polls_until_the_event_is_handled),
        WORLD_TEST(a_wait_for_what_will_not_come_is_over_at_once),
        WORLD_TEST(a_parked_event_is_told),
        WORLD_TEST(an_earlier_event_of_the_command_counts_and_of_others_not),
        WORLD_TEST(events_that_nobody_wants_are_not_parked),
        WORLD_TEST(a_suspended_subscriber_is_not_waited_for),
        WORLD_TEST(a_drain_counts_what_it_leaves),
        WORLD_TEST(a_drain_does_not_wait_for_the_suspended),
        WORLD_TEST(a_drain_tries_what_is_due),
        WORLD_TEST(a_drain_ends_when_its_time_is_over),
        WORLD_TEST(nothing_waits_for_what_is_stopped),
        WORLD_TEST_IN_MEMORY(with_workers_a_wait_sleeps_until_they_are_done),
        WORLD_TEST_IN_FILE(with_workers_a_wait_sleeps_until_they_are_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
