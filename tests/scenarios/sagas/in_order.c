/* in_order.c - a timeout has its place in its saga's history: after what was stored
 * before its moment, and before what happened after it, however late the saga is. */
#include "support/domains/hold.h"

#include <string.h>

#define set_up    hold_set_up
#define tear_down hold_tear_down

enum { SECOND_MS = 1000, MINUTE_MS = 60000 };

/* ---- a saga that is late ----------------------------------------------------- */

static void who_has_paid_in_time_has_paid(void **state)
{
    struct world *world = *state;

    hold_say(world, 0, "hold");
    world_poll(world);
    world_pass(world, 10 * MINUTE_MS);
    hold_say(world, 0, "pay");
    hold_reopen(world);
    hold_pass(world, 50 * MINUTE_MS);
    assert_string_equal(hold.told[0], "hold, pay");
    assert_int_equal(hold.timeouts, 0);
    assert_string_equal(hold_status(world, 0), "finished");
}

/* More than a batch lies between: the saga is not up to date before all of it is seen. */
static void a_payment_behind_much_else_is_in_time(void **state)
{
    struct world *world = *state;

    world_close(world);
    world->config.batch_count = 10;
    tills_open(world, &hold_saga);
    hold_say(world, 0, "hold");
    world_poll(world);
    for (int i = 0; i < 100; i++)
        hold_say(world, 1 + i, "hello");
    hold_say(world, 0, "pay");
    hold_pass(world, 60 * MINUTE_MS);
    assert_string_equal(hold.told[0], "hold, pay");
}

/* Also where timeouts are due all the time: what is noted at a look is kept. */
static void a_busy_log_does_not_starve_a_timeout(void **state)
{
    struct world *world = *state;
    int64_t done;
    int steps = 0;

    world_close(world);
    world->config.batch_count = 1; /* it never comes to the head */
    tills_open(world, &hold_saga);
    hold_say(world, 0, "hold");
    world_poll(world);
    world_pass(world, 60 * MINUTE_MS);
    while (!hold.timeouts && steps++ < 1000) {
        hold_say(world, 1, "hush");
        hold_say(world, 1, "hush");
        world_pass(world, SECOND_MS); /* it is time to look again */
        assert_result(jangle_poll(world->jangle, &done, &world->error), JANGLE_OK);
    }
    assert_int_equal(hold.timeouts, 1);
}

static void who_has_paid_too_late_comes_after_the_timeout(void **state)
{
    struct world *world = *state;

    hold_say(world, 0, "hold");
    world_poll(world);
    world_pass(world, 40 * MINUTE_MS);
    hold_say(world, 0, "pay");
    hold_reopen(world);
    hold_pass(world, 50 * MINUTE_MS);
    assert_string_equal(hold.told[0], "hold, timeout of hold");
}

/* Not even "hold" was seen in time. */
static void a_saga_that_saw_nothing_in_time_sees_all_in_order(void **state)
{
    struct world *world = *state;

    for (int saga = 0; saga < 3; saga++)
        hold_say(world, saga, "hold");
    world_pass(world, 20 * MINUTE_MS);
    hold_say(world, 1, "more");
    world_pass(world, 20 * MINUTE_MS);
    for (int saga = 0; saga < 2; saga++)
        hold_say(world, saga, "pay");
    world_pass(world, 20 * MINUTE_MS);
    hold_reopen(world);
    world_poll(world);
    assert_string_equal(hold.told[0], "hold, timeout of hold");
    assert_string_equal(hold.told[1], "hold, more, pay");
    assert_string_equal(hold.told[2], "hold, timeout of hold");
}

static void an_event_at_the_very_moment_comes_after_the_timeout(void **state)
{
    struct world *world = *state;

    hold_say(world, 0, "hold");
    hold_say(world, 1, "hold");
    world_pass(world, HOLD_MS - 1);
    hold_say(world, 0, "pay");
    world_pass(world, 1);
    hold_say(world, 1, "pay");
    world_poll(world);
    assert_string_equal(hold.told[0], "hold, pay");
    assert_string_equal(hold.told[1], "hold, timeout of hold");
}

/* ---- clocks ------------------------------------------------------------------ */

static void a_clock_that_is_ahead_brings_no_timeout_early(void **state)
{
    struct world *world = *state;

    hold_say(world, 0, "hold");
    world_poll(world);
    world_pass(world, 10 * MINUTE_MS);
    hold_say_by(world, 0, "pay", 60 * MINUTE_MS);
    world_poll(world);
    assert_string_equal(hold.told[0], "hold, pay");
}

/* What is stored after the timeout has had its turn is late, whatever it says. */
static void a_clock_that_is_behind_undoes_no_timeout(void **state)
{
    struct world *world = *state;

    hold_say(world, 0, "hold");
    world_poll(world);
    hold_pass(world, HOLD_MS);
    hold_say_by(world, 0, "pay", -20 * MINUTE_MS);
    world_poll(world);
    assert_string_equal(hold.told[0], "hold, timeout of hold");
    assert_string_equal(hold_status(world, 0), "finished");
}

/* ---- a turn that waits ------------------------------------------------------- */

/* Its payment waits behind it. Nobody reacts to that, but the timeout knows. */
static void a_payment_behind_a_turn_that_waits_is_seen_by_the_timeout(void **state)
{
    struct world *world = *state;

    hold.failures = -1;
    hold_say(world, 0, "hold");
    world_poll(world);
    world_pass(world, 10 * MINUTE_MS);
    hold_say(world, 0, "pay");
    world_poll(world);
    world_pass(world, 30 * MINUTE_MS);
    hold_say(world, 0, "too late");
    hold_reopen(world);
    world_poll(world);
    hold.failures = 0;
    hold_pass(world, SECOND_MS);
    assert_string_equal(hold.told[0], "timeout of hold pay");
    assert_string_equal(hold_status(world, 0), "finished");
    assert_int_equal(hold_left(world).dead + hold_left(world).parked, 0);
}

/* Events that are no saga's, each of its own stream, for a long one takes long
 * to read. */
static void store_others(struct world *world, int count)
{
    char id[16];

    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof id, "till%d", i);
        assert_result(jangle_send(world->jangle, NULL, open_till, .till_id = id),
                      JANGLE_OK);
    }
}

/* The same for many at once: one pass over the log is for all of them. */
static void many_that_wait_have_their_timeouts(void **state)
{
    struct world *world = *state;

    hold.failures = -1;
    for (int saga = 0; saga < 15; saga++)
        hold_say(world, saga, "hold");
    world_poll(world);
    for (int saga = 0; saga < 15; saga++)
        hold_say(world, saga, "pay");
    store_others(world, 2000);
    world_pass(world, HOLD_MS);
    hold.failures = 0;
    world_poll(world);
    for (int saga = 0; saga < 15; saga++)
        assert_string_equal(hold_status(world, saga), "finished");
}

/* The checkpoint stands still before more than it may park, and timeouts are tries like
 * any other: the first that succeeds ends the outage. */
static void an_outage_holds_no_timeout_of_a_waiting_turn_up(void **state)
{
    struct world *world = *state;

    for (int saga = 0; saga < 150; saga++)
        hold_say(world, saga, "hold");
    world_poll(world);
    hold.failures = hold.timeout_failures = -1;
    for (int saga = 0; saga < 150; saga++)
        hold_say(world, saga, "wait");
    world_poll(world);
    for (int saga = 0; saga < 150; saga++)
        hold_say(world, saga, "pay");
    for (int i = 0; i < 60; i++)
        hold_pass(world, MINUTE_MS);
    assert_true(hold.timeouts > 0);
    assert_int_equal(hold_left(world).suspended, 1);
    hold_reopen(world);
    hold.failures = hold.timeout_failures = 0;
    for (int i = 0; i < 150; i++)
        hold_pass(world, MINUTE_MS);
    assert_int_equal(hold_left(world).parked + hold_left(world).dead, 0);
    for (int saga = 0; saga < 150; saga++)
        assert_string_equal(hold_status(world, saga), "finished");
}

/* Nothing of its turn was written down, for nothing of it failed: its event
 * comes first. */
static void an_event_that_is_only_put_off_comes_before_the_timeout(void **state)
{
    struct world *world = *state;

    hold_say(world, 0, "hold");
    world_poll(world);
    hold.failures = -1;
    hold.busy = true;
    world_pass(world, 10 * MINUTE_MS);
    hold_say(world, 0, "pay");
    world_poll(world);
    for (int minute = 0; minute < 60; minute++)
        hold_pass(world, MINUTE_MS);
    assert_int_equal(hold.timeouts, 0);
    hold.failures = 0;
    hold_pass(world, MINUTE_MS);
    assert_string_equal(hold.told[0], "hold, pay");
    assert_int_equal(hold.timeouts, 0);
}

/* ---- patience ---------------------------------------------------------------- */

/* It is an hour late, and has the half hour that it would have had. */
static void a_turn_that_began_late_is_not_closed_at_once(void **state)
{
    struct world *world = *state;

    hold_say(world, 0, "hold");
    world_pass(world, 60 * MINUTE_MS);
    hold.failures = 1;
    world_poll(world);
    hold_reopen(world);
    hold_pass(world, SECOND_MS);
    assert_int_equal(hold.timeouts, 1);
    assert_string_equal(hold.told[0], "hold, timeout of hold");
}

static void a_late_turn_loses_its_patience_in_the_end(void **state)
{
    struct world *world = *state;

    hold_say(world, 0, "hold");
    world_pass(world, 60 * MINUTE_MS);
    hold.failures = -1;
    hold.timeout_failures = 0;
    world_poll(world);
    assert_int_equal(hold.timeouts, 0);
    hold_reopen(world);
    world_poll(world);
    assert_int_equal(hold.timeouts, 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(hold.timeouts, 0);
        hold_pass(world, SECOND_MS);
    }
    assert_int_equal(hold_left(world).dead, 0);
    assert_int_equal(hold.timeouts, 1);
    assert_string_equal(hold.told[0], "timeout of hold");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(who_has_paid_in_time_has_paid),
        WORLD_TEST(a_payment_behind_much_else_is_in_time),
        WORLD_TEST(a_busy_log_does_not_starve_a_timeout),
        WORLD_TEST(who_has_paid_too_late_comes_after_the_timeout),
        WORLD_TEST(a_saga_that_saw_nothing_in_time_sees_all_in_order),
        WORLD_TEST(an_event_at_the_very_moment_comes_after_the_timeout),
        WORLD_TEST(a_clock_that_is_ahead_brings_no_timeout_early),
        WORLD_TEST(a_clock_that_is_behind_undoes_no_timeout),
        WORLD_TEST(a_payment_behind_a_turn_that_waits_is_seen_by_the_timeout),
        WORLD_TEST(many_that_wait_have_their_timeouts),
        WORLD_TEST(an_outage_holds_no_timeout_of_a_waiting_turn_up),
        WORLD_TEST(an_event_that_is_only_put_off_comes_before_the_timeout),
        WORLD_TEST(a_turn_that_began_late_is_not_closed_at_once),
        WORLD_TEST(a_late_turn_loses_its_patience_in_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
