/* timeouts.c - timeouts of sagas are durable, come once, and can give back what an
 * open turn has taken. */
#include "support/domains/changing.h"
#include "support/domains/request.h"

#include <string.h>

#define set_up    request_set_up
#define tear_down request_tear_down

/* ---- compensation ------------------------------------------------------------ */

/* The saga has not even seen the event that tells of it: that one waits behind the turn
 * that took it. What was recorded is enough to know. */
static void money_taken_by_an_open_turn_is_given_back(void **state)
{
    struct world *world = *state;

    request.stuck = true;
    request_call(world, "take");
    assert_int_equal(tills_content(world, "a"), 70);
    assert_string_equal(request_saga_of(world), "open 1");
    request_reopen(world);
    request_pass(world, HOUR_MS);
    assert_int_equal(tills_content(world, "a"), 100);
    assert_string_equal(request_saga_of(world), "finished 2");
    assert_int_equal(request_left(world).parked + request_left(world).dead, 0);
    request_reopen(world);
    request_pass(world, HOUR_MS);
    assert_int_equal(tills_count(world, "a", &given_back), 1);
    assert_int_equal(tills_count(world, "a", &paid_out), 1);
}

static void money_that_arrived_is_not_given_back(void **state)
{
    struct world *world = *state;

    request_call(world, "take");
    assert_string_equal(request_saga_of(world), "finished 2");
    request_pass(world, HOUR_MS);
    assert_int_equal(request.timeouts, 0);
    assert_int_equal(tills_content(world, "b"), 30);
}

/* The turn was given up, and is a dead letter: its timeout comes all the same. */
static void a_dead_turn_times_out(void **state)
{
    struct world *world = *state;

    request.stuck = true;
    request_call(world, "take");
    for (int i = 0; i < 3; i++)
        request_pass(world, 1000);
    assert_int_equal(request_left(world).dead, 1);
    assert_string_equal(request_saga_of(world), "open 1");
    request_reopen(world);
    request_pass(world, HOUR_MS);
    assert_int_equal(tills_content(world, "a"), 100);
    assert_string_equal(request_saga_of(world), "finished 2");
    assert_int_equal(request_left(world).dead + request_left(world).parked, 0);
}

/* What fails by no fault of the turn is not written down, but its refused step was, and
 * the timeout that the turn had set with it. */
static void a_turn_that_was_refused_and_is_postponed_times_out(void **state)
{
    struct world *world = *state;

    request.busy = true;
    request_call(world, "ask");
    assert_string_equal(request_saga_of(world), "open 1");
    request_reopen(world);
    request_pass(world, HOUR_MS - 1);
    assert_int_equal(request.timeouts, 0);
    request_pass(world, 1);
    assert_int_equal(request.timeouts, 1);
    assert_string_equal(request_saga_of(world), "finished 1");
}

static enum jangle_result find_note(void *context, const struct jangle_saga_info *info)
{
    *(bool *)context = strstr(info->state, "\"calls\":1") != NULL;
    return JANGLE_OK;
}

static bool has_noted(struct world *world)
{
    bool noted = false;

    assert_result(jangle_saga_show(world->jangle, "changing", "m1", find_note, &noted,
                                   &world->error),
                  JANGLE_OK);
    return noted;
}

/* The turn never ended, but its note was recorded: the timeout that closes it applies the
 * note, as the end would have. The turn began a millisecond late, and has that longer. */
static void what_a_closed_turn_has_noted_is_in_the_state(void **state)
{
    struct world *world = *state;

    world_close(world);
    changing = (struct changing){.stuck = true};
    tills_open(world, &changing_saga);
    assert_result(tills_pay_out(world, "a", "m1", "b", 10), JANGLE_OK);
    request_pass(world, 1);
    assert_string_equal(tills_saga(world, "changing", "m1"), "open 3");
    assert_false(has_noted(world));
    request_pass(world, HOUR_MS);
    assert_string_equal(tills_saga(world, "changing", "m1"), "open 3");
    request_pass(world, 1);
    assert_string_equal(tills_saga(world, "changing", "m1"), "finished 3");
    assert_true(has_noted(world));
}

/* ---- when it comes ----------------------------------------------------------- */

static void a_timeout_comes_once_and_not_before_its_time(void **state)
{
    struct world *world = *state;

    request_call(world, "hello");
    request_pass(world, HOUR_MS - 1);
    assert_int_equal(request.timeouts, 0);
    assert_int_equal(request_left(world).future, 1);
    request_reopen(world);
    request_pass(world, 1);
    assert_int_equal(request.timeouts, 1);
    assert_int_equal(request.at.us, world->now_us);
    assert_int_equal(request.attempt, 1);
    assert_int_equal(request_left(world).future, 0);
    request_reopen(world);
    request_pass(world, 100 * (int64_t)HOUR_MS);
    assert_int_equal(request.timeouts, 1);
}

static void a_timeout_in_the_past_comes_at_once(void **state)
{
    struct world *world = *state;

    request.timeout_ms = -HOUR_MS;
    request_call(world, "hello");
    assert_int_equal(request.timeouts, 1);
    assert_string_equal(request_saga_of(world), "finished 0");
}

static void a_drain_of_what_is_parked_leaves_the_future(void **state)
{
    struct world *world = *state;
    struct jangle_left left;

    request_call(world, "hello");
    assert_result(jangle_drain_parked(world->jangle, -1, &left, NULL), JANGLE_OK);
    assert_int_equal(left.future, 1);
    assert_int_equal(left.parked, 0);
    assert_int_equal(request.timeouts, 0);
}

/* Drained means: also what came due by what was done meanwhile. */
static void a_drain_runs_timeouts_that_come_at_once(void **state)
{
    struct world *world = *state;

    request.timeout_ms = -1;
    assert_result(jangle_send(world->jangle, NULL, call_move, .till_id = "a",
                              .move_id = "r1", .word = "hello"),
                  JANGLE_OK);
    request_left(world);
    assert_string_equal(request_saga_of(world), "finished 0");
}

static void a_later_timeout_replaces_an_earlier_one(void **state)
{
    struct world *world = *state;

    request_call(world, "hello");
    request_pass(world, HOUR_MS / 2);
    request.timeout_ms = 3 * (int64_t)HOUR_MS;
    request_call(world, "again");
    request_pass(world, HOUR_MS);
    assert_int_equal(request.timeouts, 0);
    assert_int_equal(request_left(world).future, 1);
    request_pass(world, 2 * HOUR_MS);
    assert_int_equal(request.timeouts, 1);
}

static void a_timeout_of_zero_is_none(void **state)
{
    struct world *world = *state;

    request_call(world, "hello");
    request.never = true;
    request_call(world, "never");
    assert_int_equal(request_left(world).future, 0);
    request_pass(world, 1000 * (int64_t)HOUR_MS);
    assert_int_equal(request.timeouts, 0);
    assert_string_equal(request_saga_of(world), "open 0");
}

/* A jump forward fires it once, a jump back delays it, neither repeats it. */
static void clocks_that_jump_neither_lose_nor_repeat_a_timeout(void **state)
{
    struct world *world = *state;

    request.again = 1;
    request_call(world, "hello");
    world->now_us -= (int64_t)HOUR_MS * 1000 * 48;
    request_pass(world, HOUR_MS);
    assert_int_equal(request.timeouts, 0);
    world->now_us += (int64_t)HOUR_MS * 1000 * 24 * 365;
    request_pass(world, 1);
    assert_int_equal(request.timeouts, 1);
    world->now_us -= (int64_t)HOUR_MS * 1000 * 24 * 365;
    request_pass(world, HOUR_MS);
    request_reopen(world);
    request_pass(world, HOUR_MS);
    assert_int_equal(request.timeouts, 1);
    assert_string_equal(request_saga_of(world), "open 0");
    world->now_us += (int64_t)HOUR_MS * 1000 * 24 * 366;
    request_pass(world, 1);
    assert_int_equal(request.timeouts, 2);
    assert_string_equal(request_saga_of(world), "finished 0");
}

static void timeouts_may_follow_each_other(void **state)
{
    struct world *world = *state;

    request.again = 3;
    request_call(world, "hello");
    for (int i = 1; i <= 4; i++) {
        request_pass(world, HOUR_MS);
        assert_int_equal(request.timeouts, i);
        request_reopen(world);
    }
    assert_string_equal(request_saga_of(world), "finished 0");
    assert_int_equal(request_left(world).future, 0);
}

static void without_a_reaction_it_finishes_the_saga(void **state)
{
    struct world *world = *state;
    struct jangle_saga plain = till_request_saga;

    plain.on_timeout = NULL;
    world_close(world);
    tills_open(world, &plain);
    request.stuck = true;
    request_call(world, "hello");
    request_pass(world, HOUR_MS);
    assert_string_equal(request_saga_of(world), "finished 0");
    assert_int_equal(request_left(world).parked, 0);
    request_call(world, "too late");
    assert_int_equal(request.calls, 1);
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(money_taken_by_an_open_turn_is_given_back),
        WORLD_TEST(money_that_arrived_is_not_given_back),
        WORLD_TEST(a_dead_turn_times_out),
        WORLD_TEST(a_turn_that_was_refused_and_is_postponed_times_out),
        WORLD_TEST(what_a_closed_turn_has_noted_is_in_the_state),
        WORLD_TEST(a_timeout_comes_once_and_not_before_its_time),
        WORLD_TEST(a_timeout_in_the_past_comes_at_once),
        WORLD_TEST(a_drain_of_what_is_parked_leaves_the_future),
        WORLD_TEST(a_drain_runs_timeouts_that_come_at_once),
        WORLD_TEST(a_later_timeout_replaces_an_earlier_one),
        WORLD_TEST(a_timeout_of_zero_is_none),
        WORLD_TEST(clocks_that_jump_neither_lose_nor_repeat_a_timeout),
        WORLD_TEST(timeouts_may_follow_each_other),
        WORLD_TEST(without_a_reaction_it_finishes_the_saga),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
