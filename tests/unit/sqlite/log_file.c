/* log_file.c - a write-ahead log holds what SQLite would play, and no more. */
#include "sqlite/file/log_file.h"
#include "support/temp_directory.h"
#include "support/test.h"
#include "support/test_host.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { HEADER = 32, FRAME = 24 + 4096, COMMITS = 3 };

static char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE], log_path[TEMP_PATH_SIZE];
static struct test_host host;
static sqlite3 *handle;

static void run(const char *sql)
{
    assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
}

/* One page a commit: the second of the file. It stays open, or the log would go. */
static int set_up(void **state)
{
    (void)state;
    test_host_init(&host);
    assert_true(temp_directory_make(directory));
    temp_directory_path(path, directory, "pages.db");
    temp_directory_path(log_path, directory, "pages.db-wal");
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    run("PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; CREATE TABLE numbers (one);"
        "INSERT INTO numbers VALUES (0); PRAGMA wal_checkpoint(TRUNCATE)");
    for (int commit = 0; commit < COMMITS; commit++)
        run("UPDATE numbers SET one = one + 1");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sqlite3_close(handle);
    temp_directory_remove(directory);
    return 0;
}

static size_t count_frames(void)
{
    struct jangle_error error = {0};
    struct jn_log_file log;
    size_t count;

    if (jn_log_file_open(&log, log_path, &host.host.allocator, &error))
        fail_msg("%s", error.message);
    count = log.count;
    for (size_t frame = 0; frame < count; frame++) {
        assert_int_equal(log.pages[frame], 2);
        assert_int_equal(jn_log_file_page(&log, frame)[0], 13);
    }
    jn_log_file_close(&log, &host.host.allocator);
    return count;
}

/* Another byte than the one that is there. */
static void alter(long offset)
{
    FILE *file = fopen(log_path, "r+b");
    int byte;

    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    byte = fgetc(file);
    assert_true(byte >= 0);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
    assert_int_equal(fclose(file), 0);
}

static void every_commit_is_found(void **state)
{
    (void)state;
    assert_int_equal(count_frames(), COMMITS);
}

static void what_comes_after_half_a_frame_is_not_played(void **state)
{
    (void)state;
    alter(HEADER + 2 * FRAME + FRAME - 1); /* in the page of the third */
    assert_int_equal(count_frames(), 2);
    alter(HEADER + 24 + 100); /* in that of the first */
    assert_int_equal(count_frames(), 0);
}

static void a_frame_of_an_earlier_log_is_not_played(void **state)
{
    (void)state;
    alter(HEADER + FRAME + 8); /* the salt of the second */
    assert_int_equal(count_frames(), 1);
}

static void what_no_commit_ends_is_not_played(void **state)
{
    (void)state;
    assert_int_equal(truncate(log_path, HEADER + 3 * FRAME - 1), 0);
    assert_int_equal(count_frames(), 2);
}

static void a_log_that_says_nothing_holds_nothing(void **state)
{
    (void)state;
    alter(0);
    assert_int_equal(count_frames(), 0);
    assert_int_equal(truncate(log_path, 10), 0);
    assert_int_equal(count_frames(), 0);
    assert_int_equal(unlink(log_path), 0);
    assert_int_equal(count_frames(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(every_commit_is_found),
        TEST(what_comes_after_half_a_frame_is_not_played),
        TEST(a_frame_of_an_earlier_log_is_not_played),
        TEST(what_no_commit_ends_is_not_played),
        TEST(a_log_that_says_nothing_holds_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
