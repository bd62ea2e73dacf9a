/* kill_backup.c - a copy is whole or is not there: when the disk is full or fails, when
 * the program is stopped or the power goes, at every change of the disk. */
#include "support/domains/purse.h"
#include "support/stores/fault_vfs.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include "base/failpoint.h"

#include <jangle/testing.h>

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EVENTS = 60, ROOM_STEP = 4096 * 3, ROUNDS_MAX = 2000 };

static struct place {
    char directory[TEMP_PATH_SIZE];
    char path[TEMP_PATH_SIZE], copy[TEMP_PATH_SIZE];
    uint64_t random;
} place;

static struct jangle *open_jangle(const char *path, const char *vfs)
{
    struct jangle_sqlite_options options = {.vfs = vfs};
    struct jangle_config config = {
        .aggregates = purse_aggregates,
        .storage = jangle_sqlite_with(path, &options),
        .host = {.logger = jangle_logger_none(),
                 .random = jangle_random_counting(&place.random)}};
    struct jangle_error error = {0};
    struct jangle *jangle = jangle_open(&config, &error);

    if (!jangle)
        print_error("%s\n", error.message);
    return jangle;
}

static struct jangle *open_filled(const char *vfs)
{
    struct jangle *jangle = open_jangle(place.path, vfs);

    for (int i = 0; jangle && i < EVENTS; i++) {
        char name[1000];

        snprintf(name, sizeof name, "purse %0150d", i);
        if (jangle_send(jangle, NULL, name_purse, .purse_id = "1", .name = name))
            return NULL;
    }
    return jangle;
}

static int set_up(void **state)
{
    (void)state;
    if (!temp_directory_make(place.directory))
        return 1;
    temp_directory_path(place.path, place.directory, "purses.db");
    temp_directory_path(place.copy, place.directory, "copy.db");
    fault_vfs_register();
    fault_vfs_reset();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fault_vfs_reset();
    temp_directory_remove(place.directory);
    return 0;
}

/* A name that begins with it, other than it. */
static bool has_half_a_copy(char name[TEMP_PATH_SIZE])
{
    DIR *entries = opendir(place.directory);
    const struct dirent *entry;
    bool found = false;

    assert_non_null(entries);
    while (!found && (entry = readdir(entries))) {
        found = !strncmp(entry->d_name, "copy.db.", 8) ||
                !strncmp(entry->d_name, "copy.db-", 8);
        if (found)
            snprintf(name, TEMP_PATH_SIZE, "%.200s", entry->d_name);
    }
    closedir(entries);
    return found;
}

static void assert_no_copy(void)
{
    char name[TEMP_PATH_SIZE];

    assert_int_not_equal(access(place.copy, F_OK), 0);
    if (has_half_a_copy(name))
        fail_msg("%s is left", name);
}

/* Every event can be read: two a command, one of them of another stream. */
static void assert_whole(const char *path)
{
    struct jangle *jangle = open_jangle(path, NULL);
    struct jangle_stats stats;

    assert_non_null(jangle);
    jangle_measure(jangle, &stats);
    assert_int_equal(stats.position, 2 * EVENTS);
    assert_result(jangle_send(jangle, NULL, put_in, .purse_id = "1", .amount = 1),
                  JANGLE_OK);
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
}

/* Its file has the same name each time until it is complete: the disk remembers few. */
static enum jangle_result back_up(struct jangle *jangle, struct jangle_error *error)
{
    place.random = 1000000;
    return jangle_backup(jangle, place.copy, NULL, NULL, error);
}

/* With what came to be when it was opened. */
static void remove_copy(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-lock"};
    char path[TEMP_PATH_SIZE];

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(path, sizeof path, "%.200s%s", place.copy, ends[i]);
        unlink(path);
    }
}

/* ---- a disk that is full, or fails ------------------------------------------- */

static void a_full_disk_leaves_no_copy(void **state)
{
    struct jangle *jangle = open_filled(fault_vfs_register());
    enum jangle_result result = JANGLE_STORAGE;
    struct jangle_error error;
    int rounds = 0;

    (void)state;
    assert_non_null(jangle);
    for (int64_t room = 0; result; room += ROOM_STEP * TEST_STRIDE) {
        error = (struct jangle_error){0};
        fault_vfs_set_room(room);
        result = back_up(jangle, &error);
        if (!result)
            break;
        assert_result(result, JANGLE_STORAGE);
        if (!strstr(error.message, "copy.db: the disk is full"))
            fail_msg("\"%s\"", error.message);
        assert_no_copy();
        assert_true(++rounds < ROUNDS_MAX);
    }
    assert_true(rounds > 5 / TEST_STRIDE);
    fault_vfs_set_room(-1);
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
    assert_whole(place.copy);
}

/* Each operation on files fails once; reads, too. */
static void a_disk_that_fails_leaves_no_copy(enum fault_operation operation, int code)
{
    struct jangle *jangle = open_filled(fault_vfs_register());
    int64_t failed = 0, at = 1;
    struct jangle_error error;

    assert_non_null(jangle);
    for (;; at += TEST_STRIDE) {
        int64_t before = fault_vfs_count(operation);
        enum jangle_result result;

        error = (struct jangle_error){0};
        fault_vfs_fail(
            (struct fault){.operation = operation, .at = at, .times = 1, .code = code});
        result = back_up(jangle, &error);
        fault_vfs_fail((struct fault){.operation = FAULT_NOTHING});
        if (!result) {
            assert_whole(place.copy);
            remove_copy();
            if (fault_vfs_count(operation) - before < at)
                break;
            continue;
        }
        failed++;
        assert_result(result, JANGLE_STORAGE);
        assert_string_not_equal(error.message, "");
        assert_no_copy();
        assert_true(at < ROUNDS_MAX);
    }
    print_message("%lld of %lld failed\n", (long long)failed, (long long)at);
    assert_true(failed * TEST_STRIDE > 5);
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
    assert_whole(place.path);
}

static void a_disk_that_cannot_write_leaves_no_copy(void **state)
{
    (void)state;
    a_disk_that_fails_leaves_no_copy(FAULT_ANY_CHANGE, SQLITE_IOERR_WRITE);
}

static void a_disk_that_cannot_read_leaves_no_copy(void **state)
{
    (void)state;
    a_disk_that_fails_leaves_no_copy(FAULT_READ, SQLITE_IOERR_READ);
}

/* ---- a program that is stopped ----------------------------------------------- */

static void cut_power(void *context, const char *name)
{
    if (!strcmp(name, context))
        fault_vfs_cut_power(FAULT_LOSE_ALL, 1);
}

/* In a child: stopped at that change of the disk (0: at none), or at that failpoint, with
 * all that was not synced lost. True if it came to its end. */
static bool run_until(int64_t at, const char *failpoint)
{
    char name[32];
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (!child) {
        struct jangle *jangle = open_filled(fault_vfs_register());

        if (!jangle)
            _exit(1);
        snprintf(name, sizeof name, "%s", failpoint ? failpoint : "");
        jn_failpoint_set(cut_power, name);
        fault_vfs_stop_at(at, FAULT_LOSE_ALL, 1);
        _exit(jangle_backup(jangle, place.copy, NULL, NULL, NULL) ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == FAULT_EXIT)
        return false;
    assert_int_equal(WEXITSTATUS(status), 0);
    return true;
}

/* What is left of the copy does not have its name, and is in nobody's way. */
static void a_program_that_stops_anywhere_leaves_no_copy_of_that_name(void **state)
{
    bool ended = false;
    int64_t at;

    (void)state;
    for (at = 1; !ended; at += TEST_STRIDE) {
        struct jangle *jangle;

        ended = run_until(at, NULL);
        assert_int_equal(access(place.copy, F_OK) == 0, ended);
        if (!ended) {
            jangle = open_jangle(place.path, NULL);
            assert_non_null(jangle);
            assert_result(jangle_backup(jangle, place.copy, NULL, NULL, NULL), JANGLE_OK);
            assert_result(jangle_close(jangle, -1), JANGLE_OK);
        }
        assert_whole(place.copy);
        assert_whole(place.path);
        tear_down(NULL);
        assert_int_equal(set_up(NULL), 0);
    }
    print_message("stopped at %lld places\n", (long long)(at - 1) / TEST_STRIDE);
    assert_true(at > 10);
}

/* What makes it a copy is in it. */
static void assert_own_epoch(const char *path)
{
    sqlite3_stmt *statement;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT epoch, (SELECT count(*) FROM sessions)"
                                        " FROM store",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(statement, 0), 2);
    assert_int_equal(sqlite3_column_int(statement, 1), 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

/* Before it gets its name all of it is on the disk. */
static void a_copy_that_has_its_name_outlives_the_power(void **state)
{
    char half[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];

    (void)state;
    assert_false(run_until(0, "files.made"));
    assert_int_not_equal(access(place.copy, F_OK), 0);
    assert_true(has_half_a_copy(half));
    temp_directory_path(path, place.directory, half);
    assert_int_equal(rename(path, place.copy), 0);
    assert_false(has_half_a_copy(half));
    assert_own_epoch(place.copy);
    assert_whole(place.copy);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_full_disk_leaves_no_copy),
        TEST(a_disk_that_cannot_write_leaves_no_copy),
        TEST(a_disk_that_cannot_read_leaves_no_copy),
        TEST(a_program_that_stops_anywhere_leaves_no_copy_of_that_name),
        TEST(a_copy_that_has_its_name_outlives_the_power),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
