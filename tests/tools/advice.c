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
#include <unistd.h>

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

/* ---- status ----------------------------------------------------------------------- */

/* Give the line to type next to a shell, which finds the programs as `jangle` and `own`;
 * what that prints holds `output`. */
static void expect_pasted(struct tool tool, const char *output)
{
    struct tool shell = {
        .program = "/bin/sh", .directory = directory, .variables = {tool.variables[0]}};
    struct tool_result status;
    struct tool_result pasted;
    char script[1024];
    char *line;

    tool.directory = directory;
    tool_run(&tool, &status);
    assert_int_equal(status.status, JANGLE_EXIT_FOUND);
    line = strstr(status.output, "\n            > ");
    assert_non_null(line);
    line += strlen("\n            > ");
    line[strcspn(line, "\n")] = '\0';
    (void)snprintf(script, sizeof script,
                   "jangle() { '%s' \"$@\"; }; own() { shift; '%s' \"$@\"; }; %s",
                   JANGLE_TOOL, OWN_PROGRAM, line);
    shell.words[0] = "-c";
    shell.words[1] = script;
    tool_run(&shell, &pasted);
    if (!strstr(pasted.output, output))
        fail_msg("%s: %s%s", line, pasted.output, pasted.errors);
    tool_free(&pasted);
    tool_free(&status);
}

static void what_to_type_next_can_be_pasted(void **state)
{
    static const char *const names[] = {
        "bank.db", "two words.db", "$(touch owned).db", "it's;that.db", "-n1.db",
        "*.db",    "#1.db"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char word[128];
        char owned[TEMP_PATH_SIZE];

        make_store(names[i]);
        (void)snprintf(word, sizeof word, "--store=%s", names[i]);
        for (int columns = 0; columns <= 30; columns += 30)
            expect_pasted((struct tool){.words = {"status", word, "--no-pager"},
                                        .columns = columns},
                          "mailbox does not exist");
        temp_directory_path(owned, directory, "owned");
        assert_int_equal(access(owned, F_OK), -1);
    }
}

/* The program's own store is bank.db, which is sound; the other one has dead letters. */
static void what_to_type_next_names_the_store_that_was_read(void **state)
{
    struct small_store store;
    char path[TEMP_PATH_SIZE];

    (void)state;
    temp_directory_path(path, directory, "bank.db");
    small_store_open(&store, path);
    small_store_close(&store);
    make_store("other one.db");
    expect_pasted((struct tool){.program = OWN_PROGRAM,
                                .words = {"status", "--store", "other one.db"}},
                  "mailbox does not exist");
    expect_pasted((struct tool){.program = OWN_PROGRAM,
                                .words = {"status"},
                                .variables = {"JANGLE_STORE=other one.db"}},
                  "mailbox does not exist");
    make_store("bank.db");
    expect_pasted((struct tool){.program = OWN_PROGRAM,
                                .words = {"status", "--store", "bank.db"},
                                .variables = {"JANGLE_STORE=nowhere.db"}},
                  "mailbox does not exist");
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
        cmocka_unit_test_setup_teardown(what_to_type_next_can_be_pasted, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(what_to_type_next_names_the_store_that_was_read,
                                        make_directory, remove_directory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
