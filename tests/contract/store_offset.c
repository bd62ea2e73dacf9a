/* store_offset.c - ST-30: checkpoints that are stored only with their appends, as a
 * consumer stores how far it has read a log. */
#include "contract/store.h"

/* Three appends and a checkpoint of a log, as one commit; the checkpoint names the last
 * two. */
struct batch {
    struct jangle_record records[3];
    struct jangle_append appends[3];
    struct jangle_checkpoint checkpoint;
};

static struct batch make_batch(void)
{
    return (struct batch){
        .records = {record_of("a", 0), record_of("b", 0), record_of("c", 0)},
        .appends = {{.command_id = "m-1"}, {.command_id = "m-2"}, {.command_id = "m-3"}},
        .checkpoint = {.subscriber = "watch#orders/3", .from = -1, .position = 7},
    };
}

static void commit_batch(struct world *world, struct batch *batch)
{
    for (size_t i = 0; i < 3; i++) {
        batch->appends[i].records = &batch->records[i];
        batch->appends[i].count = 1;
    }
    batch->checkpoint.with = &batch->appends[1];
    batch->checkpoint.with_count = 2;
    commit_group(world, &(struct jangle_group){.appends = batch->appends,
                                               .append_count = 3,
                                               .checkpoints = &batch->checkpoint,
                                               .checkpoint_count = 1});
}

static void assert_stays(struct world *world, const struct batch *batch)
{
    assert_result(batch->checkpoint.error.result, JANGLE_CONFLICT);
    assert_non_null(strstr(batch->checkpoint.error.message, "watch#orders/3"));
    world_reopen(world);
    assert_int_equal(checkpoint_of(world, "watch#orders/3"), -1);
}

static void st_30_a_checkpoint_is_stored_with_the_appends_that_it_names(void **state)
{
    struct world *world = *state;
    struct batch batch = make_batch();

    commit_batch(world, &batch);
    world_reopen(world);
    assert_result(batch.checkpoint.error.result, JANGLE_OK);
    assert_int_equal(head_of(world), 3);
    assert_int_equal(checkpoint_of(world, "watch#orders/3"), 7);
}

static void st_30_an_append_that_is_refused_keeps_the_checkpoint_back(void **state)
{
    struct world *world = *state;

    for (int refused = 1; refused <= 2; refused++) {
        struct batch batch = make_batch();

        for (int i = 0; i < 3; i++)
            batch.appends[i].command_id = NULL;
        batch.records[refused].version = 9;
        commit_batch(world, &batch);
        assert_result(batch.appends[refused].error.result, JANGLE_CONFLICT);
        assert_stays(world, &batch);
    }
}

static void st_30_an_append_that_can_never_be_stored_does_so_too(void **state)
{
    struct world *world = *state;
    struct batch batch = make_batch();

    batch.records[2].id = NULL;
    commit_batch(world, &batch);
    assert_result(batch.appends[2].error.result, JANGLE_INVALID);
    assert_stays(world, &batch);
    assert_int_equal(head_of(world), 2);
}

/* Only who asked for the append knows whether it was the same one. */
static void st_30_an_append_of_an_earlier_commit_keeps_the_checkpoint_back(void **state)
{
    struct world *world = *state;

    for (int before = 1; before <= 2; before++) {
        struct batch batch = make_batch();
        struct jangle_record record = batch.records[before];
        struct jangle_append append = batch.appends[before];

        append.records = &record;
        append.count = 1;
        assert_result(commit_append(world, &append), JANGLE_OK);
        commit_batch(world, &batch);
        assert_true(batch.appends[before].repeated);
        assert_stays(world, &batch);
    }
}

static void st_30_other_appends_of_the_group_do_not_matter(void **state)
{
    struct world *world = *state;
    struct batch batch = make_batch();

    batch.records[0].version = 9;
    commit_batch(world, &batch);
    assert_result(batch.appends[0].error.result, JANGLE_CONFLICT);
    assert_result(batch.checkpoint.error.result, JANGLE_OK);
    assert_int_equal(checkpoint_of(world, "watch#orders/3"), 7);
}

static void st_30_a_checkpoint_that_is_refused_fails_none_of_its_appends(void **state)
{
    struct world *world = *state;
    struct batch batch = make_batch();

    batch.checkpoint.from = 5;
    commit_batch(world, &batch);
    for (size_t i = 0; i < 3; i++)
        assert_result(batch.appends[i].error.result, JANGLE_OK);
    assert_int_equal(head_of(world), 3);
    assert_stays(world, &batch);
}

/* The name of a log may be longer than that of a subscriber. */
static void st_10_a_checkpoint_of_a_log_says_that_its_offset_is_lost(void **state)
{
    struct world *world = *state;
    char name[300];
    struct jangle_checkpoint lost = {.subscriber = name,
                                     .from = -1,
                                     .position = 12,
                                     .suspended_for = JANGLE_SUSPENDED_OFFSET,
                                     .suspended_at = {1700000000123456},
                                     .reason = "it has no offset 11: it begins at 40"};
    struct jangle_checkpoint found = {0};

    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_result(commit_checkpoint(world, &lost), JANGLE_OK);
    world_reopen(world);
    assert_result(
        world->store->ops->find_checkpoint(world->store, name, &found, &world->error),
        JANGLE_OK);
    assert_int_equal(found.position, 12);
    assert_int_equal(found.suspended_for, JANGLE_SUSPENDED_OFFSET);
    assert_int_equal(found.suspended_at.us, 1700000000123456);
    assert_string_equal(found.reason, "it has no offset 11: it begins at 40");
}

int store_offset_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(st_30_a_checkpoint_is_stored_with_the_appends_that_it_names),
        WORLD_TEST(st_30_an_append_that_is_refused_keeps_the_checkpoint_back),
        WORLD_TEST(st_30_an_append_that_can_never_be_stored_does_so_too),
        WORLD_TEST(st_30_an_append_of_an_earlier_commit_keeps_the_checkpoint_back),
        WORLD_TEST(st_30_other_appends_of_the_group_do_not_matter),
        WORLD_TEST(st_30_a_checkpoint_that_is_refused_fails_none_of_its_appends),
        WORLD_TEST(st_10_a_checkpoint_of_a_log_says_that_its_offset_is_lost),
    };

    return world_run("offsets of logs", tests, sizeof tests / sizeof *tests, backend);
}
