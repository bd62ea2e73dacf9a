/* resumed.c - an operator retries, resumes, finishes and shows sagas. */
#include "support/domains/changing.h"

#include <stdio.h>
#include <string.h>

#define set_up    changing_set_up
#define tear_down changing_tear_down

/* ---- what a person does ------------------------------------------------------ */

/* The code is put right again: from the dead letter, or from the saga. */
static void a_parked_saga_is_retried_as_attempt_one(void **state)
{
    struct world *world = *state;

    changing_to(world, REORDERED);
    changing.code = FINISHES;
    assert_result(jangle_saga_retry(world->jangle, "changing", "m1", &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_string_equal(changing_saga_of(world), "finished 3");
    assert_int_equal(changing_left(world).dead + changing_left(world).parked, 0);
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

    changing_to(world, REORDERED);
    assert_result(jangle_saga_resume(world->jangle, "changing", "m1", 4, &world->error),
                  JANGLE_INVALID);
    assert_result(jangle_saga_resume(world->jangle, "changing", "m1", -1, &world->error),
                  JANGLE_INVALID);
    assert_string_equal(changing_saga_of(world), "parked 3");
    assert_result(jangle_saga_resume(world->jangle, "changing", "m1", 3, &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_string_equal(changing_saga_of(world), "finished 3");
    assert_int_equal(tills_count(world, "b", &paid_in), 1);
    assert_int_equal(tills_count(world, "b", &move_called), 1);
    assert_int_equal(changing_left(world).dead, 0);
}

/* A step need not come again; what comes after those is still held to its order. */
static void a_resumed_saga_may_leave_out_what_it_did(void **state)
{
    struct world *world = *state;

    changing_to(world, REMOVED);
    assert_result(jangle_saga_resume(world->jangle, "changing", "m1", 1, &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_string_equal(changing_saga_of(world), "parked 3");
    assert_result(jangle_saga_resume(world->jangle, "changing", "m1", 2, &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_string_equal(changing_saga_of(world), "finished 3");
    assert_int_equal(tills_count(world, "b", &move_called), 1);
}

/* In the middle of a resumed turn there may be a crash or a retry like any other. */
static void a_resumed_turn_is_run_again_like_any_other(void **state)
{
    struct world *world = *state;

    changing_to(world, REORDERED);
    changing.stuck = true;
    changing.code = VERSIONED;
    assert_result(jangle_saga_resume(world->jangle, "changing", "m1", 3, &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_memory_equal(changing_saga_of(world), "open", 4);
    changing.stuck = false;
    if (world->file[0]) {
        world_close(world);
        tills_open(world, &changing_saga);
    }
    world_pass(world, 1000);
    world_poll(world);
    assert_memory_equal(changing_saga_of(world), "finished", 8);
    assert_int_equal(tills_count(world, "b", &move_called), 1);
    assert_int_equal(changing_left(world).dead, 0);
}

static void a_saga_is_finished_by_hand(void **state)
{
    struct world *world = *state;

    changing_to(world, REORDERED);
    assert_result(jangle_saga_finish(world->jangle, "changing", "m1", "paid by hand",
                                     &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_string_equal(changing_saga_of(world), "finished 4");
    assert_int_equal(changing_left(world).dead + changing_left(world).parked, 0);
    assert_int_equal(tills_content(world, "b"), 30);
    world_pass(world, 7200000);
    world_poll(world);
    assert_int_equal(tills_content(world, "b"), 30);
    assert_result(
        jangle_saga_finish(world->jangle, "changing", "m1", "again", &world->error),
        JANGLE_INVALID);
}

/* ---- looking ----------------------------------------------------------------- */

static enum jangle_result check_info(void *context, const struct jangle_saga_info *info)
{
    static const char *const types[] = {"call_counted", "pay_in", "call_move"};
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
        assert_int_equal(info->steps[i].kind, i ? JANGLE_STEP_COMMAND : JANGLE_STEP_NOTE);
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

    changing.stuck = true;
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
    char id[16], found[2000] = "", expected[2000] = "";

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
