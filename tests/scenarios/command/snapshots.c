/* snapshots.c - whatever a decaying disk makes of a snapshot, it is not believed: it is
 * dropped, the log says so, and the state is built from the events. */
#include "support/domains/purse.h"
#include "support/stores/sqlite_damage.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/jangle.h>
#include <jangle/plugin/snapshot_store.h>

#include "core/engine.h"

#include <stdio.h>
#include <string.h>

enum { SNAPSHOT_AT = 20, PUT_IN = 23 }; /* purses keep one every 20 events */

struct world {
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
    struct jangle *jangle;
    char log[1000]; /* SNAPSHOT_REFUSED and worse */
};

static void hear(void *context, const struct jangle_log_entry *entry)
{
    struct world *world = context;
    size_t length = strlen(world->log);

    if (entry->level <= JANGLE_LEVEL_WARNING &&
        strcmp(entry->topic, "STORE_AT_RISK") != 0)
        snprintf(world->log + length, sizeof world->log - length, "%s %s: %s\n",
                 entry->topic, entry->pair_count ? entry->pairs[0].text : "",
                 entry->message);
}

static void open_world(struct world *world)
{
    struct jangle_error error = {0};
    struct jangle_config config = {
        .aggregates = purse_aggregates,
        .storage = jangle_sqlite(world->path),
        .host = {.logger = {hear, world}},
    };

    world->jangle = jangle_open(&config, &error);
    if (!world->jangle)
        fail_msg("%s", error.message);
}

static void close_world(struct world *world)
{
    assert_result(jangle_close(world->jangle, -1), JANGLE_OK);
    world->jangle = NULL;
}

static int set_up(void **state)
{
    static struct world world;

    world = (struct world){.log = ""};
    if (!temp_directory_make(world.directory))
        return -1;
    temp_directory_path(world.path, world.directory, "purses.db");
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

static void put(struct world *world, const char *purse, const char *reply)
{
    struct jangle_outcome outcome;

    assert_result(
        jangle_send(world->jangle, &outcome, put_in, .purse_id = purse, .amount = 1),
        JANGLE_OK);
    if (reply)
        assert_string_equal(outcome.reply, reply);
}

/* Two purses, each with a snapshot; closed. */
static void fill(struct world *world)
{
    int64_t done = 1;

    open_world(world);
    for (int i = 0; i < PUT_IN; i++) {
        put(world, "a", NULL);
        put(world, "b", NULL);
        if (i + 1 == SNAPSHOT_AT)
            while (done)
                assert_result(jangle_poll(world->jangle, &done, NULL), JANGLE_OK);
    }
    close_world(world);
}

static enum jangle_result visit(void *context, const struct jangle_snapshot *snapshot)
{
    *(int64_t *)context = snapshot->version;
    return JANGLE_OK;
}

/* -1: there is none. */
static int64_t version_kept(struct world *world, const char *stream)
{
    struct jangle_snapshot_store *snapshots = world->jangle->snapshots;
    int64_t version = -1;

    snapshots->ops->load(snapshots, stream, visit, &version, NULL);
    return version;
}

/* It is dropped, and another one is taken when a command asks for it. */
static void expect_rebuilt(struct world *world, const char *sql, const char *says)
{
    int64_t done = 1;

    fill(world);
    open_world(world);
    assert_int_equal(version_kept(world, "purse/a"), SNAPSHOT_AT);
    close_world(world);
    if (sqlite_damage_by(world->path, sql) < 1)
        fail_msg("%s changes nothing", sql);
    world->log[0] = '\0';
    open_world(world);
    put(world, "a", "24");
    if (!strstr(world->log, "SNAPSHOT_REFUSED purse/a: ") || !strstr(world->log, says))
        fail_msg("%s: the log says \"%s\", not \"%s\"", sql, world->log, says);
    assert_null(strstr(world->log, "STORE_FAILED"));
    while (done)
        assert_result(jangle_poll(world->jangle, &done, NULL), JANGLE_OK);
    assert_int_equal(version_kept(world, "purse/a"), 24);
    world->log[0] = '\0';
    put(world, "a", "25");
    assert_string_equal(world->log, "");
}

#define DAMAGED(name, sql, says)                                                         \
    static void name(void **state)                                                       \
    {                                                                                    \
        expect_rebuilt(*state, sql, says);                                               \
    }

#define MISFIT      "it is damaged: its hash does not fit"
#define SET(change) "UPDATE snapshots SET " change " WHERE stream = 'purse/a'"

DAMAGED(one_digit_of_its_payload,
        SET("payload = CAST(replace(CAST(payload AS TEXT), '20', '70') AS BLOB)"),
        MISFIT)
DAMAGED(a_payload_of_nothing, SET("payload = CAST('{}' AS BLOB)"), MISFIT)
DAMAGED(no_payload, SET("payload = NULL"), "column payload holds NULL")
DAMAGED(its_version, SET("version = 19"), MISFIT)
DAMAGED(no_version, SET("version = NULL"), "column version holds NULL")
DAMAGED(a_version_far_ahead, SET("version = 1 << 60"), MISFIT)
DAMAGED(its_state_version, SET("state_version = 2"), MISFIT)
DAMAGED(a_state_version_beyond_reason,
        SET("state_version = 1 << 40"),
        "row purse/a, column state_version holds 1099511627776")
DAMAGED(its_description, SET("state_hash = zeroblob(16)"), MISFIT)
DAMAGED(its_store, SET("store_id = zeroblob(16)"), MISFIT)
DAMAGED(its_event, SET("event_id = zeroblob(16)"), MISFIT)
DAMAGED(its_event_of_another_size,
        SET("event_id = x'01'"),
        "column event_id holds 1 bytes, not 16")
DAMAGED(its_hash, SET("hash = zeroblob(16)"), MISFIT)
DAMAGED(
    the_row_of_another_stream,
    "UPDATE snapshots SET (version, state_version, state_hash, store_id, event_id,"
    " payload, hash) = (SELECT version, state_version, state_hash, store_id,"
    " event_id, payload, hash FROM snapshots AS s WHERE s.stream <> snapshots.stream)",
    MISFIT)

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_digit_of_its_payload),
        TEST(a_payload_of_nothing),
        TEST(no_payload),
        TEST(its_version),
        TEST(no_version),
        TEST(a_version_far_ahead),
        TEST(its_state_version),
        TEST(a_state_version_beyond_reason),
        TEST(its_description),
        TEST(its_store),
        TEST(its_event),
        TEST(its_event_of_another_size),
        TEST(its_hash),
        TEST(the_row_of_another_stream),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
