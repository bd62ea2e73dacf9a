/* stream_names.c - the events of a log are shown by names of streams that the reader
 * knows, or by those that it looks up: the records and the sentences are the same. A
 * handle that has read all before is compared with one that was just opened, and with
 * what is read stream by stream, which names nothing. */
#include "sqlite/file/stream_names.h"

#include "contract/world.h"
#include "sqlite/file/readers.h"
#include "sqlite/store/sqlite_store.h"
#include "support/effort.h"
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

static void assert_shows(const struct shown_log *log, struct shown_log other)
{
    assert_string_equal(other.text, log->text);
    free(other.text);
}

/* By the rows of streams, as they are asked for with the events; by rows that are looked
 * up one by one; by names that the handle knows; and by whichever way it has come to. */
static void assert_same_log(struct world *world, struct jangle_store *warm)
{
    struct shown_log log = show_log_cold(world, false);

    assert_shows(&log, show_log_cold(world, true));
    assert_shows(&log, show_log(warm, 0, SIZE_MAX));
    trust_names(warm);
    assert_shows(&log, show_log(warm, 0, SIZE_MAX));
    free(log.text);
}

/* ---- drawn events -------------------------------------------------- */

enum { STREAMS = 7, MORE = 60, LONG = 300, LARGE = 9000 };

static char long_id[LONG + 1];

static const char *const kinds[STREAMS] = {"account", "account", "account", "account",
                                           "purse",   "purse",   "a kind"};
static const char *const ids[STREAMS] = {"a", "b", "c", long_id, "a", "b", "\303\251"};

static int64_t below(uint64_t *chance, int64_t limit)
{
    *chance = *chance * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)(*chance >> 33) % limit;
}

static char large[LARGE];
static char more_ids[MORE][4];

/* Some streams have many events, and new ones come all the time. */
static void draw_stream(uint64_t *chance, const char **kind, const char **id)
{
    int64_t stream = below(chance, STREAMS);

    *kind = below(chance, 4) ? kinds[stream] : "more";
    *id = strcmp(*kind, "more") == 0 ? more_ids[below(chance, MORE)] : ids[stream];
}

static void draw(uint64_t *chance, struct jangle_record *record)
{
    static const char *const types[] = {"deposited", "withdrawn", "closed"};
    static const char *const metas[] = {NULL, "{}", "{\"actor\":\"Ann\"}"};
    const char *kind, *id;

    draw_stream(chance, &kind, &id);
    *record = typed_record(kind, id, types[below(chance, 3)]);
    record->type_version = 1 + (int)below(chance, 2);
    record->meta = metas[below(chance, 3)];
    record->at = (jangle_time){below(chance, 1000000)};
    for (size_t i = 0; i < sizeof record->event_id; i++)
        record->event_id[i] = (unsigned char)below(chance, 256);
    record->payload = large;
    record->payload_size = (size_t)below(chance, below(chance, 10) ? 60 : (int64_t)LARGE);
}

static void store_some(struct world *world, struct jangle_store *store, uint64_t *chance)
{
    struct jangle_record records[5];
    struct jangle_append append = {.records = records,
                                   .count = 1 + (size_t)below(chance, 5)};
    struct jangle_group group = {.appends = &append, .append_count = 1};

    for (size_t i = 0; i < append.count; i++)
        draw(chance, &records[i]);
    assert_result(store->ops->commit(store, &group, &world->error), JANGLE_OK);
    if (append.error.result)
        fail_msg("%s", append.error.message);
}

static int prepare(void **state)
{
    memset(long_id, 'x', LONG);
    for (size_t i = 0; i < LARGE; i++)
        large[i] = (char)(i * 7 + i / 251);
    for (int i = 0; i < MORE; i++)
        snprintf(more_ids[i], sizeof more_ids[i], "%d", i);
    return world_setup(state);
}

#define NAMES_TEST(name)                                                                 \
    {                                                                                    \
#name, name, prepare, world_teardown, NULL                                       \
    }

/* ---- all ways show the same -------------------------------------------------- */

/* Each line of a stream is a line of the log, and there are no others. */
static void assert_streams_are(struct jangle_store *store, const struct shown_log *log)
{
    size_t lines = 0;

    for (int i = 0; i < STREAMS + MORE; i++) {
        struct shown_log stream =
            i < STREAMS ? show_log_of_stream(store, kinds[i], ids[i])
                        : show_log_of_stream(store, "more", more_ids[i - STREAMS]);

        for (char *line = stream.text, *end; *line; line = end + 1) {
            end = strchr(line, '\n');
            *end = '\0';
            assert_non_null(strstr(log->text, line));
        }
        lines += stream.count;
        free(stream.text);
    }
    assert_int_equal(lines, log->count);
}

/* Any part of the log, so that a reading begins and ends anywhere. */
static void
assert_same_part(struct world *world, struct jangle_store *warm, uint64_t *chance)
{
    struct jangle_stores cold = world_open_another(world, world->path);
    int64_t position = below(chance, 40);
    size_t limit = (size_t)below(chance, 40);
    struct shown_log log = show_log(cold.store, position, limit);

    assert_shows(&log, show_log(warm, position, limit));
    free(log.text);
    world_close_another(&cold);
}

static void one_history(struct world *world, uint64_t chance)
{
    enum { TURNS = 25 };
    struct jangle_stores beside = world_open_another(world, world->path);
    struct jangle_store *handles[] = {world->store, beside.store};
    struct shown_log log;

    for (int i = 0; i < TURNS; i++) {
        store_some(world, handles[below(&chance, 2)], &chance);
        if (!below(&chance, 12))
            atomic_store(&jn_file_of(handles[below(&chance, 2)])->fenced, true);
        assert_same_log(world, handles[below(&chance, 2)]);
        assert_same_part(world, handles[below(&chance, 2)], &chance);
    }
    log = show_log(world->store, 0, SIZE_MAX);
    assert_streams_are(world->store, &log);
    free(log.text);
    world_close_another(&beside);
}

static void known_and_looked_up_are_the_same(void **state)
{
    int histories = effort_count(EFFORT_STREAM_NAMES);
    uint64_t seed = effort_seed();

    for (int i = 0; i < histories; i++)
        one_history(*state, seed + (uint64_t)i);
}

/* More than a page, and pages that are full of bytes. */
static void long_logs_are_the_same(void **state)
{
    enum { APPENDS = 300 };
    struct world *world = *state;
    uint64_t chance = 1;
    struct shown_log log;

    for (int i = 0; i < APPENDS; i++)
        store_some(world, world->store, &chance);
    log = show_log(world->store, 0, SIZE_MAX);
    assert_true(log.count > APPENDS);
    assert_same_log(world, world->store);
    assert_streams_are(world->store, &log);
    free(log.text);
}

static void work_of_another(struct world *world)
{
    uint64_t chance = (uint64_t)head_of(world) + 17;

    for (int i = 0; i < 10; i++)
        store_some(world, world->store, &chance);
}

/* And each of them dies with its store open, which is followed by a fence. */
static void what_other_processes_store_is_the_same(void **state)
{
    struct world *world = *state;

    for (int i = 0; i < 3; i++) {
        world_in_other_processes(world, 2, work_of_another);
        assert_same_log(world, world->store);
    }
}

/* ---- names in memory ---------------------------------------- */

/* Those of the reader that a single thread gets. */
static struct jn_stream_names *names_of(const struct world *world)
{
    return &jn_file_of(world->store)->readers[0].names;
}

static const char *known_id(const struct world *world, int64_t number)
{
    const struct jn_stream_name *name = jn_stream_names_find(names_of(world), number);

    return name ? name->id : "none";
}

static void names_are_known_when_an_event_was_shown(void **state)
{
    struct world *world = *state;

    store_events(world, "a", 1);
    store_events(world, "b", 1);
    assert_string_equal(known_id(world, 1), "none");
    assert_string_equal(show_all(world, 0, 1), "1:account/a@1");
    assert_string_equal(known_id(world, 1), "a");
    assert_string_equal(known_id(world, 2), "none");
    assert_string_equal(show_stream(world, "b", 0), "2:account/b@1");
    assert_string_equal(known_id(world, 2), "none");
    assert_string_equal(show_all(world, 1, 9), "2:account/b@1");
    assert_string_equal(known_id(world, 2), "b");
}

/* As after a fence that took a commit away: its position and its number are given again,
 * to an event of another stream. */
static void a_number_that_was_given_again_is_looked_up(void **state)
{
    struct world *world = *state;
    struct jangle_stores another = world_open_another(world, world->path);

    store_events(world, "a", 1);
    store_events(world, "lost", 1);
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1 2:account/lost@1");
    assert_int_equal(sqlite_damage_by(world->path, "DELETE FROM events WHERE stream = 2"),
                     1);
    assert_int_equal(sqlite_damage_by(world->path, "DELETE FROM streams WHERE id = 2"),
                     1);
    store_events(&(struct world){.store = another.store}, "next", 1);
    trust_names(world->store);
    assert_string_equal(known_id(world, 2), "lost");
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1 2:account/next@1");
    assert_string_equal(known_id(world, 2), "next");
    world_close_another(&another);
}

static void names_of_another_stream_are_no_use(void **state)
{
    struct world *world = *state;
    const struct jangle_allocator *allocator = &world->host.host.allocator;

    store_events(world, "a", 1);
    store_events(world, "b", 1);
    jn_stream_names_keep(names_of(world), allocator, 1, "account", "b");
    jn_stream_names_keep(names_of(world), allocator, 2, "account", "a");
    trust_names(world->store);
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1 2:account/b@1");
}

/* What the checksum of an event does not prove is not known. */
static void names_of_a_damaged_event_are_not_kept(void **state)
{
    struct world *world = *state;

    store_events(world, "a", 1);
    world_reopen(world);
    assert_int_equal(
        sqlite_damage_by(world->path, "UPDATE streams SET name = 'z' WHERE id = 1"), 1);
    for (int trusts = 0; trusts < 2; trusts++) {
        assert_string_equal(show_all(world, 0, 9), "STORAGE");
        assert_string_equal(known_id(world, 1), "none");
        trust_names(world->store);
    }
}

static void names_are_forgotten_when_the_file_is_opened_again(void **state)
{
    struct world *world = *state;
    struct jn_file *file = jn_file_of(world->store);

    store_events(world, "a", 1);
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1");
    assert_string_equal(known_id(world, 1), "a");
    trust_names(world->store);
    atomic_store(&file->fenced, true);
    assert_int_equal(version_of(world, "account", "a"), 1); /* passes the fence */
    assert_false(atomic_load(&file->fenced));
    assert_string_equal(known_id(world, 1), "none");
    assert_false(jn_stream_names_suffice(names_of(world)));
}

/* Rows of streams are asked for until most are known, and again when they are not. */
static void names_suffice_while_most_are_known(void **state)
{
    struct world *world = *state;
    struct jn_stream_names *names = names_of(world);
    char id[24];

    store_events(world, "a", 100);
    assert_false(jn_stream_names_suffice(names));
    show_all(world, 0, 10);
    assert_false(jn_stream_names_suffice(names));
    show_all(world, 10, 90);
    assert_true(jn_stream_names_suffice(names));
    for (int i = 0; i < 20; i++) {
        snprintf(id, sizeof id, "%d", i);
        store_events(world, id, 1);
    }
    show_all(world, 100, 20);
    assert_false(jn_stream_names_suffice(names));
}

/* There is a bound; numbers that follow one another do not disturb each other, and the
 * place of another is taken each fourth time. */
static void there_is_a_bound(void **state)
{
    enum { MANY = 60000, PLACES = 16384, BLOCKS = 128 };
    struct world *world = *state;
    const struct jangle_allocator *allocator = &world->host.host.allocator;
    struct jn_stream_names *names = names_of(world);
    int64_t pieces = world->host.memory.pieces, known = 0, later = 0;
    char id[24];

    for (int i = 1; i <= MANY; i++) {
        snprintf(id, sizeof id, "%d", i);
        jn_stream_names_keep(names, allocator, i, "account", id);
        if (i <= PLACES)
            assert_string_equal(known_id(world, i), id);
    }
    jn_stream_names_keep(names, allocator, MANY + 1, "account", long_id);
    assert_int_equal(world->host.memory.pieces - pieces, PLACES + BLOCKS);
    for (int i = 1; i <= MANY; i++) {
        snprintf(id, sizeof id, "%d", i);
        if (jn_stream_names_find(names, i))
            assert_string_equal(known_id(world, i), id);
        known += jn_stream_names_find(names, i) != NULL;
        later += i > PLACES && jn_stream_names_find(names, i);
    }
    assert_int_equal(known, PLACES);
    assert_in_range(later, PLACES / 4, (MANY - PLACES) / 4 + 1);
    assert_string_equal(known_id(world, MANY + 1), "none");
    assert_null(jn_stream_names_find(names, 0));
    assert_null(jn_stream_names_find(names, INT64_MIN));
    assert_null(jn_stream_names_find(names, -1));
    jn_stream_names_clear(names, allocator);
    assert_int_equal(world->host.memory.pieces, pieces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NAMES_TEST(known_and_looked_up_are_the_same),
        NAMES_TEST(long_logs_are_the_same),
        NAMES_TEST(what_other_processes_store_is_the_same),
        NAMES_TEST(names_are_known_when_an_event_was_shown),
        NAMES_TEST(a_number_that_was_given_again_is_looked_up),
        NAMES_TEST(names_of_another_stream_are_no_use),
        NAMES_TEST(names_of_a_damaged_event_are_not_kept),
        NAMES_TEST(names_are_forgotten_when_the_file_is_opened_again),
        NAMES_TEST(names_suffice_while_most_are_known),
        NAMES_TEST(there_is_a_bound),
    };

    return world_run("the names of streams", tests, sizeof tests / sizeof *tests,
                     &sqlite);
}
