/* advice.c - what is wrong can be read whole, and what to type next can be pasted. */
#include "run_tool.h"
#include "small_store.h"

#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/admin.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char directory[TEMP_PATH_SIZE];

static void make_store(const char *name)
{
    struct small_store store;
    char path[TEMP_PATH_SIZE];

    temp_directory_path(path, directory, name);
    small_store_open(&store, path);
    small_store_fill(&store);
    small_store_close(&store);
}

static void damage(const char *name)
{
    char path[TEMP_PATH_SIZE];
    sqlite3 *file;

    temp_directory_path(path, directory, name);
    assert_int_equal(sqlite3_open(path, &file), SQLITE_OK);
    assert_int_equal(sqlite3_exec(file, "UPDATE streams SET version = 77 WHERE id = 2",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(file), SQLITE_OK);
}

/* ---- verify ----------------------------------------------------------------------- */

/* A run of blanks and line ends becomes one blank, as a person reads it. */
static void unwrap(char *text)
{
    char *to = text;

    for (const char *at = text; *at; at++) {
        bool is_blank = *at == ' ' || *at == '\n';

        if (!is_blank)
            *to++ = *at;
        else if (to > text && to[-1] != ' ')
            *to++ = ' ';
    }
    *to = '\0';
}

static void expect_no_wider(const char *text, size_t columns)
{
    for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
        if (strcspn(at, "\n") > columns)
            fail_msg("wider than %zu: %s", columns, at);
}

static void findings_are_lines_that_can_be_read_whole(void **state)
{
    struct tool tool = {.words = {"verify", "bank.db"}, .directory = directory};
    struct tool_result wide;
    struct tool_result narrow;

    (void)state;
    make_store("bank.db");
    damage("bank.db");
    tool_run(&tool, &wide);
    assert_int_equal(wide.status, JANGLE_EXIT_FOUND);
    if (!strstr(wide.output,
                "\nbank.db: table streams, row note 000002, column version: "
                "is not the version of"))
        fail_msg("%s", wide.output);
    assert_non_null(strstr(wide.output, " (1 row)\n"));
    assert_non_null(strstr(wide.output, "\n  > "));
    assert_null(strstr(wide.output, "\n    ")); /* in a pipe nothing is wrapped */
    tool.columns = 80;
    tool_run(&tool, &narrow);
    assert_non_null(strstr(narrow.output, "\n    "));
    expect_no_wider(narrow.output, 80);
    unwrap(wide.output);
    unwrap(narrow.output);
    assert_string_equal(narrow.output, wide.output);
    tool_free(&narrow);
    tool_free(&wide);
}

static int make_directory(void **state)
{
    (void)state;
    return temp_directory_make(directory) ? 0 : 1;
}

static int remove_directory(void **state)
{
    (void)state;
    temp_directory_remove(directory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(findings_are_lines_that_can_be_read_whole,
                                        make_directory, remove_directory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
