/* sqlite_files.c - the file: where it may be, what may be in it, what is noticed when it
 * was touched. */
#include "contract/world.h"
#include "sqlite/file/files.h"
#include "sqlite/file/group.h"
#include "sqlite/file/schema.h"

#include <jangle/config.h>

#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct jangle_storage plain(const char *path)
{
    return jangle_sqlite(path);
}

static const struct backend sqlite = {
    .name = "sqlite", .storage = plain, .durable = true};

/* Nothing is opened: refused with a sentence that names the path, and says so. */
static void refused(struct world *world,
                    const char *path,
                    enum jangle_result result,
                    const char *because)
{
    struct jangle_storage storage = jangle_sqlite(path);
    struct jangle_stores stores = {0};
    struct jangle_error error = {0};

    assert_result(storage.open(&storage, &world->host.host, &stores, &error), result);
    if (!strstr(error.message, because) ||
        (path && !strstr(error.message, jn_files_shown(path))))
        fail_msg("\"%s\" does not name \"%s\" or say \"%s\"", error.message, path,
                 because);
    assert_null(stores.store);
    assert_null(stores.snapshots);
    assert_null(stores.views);
}

static const char *beside(struct world *world, const char *name)
{
    static char path[TEMP_PATH_SIZE];

    temp_directory_path(path, world->directory, name);
    return path;
}

static bool is_there(struct world *world, const char *name)
{
    return access(beside(world, name), F_OK) == 0;
}

/* Behind the closed store's back. */
static int try_sql(const char *path, const char *sql)
{
    sqlite3 *handle;
    int code;

    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    code = sqlite3_exec(handle, sql, NULL, NULL, NULL);
    sqlite3_close(handle);
    return code;
}

static void run_sql(const char *path, const char *sql)
{
    assert_int_equal(try_sql(path, sql), SQLITE_OK);
}

static void close_world(struct world *world)
{
    world_close_another(&world->stores);
}

/* ---- where it may be --------------------------------------------------------- */

static void a_store_is_its_owners_alone(void **state)
{
    static const char *const ends[] = {"store.db", "store.db-wal", "store.db-shm",
                                       "store.db-lock"};
    struct world *world = *state;

    store_events(world, "a", 1);
    for (size_t at = 0; at < sizeof ends / sizeof *ends; at++) {
        struct stat status;

        assert_int_equal(stat(beside(world, ends[at]), &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
    }
}

static void links_are_refused(void **state)
{
    struct world *world = *state;
    char hard[TEMP_PATH_SIZE], soft[TEMP_PATH_SIZE];

    temp_directory_path(hard, world->directory, "hard.db");
    temp_directory_path(soft, world->directory, "soft.db");
    close_world(world);
    assert_int_equal(symlink(world->path, soft), 0);
    refused(world, soft, JANGLE_INVALID, "symbolic link");
    assert_int_equal(link(world->path, hard), 0);
    refused(world, hard, JANGLE_INVALID, "hard link");
    refused(world, world->path, JANGLE_INVALID, "hard link");
    assert_false(is_there(world, "hard.db-lock"));
}

static void a_link_on_the_way_is_followed(void **state)
{
    struct world *world = *state;
    char way[TEMP_PATH_SIZE], path[2 * TEMP_PATH_SIZE];
    struct jangle_stores stores;

    temp_directory_path(way, world->directory, "way");
    snprintf(path, sizeof path, "%s/store.db", way);
    store_events(world, "a", 2);
    assert_int_equal(symlink(world->directory, way), 0);
    stores = world_open_another(world, path);
    assert_non_null(stores.store);
    world_close_another(&stores);
}

static void what_is_no_file_is_refused(void **state)
{
    struct world *world = *state;
    char path[TEMP_PATH_SIZE];

    refused(world, world->directory, JANGLE_INVALID, "is a directory");
    temp_directory_path(path, world->directory, "pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    refused(world, path, JANGLE_INVALID, "no ordinary file");
    temp_directory_path(path, world->directory, "");
    refused(world, path, JANGLE_INVALID, "names no file");
    refused(world, "", JANGLE_INVALID, "names no file");
    refused(world, NULL, JANGLE_INVALID, "jangle_memory()");
    refused(world, ":memory:", JANGLE_INVALID, "jangle_memory()");
}

static void a_directory_must_be_there_and_writable(void **state)
{
    struct world *world = *state;
    char path[3 * TEMP_PATH_SIZE];

    snprintf(path, sizeof path, "%s/missing/store.db", world->directory);
    refused(world, path, JANGLE_STORAGE, "there is no directory");
    snprintf(path, sizeof path, "%s/store.db/store.db", world->directory);
    refused(world, path, JANGLE_STORAGE, "there is no directory");
    refused(world, "/proc/store.db", JANGLE_STORAGE, "");
    snprintf(path, sizeof path, "%s/%0300d", world->directory, 0);
    refused(world, path, JANGLE_STORAGE, "name too long");
}

static void network_file_systems_are_known(void **state)
{
    (void)state;
    assert_string_equal(jn_files_network(0x6969), "NFS");
    assert_string_equal(jn_files_network(0xff534d42), "CIFS");
    assert_string_equal(jn_files_network(0xfe534d42), "SMB");
    assert_null(jn_files_network(0xef53));     /* ext4 */
    assert_null(jn_files_network(0x01021994)); /* tmpfs */
    assert_null(jn_files_network(0x794c7630)); /* overlay */
}

/* ---- what may be in it ------------------------------------------------------- */

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_foreign_file_is_refused_and_left_alone(void **state)
{
    struct world *world = *state;
    char path[TEMP_PATH_SIZE];
    struct stat before, after;

    temp_directory_path(path, world->directory, "letter.txt");
    write_file(path,
               "Dear bank, this is longer than a header of a hundred bytes is, so "
               "that it could be one. Yours sincerely, a customer of many years.");
    assert_int_equal(stat(path, &before), 0);
    refused(world, path, JANGLE_STORAGE, "not a database");
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_size, after.st_size);
    assert_false(is_there(world, "letter.txt-lock"));

    temp_directory_path(path, world->directory, "other.db");
    run_sql(path, "CREATE TABLE songs (name TEXT)");
    refused(world, path, JANGLE_INVALID, "not a jangle store");
    run_sql(path, "INSERT INTO songs VALUES ('one')");
    assert_false(is_there(world, "other.db-lock"));
    assert_false(is_there(world, "other.db-wal"));
}

static void a_newer_schema_is_refused(void **state)
{
    struct world *world = *state;

    store_events(world, "a", 1);
    close_world(world);
    run_sql(world->path, "PRAGMA user_version = 1000");
    refused(world, world->path, JANGLE_INVALID, "newer jangle");
}

/* It would change the tables beneath a program that reads them. */
static void an_older_schema_is_left_alone_while_somebody_has_it_open(void **state)
{
    struct world *world = *state;

    store_events(world, "a", 1);
    run_sql(world->path, "PRAGMA user_version = 1");
    refused(world, world->path, JANGLE_BUSY, "session 1 has it open");
    run_sql(world->path, "PRAGMA user_version = 2");
}

static void half_a_store_is_refused_and_says_what_to_do(void **state)
{
    struct world *world = *state;
    struct stat status;

    store_events(world, "a", 300);
    close_world(world);
    assert_int_equal(stat(world->path, &status), 0);
    assert_int_equal(truncate(world->path, status.st_size / 2), 0);
    refused(world, world->path, JANGLE_STORAGE,
            "it is damaged: restore a backup (SQLite");
}

static void an_empty_file_becomes_a_store(void **state)
{
    struct world *world = *state;
    char path[TEMP_PATH_SIZE];
    struct jangle_stores stores;

    temp_directory_path(path, world->directory, "empty.db");
    write_file(path, "");
    stores = world_open_another(world, path);
    assert_non_null(stores.store);
    world_close_another(&stores);
}

static void a_store_says_what_it_is(void **state)
{
    struct world *world = *state;
    char header[100] = "";
    FILE *file;

    close_world(world);
    file = fopen(world->path, "r");
    assert_non_null(file);
    assert_int_equal(fread(header, 1, sizeof header, file), sizeof header);
    fclose(file);
    assert_memory_equal(header + 68, "jngl", 4);
    assert_int_equal(header[16] * 256 + header[17], 4096);
    assert_int_equal(header[18], 2); /* written ahead */
}

/* A whole store is one file when nobody has it open: it can be copied with cp. */
static void a_closed_store_has_nothing_in_its_log(void **state)
{
    struct world *world = *state;
    struct stat status;

    store_events(world, "a", 100);
    close_world(world);
    assert_true(stat(beside(world, "store.db-wal"), &status) != 0 || status.st_size == 0);
}

/* ---- what is noticed --------------------------------------------------------- */

/* Every column of an event is covered, and the names that its numbers stand for. */
static void whatever_changes_in_an_event_is_noticed(void **state)
{
    static const char *const changes[] = {
        "UPDATE events SET payload = CAST('{\"amount\":900}' AS BLOB) WHERE position = 2",
        "UPDATE events SET at = at + 1 WHERE position = 2",
        "UPDATE events SET event_id = zeroblob(16) WHERE position = 2",
        "UPDATE events SET meta = '{\"actor\":\"eve\"}' WHERE position = 2",
        "UPDATE events SET meta = NULL WHERE position = 2",
        "UPDATE events SET checksum = checksum + 1 WHERE position = 2",
        "UPDATE events SET type = 2 WHERE position = 2",
        "UPDATE types SET name = 'funds_withdrawn'",
        "UPDATE types SET version = 2",
        "UPDATE streams SET name = 'z' WHERE name = 'a'",
        "UPDATE streams SET kind = 'purse'",
        "UPDATE events SET payload = NULL, digest = zeroblob(16) WHERE position = 2",
    };

    (void)state;
    for (size_t at = 0; at < sizeof changes / sizeof *changes; at++) {
        struct backend backend = sqlite;
        void *fresh = &backend;
        struct world *world;
        struct counting counting = {0};

        assert_int_equal(world_setup(&fresh), 0);
        world = fresh;
        store_events(world, "a", 3);
        close_world(world);
        run_sql(world->path, "DROP TRIGGER events_are_never_changed");
        run_sql(world->path, changes[at]);
        world->stores = world_open_another(world, world->path);
        world->store = world->stores.store;
        assert_result(world->store->ops->read_all(world->store, 0, 10, count_record,
                                                  &counting, &world->error),
                      JANGLE_STORAGE);
        if (!strstr(world->error.message, "is damaged"))
            fail_msg("%s: %s", changes[at], world->error.message);
        assert_int_equal(world_teardown(&fresh), 0);
    }
}

static void a_flipped_bit_names_its_event(void **state)
{
    struct world *world = *state;
    struct counting counting = {0};

    store_events(world, "a", 2);
    store_events(world, "b", 3);
    close_world(world);
    run_sql(world->path,
            "DROP TRIGGER events_are_never_changed;"
            "UPDATE events SET payload = CAST(replace(CAST(payload AS TEXT),"
            " '500', '501') AS BLOB) WHERE position = 4");
    world_reopen(world);
    assert_result(world->store->ops->read_stream(world->store, "account", "b", 0,
                                                 count_record, &counting, &world->error),
                  JANGLE_STORAGE);
    assert_int_equal(counting.count, 1);
    assert_non_null(strstr(world->error.message, world->path));
    assert_non_null(strstr(world->error.message, "event 4 (version 2 of account/b)"));
    assert_string_equal(show_stream(world, "a", 0), "1:account/a@1 2:account/a@2");
}

static void an_event_that_is_gone_is_noticed(void **state)
{
    struct world *world = *state;
    struct counting counting = {0};

    store_events(world, "a", 3);
    close_world(world);
    run_sql(world->path,
            "DROP TRIGGER events_are_never_deleted;"
            "DELETE FROM events WHERE position = 2");
    world_reopen(world);
    assert_result(world->store->ops->read_stream(world->store, "account", "a", 0,
                                                 count_record, &counting, &world->error),
                  JANGLE_STORAGE);
    assert_non_null(strstr(world->error.message, "version 2 of account/a is missing"));
    memset(&world->error, 0, sizeof world->error);
    assert_result(world->store->ops->read_all(world->store, 0, 10, count_record,
                                              &counting, &world->error),
                  JANGLE_STORAGE);
    assert_non_null(strstr(world->error.message, "event 2 is missing"));
}

static void the_last_event_of_a_stream_is_missed_too(void **state)
{
    struct world *world = *state;
    struct counting counting = {0};

    store_events(world, "a", 3);
    close_world(world);
    run_sql(world->path,
            "DROP TRIGGER events_are_never_deleted;"
            "DELETE FROM events WHERE position = 3");
    world_reopen(world);
    assert_result(world->store->ops->read_stream(world->store, "account", "a", 0,
                                                 count_record, &counting, &world->error),
                  JANGLE_STORAGE);
    assert_non_null(strstr(world->error.message, "account/a says version 3"));
    assert_non_null(strstr(world->error.message, "its last event is version 2"));
}

/* Numbers that no store ever came to are not counted on from. */
static void absurd_numbers_are_noticed(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 0);
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};

    store_events(world, "a", 1);
    close_world(world);
    run_sql(world->path, "UPDATE streams SET version = 9223372036854775807");
    world_reopen(world);
    assert_result(world->store->ops->commit(world->store, &group, &world->error),
                  JANGLE_STORAGE);
    assert_non_null(strstr(world->error.message, "row account a, column version"));

    close_world(world);
    run_sql(world->path,
            "DROP TRIGGER events_are_never_changed;"
            "UPDATE events SET position = 9223372036854775807");
    world_reopen(world);
    record = record_of("b", 0);
    memset(&world->error, 0, sizeof world->error);
    assert_result(world->store->ops->commit(world->store, &group, &world->error),
                  JANGLE_STORAGE);
    assert_non_null(strstr(world->error.message, "its last event is"));
}

/* What the law may demand: the payload goes, the proof of what it was stays. */
static void a_payload_that_was_taken_away_can_still_be_verified(void **state)
{
    struct world *world = *state;

    store_events(world, "a", 3);
    close_world(world);
    run_sql(world->path,
            /* XXH3, 128 bits, of {"amount":500} */
            "DROP TRIGGER events_are_never_changed;"
            "UPDATE events SET payload = NULL,"
            " digest = X'f2dd34989955d368f2881ca7af359c42' WHERE position = 2");
    world_reopen(world);
    assert_string_equal(show_all(world, 0, 9),
                        "1:account/a@1 2:account/a@2 3:account/a@3");
}

/* ---- what is refused to everybody -------------------------------------------- */

static void events_cannot_be_changed_by_sql(void **state)
{
    static const char *const tries[] = {
        "UPDATE events SET payload = x'00'",
        "DELETE FROM events",
        "PRAGMA recursive_triggers = ON; REPLACE INTO events SELECT * FROM events",
    };
    struct world *world = *state;

    store_events(world, "a", 2);
    for (size_t at = 0; at < sizeof tries / sizeof *tries; at++)
        assert_int_equal(try_sql(world->path, tries[at]), SQLITE_CONSTRAINT);
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1 2:account/a@2");
}

/* Nor by the connection that writes, whatever its triggers. */
static void the_connection_that_writes_refuses_it_by_itself(void **state)
{
    static const char *const tries[] = {"UPDATE events SET payload = x'00'",
                                        "DELETE FROM events",
                                        "DROP TABLE events",
                                        "DROP TRIGGER events_are_never_changed",
                                        "ALTER TABLE events ADD COLUMN note",
                                        "ATTACH ':memory:' AS other"};
    struct world *world = *state;
    struct jn_database database = {0};
    struct jangle_error error = {0};

    store_events(world, "a", 1);
    assert_result(
        jn_database_open(&database, world->path, NULL, JN_MODE_FULL, 1000, &error),
        JANGLE_OK);
    jn_schema_guard(&database);
    for (size_t at = 0; at < sizeof tries / sizeof *tries; at++) {
        memset(&error, 0, sizeof error);
        assert_result(jn_database_run(&database, tries[at], &error), JANGLE_STORAGE);
        assert_non_null(strstr(error.message, "not authorized"));
    }
    jn_database_close(&database);
}

/* ---- settings ---------------------------------------------------------------- */

static void settings_that_make_no_sense_are_named(void **state)
{
    static const struct {
        struct jangle_sqlite_options options;
        const char *name;
    } wrong[] = {
        {{.writer_timeout_ms = -1}, "writer_timeout_ms"},
        {{.fence_timeout_ms = INT64_MAX}, "fence_timeout_ms"},
        {{.wal_checkpoint_frames = -1}, "wal_checkpoint_frames"},
        {{.reader_mmap_bytes = -1}, "reader_mmap_bytes"},
        {{.reader_mmap_bytes = INT64_C(0x7fff0001)}, "reader_mmap_bytes"},
        {{.vfs = "cloud"}, "cloud"},
    };
    struct world *world = *state;

    for (size_t at = 0; at < sizeof wrong / sizeof *wrong; at++) {
        struct jangle_storage storage =
            jangle_sqlite_with(world->path, &wrong[at].options);
        struct jangle_stores stores = {0};
        struct jangle_error error = {0};

        assert_result(storage.open(&storage, &world->host.host, &stores, &error),
                      JANGLE_INVALID);
        assert_non_null(strstr(error.message, wrong[at].name));
        assert_null(stores.store);
    }
}

/* ---- an older file in its place ---------------------------------------------- */

static void a_copy_that_is_put_back_is_another_epoch(void **state)
{
    struct world *world = *state;
    char copy[TEMP_PATH_SIZE];
    unsigned char id[2][JANGLE_ID_SIZE];
    int64_t epoch[2];

    temp_directory_path(copy, world->directory, "copy.db");
    store_events(world, "a", 2);
    world->store->ops->identify(world->store, id[0], &epoch[0], NULL);
    assert_result(world->store->ops->backup(world->store, copy, NULL, NULL, NULL),
                  JANGLE_OK);
    store_events(world, "a", 2);
    close_world(world);
    assert_int_equal(rename(copy, world->path), 0);
    world_reopen(world);
    world->store->ops->identify(world->store, id[1], &epoch[1], NULL);
    assert_memory_equal(id[0], id[1], JANGLE_ID_SIZE);
    assert_true(epoch[1] > epoch[0]);
    assert_int_equal(head_of(world), 2);
}

static bool write_meanwhile(void *context, int64_t done, int64_t total)
{
    struct world *world = context;

    assert_true(done <= total);
    if (head_of(world) < 3100)
        store_events(world, "a", 10);
    return true;
}

static void a_backup_is_as_of_one_commit(void **state)
{
    struct world *world = *state;
    struct jangle_stores stores, mine = world->stores;
    struct counting counting = {0};
    char copy[TEMP_PATH_SIZE];

    temp_directory_path(copy, world->directory, "copy.db");
    store_events(world, "a", 3000);
    assert_result(mine.store->ops->backup(mine.store, copy, write_meanwhile, world, NULL),
                  JANGLE_OK);
    assert_true(head_of(world) > 3000); /* it was made in parts */
    stores = world_open_another(world, copy);
    world->store = stores.store;
    assert_int_equal(head_of(world), 3000);
    assert_result(
        stores.store->ops->read_all(stores.store, 0, 9999, count_record, &counting, NULL),
        JANGLE_OK);
    assert_int_equal(counting.count, 3000);
    world->store = mine.store;
    world_close_another(&stores);
}

static void a_backup_replaces_nothing_and_is_its_owners_alone(void **state)
{
    struct world *world = *state;
    struct jangle_error error = {0};
    char copy[TEMP_PATH_SIZE];
    struct stat status;

    temp_directory_path(copy, world->directory, "copy.db");
    store_events(world, "a", 2);
    assert_result(world->store->ops->backup(world->store, copy, NULL, NULL, NULL),
                  JANGLE_OK);
    assert_int_equal(stat(copy, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_result(world->store->ops->backup(world->store, copy, NULL, NULL, &error),
                  JANGLE_INVALID);
    assert_non_null(strstr(error.message, copy));
}

int main(void)
{
    struct backend backend = sqlite;
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_prestate_setup_teardown(name, world_setup, world_teardown, &backend)
        TEST(a_store_is_its_owners_alone),
        TEST(links_are_refused),
        TEST(a_link_on_the_way_is_followed),
        TEST(what_is_no_file_is_refused),
        TEST(a_directory_must_be_there_and_writable),
        TEST(a_foreign_file_is_refused_and_left_alone),
        TEST(a_newer_schema_is_refused),
        TEST(an_older_schema_is_left_alone_while_somebody_has_it_open),
        TEST(half_a_store_is_refused_and_says_what_to_do),
        TEST(an_empty_file_becomes_a_store),
        TEST(a_store_says_what_it_is),
        TEST(a_closed_store_has_nothing_in_its_log),
        TEST(a_flipped_bit_names_its_event),
        TEST(an_event_that_is_gone_is_noticed),
        TEST(the_last_event_of_a_stream_is_missed_too),
        TEST(absurd_numbers_are_noticed),
        TEST(a_payload_that_was_taken_away_can_still_be_verified),
        TEST(events_cannot_be_changed_by_sql),
        TEST(the_connection_that_writes_refuses_it_by_itself),
        TEST(settings_that_make_no_sense_are_named),
        TEST(a_backup_is_as_of_one_commit),
        TEST(a_copy_that_is_put_back_is_another_epoch),
        TEST(a_backup_replaces_nothing_and_is_its_owners_alone),
        cmocka_unit_test(network_file_systems_are_known),
        cmocka_unit_test(whatever_changes_in_an_event_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
