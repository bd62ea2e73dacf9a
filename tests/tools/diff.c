/* diff.c - the verb diff: where two stores part, found by few reads. */
#include "run_tool.h"
#include "small_store.h"

#include "admin/compare.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum { EVENTS = 200 };

static char directory[TEMP_PATH_SIZE], one[TEMP_PATH_SIZE], other[TEMP_PATH_SIZE];

static void write_more(const char *path, int count, const char *text)
{
    struct small_store store;

    small_store_join(&store, path);
    for (int i = 0; i < count; i++)
        small_store_write(&store, "000007", text);
    small_store_close(&store);
}

/* A store that is closed is one file. */
static void copy_file(const char *from, const char *to)
{
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    char bytes[4096];
    size_t size;

    assert_true(in && out);
    while ((size = fread(bytes, 1, sizeof bytes, in)))
        assert_int_equal(fwrite(bytes, 1, size, out), size);
    assert_int_equal(fclose(in), 0);
    assert_int_equal(fclose(out), 0);
}

static int set_up(void **state)
{
    struct small_store store;

    (void)state;
    if (!temp_directory_make(directory))
        return 1;
    temp_directory_path(one, directory, "one.db");
    temp_directory_path(other, directory, "other.db");
    small_store_open(&store, one);
    for (int i = 0; i < EVENTS; i++)
        small_store_write(&store, "000001", "a note");
    small_store_close(&store);
    copy_file(one, other);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_directory_remove(directory);
    return 0;
}

static void assert_diff(const char *option, int status, const char *says)
{
    struct tool tool = {.words = {"diff", one, other, option}};
    struct tool_result result;

    tool_run(&tool, &result);
    if (result.status != status || !strstr(result.errors, says))
        fail_msg("exit %d: %s%s", result.status, result.output, result.errors);
    tool_free(&result);
}

static void a_copy_has_the_same_events(void **state)
{
    (void)state;
    assert_diff(NULL, 0, "both have the same last event");
    assert_diff("--all", 0, "both have the same events");
}

static void what_one_has_beyond_is_counted(void **state)
{
    struct tool tool = {.words = {"diff", one, other, "--json"}};
    struct tool_result result;

    (void)state;
    write_more(one, 3, "later");
    assert_diff(NULL, 1, "all that the shorter one has is in the longer one");
    tool_run(&tool, &result);
    assert_non_null(strstr(result.output,
                           "\"position\":203,\"differs_from\":201,"
                           "\"beyond\":3"));
    assert_non_null(strstr(result.output,
                           "\"position\":200,\"differs_from\":null,"
                           "\"beyond\":0"));
    tool_free(&result);
}

static void the_place_where_they_part_is_named(void **state)
{
    (void)state;
    write_more(one, 30, "here");
    write_more(other, 5, "there");
    assert_diff(NULL, 1, "they part at position 201");
    assert_diff("--all", 1, "they part at position 201");
}

static void what_was_altered_before_the_end_is_found_by_all(void **state)
{
    sqlite3 *database;

    (void)state;
    assert_int_equal(sqlite3_open(other, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database,
                                  "DROP TRIGGER events_are_never_changed;"
                                  "UPDATE events SET at = at + 1 WHERE position = 77;",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
    assert_diff("--all", 1, "they part at position 77");
}

static void what_is_no_store_cannot_be_compared(void **state)
{
    (void)state;
    assert_int_equal(remove(other), 0);
    assert_diff(NULL, 3, "there is no store");
}

/* ---- how many records are read ------------------------------------------------- */

static bool never(const void *context)
{
    (void)context;
    return false;
}

static struct jn_side open_side(const char *path)
{
    struct jangle_storage storage = jangle_sqlite(path);
    struct jn_side side = {.look = jangle_look_open(&storage, NULL, NULL)};
    struct jangle_store_facts facts;

    assert_non_null(side.look);
    assert_result(jangle_look_store(side.look, &facts, NULL), JANGLE_OK);
    side.head = facts.position;
    return side;
}

/* 2 log2(n) + 8, of both together. */
static void few_records_are_read(void **state)
{
    struct jn_side left, right;
    int64_t differs = 0;

    (void)state;
    write_more(one, 56, "here");
    write_more(other, 56, "there");
    left = open_side(one);
    right = open_side(other);
    assert_result(jn_compare(&left, &right, false, never, NULL, &differs, NULL),
                  JANGLE_OK);
    assert_int_equal(differs, EVENTS + 1);
    assert_true(left.reads + right.reads <= 2 * 8 + 8);
    jangle_look_close(left.look);
    jangle_look_close(right.look);
}

#define DIFF_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DIFF_TEST(a_copy_has_the_same_events),
        DIFF_TEST(what_one_has_beyond_is_counted),
        DIFF_TEST(the_place_where_they_part_is_named),
        DIFF_TEST(what_was_altered_before_the_end_is_found_by_all),
        DIFF_TEST(what_is_no_store_cannot_be_compared),
        DIFF_TEST(few_records_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
