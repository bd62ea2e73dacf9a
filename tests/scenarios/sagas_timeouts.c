/* sagas_timeouts.c - timeouts of sagas: durable, once, and able to give back what an open
 * turn has taken. */
#include "support/tills.h"

#include <string.h>

enum { HOUR_MS = 3600000 };

/* ---- a saga that asks for money, and waits ------------------------------------ */

static struct {
    int64_t timeout_ms;   /* after the turn's beginning; 0: an hour */
    bool never;           /* no timeout */
    bool stuck;           /* it never gets to pay in */
    int timeout_failures; /* that are left; -1: no end of them */
    int timeouts;         /* runs of on_timeout */
    int again;            /* timeouts that set another one, and are left */
    int calls;
    jangle_time at; /* of the last run */
    int attempt;
} script;

struct request_state {
    const char *till_id;
    const char *word;
    int64_t amount; /* that it knows to be taken */
    int64_t calls;
};

static JANGLE_STRUCT(request_state, till_id, word, amount, calls);

static void apply_called(void *state, const struct jangle_event *event)
{
    struct request_state *request = state;
    const struct move_called *called = event->data;

    request->till_id = event->aggregate_id;
    request->word = called->word;
    request->calls++;
}

static void apply_taken(void *state, const struct jangle_event *event)
{
    struct request_state *request = state;

    request->amount = ((const struct paid_out *)event->data)->amount;
}

static void set_timeout(struct jangle_turn *turn)
{
    int64_t ms = script.timeout_ms ? script.timeout_ms : HOUR_MS;

    jangle_turn_timeout_at(turn, script.never ? (jangle_time){0}
                                              : jangle_time_after_ms(turn->at, ms));
}

/* "take" takes the money, whose event will wait behind this turn; all else is heard. */
static enum jangle_result
on_call(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct request_state *request = state;
    enum jangle_result result;

    (void)event;
    script.calls++;
    set_timeout(turn);
    if (strcmp(request->word, "take") != 0)
        return script.stuck ? jangle_turn_fail(turn, JANGLE_RETRY, "it is stuck")
                            : JANGLE_OK;
    result = jangle_turn_send(turn, pay_out, .till_id = request->till_id,
                              .move_id = turn->id, .to_id = "b", .amount = 30);
    if (script.stuck)
        return jangle_turn_fail(turn, JANGLE_RETRY, "it is stuck");
    if (!result)
        result = jangle_turn_send(turn, pay_in, .till_id = "b", .move_id = turn->id,
                                  .amount = 30);
    return result ? result : jangle_turn_finish(turn);
}

static enum jangle_result
on_timeout(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct request_state *request = state;
    enum jangle_result result = JANGLE_OK;

    script.timeouts++;
    script.at = turn->at;
    script.attempt = turn->attempt;
    assert_null(event);
    if (script.timeout_failures) {
        script.timeout_failures -= script.timeout_failures > 0;
        return jangle_turn_fail(turn, JANGLE_REJECTED, "no time for timeouts");
    }
    if (script.again) {
        script.again--;
        return jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, HOUR_MS));
    }
    if (jangle_turn_recall(turn, &pay_out) == JANGLE_OK &&
        jangle_turn_recall(turn, &pay_in) != JANGLE_OK)
        result = jangle_turn_send(turn, give_back, .till_id = request->till_id,
                                  .move_id = turn->id, .amount = 30);
    return result ? result : jangle_turn_finish(turn);
}

static const struct jangle_applier events[] = {
    {&move_called, apply_called}, {&paid_out, apply_taken}, {0}};
static const struct jangle_reaction reactions[] = {{&move_called, on_call}, {0}};

static const struct jangle_saga request_saga = {
    .name = "request",
    .state = &request_state,
    .begins_with = &move_called,
    .id_member = "move_id",
    .events = events,
    .reactions = reactions,
    .on_timeout = on_timeout,
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = 3, .first_delay_ms = 1000, .max_delay_ms = 1000},
};

/* ---- a world ------------------------------------------------------------------ */

static int set_up(void **state)
{
    static struct world world;

    memset(&script, 0, sizeof script);
    world_init(&world, *state != NULL);
    tills_open(&world, &request_saga);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

static void call(struct world *world, const char *word)
{
    assert_result(jangle_send(world->jangle, NULL, call_move, .till_id = "a",
                              .move_id = "r1", .word = word),
                  JANGLE_OK);
    world_poll(world);
}

static const char *saga_of(struct world *world)
{
    return tills_saga(world, "request", "r1");
}

static struct jangle_left left_of(struct world *world)
{
    struct jangle_left left;

    assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
    return left;
}

static void pass(struct world *world, int64_t ms)
{
    world_pass(world, ms);
    world_poll(world);
}

static void reopen(struct world *world)
{
    if (!world->file[0])
        return;
    world_close(world);
    tills_open(world, &request_saga);
}

/* ---- compensation ------------------------------------------------------------- */

/* The saga has not even seen the event that tells of it: that one waits behind the turn
 * that took it. What was recorded is enough to know. */
static void money_taken_by_an_open_turn_is_given_back(void **state)
{
    struct world *world = *state;

    script.stuck = true;
    call(world, "take");
    assert_int_equal(tills_content(world, "a"), 70);
    assert_string_equal(saga_of(world), "open 1");
    reopen(world);
    pass(world, HOUR_MS);
    assert_int_equal(tills_content(world, "a"), 100);
    assert_string_equal(saga_of(world), "finished 2");
    assert_int_equal(left_of(world).parked + left_of(world).dead, 0);
    reopen(world);
    pass(world, HOUR_MS);
    assert_int_equal(tills_count(world, "a", &given_back), 1);
    assert_int_equal(tills_count(world, "a", &paid_out), 1);
}

static void money_that_arrived_is_not_given_back(void **state)
{
    struct world *world = *state;

    call(world, "take");
    assert_string_equal(saga_of(world), "finished 2");
    pass(world, HOUR_MS);
    assert_int_equal(script.timeouts, 0);
    assert_int_equal(tills_content(world, "b"), 30);
}

/* The turn was given up, and is a dead letter: its timeout comes all the same. */
static void a_dead_turn_times_out(void **state)
{
    struct world *world = *state;

    script.stuck = true;
    call(world, "take");
    for (int i = 0; i < 3; i++)
        pass(world, 1000);
    assert_int_equal(left_of(world).dead, 1);
    assert_string_equal(saga_of(world), "open 1");
    reopen(world);
    pass(world, HOUR_MS);
    assert_int_equal(tills_content(world, "a"), 100);
    assert_string_equal(saga_of(world), "finished 2");
    assert_int_equal(left_of(world).dead + left_of(world).parked, 0);
}

/* ---- when it comes -------------------------------------------------------------- */

static void a_timeout_comes_once_and_not_before_its_time(void **state)
{
    struct world *world = *state;

    call(world, "hello");
    pass(world, HOUR_MS - 1);
    assert_int_equal(script.timeouts, 0);
    assert_int_equal(left_of(world).future, 1);
    reopen(world);
    pass(world, 1);
    assert_int_equal(script.timeouts, 1);
    assert_int_equal(script.at.us, world->now_us);
    assert_int_equal(script.attempt, 1);
    assert_int_equal(left_of(world).future, 0);
    reopen(world);
    pass(world, 100 * (int64_t)HOUR_MS);
    assert_int_equal(script.timeouts, 1);
}

static void a_timeout_in_the_past_comes_at_once(void **state)
{
    struct world *world = *state;

    script.timeout_ms = -HOUR_MS;
    call(world, "hello");
    assert_int_equal(script.timeouts, 1);
    assert_string_equal(saga_of(world), "finished 0");
}

/* Drained means: also what came due by what was done meanwhile. */
static void a_drain_runs_timeouts_that_come_at_once(void **state)
{
    struct world *world = *state;

    script.timeout_ms = -1;
    assert_result(jangle_send(world->jangle, NULL, call_move, .till_id = "a",
                              .move_id = "r1", .word = "hello"),
                  JANGLE_OK);
    left_of(world);
    assert_string_equal(saga_of(world), "finished 0");
}

static void a_later_timeout_replaces_an_earlier_one(void **state)
{
    struct world *world = *state;

    call(world, "hello");
    pass(world, HOUR_MS / 2);
    script.timeout_ms = 3 * (int64_t)HOUR_MS;
    call(world, "again");
    pass(world, HOUR_MS);
    assert_int_equal(script.timeouts, 0);
    assert_int_equal(left_of(world).future, 1);
    pass(world, 2 * HOUR_MS);
    assert_int_equal(script.timeouts, 1);
}

static void a_timeout_of_zero_is_none(void **state)
{
    struct world *world = *state;

    call(world, "hello");
    script.never = true;
    call(world, "never");
    assert_int_equal(left_of(world).future, 0);
    pass(world, 1000 * (int64_t)HOUR_MS);
    assert_int_equal(script.timeouts, 0);
    assert_string_equal(saga_of(world), "open 0");
}

/* A jump forward fires it once, a jump back delays it, neither repeats it. */
static void clocks_that_jump_neither_lose_nor_repeat_a_timeout(void **state)
{
    struct world *world = *state;

    script.again = 1;
    call(world, "hello");
    world->now_us -= (int64_t)HOUR_MS * 1000 * 48;
    pass(world, HOUR_MS);
    assert_int_equal(script.timeouts, 0);
    world->now_us += (int64_t)HOUR_MS * 1000 * 24 * 365;
    pass(world, 1);
    assert_int_equal(script.timeouts, 1);
    world->now_us -= (int64_t)HOUR_MS * 1000 * 24 * 365;
    pass(world, HOUR_MS);
    reopen(world);
    pass(world, HOUR_MS);
    assert_int_equal(script.timeouts, 1);
    assert_string_equal(saga_of(world), "open 0");
    world->now_us += (int64_t)HOUR_MS * 1000 * 24 * 366;
    pass(world, 1);
    assert_int_equal(script.timeouts, 2);
    assert_string_equal(saga_of(world), "finished 0");
}

static void timeouts_may_follow_each_other(void **state)
{
    struct world *world = *state;

    script.again = 3;
    call(world, "hello");
    for (int i = 1; i <= 4; i++) {
        pass(world, HOUR_MS);
        assert_int_equal(script.timeouts, i);
        reopen(world);
    }
    assert_string_equal(saga_of(world), "finished 0");
    assert_int_equal(left_of(world).future, 0);
}

static void without_a_reaction_it_finishes_the_saga(void **state)
{
    struct world *world = *state;
    struct jangle_saga plain = request_saga;

    plain.on_timeout = NULL;
    world_close(world);
    tills_open(world, &plain);
    script.stuck = true;
    call(world, "hello");
    pass(world, HOUR_MS);
    assert_string_equal(saga_of(world), "finished 0");
    assert_int_equal(left_of(world).parked, 0);
    call(world, "too late");
    assert_int_equal(script.calls, 1);
    world_close(world);
}

/* ---- timeouts that fail --------------------------------------------------------- */

static void a_timeout_that_fails_is_tried_again(void **state)
{
    struct world *world = *state;
    jangle_time first;

    script.stuck = true;
    script.timeout_failures = 2;
    call(world, "take");
    pass(world, HOUR_MS);
    assert_int_equal(script.timeouts, 1);
    assert_int_equal(left_of(world).future, 1);
    first = script.at;
    reopen(world);
    pass(world, 1000);
    assert_int_equal(script.timeouts, 2);
    assert_int_equal(script.attempt, 2);
    assert_int_equal(script.at.us, first.us);
    pass(world, 1000);
    assert_int_equal(script.attempt, 3);
    assert_int_equal(script.at.us, first.us);
    assert_string_equal(saga_of(world), "finished 2");
    assert_int_equal(tills_content(world, "a"), 100);
    pass(world, HOUR_MS);
    assert_int_equal(script.timeouts, 3);
}

static enum jangle_result read_letter(void *context,
                                      const struct jangle_dead_letter *letter)
{
    *(struct jangle_dead_letter *)context = *letter;
    assert_string_equal(letter->reason, "its timeout: no time for timeouts");
    return JANGLE_OK;
}

static void give_up(struct world *world)
{
    script.timeout_failures = -1;
    pass(world, HOUR_MS);
    pass(world, 1000);
    pass(world, 1000);
    assert_int_equal(script.timeouts, 3);
    assert_int_equal(left_of(world).dead, 1);
    assert_memory_equal(saga_of(world), "parked", 6);
    pass(world, HOUR_MS);
    assert_int_equal(script.timeouts, 3);
}

static void release(struct world *world)
{
    struct jangle_dead_letter letter = {0};

    assert_result(
        jangle_dead_letter_visit(world->jangle, "request", read_letter, &letter, NULL),
        JANGLE_OK);
    assert_int_equal(letter.attempts, 3);
    script.timeout_failures = 0;
    assert_result(jangle_dead_letter_retry(world->jangle, "request", letter.position,
                                           &world->error),
                  JANGLE_OK);
    world_poll(world);
    pass(world, 1000);
}

static void a_timeout_that_is_given_up_is_a_dead_letter_and_can_be_released(void **state)
{
    struct world *world = *state;

    script.stuck = true;
    call(world, "take");
    give_up(world);
    reopen(world);
    release(world);
    assert_string_equal(saga_of(world), "finished 2");
    assert_int_equal(tills_content(world, "a"), 100);
    assert_int_equal(left_of(world).dead + left_of(world).parked, 0);
}

/* Nothing waited when it was given up; the row is the timeout's own. */
static void a_timeout_without_a_waiting_event_is_released_likewise(void **state)
{
    struct world *world = *state;

    call(world, "hello");
    give_up(world);
    reopen(world);
    release(world);
    assert_string_equal(saga_of(world), "finished 0");
    assert_int_equal(left_of(world).dead + left_of(world).parked, 0);
}

/* An event came between its attempts, and waits: the letter is that event's. */
static void a_timeout_is_released_also_if_a_later_event_waits_for_it(void **state)
{
    struct world *world = *state;

    call(world, "hello");
    script.timeout_failures = -1;
    pass(world, HOUR_MS);
    call(world, "are you there?");
    assert_int_equal(left_of(world).parked, 1);
    pass(world, 1000);
    pass(world, 1000);
    assert_int_equal(left_of(world).dead, 1);
    reopen(world);
    script.again = 1;
    release(world);
    assert_string_equal(saga_of(world), "open 0");
    pass(world, 1000);
    assert_int_equal(script.calls, 2);
    assert_int_equal(left_of(world).dead + left_of(world).parked, 0);
}

/* It is not lost, and not handled before the timeout. */
static void an_event_that_comes_while_a_timeout_is_tried_waits_for_it(void **state)
{
    struct world *world = *state;

    call(world, "hello");
    script.timeout_failures = 1;
    script.again = 1;
    pass(world, HOUR_MS);
    call(world, "are you there?");
    call(world, "and now?");
    assert_int_equal(script.calls, 1);
    assert_int_equal(left_of(world).parked, 1);
    reopen(world);
    pass(world, 1000);
    assert_int_equal(script.timeouts, 2);
    assert_int_equal(script.calls, 3);
    assert_int_equal(left_of(world).parked, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(money_taken_by_an_open_turn_is_given_back),
        WORLD_TEST(money_that_arrived_is_not_given_back),
        WORLD_TEST(a_dead_turn_times_out),
        WORLD_TEST(a_timeout_comes_once_and_not_before_its_time),
        WORLD_TEST(a_timeout_in_the_past_comes_at_once),
        WORLD_TEST(a_drain_runs_timeouts_that_come_at_once),
        WORLD_TEST(a_later_timeout_replaces_an_earlier_one),
        WORLD_TEST(a_timeout_of_zero_is_none),
        WORLD_TEST(clocks_that_jump_neither_lose_nor_repeat_a_timeout),
        WORLD_TEST(timeouts_may_follow_each_other),
        WORLD_TEST(without_a_reaction_it_finishes_the_saga),
        WORLD_TEST(a_timeout_that_fails_is_tried_again),
        WORLD_TEST(a_timeout_that_is_given_up_is_a_dead_letter_and_can_be_released),
        WORLD_TEST(a_timeout_without_a_waiting_event_is_released_likewise),
        WORLD_TEST(a_timeout_is_released_also_if_a_later_event_waits_for_it),
        WORLD_TEST(an_event_that_comes_while_a_timeout_is_tried_waits_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
