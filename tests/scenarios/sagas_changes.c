/* sagas_changes.c - the code changes under open sagas: what fits goes on, what does not
 * waits for a person, and what a person can do. */
#include "support/tills.h"

#include <stdio.h>
#include <string.h>

/* ---- a saga in several versions -------------------------------------------------- */

enum code {
    OLD,       /* pays in, calls, waits */
    VERSIONED, /* asks first which way it went: the new way pays half twice */
    REMOVED,   /* does not pay in any more */
    REORDERED, /* calls, then pays in */
    OTHER_NOTE,
    SHORTER,  /* pays in, and no more */
    FINISHES, /* as the old one, and finishes */
    NEVER_ENDS
};

static struct {
    enum code code;
    bool stuck; /* it never comes to its end */
    int version;
    int runs;
} script;

static enum jangle_result pay(struct jangle_turn *turn, int64_t amount)
{
    return jangle_turn_send(turn, pay_in, .till_id = "b", .move_id = turn->id,
                            .amount = amount);
}

static enum jangle_result tell(struct jangle_turn *turn, const char *word)
{
    return jangle_turn_send(turn, call_move, .till_id = "b", .move_id = turn->id,
                            .word = word);
}

static void note(struct jangle_turn *turn, int64_t count)
{
    jangle_turn_note(turn, call_counted, .count = count);
}

static void take_steps(struct jangle_turn *turn)
{
    switch (script.code) {
    case VERSIONED:
        script.version = jangle_turn_version(turn, "in halves", 1);
        note(turn, 1);
        if (script.version < 1) {
            pay(turn, 30);
        } else {
            pay(turn, 15);
            pay(turn, 15);
        }
        tell(turn, "done");
        break;
    case REMOVED:
        note(turn, 1);
        tell(turn, "done");
        break;
    case REORDERED:
        note(turn, 1);
        tell(turn, "done");
        pay(turn, 30);
        break;
    case OTHER_NOTE:
        note(turn, 2);
        pay(turn, 30);
        tell(turn, "done");
        break;
    case SHORTER:
        note(turn, 1);
        pay(turn, 30);
        break;
    case NEVER_ENDS:
        for (int i = 0; i < 100; i++)
            pay(turn, 1);
        break;
    default:
        note(turn, 1);
        pay(turn, 30);
        tell(turn, "done");
    }
}

static enum jangle_result
react(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    script.runs++;
    jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, 3600000));
    take_steps(turn);
    if (script.stuck)
        return jangle_turn_fail(turn, JANGLE_RETRY, "it is stuck");
    return jangle_turn_finish(turn);
}

static const struct jangle_applier events[] = {
    {&paid_out, apply_paid_out}, {&call_counted, apply_call_counted}, {0}};
static const struct jangle_reaction reactions[] = {{&paid_out, react}, {0}};

static const struct jangle_saga changing_saga = {
    .name = "changing",
    .state = &move_state,
    .begins_with = &paid_out,
    .id_member = "move_id",
    .events = events,
    .reactions = reactions,
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = 4, .first_delay_ms = 1000, .max_delay_ms = 1000},
};

/* ---- a world ----------------------------------------------------------------------- */

static int set_up(void **state)
{
    static struct world world;

    memset(&script, 0, sizeof script);
    world_init(&world, *state != NULL);
    tills_open(&world, &changing_saga);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

static const char *saga_of(struct world *world)
{
    return tills_saga(world, "changing", "m1");
}

static struct jangle_left left_of(struct world *world)
{
    struct jangle_left left;

    assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
    return left;
}

/* The old code has taken three steps, and its turn is open; then the code changes. */
static void change_to(struct world *world, enum code code)
{
    script.stuck = true;
    assert_result(tills_pay_out(world, "a", "m1", "b", 30), JANGLE_OK);
    world_poll(world);
    assert_string_equal(saga_of(world), "open 3");
    assert_int_equal(tills_content(world, "b"), 30);
    script.stuck = false;
    script.code = code;
    if (world->file[0]) {
        world_close(world);
        tills_open(world, &changing_saga);
    }
    world_pass(world, 1000);
    world_poll(world);
}

static enum jangle_result read_letter(void *context,
                                      const struct jangle_dead_letter *letter)
{
    snprintf(context, 200, "%s", letter->reason);
    return JANGLE_OK;
}

static enum jangle_result read_saga(void *context, const struct jangle_saga_info *info)
{
    snprintf(context, 200, "%s", info->reason ? info->reason : "");
    return JANGLE_OK;
}

/* Parked, for that reason, in both places; nothing more was sent. */
static void assert_parked(struct world *world, const char *reason)
{
    char found[200] = "";
    int runs = script.runs;

    assert_string_equal(saga_of(world), "parked 3");
    assert_int_equal(left_of(world).dead, 1);
    assert_result(
        jangle_dead_letter_visit(world->jangle, "changing", read_letter, found, NULL),
        JANGLE_OK);
    assert_string_equal(found, reason);
    assert_result(
        jangle_saga_show(world->jangle, "changing", "m1", read_saga, found, NULL),
        JANGLE_OK);
    assert_string_equal(found, reason);
    assert_int_equal(tills_content(world, "b"), 30);
    world_pass(world, 7200000); /* its timeout waits, too */
    world_poll(world);
    assert_int_equal(script.runs, runs);
    assert_string_equal(saga_of(world), "parked 3");
}

/* ---- what fits ----------------------------------------------------------------------
 */

static void an_open_turn_ends_by_the_way_it_began_with(void **state)
{
    struct world *world = *state;

    change_to(world, VERSIONED);
    assert_int_equal(script.version, 0);
    assert_string_equal(saga_of(world), "finished 3");
    assert_int_equal(tills_count(world, "b", &paid_in), 1);
    assert_result(tills_pay_out(world, "a", "m2", "b", 30), JANGLE_OK);
    world_poll(world);
    assert_int_equal(script.version, 1);
    assert_string_equal(tills_saga(world, "changing", "m2"), "finished 5");
    assert_int_equal(tills_count(world, "b", &paid_in), 3);
    assert_int_equal(tills_content(world, "b"), 60);
}

static void the_same_code_goes_on(void **state)
{
    struct world *world = *state;

    change_to(world, FINISHES);
    assert_string_equal(saga_of(world), "finished 3");
    assert_int_equal(tills_count(world, "b", &paid_in), 1);
    assert_int_equal(tills_count(world, "b", &move_called), 1);
}

/* ---- what does not ------------------------------------------------------------------
 */

static void a_step_that_was_removed_parks_it(void **state)
{
    change_to(*state, REMOVED);
    assert_parked(*state,
                  "step 2 of this turn is recorded as pay_in, and now the code takes "
                  "call_move");
}

static void steps_in_another_order_park_it(void **state)
{
    change_to(*state, REORDERED);
    assert_parked(*state,
                  "step 2 of this turn is recorded as pay_in, and now the code takes "
                  "call_move");
}

static void steps_that_come_no_more_park_it(void **state)
{
    change_to(*state, SHORTER);
    assert_parked(*state,
                  "step 3 of this turn is recorded as call_move, and now the code "
                  "takes no more");
}

static void another_note_parks_it(void **state)
{
    change_to(*state, OTHER_NOTE);
    assert_parked(*state,
                  "note:call_counted is recorded as {\"count\":1}, and now it is "
                  "{\"count\":2}");
}

static void a_saga_that_takes_too_many_steps_is_parked(void **state)
{
    struct world *world = *state;
    char reason[200];

    world_close(world);
    world->config.step_count = 7;
    tills_open(world, &changing_saga);
    script.code = NEVER_ENDS;
    assert_result(tills_pay_out(world, "a", "m1", "b", 30), JANGLE_OK);
    world_poll(world);
    assert_string_equal(saga_of(world), "parked 7");
    assert_int_equal(tills_content(world, "b"), 7);
    assert_result(
        jangle_dead_letter_visit(world->jangle, "changing", read_letter, reason, NULL),
        JANGLE_OK);
    assert_string_equal(reason, "it took 7 steps: step_count");
}

/* ---- what a person does --------------------------------------------------------------
 */

/* The code is put right again: from the dead letter, or from the saga. */
static void a_parked_saga_is_retried_as_attempt_one(void **state)
{
    struct world *world = *state;

    change_to(world, REORDERED);
    script.code = FINISHES;
    assert_result(jangle_saga_retry(world->jangle, "changing", "m1", &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_string_equal(saga_of(world), "finished 3");
    assert_int_equal(left_of(world).dead + left_of(world).parked, 0);
    assert_int_equal(tills_count(world, "b", &paid_in), 1);
    assert_result(jangle_saga_retry(world->jangle, "changing", "m1", &world->error),
                  JANGLE_INVALID);
    assert_result(jangle_saga_retry(world->jangle, "changing", "m9", &world->error),
                  JANGLE_NOT_FOUND);
    assert_result(jangle_saga_retry(world->jangle, "nobody", "m1", &world->error),
                  JANGLE_NOT_FOUND);
}

/* Nothing of it is done again, in whatever order it comes; what is new is done. */
static void a_parked_saga_is_resumed_after_its_steps(void **state)
{
    struct world *world = *state;

    change_to(world, REORDERED);
    assert_result(jangle_saga_resume(world->jangle, "changing", "m1", 4, &world->error),
                  JANGLE_INVALID);
    assert_result(jangle_saga_resume(world->jangle, "changing", "m1", -1, &world->error),
                  JANGLE_INVALID);
    assert_string_equal(saga_of(world), "parked 3");
    assert_result(jangle_saga_resume(world->jangle, "changing", "m1", 3, &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_string_equal(saga_of(world), "finished 3");
    assert_int_equal(tills_count(world, "b", &paid_in), 1);
    assert_int_equal(tills_count(world, "b", &move_called), 1);
    assert_int_equal(left_of(world).dead, 0);
}

/* A step need not come again; what comes after those is still held to its order. */
static void a_resumed_saga_may_leave_out_what_it_did(void **state)
{
    struct world *world = *state;

    change_to(world, REMOVED);
    assert_result(jangle_saga_resume(world->jangle, "changing", "m1", 1, &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_string_equal(saga_of(world), "parked 3");
    assert_result(jangle_saga_resume(world->jangle, "changing", "m1", 2, &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_string_equal(saga_of(world), "finished 3");
    assert_int_equal(tills_count(world, "b", &move_called), 1);
}

/* In the middle of a resumed turn there may be a crash or a retry like any other. */
static void a_resumed_turn_is_run_again_like_any_other(void **state)
{
    struct world *world = *state;

    change_to(world, REORDERED);
    script.stuck = true;
    script.code = VERSIONED;
    assert_result(jangle_saga_resume(world->jangle, "changing", "m1", 3, &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_memory_equal(saga_of(world), "open", 4);
    script.stuck = false;
    if (world->file[0]) {
        world_close(world);
        tills_open(world, &changing_saga);
    }
    world_pass(world, 1000);
    world_poll(world);
    assert_memory_equal(saga_of(world), "finished", 8);
    assert_int_equal(tills_count(world, "b", &move_called), 1);
    assert_int_equal(left_of(world).dead, 0);
}

static void a_saga_is_finished_by_hand(void **state)
{
    struct world *world = *state;

    change_to(world, REORDERED);
    assert_result(jangle_saga_finish(world->jangle, "changing", "m1", "paid by hand",
                                     &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_string_equal(saga_of(world), "finished 4");
    assert_int_equal(left_of(world).dead + left_of(world).parked, 0);
    assert_int_equal(tills_content(world, "b"), 30);
    world_pass(world, 7200000);
    world_poll(world);
    assert_int_equal(tills_content(world, "b"), 30);
    assert_result(
        jangle_saga_finish(world->jangle, "changing", "m1", "again", &world->error),
        JANGLE_INVALID);
}

/* ---- looking --------------------------------------------------------------------------
 */

static enum jangle_result check_info(void *context, const struct jangle_saga_info *info)
{
    static const char *const types[] = {"note:call_counted", "pay_in", "call_move"};
    struct world *world = context;

    assert_string_equal(info->saga, "changing");
    assert_string_equal(info->id, "m1");
    assert_int_equal(info->status, JANGLE_SAGA_OPEN);
    assert_int_equal(info->turn_position, 3);
    assert_int_equal(info->turn_at.us, world->now_us);
    assert_int_equal(info->timeout_at.us, world->now_us + INT64_C(3600000000));
    assert_int_equal(info->turn_step_count, 3);
    assert_int_equal(info->attempts, 1);
    assert_int_equal(info->step_count, 3);
    assert_string_equal(info->reason, "it is stuck");
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(info->steps[i].type, types[i]);
        assert_result(info->steps[i].result, JANGLE_OK);
    }
    assert_string_equal(info->steps[0].reply, "{\"count\":1}");
    assert_int_equal(info->steps[1].position, 4);
    assert_int_equal(info->steps[1].version, 2);
    assert_int_equal(info->steps[2].position, 5);
    return JANGLE_OK;
}

static void a_saga_is_shown_with_its_steps(void **state)
{
    struct world *world = *state;

    script.stuck = true;
    assert_result(tills_pay_out(world, "a", "m1", "b", 30), JANGLE_OK);
    world_poll(world);
    assert_result(
        jangle_saga_show(world->jangle, "changing", "m1", check_info, world, NULL),
        JANGLE_OK);
    assert_result(
        jangle_saga_show(world->jangle, "changing", "m2", check_info, world, NULL),
        JANGLE_NOT_FOUND);
}

static enum jangle_result list(void *context, const struct jangle_saga_info *info)
{
    char *text = context;

    assert_null(info->steps);
    snprintf(text + strlen(text), 10, "%s ", info->id);
    return strcmp(info->id, "m210") != 0 ? JANGLE_OK : JANGLE_CANCELLED;
}

/* More than are read at a time; until the visit has seen enough. */
static void sagas_are_visited_by_status_in_order_of_id(void **state)
{
    struct world *world = *state;
    char id[8], found[2000] = "", expected[2000] = "";

    for (int i = 250; i-- > 100;) {
        snprintf(id, sizeof id, "m%d", i);
        assert_result(tills_pay_out(world, "a", id, "b", 0), JANGLE_OK);
    }
    for (int i = 100; i <= 210; i++)
        snprintf(expected + strlen(expected), 10, "m%d ", i);
    world_poll(world);
    assert_result(jangle_saga_visit(world->jangle, "changing", JANGLE_SAGA_FINISHED, list,
                                    found, NULL),
                  JANGLE_CANCELLED);
    assert_string_equal(found, expected);
    found[0] = '\0';
    assert_result(
        jangle_saga_visit(world->jangle, "changing", JANGLE_SAGA_OPEN, list, found, NULL),
        JANGLE_OK);
    assert_string_equal(found, "");
    assert_result(
        jangle_saga_visit(world->jangle, "nobody", JANGLE_SAGA_OPEN, list, found, NULL),
        JANGLE_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_open_turn_ends_by_the_way_it_began_with),
        WORLD_TEST(the_same_code_goes_on),
        WORLD_TEST(a_step_that_was_removed_parks_it),
        WORLD_TEST(steps_in_another_order_park_it),
        WORLD_TEST(steps_that_come_no_more_park_it),
        WORLD_TEST(another_note_parks_it),
        WORLD_TEST(a_saga_that_takes_too_many_steps_is_parked),
        WORLD_TEST(a_parked_saga_is_retried_as_attempt_one),
        WORLD_TEST(a_parked_saga_is_resumed_after_its_steps),
        WORLD_TEST(a_resumed_saga_may_leave_out_what_it_did),
        WORLD_TEST(a_resumed_turn_is_run_again_like_any_other),
        WORLD_TEST(a_saga_is_finished_by_hand),
        WORLD_TEST(a_saga_is_shown_with_its_steps),
        WORLD_TEST(sagas_are_visited_by_status_in_order_of_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
