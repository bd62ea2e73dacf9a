/* store_event.c - ST-5 to ST-8: events as they are read, and how far the log goes. */
#include "contract/store.h"

/* ---- ST-5: one stream -------------------------------------------------------- */

static void st_05_a_stream_is_read_after_a_version_oldest_first(void **state)
{
    struct world *world = *state;

    store_events(world, "a", 2);
    store_events(world, "b", 1);
    store_events(world, "a", 2);
    world_reopen(world);
    assert_string_equal(show_stream(world, "a", 0),
                        "1:account/a@1 2:account/a@2 4:account/a@3 5:account/a@4");
    assert_string_equal(show_stream(world, "a", 2), "4:account/a@3 5:account/a@4");
    assert_string_equal(show_stream(world, "a", 3), "5:account/a@4");
    assert_string_equal(show_stream(world, "b", 0), "3:account/b@1");
}

static void st_05_nothing_is_after_the_last_version(void **state)
{
    struct world *world = *state;

    store_events(world, "a", 2);
    assert_string_equal(show_stream(world, "a", 2), "");
    assert_string_equal(show_stream(world, "a", 99), "");
    assert_string_equal(show_stream(world, "a", INT64_MAX), "");
}

static void st_05_an_unknown_stream_is_empty(void **state)
{
    struct world *world = *state;

    store_events(world, "a", 1);
    assert_string_equal(show_stream(world, "b", 0), "");
    assert_string_equal(show_stream(world, "", 0), "");
}

static void st_05_a_visit_of_a_stream_stops_when_told(void **state)
{
    struct world *world = *state;
    struct counting counting = {.stop_after = 2};

    store_events(world, "a", 4);
    assert_result(world->store->ops->read_stream(world->store, "account", "a", 0,
                                                 count_record, &counting, &world->error),
                  JANGLE_CANCELLED);
    assert_int_equal(counting.count, 2);
    store_events(world, "a", 1);
    assert_string_equal(show_stream(world, "a", 4), "5:account/a@5");
}

static void st_05_a_long_stream_is_read_whole(void **state)
{
    enum { COUNT = 1500 };
    struct world *world = *state;
    struct counting counting = {0};
    static struct jangle_record records[COUNT];
    struct jangle_append append = {.records = records, .count = COUNT};

    for (int i = 0; i < COUNT; i++)
        records[i] = record_of("a", i + 1);
    assert_result(commit_append(world, &append), JANGLE_OK);
    assert_result(world->store->ops->read_stream(world->store, "account", "a", 0,
                                                 count_record, &counting, &world->error),
                  JANGLE_OK);
    assert_int_equal(counting.count, COUNT);
    assert_string_equal(show_stream(world, "a", COUNT - 1), "1500:account/a@1500");
}

/* Compares what is read with an array of what was stored. */
struct expected {
    const struct jangle_record *records;
    size_t at;
};

static void assert_record(const struct jangle_record *record,
                          const struct jangle_record *expected)
{
    assert_int_equal(record->position, expected->position);
    assert_string_equal(record->kind, expected->kind);
    assert_string_equal(record->id, expected->id);
    assert_int_equal(record->version, expected->version);
    assert_string_equal(record->type, expected->type);
    assert_int_equal(record->type_version, expected->type_version);
    assert_int_equal(record->at.us, expected->at.us);
    assert_memory_equal(record->event_id, expected->event_id, sizeof record->event_id);
    assert_int_equal(record->payload_size, expected->payload_size);
    if (expected->payload_size)
        assert_memory_equal(record->payload, expected->payload, expected->payload_size);
    assert_string_equal(record->meta ? record->meta : "",
                        expected->meta ? expected->meta : "");
}

static enum jangle_result compare_record(void *context,
                                         const struct jangle_record *record)
{
    struct expected *expected = context;

    assert_record(record, &expected->records[expected->at++]);
    return JANGLE_OK;
}

/* Records that are hard to keep: bytes that are no text, extremes, nothing at all. */
static size_t make_odd_records(struct jangle_record *records)
{
    static const unsigned char bytes[] = {0, 0xff, '"', 0xc3, 0x28, 0, '\n', 0x80, 0};
    static char long_payload[200000];

    memset(long_payload, '{', sizeof long_payload);
    for (int i = 0; i < 5; i++) {
        records[i] = record_of("a", i + 1);
        memset(records[i].event_id, 0x10 * i, sizeof records[i].event_id);
    }
    records[0].payload = bytes;
    records[0].payload_size = sizeof bytes;
    records[1].payload = NULL;
    records[1].payload_size = 0;
    records[1].meta = NULL;
    records[1].at = (jangle_time){INT64_MIN};
    records[2].payload = long_payload;
    records[2].payload_size = sizeof long_payload;
    records[2].at = (jangle_time){INT64_MAX};
    records[2].type_version = 2000000000;
    records[3].meta = "{\"actor\":\"\xe2\x82\xac 'quoted' \\\\\"}";
    records[3].at = (jangle_time){0};
    records[4].type = "funds deposited, \xc3\xa9trange";
    memset(records[4].event_id, 0xff, sizeof records[4].event_id);
    return 5;
}

static void st_05_a_record_comes_back_as_it_was_stored(void **state)
{
    struct world *world = *state;
    struct jangle_record records[5];
    struct jangle_append append = {.records = records,
                                   .count = make_odd_records(records)};
    struct expected expected = {.records = records};

    assert_result(commit_append(world, &append), JANGLE_OK);
    world_reopen(world);
    assert_result(world->store->ops->read_stream(world->store, "account", "a", 0,
                                                 compare_record, &expected,
                                                 &world->error),
                  JANGLE_OK);
    assert_int_equal(expected.at, 5);
    expected.at = 1;
    assert_result(world->store->ops->read_all(world->store, 1, 9, compare_record,
                                              &expected, &world->error),
                  JANGLE_OK);
    assert_int_equal(expected.at, 5);
}

/* Event NUMBER of a stream is of this type; neighbours have others. */
static int type_of(size_t number, char name[20])
{
    snprintf(name, 20, "type %zu", number % 40);
    return (int)(number % 3) + 1;
}

static enum jangle_result check_type(void *context, const struct jangle_record *record)
{
    struct counting *counting = context;
    char name[20];

    assert_int_equal(record->type_version, type_of(counting->count, name));
    assert_string_equal(record->type, name);
    counting->count++;
    return JANGLE_OK;
}

/* A backend may file types under numbers: each comes back as itself. */
static void st_05_events_of_many_types_are_of_their_types(void **state)
{
    enum { COUNT = 600 };
    struct world *world = *state;
    struct counting stream = {0}, all = {0};

    for (size_t number = 0; number < COUNT; number++) {
        struct jangle_record record = record_of("a", 0);
        char name[20];

        record.type_version = type_of(number, name);
        record.type = name;
        assert_result(commit_record(world, record), JANGLE_OK);
    }
    assert_result(world->store->ops->read_stream(world->store, "account", "a", 0,
                                                 check_type, &stream, &world->error),
                  JANGLE_OK);
    assert_int_equal(stream.count, COUNT);
    assert_result(world->store->ops->read_all(world->store, 0, COUNT, check_type, &all,
                                              &world->error),
                  JANGLE_OK);
    assert_int_equal(all.count, COUNT);
}

static void st_05_what_was_passed_in_may_be_changed_afterwards(void **state)
{
    struct world *world = *state;
    char kind[] = "account", id[] = "a", type[] = "made", payload[] = "{}", meta[] = "{}";
    struct jangle_record record = {.kind = kind,
                                   .id = id,
                                   .version = 1,
                                   .type = type,
                                   .payload = payload,
                                   .payload_size = 2,
                                   .meta = meta};
    struct jangle_record stored = {.position = 1,
                                   .kind = "account",
                                   .id = "a",
                                   .version = 1,
                                   .type = "made",
                                   .payload = "{}",
                                   .payload_size = 2,
                                   .meta = "{}"};
    struct expected expected = {.records = &stored};

    assert_result(commit_record(world, record), JANGLE_OK);
    kind[0] = id[0] = type[0] = payload[0] = meta[0] = '!';
    assert_result(world->store->ops->read_stream(world->store, "account", "a", 0,
                                                 compare_record, &expected,
                                                 &world->error),
                  JANGLE_OK);
    assert_int_equal(expected.at, 1);
}

static void st_05_a_damaged_record_is_storage_and_named(void **state)
{
    struct world *world = *state;
    struct counting counting = {0};

    if (!world->backend->damage)
        skip();
    store_events(world, "a", 3);
    world_damage(world, 2);
    assert_result(world->store->ops->read_stream(world->store, "account", "a", 0,
                                                 count_record, &counting, &world->error),
                  JANGLE_STORAGE);
    assert_int_equal(counting.count, 1);
    assert_non_null(strstr(world->error.message, "account"));
    assert_non_null(strstr(world->error.message, "2"));
    assert_string_equal(show_stream(world, "a", 2), "3:account/a@3");
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1 STORAGE");
}

/* ---- ST-6: all of them ------------------------------------------------------- */

static void st_06_all_events_are_read_in_order_a_page_at_a_time(void **state)
{
    struct world *world = *state;

    store_events(world, "b", 2);
    store_events(world, "a", 1);
    store_events(world, "b", 1);
    store_events(world, "c", 1);
    world_reopen(world);
    assert_string_equal(show_all(world, 0, 2), "1:account/b@1 2:account/b@2");
    assert_string_equal(show_all(world, 2, 2), "3:account/a@1 4:account/b@3");
    assert_string_equal(show_all(world, 4, 2), "5:account/c@1");
    assert_string_equal(show_all(world, 5, 2), "");
    assert_string_equal(show_all(world, 1000, 2), "");
}

static void st_06_no_more_than_the_limit_is_visited(void **state)
{
    struct world *world = *state;

    store_events(world, "a", 200);
    for (size_t limit = 0; limit <= 220; limit += 20) {
        struct counting counting = {0};

        assert_result(world->store->ops->read_all(world->store, 0, limit, count_record,
                                                  &counting, &world->error),
                      JANGLE_OK);
        assert_int_equal(counting.count, limit < 200 ? limit : 200);
    }
}

static void st_06_a_limit_may_be_as_large_as_it_gets(void **state)
{
    struct world *world = *state;
    struct counting counting = {0};

    store_events(world, "a", 130);
    assert_result(world->store->ops->read_all(world->store, 3, SIZE_MAX, count_record,
                                              &counting, &world->error),
                  JANGLE_OK);
    assert_int_equal(counting.count, 127);
}

static void st_06_a_visit_of_all_stops_when_told_and_leaves_nothing_open(void **state)
{
    struct world *world = *state;
    struct counting counting = {.stop_after = 3};

    store_events(world, "a", 5);
    assert_result(world->store->ops->read_all(world->store, 0, 9, count_record, &counting,
                                              &world->error),
                  JANGLE_CANCELLED);
    assert_int_equal(counting.count, 3);
    store_events(world, "b", 1);
    assert_string_equal(show_all(world, 5, 9), "6:account/b@1");
}

/* ---- ST-7: how far ----------------------------------------------------------- */

static void st_07_the_head_is_the_last_position(void **state)
{
    struct world *world = *state;

    assert_int_equal(head_of(world), 0);
    store_events(world, "a", 3);
    assert_int_equal(head_of(world), 3);
    assert_result(commit_record(world, record_of("a", 1)), JANGLE_CONFLICT);
    move_checkpoint(world, "printer", -1, 3);
    assert_int_equal(head_of(world), 3);
    store_events(world, "b", 1);
    world_reopen(world);
    assert_int_equal(head_of(world), 4);
}

static void append_elsewhere(struct world *world, struct jangle_store *store)
{
    struct jangle_record record = record_of("a", 0);
    struct jangle_append append = {.records = &record, .count = 1};

    assert_result(
        store->ops->commit(store,
                           &(struct jangle_group){.appends = &append, .append_count = 1},
                           &world->error),
        JANGLE_OK);
    assert_result(append.error.result, JANGLE_OK);
}

static void st_07_the_head_is_moved_by_any_process(void **state)
{
    struct world *world = *state;
    struct jangle_stores other;

    if (!world->backend->durable)
        skip();
    store_events(world, "a", 1);
    other = world_open_another(world, world->path);
    assert_int_equal(head_of(world), 1);
    append_elsewhere(world, other.store);
    assert_int_equal(head_of(world), 2);
    append_elsewhere(world, other.store);
    assert_int_equal(head_of(world), 3);
    assert_string_equal(show_all(world, 1, 9), "2:account/a@2 3:account/a@3");
    world_close_another(&other);
}

/* ---- ST-8: how far a stream -------------------------------------------------- */

static void st_08_a_stream_is_at_its_last_version(void **state)
{
    struct world *world = *state;

    assert_int_equal(version_of(world, "account", "a"), 0);
    store_events(world, "a", 1);
    assert_int_equal(version_of(world, "account", "a"), 1);
    store_events(world, "b", 5);
    store_events(world, "a", 2);
    assert_int_equal(version_of(world, "account", "a"), 3);
    assert_result(commit_record(world, record_of("a", 2)), JANGLE_CONFLICT);
    world_reopen(world);
    assert_int_equal(version_of(world, "account", "a"), 3);
    assert_int_equal(version_of(world, "account", "b"), 5);
    assert_int_equal(version_of(world, "account", "c"), 0);
    assert_int_equal(version_of(world, "name", "a"), 0);
}

static void st_08_a_stream_that_was_refused_its_first_event_is_at_zero(void **state)
{
    struct world *world = *state;
    struct jangle_record records[] = {record_of("a", 1), record_of("b", 9)};
    struct jangle_append append = {.records = records, .count = 2};

    assert_result(commit_append(world, &append), JANGLE_CONFLICT);
    assert_int_equal(version_of(world, "account", "a"), 0);
    assert_string_equal(show_stream(world, "a", 0), "");
    store_events(world, "a", 1);
    assert_string_equal(show_stream(world, "a", 0), "1:account/a@1");
}

static void st_08_a_stream_is_moved_by_any_process(void **state)
{
    struct world *world = *state;
    struct jangle_stores other;

    if (!world->backend->durable)
        skip();
    store_events(world, "a", 1);
    assert_int_equal(version_of(world, "account", "a"), 1);
    other = world_open_another(world, world->path);
    append_elsewhere(world, other.store);
    assert_int_equal(version_of(world, "account", "a"), 2);
    assert_result(commit_record(world, record_of("a", 2)), JANGLE_CONFLICT);
    world_close_another(&other);
}

int store_event_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(st_05_a_stream_is_read_after_a_version_oldest_first),
        WORLD_TEST(st_05_nothing_is_after_the_last_version),
        WORLD_TEST(st_05_an_unknown_stream_is_empty),
        WORLD_TEST(st_05_a_visit_of_a_stream_stops_when_told),
        WORLD_TEST(st_05_a_long_stream_is_read_whole),
        WORLD_TEST(st_05_a_record_comes_back_as_it_was_stored),
        WORLD_TEST(st_05_events_of_many_types_are_of_their_types),
        WORLD_TEST(st_05_what_was_passed_in_may_be_changed_afterwards),
        WORLD_TEST(st_05_a_damaged_record_is_storage_and_named),
        WORLD_TEST(st_06_all_events_are_read_in_order_a_page_at_a_time),
        WORLD_TEST(st_06_no_more_than_the_limit_is_visited),
        WORLD_TEST(st_06_a_limit_may_be_as_large_as_it_gets),
        WORLD_TEST(st_06_a_visit_of_all_stops_when_told_and_leaves_nothing_open),
        WORLD_TEST(st_07_the_head_is_the_last_position),
        WORLD_TEST(st_07_the_head_is_moved_by_any_process),
        WORLD_TEST(st_08_a_stream_is_at_its_last_version),
        WORLD_TEST(st_08_a_stream_that_was_refused_its_first_event_is_at_zero),
        WORLD_TEST(st_08_a_stream_is_moved_by_any_process),
    };

    return world_run("events", tests, sizeof tests / sizeof *tests, backend);
}
