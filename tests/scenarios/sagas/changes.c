/* changes.c - the code changes while sagas are open: a turn that still fits its
 * record goes on, any other is parked for a person. */
#include "support/domains/changing.h"

#include <stdio.h>

#define set_up    changing_set_up
#define tear_down changing_tear_down

static enum jangle_result read_dead_letter(void *context,
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
    int runs = changing.runs;

    assert_string_equal(changing_saga_of(world), "parked 3");
    assert_int_equal(changing_left(world).dead, 1);
    assert_result(jangle_dead_letter_visit(world->jangle, "changing", read_dead_letter,
                                           found, NULL),
                  JANGLE_OK);
    assert_string_equal(found, reason);
    assert_result(
        jangle_saga_show(world->jangle, "changing", "m1", read_saga, found, NULL),
        JANGLE_OK);
    assert_string_equal(found, reason);
    assert_int_equal(tills_content(world, "b"), 30);
    world_pass(world, 7200000); /* its timeout waits, too */
    world_poll(world);
    assert_int_equal(changing.runs, runs);
    assert_string_equal(changing_saga_of(world), "parked 3");
}

/* ---- what fits --------------------------------------------------------------- */

static void an_open_turn_ends_by_the_way_it_began_with(void **state)
{
    struct world *world = *state;

    changing_to(world, VERSIONED);
    assert_int_equal(changing.version, 0);
    assert_string_equal(changing_saga_of(world), "finished 3");
    assert_int_equal(tills_count(world, "b", &paid_in), 1);
    assert_result(tills_pay_out(world, "a", "m2", "b", 30), JANGLE_OK);
    world_poll(world);
    assert_int_equal(changing.version, 1);
    assert_string_equal(tills_saga(world, "changing", "m2"), "finished 5");
    assert_int_equal(tills_count(world, "b", &paid_in), 3);
    assert_int_equal(tills_content(world, "b"), 60);
}

static void the_same_code_goes_on(void **state)
{
    struct world *world = *state;

    changing_to(world, FINISHES);
    assert_string_equal(changing_saga_of(world), "finished 3");
    assert_int_equal(tills_count(world, "b", &paid_in), 1);
    assert_int_equal(tills_count(world, "b", &move_called), 1);
}

/* ---- what does not ----------------------------------------------------------- */

static void a_step_that_was_removed_parks_it(void **state)
{
    changing_to(*state, REMOVED);
    assert_parked(*state,
                  "step 2 of this turn is recorded as pay_in, and now the code takes "
                  "call_move");
}

static void steps_in_another_order_park_it(void **state)
{
    changing_to(*state, REORDERED);
    assert_parked(*state,
                  "step 2 of this turn is recorded as pay_in, and now the code takes "
                  "call_move");
}

static void steps_that_come_no_more_park_it(void **state)
{
    changing_to(*state, SHORTER);
    assert_parked(*state,
                  "step 3 of this turn is recorded as call_move, and now the code "
                  "takes no more");
}

static void another_note_parks_it(void **state)
{
    changing_to(*state, OTHER_NOTE);
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
    changing.code = NEVER_ENDS;
    assert_result(tills_pay_out(world, "a", "m1", "b", 30), JANGLE_OK);
    world_poll(world);
    assert_string_equal(changing_saga_of(world), "parked 7");
    assert_int_equal(tills_content(world, "b"), 7);
    assert_result(jangle_dead_letter_visit(world->jangle, "changing", read_dead_letter,
                                           reason, NULL),
                  JANGLE_OK);
    assert_string_equal(reason,
                        "step_count allows a saga 7 steps: raise it, or finish the saga");
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
