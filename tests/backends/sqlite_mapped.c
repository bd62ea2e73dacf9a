/* sqlite_mapped.c - readers that map the store's file: nobody else maps it, and what they
 * read is the same. */
#include "contract/world.h"
#include "sqlite/file/readers.h"
#include "sqlite/store/sqlite_store.h"

#include <jangle/config.h>

#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* The WAL is written into the file after a few commits, so that pages are read there. */
enum { MAPPED_BYTES = 1 << 20, CHECKPOINT_FRAMES = 5, EVENTS = 300 };

static struct jangle_storage mapped(const char *path)
{
    static const struct jangle_sqlite_options options = {
        .wal_checkpoint_frames = CHECKPOINT_FRAMES, .reader_mmap_bytes = MAPPED_BYTES};

    return jangle_sqlite_with(path, &options);
}

static struct jangle_storage not_mapped(const char *path)
{
    static const struct jangle_sqlite_options options = {.wal_checkpoint_frames =
                                                             CHECKPOINT_FRAMES};

    return jangle_sqlite_with(path, &options);
}

static int64_t mapped_by(struct jn_database *database)
{
    int64_t bytes = -1;

    assert_non_null(database->handle);
    assert_result(jn_database_number(database, "PRAGMA mmap_size", &bytes, NULL),
                  JANGLE_OK);
    return bytes;
}

/* Does this process have the file in its address space? */
static bool is_in_memory(const char *path)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[TEMP_PATH_SIZE + 200];
    bool found = false;

    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        line[strcspn(line, "\n")] = '\0';
        if (strlen(line) >= strlen(path))
            found = found || strcmp(line + strlen(line) - strlen(path), path) == 0;
    }
    fclose(maps);
    return found;
}

/* All readers at once, so that each is opened. */
static void check_readers(struct jn_file *file, int64_t bytes)
{
    struct jn_database *readers[JN_READER_COUNT];

    for (size_t i = 0; i < JN_READER_COUNT; i++) {
        assert_result(jn_file_take_reader(file, &readers[i], NULL), JANGLE_OK);
        assert_int_equal(mapped_by(readers[i]), bytes);
    }
    for (size_t i = 0; i < JN_READER_COUNT; i++)
        jn_file_release_reader(file, readers[i]);
}

static void check_others(struct jn_file *file)
{
    struct jn_database backup = {0};

    assert_int_equal(mapped_by(&file->writer), 0);
    assert_result(jn_file_connect(file, &backup, 1000, NULL), JANGLE_OK);
    assert_int_equal(mapped_by(&backup), 0);
    jn_database_close(&backup);
}

static void readers_map_the_file_and_nobody_else_does(void **state)
{
    struct world *world = *state;
    struct jn_file *file = jn_file_of(world->store);

    store_events(world, "a", EVENTS);
    assert_false(is_in_memory(world->path));
    check_readers(file, MAPPED_BYTES);
    check_others(file);
    show_stream(world, "a", EVENTS - 1);
    assert_true(is_in_memory(world->path));
}

static void without_the_option_nobody_does(void **state)
{
    struct world *world = *state;
    struct jn_file *file = jn_file_of(world->store);

    store_events(world, "a", EVENTS);
    check_readers(file, 0);
    check_others(file);
    show_stream(world, "a", EVENTS - 1);
    assert_false(is_in_memory(world->path));
}

/* Readers that a fence has closed are opened as they were. */
static void readers_that_are_opened_again_map_it_too(void **state)
{
    struct world *world = *state;
    struct jn_file *file = jn_file_of(world->store);

    check_readers(file, MAPPED_BYTES);
    assert_result(jn_file_stop_readers(file, 1000, NULL), JANGLE_OK);
    jn_file_resume_readers(file);
    check_readers(file, MAPPED_BYTES);
}

/* ---- the same is read --------------------------------------------------------- */

/* Two streams in turns, whose payloads have from none to many overflow pages. */
static void store_payloads(struct world *world, int from, int to)
{
    for (int at = from; at < to; at++) {
        size_t size = (size_t)at * (size_t)at;
        char *payload = malloc(size + 1);
        struct jangle_record record = record_of(at % 2 ? "a" : "b", 0);

        assert_non_null(payload);
        memset(payload, 'a' + at % 26, size + 1);
        record.payload = payload;
        record.payload_size = size;
        assert_result(commit_record(world, record), JANGLE_OK);
        free(payload);
    }
}

static enum jangle_result compare_next(void *context, const struct jangle_record *record)
{
    struct jangle_record *expected = context;
    size_t size = (size_t)(record->position - 1) * (size_t)(record->position - 1);

    assert_int_equal(record->position, expected->position + 1);
    assert_int_equal(record->payload_size, size);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(((const char *)record->payload)[i],
                         'a' + (record->position - 1) % 26);
    expected->position++;
    return JANGLE_OK;
}

/* What was read is what was written, with the mapping and without, while the file grows
 * beyond the mapping and its pages are half in the WAL. */
static void what_is_read_is_what_was_written(void **state)
{
    struct world *world = *state;

    for (int end = 20; end <= 160; end += 20) {
        struct jangle_record last = {0};

        store_payloads(world, end - 20, end);
        assert_result(
            world->store->ops->read_all(world->store, 0, 1000, compare_next, &last, NULL),
            JANGLE_OK);
        assert_int_equal(last.position, end);
        assert_int_equal(version_of(world, "account", "a"), end / 2);
        assert_int_equal(version_of(world, "account", "b"), end / 2);
    }
    assert_string_equal(show_stream(world, "b", 78), "157:account/b@79 159:account/b@80");
}

/* ---- what becomes of an I/O error ---------------------------------------------- */

enum { DONE = 70 }; /* and above it the result of the last read */

static enum jangle_result read_all(struct jangle_store *store)
{
    struct counting counting = {0};

    return store->ops->read_all(store, 0, 1000, count_record, &counting, NULL);
}

/* In a process of its own, whose end is what the test is about. Another program makes the
 * file shorter, so that its last pages can be read no more. With a mapping they were in
 * it before that; without one they are not in SQLite's cache. */
static void read_what_is_gone(struct world *world, bool is_mapped)
{
    char path[TEMP_PATH_SIZE];
    struct jangle_stores own;

    signal(SIGBUS, SIG_DFL); /* a sanitizer has a handler */
    temp_directory_path(path, world->directory, "other.db");
    own = world_open_another(world, path);
    world->store = own.store;
    store_payloads(world, 0, 120);
    if (is_mapped && read_all(own.store))
        _exit(1);
    if (!is_mapped) {
        world_close_another(&own);
        own = world_open_another(world, path);
    }
    if (truncate(path, 3 * 4096))
        _exit(2);
    _exit(DONE + (int)read_all(own.store));
}

static int end_of_who_reads_what_is_gone(struct world *world, bool is_mapped)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (!child)
        read_what_is_gone(world, is_mapped);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

/* docs/operations.md says so of readers that map. */
static void an_io_error_of_a_mapped_reader_is_sigbus(void **state)
{
    int status = end_of_who_reads_what_is_gone(*state, true);

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGBUS);
}

static void an_io_error_of_any_other_reader_is_a_result(void **state)
{
    int status = end_of_who_reads_what_is_gone(*state, false);

    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), DONE + JANGLE_STORAGE);
}

int main(void)
{
    const struct backend with = {
        .name = "sqlite with mapped readers", .storage = mapped, .durable = true};
    const struct backend without = {
        .name = "sqlite", .storage = not_mapped, .durable = true};
    const struct CMUnitTest tests[] = {
        WORLD_TEST(readers_map_the_file_and_nobody_else_does),
        WORLD_TEST(readers_that_are_opened_again_map_it_too),
        WORLD_TEST(what_is_read_is_what_was_written),
        WORLD_TEST(an_io_error_of_a_mapped_reader_is_sigbus),
    };
    const struct CMUnitTest plain[] = {
        WORLD_TEST(without_the_option_nobody_does),
        WORLD_TEST(what_is_read_is_what_was_written),
        WORLD_TEST(an_io_error_of_any_other_reader_is_a_result),
    };

    return world_run("mapped readers", tests, sizeof tests / sizeof *tests, &with) +
           world_run("plain readers", plain, sizeof plain / sizeof *plain, &without) +
           store_contract(&with);
}
