/* store_chain.c - ST-32: appends that are tied are stored together, or none of them is.
 */
#include "contract/store.h"

/* Three appends of one record each, of which the last two are tied to the one before. */
enum { LINKS = 3 };

struct chain {
    struct jangle_record records[LINKS];
    struct jangle_append appends[LINKS];
};

static void make_chain(struct chain *chain, struct jangle_record records[LINKS])
{
    memset(chain, 0, sizeof *chain);
    for (size_t i = 0; i < LINKS; i++) {
        chain->records[i] = records[i];
        chain->appends[i] = (struct jangle_append){
            .records = &chain->records[i], .count = 1, .tied = i > 0};
    }
}

static void commit_chain(struct world *world, struct chain *chain)
{
    commit_group(
        world, &(struct jangle_group){.appends = chain->appends, .append_count = LINKS});
}

/* Each is a CONFLICT, and says why in the same words; none is there. */
static void assert_fell(const struct jangle_append *appends, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_result(appends[i].error.result, JANGLE_CONFLICT);
        assert_true(appends[i].error.message[0] != '\0');
        assert_string_equal(appends[i].error.message, appends[0].error.message);
        assert_false(appends[i].repeated);
    }
}

static void st_32_each_append_of_a_chain_sees_those_before_it(void **state)
{
    struct world *world = *state;
    struct jangle_condition at[] = {
        {"account", "a", 0}, {"account", "a", 1}, {"account", "a", 2}};
    struct chain chain;

    make_chain(&chain, (struct jangle_record[]){record_of("a", 1), record_of("a", 2),
                                                record_of("a", 3)});
    for (size_t i = 0; i < LINKS; i++) {
        chain.appends[i].conditions = &at[i];
        chain.appends[i].condition_count = 1;
    }
    chain.appends[1].command_id = "c-1";
    commit_chain(world, &chain);
    for (size_t i = 0; i < LINKS; i++) {
        assert_result(chain.appends[i].error.result, JANGLE_OK);
        assert_string_equal(chain.appends[i].error.message, "");
        assert_int_equal(chain.appends[i].receipt.position, i + 1);
        assert_int_equal(chain.records[i].version, i + 1);
    }
    world_reopen(world);
    assert_string_equal(show_all(world, 0, 9),
                        "1:account/a@1 2:account/a@2 3:account/a@3");
    assert_int_equal(position_of_command(world, "c-1"), 2);
}

/* Whichever of them it is; and the others of the group are stored, without a gap. */
static void st_32_one_conflict_refuses_the_whole_chain(void **state)
{
    struct world *world = *state;

    for (size_t bad = 0; bad < LINKS; bad++) {
        struct jangle_record before = record_of("z", 0), after = record_of("z", 0);
        struct jangle_append appends[LINKS + 2] = {{.records = &before, .count = 1}};
        struct chain chain;

        make_chain(&chain, (struct jangle_record[]){record_of("a", 1), record_of("b", 1),
                                                    record_of("c", 1)});
        chain.records[bad].version = 7;
        for (size_t i = 0; i < LINKS; i++)
            appends[i + 1] = chain.appends[i];
        appends[1].command_id = "c-1";
        appends[LINKS + 1] = (struct jangle_append){.records = &after, .count = 1};
        commit_group(
            world, &(struct jangle_group){.appends = appends, .append_count = LINKS + 2});
        assert_result(appends[0].error.result, JANGLE_OK);
        assert_result(appends[LINKS + 1].error.result, JANGLE_OK);
        assert_fell(&appends[1], LINKS);
        assert_int_equal(position_of_command(world, "c-1"), -1);
        assert_int_equal(after.position, before.position + 1);
    }
    world_reopen(world);
    assert_int_equal(head_of(world), 2 * LINKS);
    assert_int_equal(version_of(world, "account", "z"), 2 * LINKS);
}

/* What another program has stored is where the second append expects the first one's. */
static void st_32_what_fits_by_its_version_alone_is_not_stored(void **state)
{
    struct world *world = *state;
    struct jangle_condition at = {"account", "a", 1};
    struct chain chain;

    store_events(world, "a", 1);
    make_chain(&chain, (struct jangle_record[]){record_of("a", 1), record_of("a", 2),
                                                record_of("a", 3)});
    chain.appends[1].conditions = &at;
    chain.appends[1].condition_count = 1;
    commit_chain(world, &chain);
    assert_fell(chain.appends, LINKS);
    assert_int_equal(head_of(world), 1);
}

static void st_32_what_can_never_be_stored_refuses_the_chain_for_now(void **state)
{
    struct world *world = *state;

    for (size_t bad = 0; bad < LINKS; bad++) {
        struct chain chain;

        make_chain(&chain, (struct jangle_record[]){record_of("a", 1), record_of("a", 2),
                                                    record_of("a", 3)});
        chain.records[bad].type = NULL;
        commit_chain(world, &chain);
        assert_fell(chain.appends, LINKS);
    }
    assert_int_equal(head_of(world), 0);
}

static void st_32_a_command_that_is_stored_already_refuses_the_chain(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("z", 1);
    struct jangle_append stored = {.command_id = "c-1", .records = &record, .count = 1};

    assert_result(commit_append(world, &stored), JANGLE_OK);
    for (size_t known = 0; known < LINKS; known++) {
        struct chain chain;

        make_chain(&chain, (struct jangle_record[]){record_of("a", 1), record_of("b", 1),
                                                    record_of("c", 1)});
        chain.appends[known].command_id = "c-1";
        commit_chain(world, &chain);
        assert_fell(chain.appends, LINKS);
    }
    assert_int_equal(head_of(world), 1);
}

static void st_32_an_id_that_is_twice_in_a_chain_refuses_it(void **state)
{
    struct world *world = *state;
    struct chain chain;

    make_chain(&chain, (struct jangle_record[]){record_of("a", 1), record_of("b", 1),
                                                record_of("c", 1)});
    chain.appends[0].command_id = chain.appends[2].command_id = "c-1";
    commit_chain(world, &chain);
    assert_fell(chain.appends, LINKS);
    assert_int_equal(position_of_command(world, "c-1"), -1);
    assert_int_equal(head_of(world), 0);
}

/* It stores nothing itself, but its condition counts like any other, at its place. */
static void st_32_an_append_of_nothing_is_one_of_its_chain(void **state)
{
    struct world *world = *state;

    for (int64_t version = 0; version <= 2; version++) {
        struct jangle_condition at = {"account", "a", version};
        struct chain chain;

        make_chain(&chain, (struct jangle_record[]){record_of("a", 1), record_of("a", 9),
                                                    record_of("a", 2)});
        chain.appends[1] = (struct jangle_append){
            .conditions = &at, .condition_count = 1, .command_id = "c-1", .tied = true};
        commit_chain(world, &chain);
        if (version != 1) {
            assert_fell(chain.appends, LINKS);
            assert_int_equal(head_of(world), 0);
            continue;
        }
        for (size_t i = 0; i < LINKS; i++)
            assert_result(chain.appends[i].error.result, JANGLE_OK);
        assert_int_equal(position_of_command(world, "c-1"), -1);
        assert_string_equal(show_all(world, 0, 9), "1:account/a@1 2:account/a@2");
        break;
    }
}

static void st_32_what_is_stored_with_an_append_goes_with_its_chain(void **state)
{
    struct world *world = *state;

    for (int64_t version = 2; version >= 1; version--) {
        struct jangle_saga_record saga = {
            .saga = "transfer", .id = "a", .version = version};
        struct jangle_delivery_step step = {
            "sender", 7, {.id = "one............", .type = "credit"}, NULL, {0}};
        struct jangle_checkpoint checkpoint = {
            .subscriber = "printer", .from = -1, .position = 0, .with_count = 1};
        struct chain chain;

        make_chain(&chain, (struct jangle_record[]){record_of("a", 1), record_of("b", 1),
                                                    record_of("c", 1)});
        step.with = &chain.appends[0];
        saga.with = &chain.appends[1];
        checkpoint.with = &chain.appends[2];
        commit_group(world, &(struct jangle_group){chain.appends, LINKS, &checkpoint, 1,
                                                   &saga, 1, &step, 1, 0});
        if (version == 1)
            break;
        assert_fell(chain.appends, LINKS);
        assert_result(saga.error.result, JANGLE_CONFLICT);
        assert_result(step.error.result, JANGLE_CONFLICT);
        assert_result(checkpoint.error.result, JANGLE_CONFLICT);
        assert_string_equal(show_delivery(world, "sender", 7), "");
        assert_int_equal(head_of(world), 0);
    }
    assert_int_equal(head_of(world), LINKS);
    assert_string_equal(show_saga(world, "transfer", "a"), "transfer/a@1");
    assert_string_equal(show_delivery(world, "sender", 7), "credit=OK()");
    assert_string_equal(show_checkpoints(world), "printer=0");
}

static void st_32_one_chain_ends_where_the_next_begins(void **state)
{
    struct world *world = *state;
    struct jangle_append appends[2 * LINKS];
    struct chain falls, holds;

    make_chain(&falls, (struct jangle_record[]){record_of("a", 1), record_of("a", 2),
                                                record_of("a", 4)});
    make_chain(&holds, (struct jangle_record[]){record_of("a", 1), record_of("a", 2),
                                                record_of("a", 3)});
    for (size_t i = 0; i < LINKS; i++) {
        appends[i] = falls.appends[i];
        appends[LINKS + i] = holds.appends[i];
    }
    commit_group(world,
                 &(struct jangle_group){.appends = appends, .append_count = 2 * LINKS});
    assert_fell(appends, LINKS);
    for (size_t i = LINKS; i < 2 * LINKS; i++)
        assert_result(appends[i].error.result, JANGLE_OK);
    assert_string_equal(show_all(world, 0, 9),
                        "1:account/a@1 2:account/a@2 3:account/a@3");
}

static void st_32_the_first_of_a_group_is_tied_to_none(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 1), bad = record_of("b", 4);
    struct jangle_append appends[] = {{.records = &record, .count = 1, .tied = true},
                                      {.records = &bad, .count = 1}};

    commit_group(world, &(struct jangle_group){.appends = appends, .append_count = 2});
    assert_result(appends[0].error.result, JANGLE_OK);
    assert_result(appends[1].error.result, JANGLE_CONFLICT);
    assert_int_equal(head_of(world), 1);
}

static enum jangle_result try_without_memory(struct world *world, int64_t fail_at)
{
    struct jangle_record other = record_of("z", 0);
    struct jangle_append appends[LINKS + 1];
    struct jangle_group group = {.appends = appends, .append_count = LINKS + 1};
    struct chain chain;
    enum jangle_result result;

    make_chain(&chain, (struct jangle_record[]){record_of("a", 1), record_of("a", 2),
                                                record_of("b", 1)});
    chain.appends[1].command_id = "c-1";
    for (size_t i = 0; i < LINKS; i++)
        appends[i] = chain.appends[i];
    appends[LINKS] = (struct jangle_append){.records = &other, .count = 1};
    failing_allocator_arm(&world->host.memory, fail_at);
    result = world->store->ops->commit(world->store, &group, &world->error);
    failing_allocator_arm(&world->host.memory, 0);
    for (size_t i = 0; !result && i <= LINKS; i++)
        assert_result(appends[i].error.result, JANGLE_OK);
    return result;
}

static void st_32_without_memory_nothing_of_a_chain_is_stored(void **state)
{
    struct world *world = *state;
    enum jangle_result result;
    int64_t at = 0;

    while ((result = try_without_memory(world, ++at)) != JANGLE_OK) {
        assert_result(result, JANGLE_NO_MEMORY);
        assert_int_equal(head_of(world), 0);
        assert_int_equal(position_of_command(world, "c-1"), -1);
    }
    assert_string_equal(show_all(world, 0, 9),
                        "1:account/a@1 2:account/a@2 3:account/b@1 4:account/z@1");
    assert_int_equal(position_of_command(world, "c-1"), 2);
}

int store_chain_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(st_32_each_append_of_a_chain_sees_those_before_it),
        WORLD_TEST(st_32_one_conflict_refuses_the_whole_chain),
        WORLD_TEST(st_32_what_fits_by_its_version_alone_is_not_stored),
        WORLD_TEST(st_32_what_can_never_be_stored_refuses_the_chain_for_now),
        WORLD_TEST(st_32_a_command_that_is_stored_already_refuses_the_chain),
        WORLD_TEST(st_32_an_id_that_is_twice_in_a_chain_refuses_it),
        WORLD_TEST(st_32_an_append_of_nothing_is_one_of_its_chain),
        WORLD_TEST(st_32_what_is_stored_with_an_append_goes_with_its_chain),
        WORLD_TEST(st_32_one_chain_ends_where_the_next_begins),
        WORLD_TEST(st_32_the_first_of_a_group_is_tied_to_none),
        WORLD_TEST(st_32_without_memory_nothing_of_a_chain_is_stored),
    };

    return world_run("store: chains", tests, sizeof tests / sizeof *tests, backend);
}
