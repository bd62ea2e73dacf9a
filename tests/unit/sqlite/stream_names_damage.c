/* stream_names_damage.c - whoever knows the names of streams says of a damaged event what
 * one says that looks them up. */
#include "contract/world.h"
#include "support/stores/shown_log.h"
#include "support/stores/sqlite_damage.h"

#include <jangle/config.h>

#include <stdlib.h>

static struct jangle_storage plain(const char *path)
{
    return jangle_sqlite(path);
}

static const struct backend sqlite = {
    .name = "sqlite", .storage = plain, .durable = true};

/* Of the last one of four events, whose stream is the first one. */
static const char *const of_events[] = {
    "stream = 2",
    "stream = 99",
    "stream = stream + 16384",
    "stream = NULL",
    "stream = 1.5",
    "stream = 'one'",
    "version = 7",
    "version = 'x'",
    "at = at + 1",
    "at = NULL, meta = x'00'",
    "type = 2",
    "type = 77",
    "type = NULL",
    "event_id = x'00'",
    "event_id = zeroblob(16)",
    "payload = x'7b7d'",
    "payload = 'text'",
    "payload = NULL",
    "digest = zeroblob(16)",
    "meta = '{\"actor\":1}'",
    "meta = 'a' || char(0) || 'b'",
    "meta = 7",
    "checksum = checksum + 1",
    "checksum = NULL",
    "position = 9",
    "stream = 55, meta = 7", /* the sentence is that of the table, which comes first */
};

/* Of that stream. Who knows its names shows what was stored. */
static const char *const of_streams[] = {
    "name = 'z'",
    "kind = 'purse'",
    "name = NULL",
    "name = 5",
    "kind = 'a' || char(0) || 'b'",
    "id = 99",
};

/* Three streams of one event each, and then one more of the first. */
static void store_four(struct world *world)
{
    store_events(world, "a", 1);
    store_events(world, "b", 1);
    store_events(world, "c", 1);
    store_events(world, "a", 1);
}

/* A handle that has shown all shows it again after the damage, by the names that it
 * knows. Then those do that know none. They say the same, whatever way they take; the
 * first one does if the damage is `named` by it, or else shows what was stored. */
static void damage_one(struct world *world, const char *sql, bool named)
{
    struct shown_log before = show_log(world->store, 0, SIZE_MAX), known, joined,
                     looked_up;

    assert_int_equal(before.count, 4);
    if (sqlite_damage_by(world->path, sql) != 1)
        fail_msg("nothing is damaged by %s", sql);
    trust_names(world->store);
    known = show_log(world->store, 0, SIZE_MAX);
    joined = show_log_cold(world, false);
    looked_up = show_log_cold(world, true);
    if (strcmp(before.text, joined.text) == 0)
        fail_msg("nobody notices %s", sql);
    assert_string_equal(looked_up.text, joined.text);
    assert_string_equal(known.text, named ? joined.text : before.text);
    free(before.text);
    free(known.text);
    free(joined.text);
    free(looked_up.text);
}

/* Each in a file of its own. */
static void damage_each(struct world *world,
                        const char *table,
                        const char *where,
                        const char *const *damages,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct world fresh = *world;
        struct jangle_stores stores;
        char name[32], sql[120];

        snprintf(name, sizeof name, "%s-%zu.db", table, i);
        temp_directory_path(fresh.path, world->directory, name);
        stores = world_open_another(world, fresh.path);
        fresh.store = stores.store;
        store_four(&fresh);
        snprintf(sql, sizeof sql, "UPDATE %s SET %s WHERE %s", table, damages[i], where);
        damage_one(&fresh, sql, strcmp(table, "events") == 0);
        world_close_another(&stores);
    }
}

static void damage_of_events_is_named_by_both(void **state)
{
    damage_each(*state, "events", "position = 4", of_events,
                sizeof of_events / sizeof *of_events);
}

static void damage_of_a_known_stream_is_not_of_its_events(void **state)
{
    damage_each(*state, "streams", "id = 1", of_streams,
                sizeof of_streams / sizeof *of_streams);
}

/* The stream is known by then, and the type is not. */
static void a_damaged_type_of_a_known_stream_is_named(void **state)
{
    struct world *world = *state;
    struct jangle_record other = typed_record("account", "a", "closed");

    store_events(world, "a", 1);
    assert_result(commit_record(world, other), JANGLE_OK);
    world_reopen(world);
    assert_int_equal(
        sqlite_damage_by(world->path,
                         "UPDATE types SET checksum = 0 WHERE name = 'closed'"),
        1);
    for (int trusts = 0; trusts < 2; trusts++) {
        assert_string_equal(show_all(world, 0, 9), "1:account/a@1 STORAGE");
        assert_non_null(strstr(world->error.message, "in table types, row 2"));
        trust_names(world->store);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(damage_of_events_is_named_by_both),
        WORLD_TEST(damage_of_a_known_stream_is_not_of_its_events),
        WORLD_TEST(a_damaged_type_of_a_known_stream_is_named),
    };

    return world_run("damage, and the names of streams", tests,
                     sizeof tests / sizeof *tests, &sqlite);
}
