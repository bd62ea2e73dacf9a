/* store_command.c - ST-2 and ST-9: command ids, and what is remembered under them. */
#include "contract/store.h"

static struct jangle_append command(const char *command_id, struct jangle_record *record)
{
    return (struct jangle_append){
        .command_id = command_id,
        .records = record,
        .count = 1,
        .receipt = {.fingerprint = "a fingerprint..", .version = 1, .reply = "000001"},
    };
}

static void assert_receipt(const struct jangle_receipt *receipt,
                           const struct jangle_receipt *expected)
{
    assert_memory_equal(receipt->fingerprint, expected->fingerprint,
                        sizeof expected->fingerprint);
    assert_int_equal(receipt->position, expected->position);
    assert_int_equal(receipt->version, expected->version);
    assert_string_equal(receipt->reply, expected->reply);
}

static void st_02_a_command_that_was_stored_is_not_stored_again(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 1), again = record_of("a", 1);
    struct jangle_append first = command("c-1", &record), second = command("c-1", &again);

    store_events(world, "z", 3);
    assert_result(commit_append(world, &first), JANGLE_OK);
    assert_false(first.repeated);
    world_reopen(world);
    memset(second.receipt.fingerprint, 9, sizeof second.receipt.fingerprint);
    snprintf(second.receipt.reply, sizeof second.receipt.reply, "another");
    second.receipt.version = 8;
    assert_result(commit_append(world, &second), JANGLE_OK);
    assert_true(second.repeated);
    assert_receipt(&second.receipt, &first.receipt);
    assert_int_equal(second.receipt.position, 4);
    assert_int_equal(head_of(world), 4);
}

static void st_02_a_repeated_command_is_ok_though_it_would_conflict_now(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 1);
    const struct jangle_condition none = {"account", "a", 0};
    struct jangle_append append = command("c-1", &record);

    append.conditions = &none;
    append.condition_count = 1;
    assert_result(commit_append(world, &append), JANGLE_OK);
    store_events(world, "a", 5);
    record = record_of("a", 1);
    assert_result(commit_append(world, &append), JANGLE_OK);
    assert_true(append.repeated);
    assert_int_equal(append.receipt.position, 1);
    assert_int_equal(head_of(world), 6);
}

static void st_02_of_two_equal_commands_in_a_group_the_second_is_repeated(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 0), again = record_of("a", 0);
    struct jangle_append appends[] = {command("c-1", &record), command("c-1", &again)};

    memset(appends[1].receipt.fingerprint, 9, sizeof appends[1].receipt.fingerprint);
    commit_group(world, &(struct jangle_group){.appends = appends, .append_count = 2});
    assert_result(appends[0].error.result, JANGLE_OK);
    assert_result(appends[1].error.result, JANGLE_OK);
    assert_false(appends[0].repeated);
    assert_true(appends[1].repeated);
    assert_receipt(&appends[1].receipt, &appends[0].receipt);
    assert_int_equal(head_of(world), 1);
}

static void st_02_a_refused_command_may_come_again(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 5);
    struct jangle_append append = command("c-1", &record);

    assert_result(commit_append(world, &append), JANGLE_CONFLICT);
    assert_int_equal(position_of_command(world, "c-1"), -1);
    record.version = 1;
    assert_result(commit_append(world, &append), JANGLE_OK);
    assert_false(append.repeated);
    assert_int_equal(position_of_command(world, "c-1"), 1);
}

static void st_02_after_a_refused_command_its_equal_in_the_group_is_tried(void **state)
{
    struct world *world = *state;
    struct jangle_record wrong = record_of("a", 5), right = record_of("a", 1);
    struct jangle_append appends[] = {command("c-1", &wrong), command("c-1", &right)};

    commit_group(world, &(struct jangle_group){.appends = appends, .append_count = 2});
    assert_result(appends[0].error.result, JANGLE_CONFLICT);
    assert_result(appends[1].error.result, JANGLE_OK);
    assert_false(appends[1].repeated);
    assert_int_equal(position_of_command(world, "c-1"), 1);
}

static void st_02_a_command_without_an_id_is_not_remembered(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 0);
    struct jangle_append append = command(NULL, &record);

    assert_result(commit_append(world, &append), JANGLE_OK);
    record.version = 0;
    assert_result(commit_append(world, &append), JANGLE_OK);
    assert_false(append.repeated);
    assert_int_equal(head_of(world), 2);
}

static void st_09_a_stored_command_is_found_with_all_of_its_receipt(void **state)
{
    struct world *world = *state;
    struct jangle_record records[] = {record_of("a", 1), record_of("a", 2)};
    struct jangle_append append = command("c-1", records);
    struct jangle_receipt found = {.position = 0};

    append.count = 2;
    append.receipt.version = 2;
    memset(append.receipt.reply, 'r', sizeof append.receipt.reply - 1);
    assert_result(commit_append(world, &append), JANGLE_OK);
    world_reopen(world);
    assert_result(
        world->store->ops->find_command(world->store, "c-1", &found, &world->error),
        JANGLE_OK);
    assert_receipt(&found, &append.receipt);
    assert_int_equal(found.position, 2);
    assert_int_equal(found.version, 2);
}

static void st_09_a_command_that_was_never_stored_is_not_found(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 1);
    struct jangle_append append = command("c-1", &record);

    assert_int_equal(position_of_command(world, "c-1"), -1);
    assert_result(commit_append(world, &append), JANGLE_OK);
    assert_int_equal(position_of_command(world, "c-1"), 1);
    assert_int_equal(position_of_command(world, "c-10"), -1);
    assert_int_equal(position_of_command(world, "C-1"), -1);
    assert_int_equal(position_of_command(world, ""), -1);
}

static void st_09_each_command_has_its_own_receipt(void **state)
{
    struct world *world = *state;
    char id[16];

    for (int i = 1; i <= 200; i++) {
        struct jangle_record record = record_of("a", 0);
        struct jangle_append append = command(id, &record);

        snprintf(id, sizeof id, "c-%d", i);
        assert_result(commit_append(world, &append), JANGLE_OK);
    }
    world_reopen(world);
    for (int i = 1; i <= 200; i++) {
        snprintf(id, sizeof id, "c-%d", i);
        assert_int_equal(position_of_command(world, id), i);
    }
}

static void st_09_a_command_of_another_process_is_found(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 1);
    struct jangle_append append = command("c-1", &record);
    struct jangle_stores other;

    if (!world->backend->durable)
        skip();
    other = world_open_another(world, world->path);
    assert_int_equal(position_of_command(world, "c-1"), -1);
    assert_result(other.store->ops->commit(
                      other.store,
                      &(struct jangle_group){.appends = &append, .append_count = 1},
                      &world->error),
                  JANGLE_OK);
    assert_int_equal(position_of_command(world, "c-1"), 1);
    record = record_of("a", 1);
    append = command("c-1", &record);
    assert_result(commit_append(world, &append), JANGLE_OK);
    assert_true(append.repeated);
    world_close_another(&other);
}

static void st_25_an_append_of_nothing_is_remembered_if_it_asks(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 1);
    struct jangle_append refused = command("c-1", NULL), again = command("c-1", &record);

    refused.count = 0;
    refused.remember_at = (jangle_time){1234567};
    assert_result(commit_append(world, &refused), JANGLE_OK);
    assert_false(refused.repeated);
    assert_int_equal(refused.receipt.position, 0);
    world_reopen(world);
    assert_int_equal(position_of_command(world, "c-1"), 0);
    assert_result(commit_append(world, &again), JANGLE_OK);
    assert_true(again.repeated);
    assert_receipt(&again.receipt, &refused.receipt);
    assert_int_equal(head_of(world), 0);
}

static void st_25_without_a_time_an_append_of_nothing_leaves_nothing(void **state)
{
    struct world *world = *state;
    struct jangle_append nothing = command("c-1", NULL);

    nothing.count = 0;
    assert_result(commit_append(world, &nothing), JANGLE_OK);
    assert_int_equal(position_of_command(world, "c-1"), -1);
}

static void st_25_what_is_remembered_depends_on_its_conditions(void **state)
{
    struct world *world = *state;
    const struct jangle_condition moved = {"account", "a", 0};
    struct jangle_append refused = command("c-1", NULL);

    store_events(world, "a", 1);
    refused.count = 0;
    refused.remember_at = (jangle_time){1234567};
    refused.conditions = &moved;
    refused.condition_count = 1;
    assert_result(commit_append(world, &refused), JANGLE_CONFLICT);
    assert_int_equal(position_of_command(world, "c-1"), -1);
}

/* In one group with appends that store records, and with one that is refused. */
static void st_25_several_are_remembered_in_one_group(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 0), wrong = record_of("a", 9);
    struct jangle_append appends[] = {command("c-1", NULL), command("c-2", &record),
                                      command("c-3", &wrong), command("c-4", NULL)};

    appends[0].count = appends[3].count = 0;
    appends[0].remember_at = appends[3].remember_at = (jangle_time){1234567};
    commit_group(world, &(struct jangle_group){.appends = appends, .append_count = 4});
    assert_result(appends[0].error.result, JANGLE_OK);
    assert_result(appends[1].error.result, JANGLE_OK);
    assert_result(appends[2].error.result, JANGLE_CONFLICT);
    assert_result(appends[3].error.result, JANGLE_OK);
    assert_int_equal(position_of_command(world, "c-1"), 0);
    assert_int_equal(position_of_command(world, "c-2"), 1);
    assert_int_equal(position_of_command(world, "c-3"), -1);
    assert_int_equal(position_of_command(world, "c-4"), 0);
}

int store_command_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(st_02_a_command_that_was_stored_is_not_stored_again),
        WORLD_TEST(st_02_a_repeated_command_is_ok_though_it_would_conflict_now),
        WORLD_TEST(st_02_of_two_equal_commands_in_a_group_the_second_is_repeated),
        WORLD_TEST(st_02_a_refused_command_may_come_again),
        WORLD_TEST(st_02_after_a_refused_command_its_equal_in_the_group_is_tried),
        WORLD_TEST(st_02_a_command_without_an_id_is_not_remembered),
        WORLD_TEST(st_09_a_stored_command_is_found_with_all_of_its_receipt),
        WORLD_TEST(st_09_a_command_that_was_never_stored_is_not_found),
        WORLD_TEST(st_09_each_command_has_its_own_receipt),
        WORLD_TEST(st_09_a_command_of_another_process_is_found),
        WORLD_TEST(st_25_an_append_of_nothing_is_remembered_if_it_asks),
        WORLD_TEST(st_25_without_a_time_an_append_of_nothing_leaves_nothing),
        WORLD_TEST(st_25_what_is_remembered_depends_on_its_conditions),
        WORLD_TEST(st_25_several_are_remembered_in_one_group),
    };

    return world_run("commands", tests, sizeof tests / sizeof *tests, backend);
}
