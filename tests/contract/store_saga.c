/* store_saga.c - ST-12, ST-13 and ST-21: sagas, those that are due, all of a kind. */
#include "contract/store.h"

static struct jangle_saga_record saga_of(const char *id, int64_t version)
{
    return (struct jangle_saga_record){.saga = "transfer",
                                       .id = id,
                                       .version = version,
                                       .state_version = 1,
                                       .state = "{}",
                                       .state_size = 2};
}

static void store_saga(struct world *world, struct jangle_saga_record saga)
{
    assert_result(commit_saga(world, &saga), JANGLE_OK);
}

/* A new saga that is due then. */
static void store_due(struct world *world,
                      const char *id,
                      int64_t due_at,
                      enum jangle_saga_status status)
{
    struct jangle_saga_record saga = saga_of(id, 1);

    saga.due_at.us = due_at;
    saga.status = status;
    store_saga(world, saga);
}

/* ---- ST-12: one saga --------------------------------------------------------- */

static enum jangle_result check_saga(void *context, const struct jangle_saga_record *saga)
{
    const struct jangle_saga_record *expected = context;

    assert_string_equal(saga->saga, expected->saga);
    assert_string_equal(saga->id, expected->id);
    assert_int_equal(saga->version, expected->version);
    assert_int_equal(saga->status, expected->status);
    assert_int_equal(saga->state_version, expected->state_version);
    assert_int_equal(saga->state_size, expected->state_size);
    assert_memory_equal(saga->state, expected->state, expected->state_size);
    assert_int_equal(saga->timeout_at.us, expected->timeout_at.us);
    assert_int_equal(saga->due_at.us, expected->due_at.us);
    assert_int_equal(saga->turn_at.us, expected->turn_at.us);
    assert_int_equal(saga->turn_position, expected->turn_position);
    assert_int_equal(saga->step_count, expected->step_count);
    for (size_t i = 0; i < saga->step_count; i++) {
        const struct jangle_step *step = &saga->steps[i], *wanted = &expected->steps[i];

        assert_memory_equal(step->id, wanted->id, sizeof step->id);
        assert_int_equal(step->kind, wanted->kind);
        assert_string_equal(step->type, wanted->type);
        assert_result(step->result, wanted->result);
        assert_string_equal(step->reply ? step->reply : "",
                            wanted->reply ? wanted->reply : "");
        assert_int_equal(step->position, wanted->position);
        assert_int_equal(step->version, wanted->version);
    }
    return JANGLE_OK;
}

static void assert_saga(struct world *world, struct jangle_saga_record *expected)
{
    assert_result(world->store->ops->read_saga(world->store, expected->saga, expected->id,
                                               check_saga, expected, &world->error),
                  JANGLE_OK);
}

static void st_12_a_saga_comes_back_as_it_was_stored(void **state)
{
    struct world *world = *state;
    const struct jangle_step steps[] = {
        {"step 1 .........", JANGLE_STEP_COMMAND, "credit", JANGLE_OK, NULL, 12, 3},
        {"step 2 .........", JANGLE_STEP_NOTE, "noted", JANGLE_OK, "{\"a\":1}", 0, 0},
        {"step 3 .........", JANGLE_STEP_VERSION, "fee", JANGLE_OK, "2", 0, 0},
        {"step 0 .........", JANGLE_STEP_COMMAND, "undo", JANGLE_REJECTED, "no", 0, 0},
        {"step 4 .........", JANGLE_STEP_BY_HAND, "ended", JANGLE_OK, "", 0, 0}};
    struct jangle_saga_record saga = {.saga = "transfer",
                                      .id = "t-\xc3\xa9",
                                      .version = 1,
                                      .status = JANGLE_SAGA_PARKED,
                                      .state_version = 3,
                                      .state = "{\"b\":\0\xff}",
                                      .state_size = 9,
                                      .timeout_at = {1700000000000001},
                                      .due_at = {1700000000000002},
                                      .turn_at = {1700000000000003},
                                      .turn_position = 77,
                                      .steps = steps,
                                      .step_count = 5};

    store_saga(world, saga);
    world_reopen(world);
    assert_saga(world, &saga);
}

static void st_12_a_saga_that_is_not_there_is_not_found(void **state)
{
    struct world *world = *state;

    store_saga(world, saga_of("a", 1));
    assert_string_equal(show_saga(world, "transfer", "b"), "NOT_FOUND");
    assert_string_equal(show_saga(world, "request", "a"), "NOT_FOUND");
    assert_string_equal(show_saga(world, "transfer", "a"), "transfer/a@1");
}

static void st_12_each_of_a_sagas_times_and_flags_is_kept_by_itself(void **state)
{
    struct world *world = *state;
    char id[16];

    for (int i = 0; i < 24; i++) {
        struct jangle_saga_record saga = saga_of(id, 1);

        snprintf(id, sizeof id, "t-%d", i);
        saga.timeout_at.us = i & 1 ? 11 : 0;
        saga.due_at.us = i & 2 ? 22 : 0;
        saga.turn_at.us = i & 4 ? 44 : 0;
        saga.status = (enum jangle_saga_status)(i / 8);
        store_saga(world, saga);
    }
    world_reopen(world);
    for (int i = 0; i < 24; i++) {
        struct jangle_saga_record saga = saga_of(id, 1);

        snprintf(id, sizeof id, "t-%d", i);
        saga.timeout_at.us = i & 1 ? 11 : 0;
        saga.due_at.us = i & 2 ? 22 : 0;
        saga.turn_at.us = i & 4 ? 44 : 0;
        saga.status = (enum jangle_saga_status)(i / 8);
        assert_saga(world, &saga);
    }
}

static void st_12_new_steps_follow_those_that_were_stored(void **state)
{
    struct world *world = *state;
    const struct jangle_step steps[] = {{.id = "1", .type = "zebra"},
                                        {.id = "2", .type = "ant"},
                                        {.id = "0", .type = "mole"}};
    struct jangle_saga_record saga = saga_of("a", 1);

    saga.steps = steps;
    saga.step_count = 1;
    store_saga(world, saga);
    saga.version = 2;
    saga.step_count = 0;
    store_saga(world, saga);
    saga.version = 3;
    saga.steps = steps + 1;
    saga.step_count = 2;
    store_saga(world, saga);
    world_reopen(world);
    assert_string_equal(show_saga(world, "transfer", "a"),
                        "transfer/a@3 zebra=OK ant=OK mole=OK");
}

static void
check_position(const struct jangle_step *step, int64_t position, int64_t version)
{
    assert_int_equal(step->position, position);
    assert_int_equal(step->version, version);
}

static enum jangle_result check_positions(void *context,
                                          const struct jangle_saga_record *saga)
{
    const struct jangle_append *append = context;

    assert_int_equal(saga->step_count, 5);
    check_position(&saga->steps[0], 0, 0); /* not the last of its record */
    check_position(&saga->steps[1], append->receipt.position, append->receipt.version);
    check_position(&saga->steps[2], 0, 0);
    check_position(&saga->steps[3], 77, 7); /* it has its own */
    check_position(&saga->steps[4], 0, 0);  /* with nothing */
    return JANGLE_OK;
}

static void store_steps_with(struct world *world,
                             struct jangle_saga_record *saga,
                             struct jangle_append *append)
{
    struct jangle_group group = {
        .appends = append, .append_count = 1, .sagas = saga, .saga_count = 1, 0};

    saga->with = append;
    assert_result(world->store->ops->commit(world->store, &group, &world->error),
                  JANGLE_OK);
    assert_result(append->error.result, JANGLE_OK);
    assert_result(saga->error.result, JANGLE_OK);
}

/* Where a step's events are is known only when they are stored. */
static void st_12_the_last_step_of_a_record_has_the_position_of_its_append(void **state)
{
    struct world *world = *state;
    struct jangle_step steps[] = {
        {.id = "1", .type = "note"},
        {.id = "2", .type = "debit"},
        {.id = "3", .type = "note"},
        {.id = "4", .type = "credit", .position = 77, .version = 7},
        {.id = "5", .type = "note"}};
    struct jangle_record first[] = {{.kind = "account", .id = "a", .type = "opened"},
                                    {.kind = "account", .id = "a", .type = "debited"}};
    struct jangle_record second[] = {{.kind = "account", .id = "b", .type = "credited"}};
    struct jangle_append debit = {
        .records = first, .count = 2, .receipt = {.version = 2}};
    struct jangle_append credit = {.records = second, .count = 1};
    struct jangle_saga_record saga = saga_of("t", 1);

    saga.steps = steps;
    saga.step_count = 2;
    store_steps_with(world, &saga, &debit);
    assert_int_equal(debit.receipt.position, 2);
    saga = saga_of("t", 2);
    saga.steps = steps + 2;
    saga.step_count = 2;
    store_steps_with(world, &saga, &credit);
    saga = saga_of("t", 3);
    saga.steps = steps + 4;
    saga.step_count = 1;
    store_saga(world, saga);
    world_reopen(world);
    assert_result(world->store->ops->read_saga(world->store, "transfer", "t",
                                               check_positions, &debit, &world->error),
                  JANGLE_OK);
}

static void st_12_a_saga_conflicts_unless_it_is_the_next_version(void **state)
{
    struct world *world = *state;
    const int64_t wrong[] = {0, 1, 2, 4, 9};
    const struct jangle_step step = {.id = "1", .type = "credit"};

    store_saga(world, saga_of("a", 1));
    store_saga(world, saga_of("a", 2));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct jangle_saga_record saga = saga_of("a", wrong[i]);

        saga.steps = &step;
        saga.step_count = 1;
        saga.status = JANGLE_SAGA_FINISHED;
        assert_result(commit_saga(world, &saga), JANGLE_CONFLICT);
    }
    assert_string_equal(show_saga(world, "transfer", "a"), "transfer/a@2");
    assert_string_equal(show_sagas(world, "transfer", JANGLE_SAGA_OPEN, NULL, 9),
                        "transfer/a@2");
    store_saga(world, saga_of("a", 3));
}

static void st_12_a_visited_saga_may_be_told_to_fail(void **state)
{
    struct world *world = *state;
    struct counting counting = {.stop_after = 1};

    store_saga(world, saga_of("a", 1));
    assert_result(world->store->ops->read_saga(world->store, "transfer", "a", count_saga,
                                               &counting, &world->error),
                  JANGLE_CANCELLED);
}

/* ---- ST-13: what is due ------------------------------------------------------ */

static void st_13_a_saga_is_due_when_its_time_has_come(void **state)
{
    struct world *world = *state;
    struct jangle_saga_record saga = saga_of("timeout-only", 1);

    store_due(world, "never", 0, JANGLE_SAGA_OPEN);
    store_due(world, "first", 100, JANGLE_SAGA_OPEN);
    store_due(world, "second", 200, JANGLE_SAGA_PARKED);
    store_due(world, "third", 300, JANGLE_SAGA_OPEN);
    saga.timeout_at.us = 50;
    store_saga(world, saga);
    world_reopen(world);
    assert_string_equal(show_due(world, 99, 9), "");
    assert_string_equal(show_due(world, 100, 9), "transfer/first@1");
    assert_string_equal(show_due(world, 299, 9), "transfer/first@1 transfer/second@1");
    assert_string_equal(show_due(world, 300, 9),
                        "transfer/first@1 transfer/second@1 transfer/third@1");
}

static void st_13_a_saga_that_was_moved_is_due_at_its_new_time(void **state)
{
    struct world *world = *state;
    struct jangle_saga_record saga = saga_of("a", 2);

    store_due(world, "a", 100, JANGLE_SAGA_OPEN);
    saga.due_at.us = 500;
    store_saga(world, saga);
    assert_string_equal(show_due(world, 499, 9), "");
    assert_string_equal(show_due(world, 500, 9), "transfer/a@2");
    saga.version = 3;
    saga.due_at.us = 0;
    store_saga(world, saga);
    assert_string_equal(show_due(world, 900, 9), "");
}

/* The ancestor compared days where it meant moments. */
static void st_13_a_second_within_a_day_makes_the_difference(void **state)
{
    struct world *world = *state;
    const int64_t second = 1000000, noon = 1700000000 * second;

    store_due(world, "a", noon, JANGLE_SAGA_OPEN);
    store_due(world, "b", noon + second, JANGLE_SAGA_OPEN);
    assert_string_equal(show_due(world, noon - second, 9), "");
    assert_string_equal(show_due(world, noon, 9), "transfer/a@1");
    assert_string_equal(show_due(world, noon + second, 9), "transfer/a@1 transfer/b@1");
}

static void st_13_no_more_than_the_limit_are_due_the_longest_first(void **state)
{
    struct world *world = *state;
    struct counting counting = {.stop_after = 1};

    store_due(world, "a", 300, JANGLE_SAGA_OPEN);
    store_due(world, "b", 100, JANGLE_SAGA_OPEN);
    store_due(world, "c", 200, JANGLE_SAGA_OPEN);
    assert_string_equal(show_due(world, 900, 0), "");
    assert_string_equal(show_due(world, 900, 2), "transfer/b@1 transfer/c@1");
    assert_result(world->store->ops->read_due_sagas(world->store, (jangle_time){900}, 9,
                                                    count_saga, &counting, &world->error),
                  JANGLE_CANCELLED);
    assert_int_equal(counting.count, 1);
}

static void st_13_due_sagas_come_without_their_steps(void **state)
{
    struct world *world = *state;
    const struct jangle_step step = {.id = "1", .type = "credit"};
    struct jangle_saga_record saga = saga_of("a", 1);

    saga.due_at.us = 100;
    saga.steps = &step;
    saga.step_count = 1;
    store_saga(world, saga);
    assert_string_equal(show_due(world, 100, 9), "transfer/a@1");
}

/* ---- ST-21: all of a kind ---------------------------------------------------- */

static void store_several(struct world *world)
{
    static const char *const ids[] = {"m", "c", "x", "a"};
    struct jangle_saga_record other = saga_of("b", 1);

    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        store_due(world, ids[i], 0, JANGLE_SAGA_OPEN);
    store_due(world, "d", 0, JANGLE_SAGA_FINISHED);
    store_due(world, "e", 0, JANGLE_SAGA_PARKED);
    other.saga = "request";
    store_saga(world, other);
}

static void st_21_sagas_of_a_type_and_status_are_visited_in_order_of_id(void **state)
{
    struct world *world = *state;

    store_several(world);
    world_reopen(world);
    assert_string_equal(show_sagas(world, "transfer", JANGLE_SAGA_OPEN, NULL, 9),
                        "transfer/a@1 transfer/c@1 transfer/m@1 transfer/x@1");
    assert_string_equal(show_sagas(world, "transfer", JANGLE_SAGA_FINISHED, NULL, 9),
                        "transfer/d@1");
    assert_string_equal(show_sagas(world, "transfer", JANGLE_SAGA_PARKED, NULL, 9),
                        "transfer/e@1");
    assert_string_equal(show_sagas(world, "request", JANGLE_SAGA_OPEN, NULL, 9),
                        "request/b@1");
    assert_string_equal(show_sagas(world, "refund", JANGLE_SAGA_OPEN, NULL, 9), "");
}

static void st_21_sagas_are_visited_after_an_id_a_page_at_a_time(void **state)
{
    struct world *world = *state;

    store_several(world);
    assert_string_equal(show_sagas(world, "transfer", JANGLE_SAGA_OPEN, NULL, 2),
                        "transfer/a@1 transfer/c@1");
    assert_string_equal(show_sagas(world, "transfer", JANGLE_SAGA_OPEN, "c", 2),
                        "transfer/m@1 transfer/x@1");
    assert_string_equal(show_sagas(world, "transfer", JANGLE_SAGA_OPEN, "d", 1),
                        "transfer/m@1");
    assert_string_equal(show_sagas(world, "transfer", JANGLE_SAGA_OPEN, "x", 2), "");
    assert_string_equal(show_sagas(world, "transfer", JANGLE_SAGA_OPEN, NULL, 0), "");
}

static void st_21_a_saga_that_changed_its_status_is_visited_there(void **state)
{
    struct world *world = *state;
    struct jangle_saga_record finished = saga_of("m", 2);

    store_several(world);
    finished.status = JANGLE_SAGA_FINISHED;
    store_saga(world, finished);
    assert_string_equal(show_sagas(world, "transfer", JANGLE_SAGA_OPEN, "c", 9),
                        "transfer/x@1");
    assert_string_equal(show_sagas(world, "transfer", JANGLE_SAGA_FINISHED, NULL, 9),
                        "transfer/d@1 transfer/m@2");
}

static void st_21_sagas_come_without_their_steps(void **state)
{
    struct world *world = *state;
    const struct jangle_step step = {.id = "1", .type = "credit"};
    struct jangle_saga_record saga = saga_of("a", 1);

    saga.steps = &step;
    saga.step_count = 1;
    store_saga(world, saga);
    assert_string_equal(show_sagas(world, "transfer", JANGLE_SAGA_OPEN, NULL, 9),
                        "transfer/a@1");
}

static void st_21_a_visit_of_sagas_stops_when_told(void **state)
{
    struct world *world = *state;
    struct counting counting = {.stop_after = 2};

    store_several(world);
    assert_result(world->store->ops->read_sagas(world->store, "transfer",
                                                JANGLE_SAGA_OPEN, NULL, 9, count_saga,
                                                &counting, &world->error),
                  JANGLE_CANCELLED);
    assert_int_equal(counting.count, 2);
}

int store_saga_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(st_12_a_saga_comes_back_as_it_was_stored),
        WORLD_TEST(st_12_a_saga_that_is_not_there_is_not_found),
        WORLD_TEST(st_12_each_of_a_sagas_times_and_flags_is_kept_by_itself),
        WORLD_TEST(st_12_new_steps_follow_those_that_were_stored),
        WORLD_TEST(st_12_the_last_step_of_a_record_has_the_position_of_its_append),
        WORLD_TEST(st_12_a_saga_conflicts_unless_it_is_the_next_version),
        WORLD_TEST(st_12_a_visited_saga_may_be_told_to_fail),
        WORLD_TEST(st_13_a_saga_is_due_when_its_time_has_come),
        WORLD_TEST(st_13_a_saga_that_was_moved_is_due_at_its_new_time),
        WORLD_TEST(st_13_a_second_within_a_day_makes_the_difference),
        WORLD_TEST(st_13_no_more_than_the_limit_are_due_the_longest_first),
        WORLD_TEST(st_13_due_sagas_come_without_their_steps),
        WORLD_TEST(st_21_sagas_of_a_type_and_status_are_visited_in_order_of_id),
        WORLD_TEST(st_21_sagas_are_visited_after_an_id_a_page_at_a_time),
        WORLD_TEST(st_21_a_saga_that_changed_its_status_is_visited_there),
        WORLD_TEST(st_21_sagas_come_without_their_steps),
        WORLD_TEST(st_21_a_visit_of_sagas_stops_when_told),
    };

    return world_run("sagas", tests, sizeof tests / sizeof *tests, backend);
}
