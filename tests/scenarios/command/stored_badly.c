/* stored_badly.c - what was stored badly, by another program or by a decaying disk, is
 * refused by name: its stream stands still, all others go on, and nothing is skipped. */
#include "command/commands.h"
#include "support/domains/purse.h"
#include "support/failing_allocator.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include "core/engine.h"

#include <jangle/testing.h>

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- who shows it ------------------------------------------------------------ */

struct get_shown {
    bool all;
};

struct shown_events {
    int64_t count, good;
};

static JANGLE_STRUCT(shown_events, count, good);
static JANGLE_QUERY(get_shown, all, answer(shown_events));

static enum jangle_result show(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    return jangle_view_run(delivery->view, "INSERT INTO shown VALUES (?, ?)",
                           event->position, event->aggregate_id);
}

static enum jangle_result answer_shown(struct jangle_answer *answer,
                                       const struct jangle_query *query)
{
    struct shown_events shown;

    jangle_view_row(query->view, &shown, shown_events,
                    "SELECT count(*) AS count, count(nullif(purse, 'bad')) AS good"
                    " FROM shown");
    return jangle_answer_with(answer, shown_events, .count = shown.count,
                              .good = shown.good);
}

static const struct jangle_subscriber view = {
    .name = "shown",
    .handlers = JANGLE_HANDLERS({&coins_put_in, show}, {&purse_named, show}),
    .answerers = JANGLE_ANSWERERS({&get_shown, answer_shown}),
    .retry = {.max_attempts = 3},
    .schema = "CREATE TABLE shown (position INTEGER PRIMARY KEY, purse TEXT)"};

/* ---- a world whose memory is counted ----------------------------------------- */

struct world {
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
    struct failing_allocator memory;
    jangle_time now;
    struct jangle *jangle;
    struct jangle_outcome outcome;
};

static void open_world(struct world *world)
{
    struct jangle_error error = {0};
    struct jangle_config config = {
        .aggregates = purse_aggregates,
        .subscribers = JANGLE_SUBSCRIBERS(&view),
        .storage = jangle_sqlite(world->path),
        .host = {.clock = jangle_clock_fixed(&world->now),
                 .logger = jangle_logger_none(),
                 .allocator = world->memory.allocator},
    };

    world->jangle = jangle_open(&config, &error);
    if (!world->jangle)
        fail_msg("%s", error.message);
}

static void close_world(struct world *world)
{
    assert_result(jangle_close(world->jangle, -1), JANGLE_OK);
    world->jangle = NULL;
    assert_int_equal(world->memory.pieces, 0);
}

static int set_up(void **state)
{
    static struct world world;

    world = (struct world){.now = {INT64_C(1700000000000000)}};
    failing_allocator_init(&world.memory, 0);
    if (!temp_directory_make(world.directory))
        return -1;
    temp_directory_path(world.path, world.directory, "purses.db");
    open_world(&world);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    if (world->jangle)
        close_world(world);
    temp_directory_remove(world->directory);
    return 0;
}

static enum jangle_result put(struct world *world, const char *purse)
{
    return jangle_send(world->jangle, &world->outcome, put_in, .purse_id = purse,
                       .amount = 1);
}

static void put_good(struct world *world, const char *purse)
{
    put(world, purse);
    assert_string_equal(world->outcome.error.message, "");
}

/* Poll until all is tried, and tried again, as often as it will be. */
static void settle(struct world *world)
{
    int64_t done;

    for (int i = 0; i < 30; i++) {
        do
            jangle_poll(world->jangle, &done, NULL);
        while (done);
        world->now.us += 600000000;
    }
}

static struct jangle_subscriber_stats measure(struct world *world)
{
    struct jangle_subscriber_stats stats;

    assert_result(jangle_measure_subscriber(world->jangle, "shown", &stats, NULL),
                  JANGLE_OK);
    return stats;
}

static void expect_shown(struct world *world, int64_t count, int64_t good)
{
    struct jangle_answer answer = {0};
    const struct shown_events *shown;

    assert_result(jangle_ask(world->jangle, &answer, get_shown, .all = true), JANGLE_OK);
    shown = answer.data;
    assert_int_equal(shown->count, count);
    assert_int_equal(shown->good, good);
    jangle_answer_free(&answer);
}

static void expect_words(const char *sentence, const char *const *words)
{
    for (; *words; words++)
        if (!strstr(sentence, *words))
            fail_msg("\"%s\" does not say \"%s\"", sentence, *words);
}

/* ---- bad payloads ------------------------------------------------------------ */

/* Store an event as another program would. */
static void store_event(struct world *world,
                        const char *type,
                        int type_version,
                        const char *json,
                        const char *meta)
{
    struct jangle_store *store = world->jangle->store;
    struct jangle_record record = {.kind = "purse",
                                   .id = "bad",
                                   .type = type,
                                   .type_version = type_version,
                                   .payload = json,
                                   .payload_size = strlen(json),
                                   .meta = meta};
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};

    jn_host_id(&world->jangle->host, record.event_id);
    assert_result(store->ops->commit(store, &group, NULL), JANGLE_OK);
    assert_result(append.error.result, JANGLE_OK);
}

struct bad {
    const char *json, *why;
    const char *type; /* NULL: purse_named */
    const char *meta; /* NULL: a sound one */
    int type_version; /* 0: 1 */
};

/* What a decider of that purse is told; and nothing is stored. */
static void expect_refused(struct world *world, const struct bad *bad)
{
    struct jangle_stats before, after;

    jangle_measure(world->jangle, &before);
    assert_result(put(world, "bad"), JANGLE_INVALID);
    expect_words(world->outcome.error.message,
                 (const char *const[]){"purse/bad", " 2", bad->why, NULL});
    assert_result(jangle_send(world->jangle, &world->outcome, look_in, .purse_id = "bad"),
                  JANGLE_INVALID);
    expect_words(world->outcome.error.message,
                 (const char *const[]){"purse/bad", " 2", bad->why, NULL});
    jangle_measure(world->jangle, &after);
    assert_int_equal(after.position, before.position);
}

/* One good event, a bad one, a good one behind it; and other purses. */
static void store_bad(struct world *world, const struct bad *bad)
{
    put_good(world, "good");
    put_good(world, "bad");
    store_event(world, bad->type ? bad->type : "purse_named",
                bad->type_version ? bad->type_version : 1, bad->json,
                bad->meta ? bad->meta : "{}");
    store_event(world, "coins_put_in", 1, "{\"amount\":1,\"total\":1}", "{}");
    close_world(world);
    open_world(world);
    put_good(world, "good");
    put_good(world, "other");
    expect_refused(world, bad);
}

static enum jangle_result see_dead_letter(void *context,
                                          const struct jangle_dead_letter *letter)
{
    const struct bad *bad = context;

    assert_int_equal(letter->position, 3);
    assert_int_equal(letter->version, 2);
    assert_string_equal(letter->stream, "purse/bad");
    expect_words(letter->reason, (const char *const[]){bad->why, NULL});
    assert_int_equal(letter->held_count, 1);
    return JANGLE_OK;
}

/* It is tried as often as any, then it is dead; a person lets its stream go on. */
static void expect_parked(struct world *world, struct bad *bad)
{
    struct jangle_error error;

    settle(world);
    assert_int_equal(measure(world).position, 6);
    assert_int_equal(measure(world).dead, 1);
    assert_int_equal(measure(world).suspended.us, 0);
    expect_shown(world, 4, 3);
    assert_result(
        jangle_dead_letter_visit(world->jangle, "shown", see_dead_letter, bad, &error),
        JANGLE_OK);
    assert_result(jangle_dead_letter_skip(world->jangle, "shown", 3, &error), JANGLE_OK);
    settle(world);
    expect_shown(world, 5, 3);
    assert_int_equal(measure(world).dead, 0);
}

static void try_payload(struct world *world, struct bad bad)
{
    store_bad(world, &bad);
    expect_parked(world, &bad);
}

#define BAD_PAYLOAD(name, ...)                                                           \
    static void name(void **state)                                                       \
    {                                                                                    \
        try_payload(*state, (struct bad){__VA_ARGS__});                                  \
    }

BAD_PAYLOAD(a_nul_in_a_text,
            .json = "{\"name\":\"a\\u0000b\"}",
            .why = "purse_named.name")
BAD_PAYLOAD(no_bytes_at_all, .json = "", .why = "purse_named")
BAD_PAYLOAD(json_that_ends_too_soon, .json = "{\"name\":\"a", .why = "purse_named")
BAD_PAYLOAD(json_with_something_behind, .json = "{\"name\":\"a\"}}", .why = "purse_named")
BAD_PAYLOAD(no_json_at_all, .json = "name=a", .why = "purse_named")
BAD_PAYLOAD(a_list_instead_of_an_object, .json = "[\"a\"]", .why = "purse_named")
BAD_PAYLOAD(null_instead_of_an_object, .json = "null", .why = "purse_named")
BAD_PAYLOAD(bytes_that_are_no_utf8,
            .json = "{\"name\":\"\xff\xfe\"}",
            .why = "purse_named")
BAD_PAYLOAD(half_a_surrogate_pair, .json = "{\"name\":\"\\ud800\"}", .why = "purse_named")
BAD_PAYLOAD(a_value_of_another_kind, .json = "{\"name\":17}", .why = "purse_named.name")
BAD_PAYLOAD(a_member_given_twice,
            .json = "{\"name\":\"a\",\"name\":\"b\"}",
            .why = "purse_named.name")
BAD_PAYLOAD(a_number_out_of_range,
            .json = "{\"amount\":9223372036854775808,\"total\":1}",
            .why = "coins_put_in.amount",
            .type = "coins_put_in")
BAD_PAYLOAD(a_fraction_of_a_coin,
            .json = "{\"amount\":1.5,\"total\":1}",
            .why = "coins_put_in.amount",
            .type = "coins_put_in")
BAD_PAYLOAD(meta_that_cannot_be_read,
            .json = "{\"name\":\"a\"}",
            .why = "origin",
            .meta = "{\"a")

static char *repeat(const char *head, char builder, size_t count, const char *tail)
{
    size_t size = strlen(head) + count + strlen(tail) + 1;
    char *text = malloc(size);

    assert_non_null(text);
    memset(text, builder, size);
    memcpy(text, head, strlen(head));
    memcpy(text + strlen(head) + count, tail, strlen(tail) + 1);
    return text;
}

/* Also where it would be skipped. */
static void json_that_is_too_deep(void **state)
{
    char *json = repeat("{\"name\":\"a\",\"b\":", '[', 100000, "");

    try_payload(*state, (struct bad){.json = json, .why = "deep"});
    free(json);
}

static void json_that_is_too_long(void **state)
{
    char *json = repeat("{\"name\":\"", 'a', 1 << 20, "\"}");

    try_payload(*state, (struct bad){.json = json, .why = "bytes"});
    free(json);
}

/* A subscriber skips what it has no handler for; an aggregate must know all. */
static void an_event_of_a_type_that_nobody_knows(void **state)
{
    struct world *world = *state;
    const struct bad bad = {.json = "{}", .why = "coins_melted", .type = "coins_melted"};

    store_bad(world, &bad);
    settle(world);
    assert_int_equal(measure(world).dead + measure(world).parked, 0);
    expect_shown(world, 5, 3);
}

/* Others of its kind may be anywhere: the view waits before the first. */
static void an_event_of_a_newer_version(void **state)
{
    struct world *world = *state;
    const struct bad bad = {
        .json = "{\"name\":\"a\"}", .why = "version 7", .type_version = 7};

    store_bad(world, &bad);
    settle(world);
    assert_int_equal(measure(world).position, 2);
    assert_int_equal(measure(world).dead + measure(world).parked, 0);
    assert_int_not_equal(measure(world).suspended.us, 0);
    expect_words(measure(world).reason,
                 (const char *const[]){"purse_named", "version 7", NULL});
    expect_shown(world, 2, 1);
}

/* ---- a decaying disk --------------------------------------------------------- */

static void run_sql(sqlite3 *database, const char *sql)
{
    char *error = NULL;

    if (sqlite3_exec(database, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s", sql, error);
}

/* A disk knows no triggers. */
static void alter(struct world *world, const char *sql)
{
    char *trigger;
    sqlite3_stmt *statement;
    sqlite3 *database;

    assert_int_equal(sqlite3_open(world->path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(database,
                                        "SELECT sql FROM sqlite_schema WHERE name ="
                                        " 'events_are_never_changed'",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    trigger = sqlite3_mprintf("%s", sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    run_sql(database, "DROP TRIGGER events_are_never_changed");
    run_sql(database, sql);
    assert_int_equal(sqlite3_changes(database), 1);
    run_sql(database, trigger);
    sqlite3_free(trigger);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

/* It may be any event from there on: the view waits, and goes on when it is mended. */
static void a_flipped_byte_is_named_and_stops_its_stream_alone(void **state)
{
    struct world *world = *state;

    put_good(world, "good");
    put_good(world, "bad");
    put_good(world, "good");
    close_world(world);
    alter(world,
          "UPDATE events SET payload = CAST(replace(CAST(payload AS TEXT), '1',"
          " '3') AS BLOB) WHERE position = 2");
    open_world(world);
    assert_result(put(world, "bad"), JANGLE_STORAGE);
    expect_words(world->outcome.error.message,
                 (const char *const[]){"purse", "bad", "is not what was stored", NULL});
    put_good(world, "good");
    put_good(world, "other");
    settle(world);
    assert_int_equal(measure(world).position, 1);
    assert_int_equal(measure(world).dead + measure(world).parked, 0);
    expect_words(measure(world).reason,
                 (const char *const[]){"is not what was stored", NULL});
    expect_shown(world, 1, 1);
    close_world(world);
    alter(world,
          "UPDATE events SET payload = CAST(replace(CAST(payload AS TEXT), '3',"
          " '1') AS BLOB) WHERE position = 2");
    open_world(world);
    put_good(world, "bad");
    settle(world);
    expect_shown(world, 6, 4);
}

/* ---- snapshots --------------------------------------------------------------- */

static const char lie[] = "{\"total\":999,\"name\":\"stolen\"}";

static enum jangle_result copy_snapshot(void *context,
                                        const struct jangle_snapshot *snapshot)
{
    *(struct jangle_snapshot *)context = *snapshot;
    return JANGLE_OK;
}

/* Twenty-five events, and a snapshot of the 20th or later, which tells a lie. */
static void take_snapshot(struct world *world, struct jangle_snapshot *snapshot)
{
    struct jangle_snapshot_store *snapshots = world->jangle->snapshots;

    for (int i = 0; i < 25; i++)
        put_good(world, "bad");
    settle(world);
    assert_result(
        snapshots->ops->load(snapshots, "purse/bad", copy_snapshot, snapshot, NULL),
        JANGLE_OK);
    snapshot->stream = "purse/bad";
    snapshot->payload = lie;
    snapshot->payload_size = strlen(lie);
}

static void expect_state(struct world *world, int64_t version)
{
    const struct jn_loader *loader = &world->jangle->commands->loader;
    const struct purse_state *purse;
    struct jn_state loaded;

    assert_result(jn_state_init(&loaded, loader, &purse_aggregate, "bad", NULL),
                  JANGLE_OK);
    assert_result(jn_state_load(&loaded, NULL), JANGLE_OK);
    purse = loaded.data;
    assert_int_equal(loaded.version, version);
    assert_int_equal(purse->total, version);
    assert_string_equal(purse->name, "");
    jn_state_finish(&loaded);
}

/* As if there had been none. */
static void expect_passed_over(struct world *world,
                               const struct jangle_snapshot *snapshot)
{
    struct jangle_snapshot_store *snapshots = world->jangle->snapshots;

    assert_result(snapshots->ops->forget(snapshots, "purse/bad", NULL), JANGLE_OK);
    assert_result(snapshots->ops->save(snapshots, snapshot, NULL), JANGLE_OK);
    expect_state(world, 25);
    assert_result(snapshots->ops->save(snapshots, snapshot, NULL), JANGLE_OK);
    put_good(world, "bad");
    assert_string_equal(world->outcome.reply, "26");
    assert_int_equal(world->outcome.version, 26);
    settle(world);
    put_good(world, "bad");
    assert_string_equal(world->outcome.reply, "27");
}

#define SPOILED_SNAPSHOT(name, ...)                                                      \
    static void name(void **state)                                                       \
    {                                                                                    \
        static struct jangle_snapshot spoiled;                                           \
        struct jangle_snapshot *snapshot = &spoiled;                                     \
                                                                                         \
        take_snapshot(*state, &spoiled);                                                 \
        __VA_ARGS__;                                                                     \
        jn_snapshot_hash(&spoiled, spoiled.hash);                                        \
        expect_passed_over(*state, &spoiled);                                            \
    }

SPOILED_SNAPSHOT(a_snapshot_of_garbage,
                 snapshot->payload = "\xfe\xfe\xfe\xfe",
                 snapshot->payload_size = 4)
SPOILED_SNAPSHOT(a_snapshot_of_text,
                 snapshot->payload = "total=25",
                 snapshot->payload_size = 8)
SPOILED_SNAPSHOT(a_snapshot_cut_short, snapshot->payload_size = 5)
SPOILED_SNAPSHOT(a_snapshot_of_nothing, snapshot->payload_size = 0)
SPOILED_SNAPSHOT(a_snapshot_of_another_event, snapshot->event_id[3] ^= 1)
SPOILED_SNAPSHOT(a_snapshot_beyond_the_end, snapshot->version = 1000)
SPOILED_SNAPSHOT(a_snapshot_of_an_earlier_version, snapshot->version = 7)
SPOILED_SNAPSHOT(a_snapshot_of_no_version, snapshot->version = 0)
SPOILED_SNAPSHOT(a_snapshot_of_another_store, snapshot->store_id[0] ^= 1)
SPOILED_SNAPSHOT(a_snapshot_of_another_state, snapshot->state_hash[9] ^= 1)
SPOILED_SNAPSHOT(a_snapshot_of_a_newer_state, snapshot->state_version = 2)

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_nul_in_a_text),
        TEST(no_bytes_at_all),
        TEST(json_that_ends_too_soon),
        TEST(json_with_something_behind),
        TEST(no_json_at_all),
        TEST(a_list_instead_of_an_object),
        TEST(null_instead_of_an_object),
        TEST(bytes_that_are_no_utf8),
        TEST(half_a_surrogate_pair),
        TEST(a_value_of_another_kind),
        TEST(a_member_given_twice),
        TEST(a_number_out_of_range),
        TEST(a_fraction_of_a_coin),
        TEST(meta_that_cannot_be_read),
        TEST(json_that_is_too_deep),
        TEST(json_that_is_too_long),
        TEST(an_event_of_a_type_that_nobody_knows),
        TEST(an_event_of_a_newer_version),
        TEST(a_flipped_byte_is_named_and_stops_its_stream_alone),
        TEST(a_snapshot_of_garbage),
        TEST(a_snapshot_of_text),
        TEST(a_snapshot_cut_short),
        TEST(a_snapshot_of_nothing),
        TEST(a_snapshot_of_another_event),
        TEST(a_snapshot_beyond_the_end),
        TEST(a_snapshot_of_an_earlier_version),
        TEST(a_snapshot_of_no_version),
        TEST(a_snapshot_of_another_store),
        TEST(a_snapshot_of_another_state),
        TEST(a_snapshot_of_a_newer_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
