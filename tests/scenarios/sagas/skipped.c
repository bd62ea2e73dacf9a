/* skipped.c - a person skips a dead letter of a saga: the turn is over, and the saga
 * goes on. */
#include "support/domains/tills.h"

#include <string.h>

static struct {
    bool fails;     /* every turn of paid_out, after its step */
    bool too_long;  /* every turn of paid_out takes a second step */
    int calls;      /* turns of move_called */
    int64_t amount; /* that the last one of them saw in the state */
} script;

static enum jangle_result
pay(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct move_state *move = state;

    (void)event;
    jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, 3600000));
    jangle_turn_send(turn, pay_in, .till_id = move->to_id, .move_id = turn->id,
                     .amount = move->amount);
    if (script.too_long)
        return jangle_turn_send(turn, pay_in, .till_id = move->to_id, .move_id = turn->id,
                                .amount = move->amount);
    return script.fails ? jangle_turn_fail(turn, JANGLE_REJECTED, "no") : JANGLE_OK;
}

static enum jangle_result
hear(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)turn, (void)event;
    script.calls++;
    script.amount = ((const struct move_state *)state)->amount;
    return JANGLE_OK;
}

static enum jangle_result
fail_too(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    return jangle_turn_fail(turn, JANGLE_REJECTED, "not then, either");
}

static const struct jangle_saga stubborn_saga = {
    .name = "stubborn",
    .state = &move_state,
    .begins_with = &paid_out,
    .id_member = "move_id",
    .events = JANGLE_APPLIERS({&paid_out, apply_paid_out}, {&move_called, NULL}),
    .reactions = JANGLE_REACTIONS({&paid_out, pay}, {&move_called, hear}),
    .on_timeout = fail_too,
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = 1},
};

static int set_up(void **state)
{
    static struct world world;

    memset(&script, 0, sizeof script);
    world_init(&world, *state != NULL);
    *state = &world;
    tills_open(&world, &stubborn_saga);
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

static void call_saga(struct world *world, const char *id)
{
    assert_result(jangle_send(world->jangle, NULL, call_move, .till_id = "b",
                              .move_id = id, .word = "hello"),
                  JANGLE_OK);
    world_poll(world);
}

static void call(struct world *world)
{
    call_saga(world, "m");
}

static enum jangle_result skip_dead_letter(void *context,
                                           const struct jangle_dead_letter *letter)
{
    struct world *world = context;

    return jangle_dead_letter_skip(world->jangle, letter->subscriber, letter->position,
                                   &world->error);
}

static void skip_all(struct world *world)
{
    assert_result(jangle_dead_letter_visit(world->jangle, "stubborn", skip_dead_letter,
                                           world, NULL),
                  JANGLE_OK);
    world_poll(world);
    assert_int_equal(world_measure(world, "stubborn").dead, 0);
}

/* What it sent stays sent, and can be recalled; what it was about is in the state. */
static void a_skipped_turn_is_over_and_the_next_one_comes(void **state)
{
    struct world *world = *state;

    script.fails = true;
    assert_result(tills_pay_out(world, "a", "m", "b", 10), JANGLE_OK);
    world_poll(world);
    call(world);
    assert_int_equal(world_measure(world, "stubborn").dead, 1);
    assert_int_equal(script.calls, 0);
    skip_all(world);
    assert_int_equal(script.calls, 1);
    assert_int_equal(script.amount, 10);
    assert_string_equal(tills_saga(world, "stubborn", "m"), "open 1");
    assert_int_equal(tills_content(world, "b"), 10);
    assert_result(jangle_saga_retry(world->jangle, "stubborn", "m", NULL),
                  JANGLE_INVALID);
    call(world);
    assert_int_equal(script.calls, 2);
}

static void a_skipped_timeout_is_over_and_events_come(void **state)
{
    struct world *world = *state;

    assert_result(tills_pay_out(world, "a", "m", "b", 10), JANGLE_OK);
    world_poll(world);
    world_pass(world, 4000000);
    world_poll(world);
    assert_string_equal(tills_saga(world, "stubborn", "m"), "parked 1");
    assert_int_equal(world_measure(world, "stubborn").dead, 1);
    skip_all(world);
    assert_string_equal(tills_saga(world, "stubborn", "m"), "open 1");
    call(world);
    assert_int_equal(script.calls, 1);
    assert_int_equal(script.amount, 10);
    world_pass(world, 4000000);
    world_poll(world);
    assert_int_equal(world_measure(world, "stubborn").dead, 0);
}

/* There is no room to park its event, but its turn has begun, and its step is stored. */
static void skip_what_is_in_the_way(struct world *world)
{
    world_close(world);
    world->config.parked_limit = 1;
    world->config.step_count = 1;
    tills_open(world, &stubborn_saga);
    assert_result(tills_pay_out(world, "a", "m", "b", 10), JANGLE_OK);
    assert_result(tills_pay_out(world, "a", "n", "b", 7), JANGLE_OK);
    world_poll(world);
    assert_int_equal(world_measure(world, "stubborn").dead, 1);
    assert_true(world_measure(world, "stubborn").before > 0);
    assert_result(jangle_parked_skip(world->jangle, "stubborn",
                                     world_measure(world, "stubborn").before,
                                     &world->error),
                  JANGLE_OK);
    assert_string_equal(tills_saga(world, "stubborn", "n"), "open 1");
    call_saga(world, "n");
    assert_int_equal(script.calls, 1);
    assert_int_equal(script.amount, 7);
}

static void a_turn_in_the_way_that_is_skipped_is_over(void **state)
{
    script.fails = true;
    skip_what_is_in_the_way(*state);
}

static void so_is_one_that_parked_its_saga(void **state)
{
    script.too_long = true;
    skip_what_is_in_the_way(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_skipped_turn_is_over_and_the_next_one_comes),
        WORLD_TEST(a_skipped_timeout_is_over_and_events_come),
        WORLD_TEST(a_turn_in_the_way_that_is_skipped_is_over),
        WORLD_TEST(so_is_one_that_parked_its_saga),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
