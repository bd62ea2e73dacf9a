/* store_epoch.c - ST-31: a group says in which epoch it was stored, and stores nothing
 * that was decided in another one. */
#include "contract/store.h"

static int64_t epoch_of(struct world *world)
{
    unsigned char id[JANGLE_ID_SIZE];
    int64_t epoch = 0;

    assert_result(world->store->ops->identify(world->store, id, &epoch, &world->error),
                  JANGLE_OK);
    return epoch;
}

/* One event at the end of account/ID, decided in that epoch; the result of the append.
 * The group's epoch goes to `told`. */
static enum jangle_result commit_in_epoch(struct world *world,
                                          const char *command_id,
                                          const char *id,
                                          int64_t epoch,
                                          int64_t *told)
{
    struct jangle_record record = record_of(id, 0);
    struct jangle_append append = {
        .command_id = command_id, .records = &record, .count = 1, .epoch = epoch};
    struct jangle_group group = {.appends = &append, .append_count = 1, .epoch = -1};

    commit_group(world, &group);
    *told = group.epoch;
    return append.error.result;
}

static void st_31_a_group_tells_the_epoch_of_the_store(void **state)
{
    struct world *world = *state;
    struct jangle_checkpoint checkpoint = {
        .subscriber = "printer", .from = -1, .position = 0};
    struct jangle_group group = {
        .checkpoints = &checkpoint, .checkpoint_count = 1, .epoch = -1};
    int64_t told;

    assert_result(commit_in_epoch(world, NULL, "a", 0, &told), JANGLE_OK);
    assert_int_equal(told, epoch_of(world));
    commit_group(world, &group);
    assert_int_equal(group.epoch, epoch_of(world));
    assert_result(commit_in_epoch(world, NULL, "a", told + 1, &told), JANGLE_CONFLICT);
    assert_int_equal(told, epoch_of(world));
}

static void st_31_what_was_decided_in_another_epoch_conflicts(void **state)
{
    struct world *world = *state;
    struct jangle_record one = record_of("a", 1), other = record_of("b", 1);
    struct jangle_append appends[] = {
        {.records = &one, .count = 1, .epoch = epoch_of(world) + 1},
        {.records = &other, .count = 1, .epoch = epoch_of(world)}};
    int64_t told;

    commit_group(world, &(struct jangle_group){.appends = appends, .append_count = 2});
    assert_result(appends[0].error.result, JANGLE_CONFLICT);
    assert_non_null(strstr(appends[0].error.message, "epoch"));
    assert_result(appends[1].error.result, JANGLE_OK);
    assert_string_equal(show_all(world, 0, 9), "1:account/b@1");
    for (int64_t apart = 1; apart <= 2; apart++)
        assert_result(commit_in_epoch(world, "c-1", "a", epoch_of(world) + apart, &told),
                      JANGLE_CONFLICT);
    assert_int_equal(position_of_command(world, "c-1"), -1);
    assert_int_equal(head_of(world), 1);
}

static void st_31_a_receipt_is_of_its_epoch_too(void **state)
{
    struct world *world = *state;
    struct jangle_append append = {
        .command_id = "c-1", .remember_at = {5}, .epoch = epoch_of(world) + 1};

    assert_result(commit_append(world, &append), JANGLE_CONFLICT);
    assert_int_equal(position_of_command(world, "c-1"), -1);
    append.epoch = epoch_of(world);
    assert_result(commit_append(world, &append), JANGLE_OK);
    assert_int_equal(position_of_command(world, "c-1"), 0);
}

static void st_31_no_epoch_is_any(void **state)
{
    struct world *world = *state;
    int64_t told;

    assert_result(commit_in_epoch(world, NULL, "a", 0, &told), JANGLE_OK);
    assert_int_equal(head_of(world), 1);
}

static void st_31_a_command_that_is_stored_already_is_repeated_in_any_epoch(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 0);
    struct jangle_append append = {.command_id = "c-1", .records = &record, .count = 1};

    assert_result(commit_append(world, &append), JANGLE_OK);
    append.epoch = epoch_of(world) + 1;
    assert_result(commit_append(world, &append), JANGLE_OK);
    assert_true(append.repeated);
    assert_int_equal(head_of(world), 1);
}

static void store_one(struct world *world)
{
    store_events(world, "a", 1);
}

/* One program dies, and another one, which opens the store then, passes the fence. This
 * one has the store open all the time. */
static void st_31_a_fence_that_another_has_passed_is_in_the_epoch(void **state)
{
    struct world *world = *state;
    struct world_mortal dies, passes;
    int64_t before, after, told;

    if (!world->backend->durable)
        skip();
    dies = world_beside_a_mortal(world, store_one);
    passes = world_beside_a_mortal(world, store_one);
    assert_result(commit_in_epoch(world, NULL, "b", 0, &before), JANGLE_OK);
    world_let_die(&dies);
    world_let_die(&passes);
    assert_result(commit_in_epoch(world, NULL, "b", before, &after), JANGLE_CONFLICT);
    assert_true(after > before);
    assert_int_equal(after, epoch_of(world));
    assert_int_equal(version_of(world, "account", "b"), 1);
    assert_result(commit_in_epoch(world, NULL, "b", after, &told), JANGLE_OK);
    assert_int_equal(told, after);
}

/* The same, but it was passed when the store was opened. */
static void st_31_a_fence_of_an_opening_is_in_the_epoch(void **state)
{
    struct world *world = *state;
    int64_t before, told;

    if (!world->backend->durable)
        skip();
    assert_result(commit_in_epoch(world, NULL, "b", 0, &before), JANGLE_OK);
    world_in_other_processes(world, 1, store_one);
    assert_result(commit_in_epoch(world, NULL, "b", before, &told), JANGLE_CONFLICT);
    assert_int_equal(told, epoch_of(world));
    assert_true(told > before);
}

int store_epoch_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(st_31_a_group_tells_the_epoch_of_the_store),
        WORLD_TEST(st_31_what_was_decided_in_another_epoch_conflicts),
        WORLD_TEST(st_31_a_receipt_is_of_its_epoch_too),
        WORLD_TEST(st_31_no_epoch_is_any),
        WORLD_TEST(st_31_a_command_that_is_stored_already_is_repeated_in_any_epoch),
        WORLD_TEST(st_31_a_fence_that_another_has_passed_is_in_the_epoch),
        WORLD_TEST(st_31_a_fence_of_an_opening_is_in_the_epoch),
    };

    return world_run("store: epochs", tests, sizeof tests / sizeof *tests, backend);
}
