/* store_commit.c - ST-1, ST-3 and ST-4: groups, their parts, and what they come to. */
#include "contract/store.h"

/* ---- ST-1: each part on its own result, durably ------------------------------ */

static void st_01_each_part_of_a_group_has_its_own_result(void **state)
{
    struct world *world = *state;
    struct jangle_record good = record_of("a", 1), bad = record_of("b", 3);
    struct jangle_append appends[] = {{.records = &bad, .count = 1},
                                      {.records = &good, .count = 1}};
    struct jangle_checkpoint checkpoints[] = {
        {.subscriber = "late", .from = 4, .position = 5},
        {.subscriber = "printer", .from = -1, .position = 0}};
    struct jangle_saga_record sagas[] = {{.saga = "transfer", .id = "a", .version = 2},
                                         {.saga = "transfer", .id = "b", .version = 1}};

    commit_group(
        world, &(struct jangle_group){appends, 2, checkpoints, 2, sagas, 2, NULL, 0, 0});
    world_reopen(world);
    assert_result(appends[0].error.result, JANGLE_CONFLICT);
    assert_result(appends[1].error.result, JANGLE_OK);
    assert_result(checkpoints[0].error.result, JANGLE_CONFLICT);
    assert_result(checkpoints[1].error.result, JANGLE_OK);
    assert_result(sagas[0].error.result, JANGLE_CONFLICT);
    assert_result(sagas[1].error.result, JANGLE_OK);
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1");
    assert_string_equal(show_checkpoints(world), "printer=0");
    assert_string_equal(show_saga(world, "transfer", "a"), "NOT_FOUND");
    assert_string_equal(show_saga(world, "transfer", "b"), "transfer/b@1");
}

static void st_01_a_group_of_nothing_is_ok(void **state)
{
    struct world *world = *state;

    commit_group(world, &(struct jangle_group){.appends = NULL});
    assert_int_equal(head_of(world), 0);
}

static void st_01_a_group_may_hold_hundreds_of_commands(void **state)
{
    enum { COUNT = 600 };
    struct world *world = *state;
    static struct jangle_record records[COUNT];
    static struct jangle_append appends[COUNT];
    static char ids[COUNT][16];

    for (int i = 0; i < COUNT; i++) {
        snprintf(ids[i], sizeof ids[i], "%d", i);
        records[i] = record_of(ids[i], 1);
        appends[i] = (struct jangle_append){
            .command_id = ids[i], .records = &records[i], .count = 1};
    }
    commit_group(world,
                 &(struct jangle_group){.appends = appends, .append_count = COUNT});
    world_reopen(world);
    for (int i = 0; i < COUNT; i++) {
        assert_result(appends[i].error.result, JANGLE_OK);
        assert_int_equal(records[i].position, i + 1);
        assert_int_equal(version_of(world, "account", ids[i]), 1);
        assert_int_equal(position_of_command(world, ids[i]), i + 1);
    }
    assert_int_equal(head_of(world), COUNT);
}

/* One of everything that a store keeps. */
static void store_one_of_each(struct world *world)
{
    struct jangle_record record = record_of("a", 1);
    struct jangle_append append = {.command_id = "c-1", .records = &record, .count = 1};
    struct jangle_parked parked = {.subscriber = "printer", .key = "a", .position = 1};
    struct jangle_checkpoint checkpoint = {.subscriber = "printer",
                                           .from = -1,
                                           .position = 1,
                                           .event_id = "an event's id",
                                           .parked = &parked,
                                           .parked_count = 1};
    struct jangle_step step = {.id = "a step's id....", .type = "credit"};
    struct jangle_saga_record saga = {
        .saga = "transfer", .id = "a", .version = 1, .steps = &step, .step_count = 1};
    struct jangle_delivery_step sent = {
        .subscriber = "printer",
        .event_position = 1,
        .step = {.id = "a command's id.", .kind = JANGLE_STEP_COMMAND, .type = "print"}};

    commit_group(
        world, &(struct jangle_group){&append, 1, &checkpoint, 1, &saga, 1, &sent, 1, 0});
}

static void assert_one_of_each(struct world *world)
{
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1");
    assert_int_equal(position_of_command(world, "c-1"), 1);
    assert_string_equal(show_checkpoints(world), "printer=1");
    assert_string_equal(show_parked(world, "printer", 0, 9), "a@1");
    assert_string_equal(show_saga(world, "transfer", "a"), "transfer/a@1 credit=OK");
    assert_string_equal(show_delivery(world, "printer", 1), "print=OK()");
}

static void st_01_what_was_committed_is_there_after_a_close(void **state)
{
    struct world *world = *state;

    store_one_of_each(world);
    assert_one_of_each(world);
    world_reopen(world);
    assert_one_of_each(world);
}

static void st_01_what_was_committed_outlives_its_process(void **state)
{
    struct world *world = *state;

    if (!world->backend->durable)
        skip();
    world_in_other_processes(world, 1, store_one_of_each);
    assert_one_of_each(world);
    store_events(world, "a", 1);
    assert_string_equal(show_all(world, 1, 9), "2:account/a@2");
}

static void st_01_what_another_process_committed_is_built_upon(void **state)
{
    struct world *world = *state;
    struct jangle_stores other;

    if (!world->backend->durable)
        skip();
    store_events(world, "a", 1);
    other = world_open_another(world, world->path);
    for (int i = 0; i < 6; i++) {
        struct jangle_record record = record_of("a", i + 2);
        struct jangle_append append = {.records = &record, .count = 1};
        struct jangle_store *store = i % 2 ? world->store : other.store;

        assert_result(store->ops->commit(
                          store,
                          &(struct jangle_group){.appends = &append, .append_count = 1},
                          &world->error),
                      JANGLE_OK);
        assert_result(append.error.result, JANGLE_OK);
        assert_int_equal(record.position, i + 2);
    }
    world_close_another(&other);
    assert_int_equal(version_of(world, "account", "a"), 7);
}

/* ---- ST-3: who fails whom ---------------------------------------------------- */

static void st_03_a_checkpoint_that_conflicts_fails_no_append(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 1);
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_parked parked = {.subscriber = "printer", .key = "a", .position = 1};
    struct jangle_checkpoint checkpoint = {.subscriber = "printer",
                                           .from = 7,
                                           .position = 9,
                                           .event_id = "",
                                           .parked = &parked,
                                           .parked_count = 1};

    move_checkpoint(world, "printer", -1, 3);
    commit_group(world, &(struct jangle_group){.appends = &append,
                                               .append_count = 1,
                                               .checkpoints = &checkpoint,
                                               .checkpoint_count = 1});
    assert_result(checkpoint.error.result, JANGLE_CONFLICT);
    assert_result(append.error.result, JANGLE_OK);
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1");
    assert_string_equal(show_checkpoints(world), "printer=3");
    assert_string_equal(show_parked(world, NULL, 0, 9), "");
}

static void st_03_an_append_that_conflicts_fails_no_checkpoint(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 6);
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_checkpoint checkpoint = {
        .subscriber = "printer", .from = -1, .position = 9};

    commit_group(world, &(struct jangle_group){.appends = &append,
                                               .append_count = 1,
                                               .checkpoints = &checkpoint,
                                               .checkpoint_count = 1});
    assert_result(checkpoint.error.result, JANGLE_OK);
    assert_result(append.error.result, JANGLE_CONFLICT);
    assert_string_equal(show_checkpoints(world), "printer=9");
}

static void st_03_checkpoints_of_one_subscriber_in_a_group_follow_each_other(void **state)
{
    struct world *world = *state;
    struct jangle_checkpoint checkpoints[] = {
        {.subscriber = "printer", .from = -1, .position = 2},
        {.subscriber = "printer", .from = -1, .position = 9},
        {.subscriber = "printer", .from = 2, .position = 4}};

    commit_group(
        world, &(struct jangle_group){.checkpoints = checkpoints, .checkpoint_count = 3});
    assert_result(checkpoints[0].error.result, JANGLE_OK);
    assert_result(checkpoints[1].error.result, JANGLE_CONFLICT);
    assert_result(checkpoints[2].error.result, JANGLE_OK);
    assert_string_equal(show_checkpoints(world), "printer=4");
}

/* A saga's record and a command's append, as one commit; `with` ties them. */
struct pair {
    struct jangle_record records[2];
    struct jangle_append appends[2];
    struct jangle_saga_record saga;
};

static void commit_pair(struct world *world, struct pair *pair, bool tied)
{
    struct jangle_group group = {.appends = pair->appends,
                                 .append_count = 2,
                                 .sagas = &pair->saga,
                                 .saga_count = 1};

    pair->appends[0].records = &pair->records[0];
    pair->appends[1].records = &pair->records[1];
    pair->appends[0].count = pair->appends[1].count = 1;
    pair->saga.saga = "transfer";
    pair->saga.id = "a";
    pair->saga.with = tied ? &pair->appends[1] : NULL;
    commit_group(world, &group);
}

static void st_03_a_saga_that_conflicts_fails_no_append(void **state)
{
    struct world *world = *state;
    struct pair pair = {.records = {record_of("a", 1), record_of("b", 1)},
                        .saga = {.version = 5}};

    commit_pair(world, &pair, false);
    assert_result(pair.saga.error.result, JANGLE_CONFLICT);
    assert_result(pair.appends[0].error.result, JANGLE_OK);
    assert_result(pair.appends[1].error.result, JANGLE_OK);
    assert_int_equal(head_of(world), 2);
    assert_string_equal(show_saga(world, "transfer", "a"), "NOT_FOUND");
}

static void st_03_a_saga_that_conflicts_takes_the_append_it_names_with_it(void **state)
{
    struct world *world = *state;
    struct pair pair = {.records = {record_of("a", 1), record_of("b", 1)},
                        .appends = {{.command_id = "c-1"}, {.command_id = "c-2"}},
                        .saga = {.version = 5}};

    commit_pair(world, &pair, true);
    world_reopen(world);
    assert_result(pair.saga.error.result, JANGLE_CONFLICT);
    assert_result(pair.appends[0].error.result, JANGLE_OK);
    assert_result(pair.appends[1].error.result, JANGLE_CONFLICT);
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1");
    assert_int_equal(position_of_command(world, "c-2"), -1);
    assert_string_equal(show_saga(world, "transfer", "a"), "NOT_FOUND");
}

static void st_03_an_append_that_conflicts_takes_the_saga_with_it(void **state)
{
    struct world *world = *state;
    struct pair pair = {.records = {record_of("a", 1), record_of("b", 4)},
                        .saga = {.version = 1}};

    commit_pair(world, &pair, true);
    world_reopen(world);
    assert_result(pair.saga.error.result, JANGLE_CONFLICT);
    assert_result(pair.appends[0].error.result, JANGLE_OK);
    assert_result(pair.appends[1].error.result, JANGLE_CONFLICT);
    assert_string_equal(show_saga(world, "transfer", "a"), "NOT_FOUND");
}

static void st_03_a_saga_and_the_append_it_names_are_stored_together(void **state)
{
    struct world *world = *state;
    struct pair pair = {.records = {record_of("a", 1), record_of("b", 1)},
                        .saga = {.version = 1}};

    commit_pair(world, &pair, true);
    world_reopen(world);
    assert_result(pair.saga.error.result, JANGLE_OK);
    assert_result(pair.appends[1].error.result, JANGLE_OK);
    assert_int_equal(head_of(world), 2);
    assert_string_equal(show_saga(world, "transfer", "a"), "transfer/a@1");
}

/* The turn is run again after a crash: its command was stored, its step was not. */
static void st_03_a_saga_may_name_an_append_that_was_stored_before(void **state)
{
    struct world *world = *state;
    struct jangle_record before = record_of("b", 1);
    struct jangle_append stored = {.command_id = "c-2", .records = &before, .count = 1};
    struct pair pair = {.records = {record_of("a", 1), record_of("b", 1)},
                        .appends = {{.command_id = "c-1"}, {.command_id = "c-2"}},
                        .saga = {.version = 1}};

    assert_result(commit_append(world, &stored), JANGLE_OK);
    commit_pair(world, &pair, true);
    assert_true(pair.appends[1].repeated);
    assert_result(pair.appends[1].error.result, JANGLE_OK);
    assert_result(pair.saga.error.result, JANGLE_OK);
    assert_string_equal(show_saga(world, "transfer", "a"), "transfer/a@1");
    assert_string_equal(show_all(world, 0, 9), "1:account/b@1 2:account/a@1");
}

/* What was stored stays stored, and is said to be: CONFLICT would deny it. */
static void st_03_an_append_that_was_stored_before_is_ok_without_its_saga(void **state)
{
    struct world *world = *state;
    struct jangle_record before = record_of("b", 1);
    struct jangle_append stored = {.command_id = "c-2", .records = &before, .count = 1};
    struct pair pair = {.records = {record_of("a", 1), record_of("b", 1)},
                        .appends = {{.command_id = "c-1"}, {.command_id = "c-2"}},
                        .saga = {.version = 5}};

    assert_result(commit_append(world, &stored), JANGLE_OK);
    commit_pair(world, &pair, true);
    assert_result(pair.saga.error.result, JANGLE_CONFLICT);
    assert_result(pair.appends[1].error.result, JANGLE_OK);
    assert_true(pair.appends[1].repeated);
    assert_int_equal(pair.appends[1].receipt.position, 1);
    assert_string_equal(show_saga(world, "transfer", "a"), "NOT_FOUND");
    assert_string_equal(show_all(world, 0, 9), "1:account/b@1 2:account/a@1");
}

static void st_03_a_delivery_step_is_stored_with_the_append_it_names_or_not(void **state)
{
    struct world *world = *state;
    struct jangle_record good = record_of("a", 1), bad = record_of("b", 4);
    struct jangle_append appends[] = {{.records = &good, .count = 1},
                                      {.records = &bad, .count = 1}};
    struct jangle_delivery_step steps[] = {
        {"sender", 7, {.id = "one............", .type = "credit"}, &appends[0], {0}},
        {"sender", 7, {.id = "two............", .type = "debit"}, &appends[1], {0}},
        {"sender",
         7,
         {.id = "three..........",
          .type = "print",
          .result = JANGLE_REJECTED,
          .reply = "no paper"},
         NULL,
         {0}}};

    commit_group(world, &(struct jangle_group){.appends = appends,
                                               .append_count = 2,
                                               .steps = steps,
                                               .step_count = 3});
    world_reopen(world);
    assert_result(appends[0].error.result, JANGLE_OK);
    assert_result(appends[1].error.result, JANGLE_CONFLICT);
    assert_string_equal(show_delivery(world, "sender", 7),
                        "credit=OK() print=REJECTED(no paper)");
}

/* ---- ST-4: the result of the whole commit ------------------------------------- */

static void st_04_ok_says_that_every_part_has_its_result(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 1);
    struct jangle_append append = {
        .records = &record, .count = 1, .repeated = true, .error = {JANGLE_UNKNOWN, "?"}};
    struct jangle_checkpoint checkpoint = {
        .subscriber = "printer", .from = -1, .error = {JANGLE_UNKNOWN, "?"}};
    struct jangle_saga_record saga = {
        .saga = "transfer", .id = "a", .version = 1, .error = {JANGLE_UNKNOWN, "?"}};

    commit_group(
        world, &(struct jangle_group){&append, 1, &checkpoint, 1, &saga, 1, NULL, 0, 0});
    assert_result(append.error.result, JANGLE_OK);
    assert_false(append.repeated);
    assert_result(checkpoint.error.result, JANGLE_OK);
    assert_result(saga.error.result, JANGLE_OK);
}

/* One try to commit much at once with memory that runs out at the n-th request. */
static enum jangle_result try_without_memory(struct world *world, int64_t fail_at)
{
    struct jangle_record records[] = {record_of("a", 0), record_of("b", 0),
                                      record_of("c", 0)};
    struct jangle_append appends[] = {
        {.command_id = "c-1", .records = records, .count = 2},
        {.command_id = "c-2", .records = &records[2], .count = 1}};
    struct jangle_parked parked[] = {
        {.subscriber = "printer", .key = "a", .position = 4},
        {.subscriber = "printer", .key = "b", .position = 5}};
    struct jangle_checkpoint checkpoint = {.subscriber = "printer",
                                           .from = 3,
                                           .position = 5,
                                           .event_id = "",
                                           .parked = parked,
                                           .parked_count = 2};
    struct jangle_step step = {.id = "a step's id....", .type = "credit"};
    struct jangle_saga_record saga = {
        .saga = "transfer", .id = "a", .version = 1, .steps = &step, .step_count = 1};
    struct jangle_delivery_step sent = {
        .subscriber = "sender",
        .event_position = 1,
        .step = {.id = "a command's id.", .type = "print"},
        .with = &appends[1]};
    struct jangle_group group = {appends, 2, &checkpoint, 1, &saga, 1, &sent, 1, 0};
    enum jangle_result result;

    failing_allocator_arm(&world->host.memory, fail_at);
    memset(&world->error, 0, sizeof world->error);
    result = world->store->ops->commit(world->store, &group, &world->error);
    failing_allocator_arm(&world->host.memory, 0);
    return result;
}

static void st_04_without_memory_nothing_at_all_is_stored(void **state)
{
    struct world *world = *state;
    enum jangle_result result;
    int64_t at = 0;

    store_events(world, "a", 3);
    move_checkpoint(world, "printer", -1, 3);
    while ((result = try_without_memory(world, ++at)) != JANGLE_OK) {
        assert_result(result, JANGLE_NO_MEMORY);
        assert_true(world->error.message[0] != '\0');
        assert_int_equal(head_of(world), 3);
        assert_int_equal(position_of_command(world, "c-1"), -1);
        assert_string_equal(show_checkpoints(world), "printer=3");
        assert_string_equal(show_parked(world, NULL, 0, 9), "");
        assert_string_equal(show_saga(world, "transfer", "a"), "NOT_FOUND");
        assert_string_equal(show_delivery(world, "sender", 1), "");
    }
    assert_int_equal(head_of(world), 6);
    assert_int_equal(position_of_command(world, "c-2"), 6);
    assert_string_equal(show_parked(world, NULL, 0, 9), "a@4 b@5");
    assert_string_equal(show_saga(world, "transfer", "a"), "transfer/a@1 credit=OK");
}

int store_commit_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(st_01_each_part_of_a_group_has_its_own_result),
        WORLD_TEST(st_01_a_group_of_nothing_is_ok),
        WORLD_TEST(st_01_a_group_may_hold_hundreds_of_commands),
        WORLD_TEST(st_01_what_was_committed_is_there_after_a_close),
        WORLD_TEST(st_01_what_was_committed_outlives_its_process),
        WORLD_TEST(st_01_what_another_process_committed_is_built_upon),
        WORLD_TEST(st_03_a_checkpoint_that_conflicts_fails_no_append),
        WORLD_TEST(st_03_an_append_that_conflicts_fails_no_checkpoint),
        WORLD_TEST(st_03_checkpoints_of_one_subscriber_in_a_group_follow_each_other),
        WORLD_TEST(st_03_a_saga_that_conflicts_fails_no_append),
        WORLD_TEST(st_03_a_saga_that_conflicts_takes_the_append_it_names_with_it),
        WORLD_TEST(st_03_an_append_that_conflicts_takes_the_saga_with_it),
        WORLD_TEST(st_03_a_saga_and_the_append_it_names_are_stored_together),
        WORLD_TEST(st_03_a_saga_may_name_an_append_that_was_stored_before),
        WORLD_TEST(st_03_an_append_that_was_stored_before_is_ok_without_its_saga),
        WORLD_TEST(st_03_a_delivery_step_is_stored_with_the_append_it_names_or_not),
        WORLD_TEST(st_04_ok_says_that_every_part_has_its_result),
        WORLD_TEST(st_04_without_memory_nothing_at_all_is_stored),
    };

    return world_run("commits", tests, sizeof tests / sizeof *tests, backend);
}
