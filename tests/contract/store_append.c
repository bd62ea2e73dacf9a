/* store_append.c - ST-2: the outcome of an append. */
#include "contract/store.h"

static void st_02_an_append_fills_in_positions_and_versions(void **state)
{
    struct world *world = *state;
    struct jangle_record records[] = {record_of("a", 1), record_of("b", 1),
                                      record_of("a", 2)};
    struct jangle_append append = {.records = records, .count = 3};

    store_events(world, "z", 4);
    assert_result(commit_append(world, &append), JANGLE_OK);
    assert_false(append.repeated);
    assert_int_equal(records[0].position, 5);
    assert_int_equal(records[1].position, 6);
    assert_int_equal(records[2].position, 7);
    assert_int_equal(records[2].version, 2);
    assert_int_equal(append.receipt.position, 7);
    assert_string_equal(show_all(world, 4, 9),
                        "5:account/a@1 6:account/b@1 7:account/a@2");
}

static void st_02_a_record_without_a_version_goes_to_the_end_of_its_stream(void **state)
{
    struct world *world = *state;
    struct jangle_record records[] = {record_of("a", 0), record_of("b", 0),
                                      record_of("a", 0)};
    struct jangle_append append = {.records = records, .count = 3};

    store_events(world, "a", 2);
    assert_result(commit_append(world, &append), JANGLE_OK);
    assert_int_equal(records[0].version, 3);
    assert_int_equal(records[1].version, 1);
    assert_int_equal(records[2].version, 4);
    assert_string_equal(show_stream(world, "a", 2), "3:account/a@3 5:account/a@4");
}

static void st_02_an_append_that_finds_another_head_conflicts(void **state)
{
    struct world *world = *state;

    store_events(world, "a", 2);
    assert_result(commit_record(world, record_of("a", 1)), JANGLE_CONFLICT);
    assert_result(commit_record(world, record_of("a", 2)), JANGLE_CONFLICT);
    assert_result(commit_record(world, record_of("a", 4)), JANGLE_CONFLICT);
    assert_result(commit_record(world, record_of("b", 2)), JANGLE_CONFLICT);
    world_reopen(world);
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1 2:account/a@2");
    assert_result(commit_record(world, record_of("a", 3)), JANGLE_OK);
}

static void st_02_an_append_conflicts_with_an_earlier_part_of_its_group(void **state)
{
    struct world *world = *state;
    struct jangle_record first = record_of("a", 1), second = record_of("a", 1),
                         third = record_of("a", 2);
    struct jangle_append appends[] = {{.records = &first, .count = 1},
                                      {.records = &second, .count = 1},
                                      {.records = &third, .count = 1}};

    commit_group(world, &(struct jangle_group){.appends = appends, .append_count = 3});
    assert_result(appends[0].error.result, JANGLE_OK);
    assert_result(appends[1].error.result, JANGLE_CONFLICT);
    assert_result(appends[2].error.result, JANGLE_OK);
    world_reopen(world);
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1 2:account/a@2");
}

static void st_02_all_records_of_an_append_are_stored_or_none(void **state)
{
    struct world *world = *state;
    struct jangle_record records[] = {record_of("new", 1), record_of("a", 2),
                                      record_of("a", 3), record_of("b", 3)};
    struct jangle_append append = {.records = records, .count = 4};

    store_events(world, "a", 1);
    store_events(world, "b", 1);
    assert_result(commit_append(world, &append), JANGLE_CONFLICT);
    world_reopen(world);
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1 2:account/b@1");
    assert_int_equal(version_of(world, "account", "new"), 0);
    records[3].version = 2;
    assert_result(commit_append(world, &append), JANGLE_OK);
    assert_int_equal(head_of(world), 6);
}

static void st_02_a_refused_append_leaves_no_gap(void **state)
{
    struct world *world = *state;
    struct jangle_record good = record_of("a", 1), bad = record_of("b", 7),
                         last = record_of("c", 1);
    struct jangle_append appends[] = {{.records = &good, .count = 1},
                                      {.records = &bad, .count = 1},
                                      {.records = &last, .count = 1}};

    commit_group(world, &(struct jangle_group){.appends = appends, .append_count = 3});
    assert_result(appends[1].error.result, JANGLE_CONFLICT);
    assert_int_equal(good.position, 1);
    assert_int_equal(last.position, 2);
    assert_result(commit_record(world, record_of("a", 9)), JANGLE_CONFLICT);
    store_events(world, "d", 1);
    assert_string_equal(show_all(world, 0, 9),
                        "1:account/a@1 2:account/c@1 3:account/d@1");
}

static void st_02_versions_that_do_not_follow_each_other_are_invalid(void **state)
{
    struct world *world = *state;
    struct jangle_record gap[] = {record_of("a", 1), record_of("a", 3)};
    struct jangle_record twice[] = {record_of("a", 1), record_of("a", 1)};
    struct jangle_append append = {.records = gap, .count = 2};

    assert_result(commit_append(world, &append), JANGLE_INVALID);
    append.records = twice;
    assert_result(commit_append(world, &append), JANGLE_INVALID);
    assert_int_equal(head_of(world), 0);
}

static void st_02_a_version_behind_an_open_one_fits_or_conflicts(void **state)
{
    struct world *world = *state;
    struct jangle_record records[] = {record_of("a", 0), record_of("a", 4)};
    struct jangle_append append = {.records = records, .count = 2};

    store_events(world, "a", 1);
    assert_result(commit_append(world, &append), JANGLE_CONFLICT);
    assert_int_equal(version_of(world, "account", "a"), 1);
    store_events(world, "a", 1);
    assert_result(commit_append(world, &append), JANGLE_OK);
    assert_int_equal(version_of(world, "account", "a"), 4);
}

static void st_02_a_record_that_cannot_be_one_is_invalid(void **state)
{
    struct world *world = *state;
    struct jangle_record no_kind = record_of("a", 1), no_id = no_kind, no_type = no_kind,
                         below_zero = record_of("a", -1);

    no_kind.kind = NULL;
    no_id.id = NULL;
    no_type.type = NULL;
    assert_result(commit_record(world, no_kind), JANGLE_INVALID);
    assert_result(commit_record(world, no_id), JANGLE_INVALID);
    assert_result(commit_record(world, no_type), JANGLE_INVALID);
    assert_result(commit_record(world, below_zero), JANGLE_INVALID);
    assert_int_equal(head_of(world), 0);
}

static void st_02_an_invalid_append_spares_its_neighbours(void **state)
{
    struct world *world = *state;
    struct jangle_record good = record_of("a", 1), bad = record_of("b", 1),
                         last = record_of("c", 1);
    struct jangle_append appends[] = {{.records = &good, .count = 1},
                                      {.records = &bad, .count = 1},
                                      {.records = &last, .count = 1}};

    bad.type = NULL;
    commit_group(world, &(struct jangle_group){.appends = appends, .append_count = 3});
    assert_result(appends[1].error.result, JANGLE_INVALID);
    world_reopen(world);
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1 2:account/c@1");
}

/* ---- conditions -------------------------------------------------------------- */

static enum jangle_result commit_if(struct world *world,
                                    const char *id,
                                    const struct jangle_condition *conditions,
                                    size_t count)
{
    struct jangle_record record = record_of(id, 0);
    struct jangle_append append = {.records = &record,
                                   .count = 1,
                                   .conditions = conditions,
                                   .condition_count = count};

    return commit_append(world, &append);
}

static void st_02_a_condition_is_on_a_stream_that_need_not_be_written(void **state)
{
    struct world *world = *state;
    const struct jangle_condition two[] = {{"account", "a", 2}};
    const struct jangle_condition one[] = {{"account", "a", 1}};
    const struct jangle_condition three[] = {{"account", "a", 3}};

    store_events(world, "a", 2);
    assert_result(commit_if(world, "b", one, 1), JANGLE_CONFLICT);
    assert_result(commit_if(world, "b", three, 1), JANGLE_CONFLICT);
    assert_int_equal(head_of(world), 2);
    assert_result(commit_if(world, "b", two, 1), JANGLE_OK);
    assert_string_equal(show_all(world, 2, 9), "3:account/b@1");
}

static void st_02_a_condition_of_zero_holds_while_nothing_is_there(void **state)
{
    struct world *world = *state;
    const struct jangle_condition none[] = {{"name", "a", 0}};
    struct jangle_record taken = typed_record("name", "a", "name_taken");

    assert_result(commit_if(world, "b", none, 1), JANGLE_OK);
    assert_result(commit_record(world, taken), JANGLE_OK);
    assert_result(commit_if(world, "b", none, 1), JANGLE_CONFLICT);
    assert_int_equal(head_of(world), 2);
}

static void st_02_every_condition_must_hold(void **state)
{
    struct world *world = *state;
    const struct jangle_condition conditions[] = {
        {"account", "a", 1}, {"account", "b", 0}, {"account", "c", 1}};

    store_events(world, "a", 1);
    assert_result(commit_if(world, "z", conditions, 3), JANGLE_CONFLICT);
    store_events(world, "c", 1);
    assert_result(commit_if(world, "z", conditions, 3), JANGLE_OK);
    store_events(world, "b", 1);
    assert_result(commit_if(world, "z", conditions, 3), JANGLE_CONFLICT);
}

static void st_02_a_condition_sees_the_earlier_parts_of_its_group(void **state)
{
    struct world *world = *state;
    struct jangle_record first = record_of("a", 1), second = record_of("b", 1),
                         third = record_of("c", 1);
    const struct jangle_condition none = {"account", "a", 0}, one = {"account", "a", 1};
    struct jangle_append appends[] = {
        {.records = &first, .count = 1, .conditions = &none, .condition_count = 1},
        {.records = &second, .count = 1, .conditions = &none, .condition_count = 1},
        {.records = &third, .count = 1, .conditions = &one, .condition_count = 1}};

    commit_group(world, &(struct jangle_group){.appends = appends, .append_count = 3});
    assert_result(appends[0].error.result, JANGLE_OK);
    assert_result(appends[1].error.result, JANGLE_CONFLICT);
    assert_result(appends[2].error.result, JANGLE_OK);
}

static void st_02_a_condition_does_not_see_a_refused_part_of_its_group(void **state)
{
    struct world *world = *state;
    struct jangle_record records[] = {record_of("a", 1), record_of("b", 5)};
    struct jangle_record next = record_of("c", 1);
    const struct jangle_condition none = {"account", "a", 0};
    struct jangle_append appends[] = {
        {.records = records, .count = 2},
        {.records = &next, .count = 1, .conditions = &none, .condition_count = 1}};

    commit_group(world, &(struct jangle_group){.appends = appends, .append_count = 2});
    assert_result(appends[0].error.result, JANGLE_CONFLICT);
    assert_result(appends[1].error.result, JANGLE_OK);
    assert_string_equal(show_all(world, 0, 9), "1:account/c@1");
}

static void st_02_an_append_of_nothing_only_checks_its_conditions(void **state)
{
    struct world *world = *state;
    const struct jangle_condition one = {"account", "a", 1};
    struct jangle_append append = {
        .command_id = "nothing", .conditions = &one, .condition_count = 1};

    assert_result(commit_append(world, &append), JANGLE_CONFLICT);
    store_events(world, "a", 1);
    assert_result(commit_append(world, &append), JANGLE_OK);
    assert_false(append.repeated);
    assert_int_equal(head_of(world), 1);
    assert_int_equal(position_of_command(world, "nothing"), -1);
}

/* ---- what is no conflict ----------------------------------------------------- */

static void st_02_an_event_id_that_comes_twice_is_no_conflict(void **state)
{
    struct world *world = *state;
    struct jangle_record first = record_of("a", 1), second = record_of("b", 1);

    memset(first.event_id, 7, sizeof first.event_id);
    memset(second.event_id, 7, sizeof second.event_id);
    assert_result(commit_record(world, first), JANGLE_OK);
    assert_result(commit_record(world, second), JANGLE_OK);
    assert_int_equal(head_of(world), 2);
}

static void st_02_streams_are_told_apart_by_kind_and_id(void **state)
{
    struct world *world = *state;

    assert_result(commit_record(world, typed_record("ab", "c", "made")), JANGLE_OK);
    assert_result(commit_record(world, typed_record("a", "bc", "made")), JANGLE_OK);
    assert_result(commit_record(world, typed_record("A", "bc", "made")), JANGLE_OK);
    assert_result(commit_record(world, typed_record("a", "bc ", "made")), JANGLE_OK);
    assert_result(commit_record(world, typed_record("a", "b\xc3\xa9", "made")),
                  JANGLE_OK);
    assert_int_equal(version_of(world, "ab", "c"), 1);
    assert_int_equal(version_of(world, "a", "bc"), 1);
    assert_int_equal(version_of(world, "a", "b\xc3\xa9"), 1);
    assert_int_equal(version_of(world, "abc", ""), 0);
}

int store_append_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(st_02_an_append_fills_in_positions_and_versions),
        WORLD_TEST(st_02_a_record_without_a_version_goes_to_the_end_of_its_stream),
        WORLD_TEST(st_02_an_append_that_finds_another_head_conflicts),
        WORLD_TEST(st_02_an_append_conflicts_with_an_earlier_part_of_its_group),
        WORLD_TEST(st_02_all_records_of_an_append_are_stored_or_none),
        WORLD_TEST(st_02_a_refused_append_leaves_no_gap),
        WORLD_TEST(st_02_versions_that_do_not_follow_each_other_are_invalid),
        WORLD_TEST(st_02_a_version_behind_an_open_one_fits_or_conflicts),
        WORLD_TEST(st_02_a_record_that_cannot_be_one_is_invalid),
        WORLD_TEST(st_02_an_invalid_append_spares_its_neighbours),
        WORLD_TEST(st_02_a_condition_is_on_a_stream_that_need_not_be_written),
        WORLD_TEST(st_02_a_condition_of_zero_holds_while_nothing_is_there),
        WORLD_TEST(st_02_every_condition_must_hold),
        WORLD_TEST(st_02_a_condition_sees_the_earlier_parts_of_its_group),
        WORLD_TEST(st_02_a_condition_does_not_see_a_refused_part_of_its_group),
        WORLD_TEST(st_02_an_append_of_nothing_only_checks_its_conditions),
        WORLD_TEST(st_02_an_event_id_that_comes_twice_is_no_conflict),
        WORLD_TEST(st_02_streams_are_told_apart_by_kind_and_id),
    };

    return world_run("appends", tests, sizeof tests / sizeof *tests, backend);
}
