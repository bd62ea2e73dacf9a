/* store_result.c - ST-24: a result and its sentence are one value. */
#include "contract/store.h"

static void assert_says_why(const struct jangle_error *error, enum jangle_result result)
{
    assert_result(error->result, result);
    assert_true(error->message[0] != '\0');
}

static void assert_says_nothing(const struct jangle_error *error)
{
    assert_result(error->result, JANGLE_OK);
    assert_string_equal(error->message, "");
}

/* ---- parts of a group -------------------------------------------------------- */

static void st_24_each_part_that_is_refused_says_why(void **state)
{
    struct world *world = *state;
    struct jangle_record late = record_of("late", 3), never = record_of("never", -1),
                         moved = record_of("b", 1);
    struct jangle_condition condition = {.kind = "account", .id = "eve", .version = 2};
    struct jangle_append appends[] = {
        {.records = &late, .count = 1},
        {.records = &never, .count = 1},
        {.records = &moved, .count = 1, .conditions = &condition, .condition_count = 1}};
    struct jangle_checkpoint checkpoint = {
        .subscriber = "printer", .from = 4, .position = 5};
    struct jangle_saga_record saga = {.saga = "transfer", .id = "t7", .version = 2};

    commit_group(
        world, &(struct jangle_group){appends, 3, &checkpoint, 1, &saga, 1, NULL, 0, 0});
    assert_says_why(&appends[0].error, JANGLE_CONFLICT);
    assert_non_null(strstr(appends[0].error.message, "late"));
    assert_says_why(&appends[1].error, JANGLE_INVALID);
    assert_says_why(&appends[2].error, JANGLE_CONFLICT);
    assert_non_null(strstr(appends[2].error.message, "eve"));
    assert_says_why(&checkpoint.error, JANGLE_CONFLICT);
    assert_non_null(strstr(checkpoint.error.message, "printer"));
    assert_says_why(&saga.error, JANGLE_CONFLICT);
    assert_non_null(strstr(saga.error.message, "t7"));
    assert_says_nothing(&world->error);
}

static void st_24_a_part_that_is_stored_says_nothing(void **state)
{
    struct world *world = *state;
    const struct jangle_error old = {JANGLE_UNKNOWN, "of an earlier commit"};
    struct jangle_record record = record_of("a", 1), refused = record_of("b", 2);
    struct jangle_append appends[] = {
        {.command_id = "c-1", .records = &record, .count = 1, .error = old},
        {.records = &refused, .count = 1, .error = old}};
    struct jangle_checkpoint checkpoint = {
        .subscriber = "printer", .from = -1, .error = old};
    struct jangle_saga_record sagas[] = {
        {.saga = "transfer", .id = "a", .version = 1, .error = old},
        {.saga = "transfer", .id = "b", .version = 1, .with = &appends[0], .error = old}};
    struct jangle_delivery_step steps[] = {
        {"sender", 7, {.id = "one............", .type = "credit"}, NULL, old},
        {"sender", 7, {.id = "two............", .type = "debit"}, &appends[0], old}};

    commit_group(
        world, &(struct jangle_group){appends, 2, &checkpoint, 1, sagas, 2, steps, 2, 0});
    assert_says_nothing(&appends[0].error);
    assert_says_why(&appends[1].error, JANGLE_CONFLICT);
    assert_null(strstr(appends[1].error.message, "earlier"));
    assert_says_nothing(&checkpoint.error);
    for (int i = 0; i < 2; i++) {
        assert_says_nothing(&sagas[i].error);
        assert_says_nothing(&steps[i].error);
    }
}

static void st_24_parts_that_fail_together_share_their_error(void **state)
{
    struct world *world = *state;
    struct jangle_record one = record_of("a", 1), other = record_of("b", 5);
    struct jangle_append appends[] = {{.records = &one, .count = 1},
                                      {.records = &other, .count = 1}};
    struct jangle_saga_record saga = {
        .saga = "transfer", .id = "t7", .version = 9, .with = &appends[0]};
    struct jangle_delivery_step step = {
        "sender", 7, {.id = "one............", .type = "credit"}, &appends[1], {0}};

    commit_group(world,
                 &(struct jangle_group){appends, 2, NULL, 0, &saga, 1, &step, 1, 0});
    assert_says_why(&saga.error, JANGLE_CONFLICT);
    assert_non_null(strstr(saga.error.message, "t7"));
    assert_memory_equal(&appends[0].error, &saga.error, sizeof saga.error.result);
    assert_string_equal(appends[0].error.message, saga.error.message);
    assert_says_why(&step.error, JANGLE_CONFLICT);
    assert_string_equal(appends[1].error.message, step.error.message);
    assert_int_equal(head_of(world), 0);
}

/* What was stored before is stored, and its saga alone says why it is not. */
static void st_24_an_append_that_was_stored_before_says_nothing(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 1);
    struct jangle_append append = {.command_id = "c-1", .records = &record, .count = 1};
    struct jangle_saga_record saga = {
        .saga = "transfer", .id = "t7", .version = 9, .with = &append};

    assert_result(commit_append(world, &append), JANGLE_OK);
    commit_group(world,
                 &(struct jangle_group){&append, 1, NULL, 0, &saga, 1, NULL, 0, 0});
    assert_true(append.repeated);
    assert_says_nothing(&append.error);
    assert_says_why(&saga.error, JANGLE_CONFLICT);
}

/* ---- operations -------------------------------------------------------------- */

static void st_24_what_is_not_found_is_named(void **state)
{
    struct world *world = *state;
    const struct jangle_store_ops *ops = world->store->ops;
    struct jangle_error errors[5] = {{0}};
    struct jangle_receipt receipt;
    struct jangle_checkpoint checkpoint;
    struct counting counting = {0};

    move_checkpoint(world, "printer", -1, 0);
    assert_result(ops->find_command(world->store, "c-9", &receipt, &errors[0]),
                  JANGLE_NOT_FOUND);
    assert_result(ops->find_checkpoint(world->store, "nobody", &checkpoint, &errors[1]),
                  JANGLE_NOT_FOUND);
    assert_result(
        ops->read_saga(world->store, "transfer", "t9", count_saga, &counting, &errors[2]),
        JANGLE_NOT_FOUND);
    assert_result(ops->rename(world->store, "nobody", "sender", &errors[3]),
                  JANGLE_NOT_FOUND);
    assert_result(ops->rename(world->store, "printer", "printer", &errors[4]),
                  JANGLE_CONFLICT);
    for (int i = 0; i < 4; i++)
        assert_says_why(&errors[i], JANGLE_NOT_FOUND);
    assert_says_why(&errors[4], JANGLE_CONFLICT);
    assert_non_null(strstr(errors[0].message, "c-9"));
    assert_non_null(strstr(errors[1].message, "nobody"));
    assert_non_null(strstr(errors[2].message, "t9"));
}

static void st_24_damage_says_where(void **state)
{
    struct world *world = *state;
    struct counting counting = {0};

    if (!world->backend->damage)
        skip();
    store_events(world, "a", 2);
    world_damage(world, 2);
    memset(&world->error, 0, sizeof world->error);
    assert_result(world->store->ops->read_stream(world->store, "account", "a", 0,
                                                 count_record, &counting, &world->error),
                  JANGLE_STORAGE);
    assert_says_why(&world->error, JANGLE_STORAGE);
}

int store_result_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(st_24_each_part_that_is_refused_says_why),
        WORLD_TEST(st_24_a_part_that_is_stored_says_nothing),
        WORLD_TEST(st_24_parts_that_fail_together_share_their_error),
        WORLD_TEST(st_24_an_append_that_was_stored_before_says_nothing),
        WORLD_TEST(st_24_what_is_not_found_is_named),
        WORLD_TEST(st_24_damage_says_where),
    };

    return world_run("store: results", tests, sizeof tests / sizeof *tests, backend);
}
