/* turn.c - a turn without a store: recorded steps are answered from the record, new steps
 * are taken, and the first error ends the turn. */
#include "support/domains/tills.h"
#include "support/failing_allocator.h"

#include "message/describe.h"
#include "saga/saga.h"
#include "saga/saga_run.h"

#include <stdio.h>
#include <string.h>

/* ---- commands are answered by a script --------------------------------------- */

static struct {
    enum jangle_result answers[8]; /* to the commands that come, in order */
    int sent;
    char types[200]; /* of those, with a space behind each */
    unsigned char ids[8][JN_STEP_ID_SIZE];
} world;

static enum jangle_result send_there(struct jn_turn *turn,
                                     const struct jangle_message *type,
                                     const void *data,
                                     const unsigned char id[JN_STEP_ID_SIZE])
{
    enum jangle_result result = world.answers[world.sent];
    struct jangle_step step = {
        .kind = JANGLE_STEP_COMMAND, .type = jn_type_name(type), .result = result};
    size_t length = strlen(world.types);

    (void)data;
    memcpy(step.id, id, sizeof step.id);
    memcpy(world.ids[world.sent++], id, JN_STEP_ID_SIZE);
    snprintf(world.types + length, sizeof world.types - length, "%s ", type->name);
    step.reply = result ? "because" : "reply";
    turn->base.outcome = (struct jangle_outcome){{result, ""}, 0, 0, false, "", ""};
    snprintf(turn->base.outcome.error.message, 20, "%s", result ? "because" : "");
    if (result && result != JANGLE_REJECTED)
        return result;
    assert_non_null(jn_saga_add_step(turn->saga, &step));
    turn->saga->stored = turn->saga->count;
    return result;
}

/* ---- a saga in memory -------------------------------------------------------- */

static jangle_react_fn *script;

static enum jangle_result
react(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    return script(turn, state, event);
}

static const struct jangle_saga plain = {
    .name = "plain",
    .state = &move_state,
    .id_member = "move_id",
    .events =
        JANGLE_APPLIERS({&paid_out, apply_paid_out}, {&call_counted, apply_call_counted}),
    .reactions = JANGLE_REACTIONS({&paid_out, react}),
    .on_timeout = react};
static const struct jn_saga_type plain_type = {.saga = &plain};
static struct failing_allocator memory;
static struct jangle_arena arena;
static struct jn_saga saga;
static struct jn_turn last; /* as the last run left it */

static int set_up(void **state)
{
    (void)state;
    memset(&world, 0, sizeof world);
    failing_allocator_init(&memory, 0);
    jn_arena_init(&arena, &memory.allocator);
    assert_result(jn_saga_init(&saga, NULL, &plain_type, "m1", &arena, NULL), JANGLE_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    jn_arena_finish(&arena);
    return 0;
}

/* Runs it, as what the store has: what a failed run did not record is forgotten. */
static enum jangle_result run_for(const char *event_id, jangle_react_fn *reaction)
{
    const struct paid_out out = {.move_id = "m1", .to_id = "b", .amount = 30};
    const struct jangle_event event = {.type = &paid_out,
                                       .data = &out,
                                       .id = event_id,
                                       .aggregate_id = "a",
                                       .position = 7,
                                       .arena = &arena};
    enum jangle_result result;

    script = reaction;
    saga.state = jangle_alloc(&arena, move_state.size);
    assert_result(jn_saga_decode_state(&saga, NULL), JANGLE_OK);
    saga.turn_at = (jangle_time){1000};
    saga.turn_position = event_id ? 7 : 0;
    last = (struct jn_turn){.base = {.attempt = 1, .at = saga.turn_at},
                            .saga = &saga,
                            .send = send_there,
                            .step_limit = 20,
                            .event = event_id ? &event : NULL};
    result = jn_turn_run(&last);
    if (result)
        saga.count = saga.stored;
    else
        saga.stored = saga.count;
    return result;
}

static enum jangle_result run(jangle_react_fn *reaction)
{
    return run_for("event-1", reaction);
}

static enum jangle_result pay(struct jangle_turn *turn, const char *till)
{
    return jangle_turn_send(turn, pay_in, .till_id = till, .move_id = "m1", .amount = 1);
}

static enum jangle_result back(struct jangle_turn *turn)
{
    return jangle_turn_send(turn, give_back, .till_id = "a", .move_id = "m1",
                            .amount = 1);
}

#define REACTION(name)                                                                   \
    static enum jangle_result name(struct jangle_turn *turn, const void *state,          \
                                   const struct jangle_event *event)

/* ---- what sticks ------------------------------------------------------------- */

REACTION(call_on_and_on)
{
    (void)state, (void)event;
    jangle_turn_timeout_at(turn, (jangle_time){5000});
    assert_result(pay(turn, "b"), JANGLE_BUSY);
    assert_result(turn->outcome.error.result, JANGLE_BUSY);
    assert_result(back(turn), JANGLE_BUSY);
    assert_result(turn->outcome.error.result, JANGLE_BUSY);
    assert_result(jangle_turn_note(turn, call_counted, .count = 1), JANGLE_BUSY);
    assert_result(jangle_turn_timeout_at(turn, (jangle_time){9000}), JANGLE_BUSY);
    assert_result(jangle_turn_retry_in(turn, 5), JANGLE_BUSY);
    assert_result(jangle_turn_fail(turn, JANGLE_REJECTED, "no"), JANGLE_BUSY);
    assert_int_equal(jangle_turn_version(turn, "x", 3), 0);
    assert_result(jangle_turn_recall(turn, &pay_in), JANGLE_RETRY);
    assert_result(jangle_turn_finish(turn), JANGLE_BUSY);
    return JANGLE_OK;
}

static void what_is_not_recorded_sticks_and_nothing_is_done_after_it(void **state)
{
    (void)state;
    world.answers[0] = JANGLE_BUSY;
    assert_result(run(call_on_and_on), JANGLE_BUSY);
    assert_string_equal(world.types, "pay_in ");
    assert_string_equal(last.error.message, "pay_in: because");
    assert_int_equal(last.retry_in_ms, -1);
    assert_int_equal(last.timeout_at.us, 5000);
    assert_false(last.finished);
    assert_int_equal(saga.count, 0);
    assert_int_equal(saga.position, 0);
}

REACTION(finish_and_fail)
{
    (void)state, (void)event;
    assert_result(jangle_turn_finish(turn), JANGLE_OK);
    assert_result(jangle_turn_fail(turn, JANGLE_REJECTED, "%s", "so be it"),
                  JANGLE_REJECTED);
    return JANGLE_NOT_FOUND;
}

static void the_first_that_sticks_is_what_the_turn_comes_to(void **state)
{
    (void)state;
    assert_result(run(finish_and_fail), JANGLE_REJECTED);
    assert_string_equal(last.error.message, "so be it");
    assert_int_equal(saga.status, JANGLE_SAGA_OPEN);
}

REACTION(fail_with_ok)
{
    (void)state, (void)event;
    assert_result(jangle_turn_fail(turn, JANGLE_OK, "the %s is away", "clerk"),
                  JANGLE_INVALID);
    assert_result(jangle_turn_fail(turn, JANGLE_RETRY, "later"), JANGLE_INVALID);
    return JANGLE_OK;
}

REACTION(fail_with_a_number)
{
    (void)state, (void)event;
    return jangle_turn_fail(turn, (enum jangle_result)99, "the clerk is away");
}

/* It counted as done: the turn was closed, and its event passed for good. */
static void a_failure_that_is_no_failure_is_a_mistake_and_not_the_end(void **state)
{
    (void)state;
    assert_result(run(fail_with_ok), JANGLE_INVALID);
    assert_string_equal(last.error.message,
                        "jangle_turn_fail was told of a failure with OK: the clerk is "
                        "away");
    assert_int_equal(saga.status, JANGLE_SAGA_OPEN);
    assert_int_equal(saga.position, 0);
    assert_result(run(fail_with_a_number), JANGLE_INVALID);
    assert_string_equal(last.error.message,
                        "jangle_turn_fail was told of a failure with 99, which is no "
                        "result: the clerk is away");
}

REACTION(return_a_number)
{
    (void)turn, (void)state, (void)event;
    return (enum jangle_result)99;
}

static void a_number_that_is_no_result_is_told(void **state)
{
    (void)state;
    assert_int_equal(run(return_a_number), 99);
    assert_string_equal(last.error.message,
                        "the reaction returned 99, which is no result");
}

REACTION(return_result)
{
    (void)turn, (void)state, (void)event;
    return JANGLE_NOT_FOUND;
}

REACTION(ask_again_at_once)
{
    (void)state, (void)event;
    return jangle_turn_retry_in(turn, -5);
}

REACTION(ask_again_never)
{
    (void)state, (void)event;
    return jangle_turn_retry_in(turn, INT64_MAX);
}

static void a_turn_may_say_no_more_than_that_it_failed(void **state)
{
    (void)state;
    assert_result(run(return_result), JANGLE_NOT_FOUND);
    assert_string_equal(last.error.message, "the reaction returned NOT_FOUND");
    assert_result(run(ask_again_at_once), JANGLE_RETRY);
    assert_int_equal(last.retry_in_ms, 0);
    assert_result(run(ask_again_never), JANGLE_RETRY);
    assert_int_equal(last.retry_in_ms, INT64_C(366) * 24 * 3600 * 1000);
}

REACTION(send_an_event)
{
    (void)state, (void)event;
    return jangle_turn_send(turn, call_counted, .count = 1);
}

REACTION(note_a_stranger)
{
    (void)state, (void)event;
    return jangle_turn_note(turn, till_opened, .amount = 1);
}

REACTION(note_a_command)
{
    (void)state, (void)event;
    return jangle_turn_note(turn, close_till, .till_id = "a");
}

static void what_is_no_command_or_no_note_of_it_is_refused(void **state)
{
    (void)state;
    assert_result(run(send_an_event), JANGLE_INVALID);
    assert_string_equal(last.error.message, "call_counted is not a command");
    assert_result(run(note_a_stranger), JANGLE_INVALID);
    assert_string_equal(last.error.message, "till_opened is no event that plain applies");
    assert_result(run(note_a_command), JANGLE_INVALID);
    assert_false(last.mismatch);
}

/* ---- what is recorded -------------------------------------------------------- */

REACTION(pay_thrice)
{
    (void)state, (void)event;
    assert_result(pay(turn, "b"), JANGLE_OK);
    assert_string_equal(turn->outcome.reply, turn->outcome.repeated ? "reply" : "");
    assert_result(pay(turn, "c"), JANGLE_REJECTED);
    assert_string_equal(turn->outcome.error.message, "because");
    return pay(turn, "b");
}

static void recorded_answers_are_given_again_and_nothing_is_sent(void **state)
{
    (void)state;
    world.answers[1] = JANGLE_REJECTED;
    world.answers[2] = JANGLE_TIMEOUT;
    assert_result(run(pay_thrice), JANGLE_TIMEOUT);
    assert_int_equal(world.sent, 3);
    assert_result(run(pay_thrice), JANGLE_OK);
    assert_int_equal(world.sent, 4);
    assert_memory_equal(world.ids[2], world.ids[3], JN_STEP_ID_SIZE);
    assert_memory_not_equal(world.ids[0], world.ids[2], JN_STEP_ID_SIZE);
    assert_memory_not_equal(world.ids[0], world.ids[1], JN_STEP_ID_SIZE);
    assert_int_equal(saga.count, 3);
    assert_int_equal(saga.closed, 3);
    assert_int_equal(saga.position, 7);
}

REACTION(pay_once)
{
    (void)state, (void)event;
    return pay(turn, "b");
}

static void another_event_or_saga_has_other_ids(void **state)
{
    static const struct jangle_saga other = {.name = "other", .state = &move_state};

    (void)state;
    assert_result(run(pay_once), JANGLE_OK);
    assert_result(run_for("event-2", pay_once), JANGLE_OK);
    assert_result(run_for(NULL, pay_once), JANGLE_OK);
    saga.id = "m2";
    assert_result(run(pay_once), JANGLE_OK);
    saga.id = "m1";
    saga.began_as = other.name;
    assert_result(run(pay_once), JANGLE_OK);
    for (int i = 0; i < world.sent; i++) {
        assert_int_equal(world.ids[i][6] >> 4, 8);
        assert_int_equal(world.ids[i][8] >> 6, 2);
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(world.ids[i], world.ids[j], JN_STEP_ID_SIZE);
    }
    assert_int_equal(world.sent, 5);
}

REACTION(recall_what_was)
{
    (void)state, (void)event;
    assert_result(jangle_turn_recall(turn, &pay_in), JANGLE_OK);
    assert_result(jangle_turn_recall(turn, &give_back), JANGLE_RETRY);
    assert_result(pay(turn, "c"), JANGLE_REJECTED);
    assert_result(jangle_turn_recall(turn, &pay_in), JANGLE_REJECTED);
    return JANGLE_OK;
}

static void the_last_answer_of_any_turn_is_recalled(void **state)
{
    (void)state;
    world.answers[1] = JANGLE_REJECTED;
    assert_result(run(pay_once), JANGLE_OK);
    assert_result(run_for(NULL, recall_what_was), JANGLE_OK);
}

/* What is to come must not be known: the first run did not know it either. */
REACTION(recall_and_pay)
{
    (void)state, (void)event;
    assert_result(jangle_turn_recall(turn, &pay_in), JANGLE_RETRY);
    assert_result(pay(turn, "b"), JANGLE_OK);
    return back(turn);
}

static void a_step_that_comes_later_in_the_turn_is_not_recalled(void **state)
{
    (void)state;
    world.answers[1] = JANGLE_BUSY;
    assert_result(run(recall_and_pay), JANGLE_BUSY);
    assert_result(run(recall_and_pay), JANGLE_OK);
}

/* ---- versions and notes ------------------------------------------------------ */

static int asked[3];

REACTION(ask_version)
{
    (void)state, (void)event;
    asked[0] = jangle_turn_version(turn, "x", 2);
    pay(turn, "b");
    asked[1] = jangle_turn_version(turn, "x", 5);
    asked[2] = jangle_turn_version(turn, "y", 4);
    return back(turn);
}

static void a_version_is_what_the_first_run_had(void **state)
{
    (void)state;
    world.answers[1] = JANGLE_BUSY;
    assert_result(run(ask_version), JANGLE_BUSY);
    assert_int_equal(asked[0], 2);
    assert_int_equal(asked[1], 2);
    assert_int_equal(asked[2], 4);
    assert_result(run(ask_version), JANGLE_OK);
    assert_int_equal(asked[0], 2);
    assert_int_equal(asked[1], 2);
    assert_int_equal(saga.count, 4);
}

REACTION(pay_and_give_back)
{
    (void)state, (void)event;
    pay(turn, "b");
    return back(turn);
}

/* The code did not ask then; it has gone the old way up to there. */
static void a_version_that_was_not_asked_for_is_zero(void **state)
{
    (void)state;
    world.answers[1] = JANGLE_BUSY;
    assert_result(run(pay_and_give_back), JANGLE_BUSY);
    assert_result(run(ask_version), JANGLE_OK);
    assert_int_equal(asked[0], 0);
    assert_int_equal(asked[1], 5); /* asked behind all that is recorded */
    assert_int_equal(asked[2], 4);
}

REACTION(note_twice)
{
    const struct move_state *move = state;

    (void)event;
    assert_int_equal(move->calls, 0);
    jangle_turn_note(turn, call_counted, .count = 1);
    jangle_turn_note(turn, call_counted, .count = 2);
    assert_int_equal(move->calls, 0); /* at the end of the turn */
    return back(turn);
}

static void notes_count_once_at_the_end_of_the_turn(void **state)
{
    const struct move_state *move;

    (void)state;
    world.answers[0] = JANGLE_BUSY;
    assert_result(run(note_twice), JANGLE_BUSY);
    assert_int_equal(saga.count, 0);
    assert_result(run(note_twice), JANGLE_OK);
    move = saga.state;
    assert_int_equal(move->calls, 3);
    assert_non_null(strstr(saga.state_json, "\"calls\":3"));
    assert_int_equal(saga.count, 3);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_recorded_sticks_and_nothing_is_done_after_it),
        TEST(the_first_that_sticks_is_what_the_turn_comes_to),
        TEST(a_failure_that_is_no_failure_is_a_mistake_and_not_the_end),
        TEST(a_number_that_is_no_result_is_told),
        TEST(a_turn_may_say_no_more_than_that_it_failed),
        TEST(what_is_no_command_or_no_note_of_it_is_refused),
        TEST(recorded_answers_are_given_again_and_nothing_is_sent),
        TEST(another_event_or_saga_has_other_ids),
        TEST(the_last_answer_of_any_turn_is_recalled),
        TEST(a_step_that_comes_later_in_the_turn_is_not_recalled),
        TEST(a_version_is_what_the_first_run_had),
        TEST(a_version_that_was_not_asked_for_is_zero),
        TEST(notes_count_once_at_the_end_of_the_turn),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
