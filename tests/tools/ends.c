/* ends.c - how the command line ends: each exit status, wrong words, a pipe that nobody
 * reads, a disk that is full, a pager. */
#include "run_tool.h"
#include "small_store.h"

#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/admin.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[TEMP_PATH_SIZE];

/* Run these words in the directory of the store, and expect that end and that sentence.
 */
static void expect_of(struct tool tool, int status, const char *sentence)
{
    struct tool_result result;

    tool.directory = directory;
    tool_run(&tool, &result);
    if (result.status != status)
        fail_msg("exit %d: %s%s", result.status, result.output, result.errors);
    if (sentence && !strstr(result.errors, sentence))
        fail_msg("not \"%s\": %s", sentence, result.errors);
    tool_free(&result);
}

#define EXPECT(status, sentence, ...)                                                    \
    expect_of((struct tool){.words = {__VA_ARGS__}}, JANGLE_EXIT_##status, sentence)

static void what_is_there_is_fine(void **state)
{
    (void)state;
    EXPECT(OK, NULL, "info", "bank.db");
    EXPECT(OK, NULL, "info", "--store", "bank.db");
    EXPECT(OK, NULL, "info", "--store=bank.db");
    EXPECT(OK, "12 events", "events", "bank.db");
    EXPECT(OK, NULL, "tail", "bank.db", "-n0");
    EXPECT(OK, "3 streams", "streams", "bank.db");
    EXPECT(OK, "1 stream", "streams", "bank.db", "-n1");
    EXPECT(OK, NULL, "commands", "bank.db", "note-12");
    EXPECT(OK, "0 dead letters", "dead", "bank.db", "diary");
    EXPECT(OK, "2 sagas", "sagas", "bank.db");
    EXPECT(OK, "2 subscribers", "subscribers", "bank.db");
    EXPECT(OK, "1 subscriber", "subscribers", "bank.db", "diary");
    EXPECT(OK, "0 views", "views", "bank.db");
    EXPECT(OK, "1 saga", "sagas", "bank.db", "diary", "-n1");
    EXPECT(OK, ": sound", "verify", "bank.db");
    EXPECT(OK, ": sound", "verify", "--deep", "--store", "bank.db");
    EXPECT(OK, NULL, "show", "bank.db", "12");
    EXPECT(OK, NULL, "help");
    EXPECT(OK, NULL, "help", "events");
    EXPECT(OK, NULL, "events", "--help");
    EXPECT(OK, NULL, "--help");
    EXPECT(OK, NULL, "--version");
}

static void what_is_not_there_is_said(void **state)
{
    (void)state;
    EXPECT(FOUND, "there is no `13`", "show", "bank.db", "13");
    EXPECT(FOUND, "there is no `0`", "show", "bank.db", "0");
    EXPECT(FOUND, "there is no `note/000009`", "show", "bank.db", "note/000009");
    EXPECT(FOUND, "there is no `note/000001@77`", "show", "bank.db", "note/000001@77");
    EXPECT(FOUND, "NOT_FOUND", "commands", "bank.db", "note-99");
    EXPECT(FOUND, "NOT_FOUND", "dead", "bank.db", "nobody");
    EXPECT(FOUND, "NOT_FOUND", "sagas", "bank.db", "diary/none");
    EXPECT(FOUND, "4 dead letters", "dead", "bank.db");
    EXPECT(FOUND, "1 thing wants a look", "status", "bank.db");
    EXPECT(FOUND, "knows no subscriber `nobody`", "subscribers", "bank.db", "nobody");
    EXPECT(FOUND, "knows no view `mail`", "views", "bank.db", "mail");
    EXPECT(FOUND, "there is no `34cbe591-", "show", "bank.db",
           "34cbe591-338e-4a00-8000-00000000000f");
}

static void a_mistyped_word_is_told_with_the_right_one(void **state)
{
    (void)state;
    EXPECT(USAGE, "there is no verb `evnets`; did you mean `events`?", "evnets");
    EXPECT(USAGE, "there is no verb `frobnicate`; `jangle help`", "frobnicate");
    EXPECT(USAGE, "there is no verb `evnets`", "help", "evnets");
    EXPECT(USAGE, "no option `--newst`; did you mean `--newest`?", "events", "bank.db",
           "--newst");
    EXPECT(USAGE, "no option `--frobnicate`; `jangle events --help`", "events", "bank.db",
           "--frobnicate");
    EXPECT(USAGE, "no option `-x`", "events", "bank.db", "-x");
    EXPECT(USAGE, "has no option `--json`", "help", "--json");
    EXPECT(USAGE, "usage: jangle", NULL);
}

static void what_is_missing_or_too_much_is_told(void **state)
{
    (void)state;
    EXPECT(USAGE, "which store?", "info");
    EXPECT(USAGE, "which store?", "info", "--store", "");
    EXPECT(USAGE, "show needs WHAT", "show", "bank.db");
    EXPECT(USAGE, "info has no use for `more`", "info", "bank.db", "more");
    EXPECT(USAGE, "more than 8", "info", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    EXPECT(USAGE, "--limit needs a value", "events", "bank.db", "-n");
    EXPECT(USAGE, "--limit was given twice", "events", "bank.db", "-n1", "--limit=2");
    EXPECT(USAGE, "--newest takes no value", "events", "bank.db", "--newest=1");
    EXPECT(USAGE, "wants a number", "events", "bank.db", "-n", "-1");
    EXPECT(USAGE, "wants a time", "events", "bank.db", "--since", "soon");
    EXPECT(USAGE, "no pattern", "events", "bank.db", "--type", "[a");
    EXPECT(USAGE, "wants a stream", "events", "bank.db", "12");
    EXPECT(USAGE, "show wants a position", "show", "bank.db", "mail");
    EXPECT(USAGE, "no pattern", "streams", "bank.db", "note/[");
    EXPECT(USAGE, "streams wants a kind", "streams", "bank.db", "12");
    EXPECT(USAGE, "INVALID", "sagas", "bank.db", "--after", "000001");
    EXPECT(USAGE, "--after wants the whole name of a stream, such as account/000174",
           "streams", "bank.db", "--after", "note");
    EXPECT(USAGE, "there is no verb `state`", "state", "bank.db", "note/000001");
    EXPECT(USAGE, "bash, zsh and fish", "completion", "csh");
    EXPECT(FOUND, "there is no `-1/2`", "show", "bank.db", "--", "-1/2");
}

static void the_environment_may_name_the_store(void **state)
{
    (void)state;
    expect_of(
        (struct tool){.words = {"show", "12"}, .variables = {"JANGLE_STORE=bank.db"}},
        JANGLE_EXIT_OK, NULL);
    expect_of((struct tool){.words = {"show", "bank.db", "12"},
                            .variables = {"JANGLE_STORE=nowhere.db"}},
              JANGLE_EXIT_OK, NULL);
    expect_of((struct tool){.words = {"show", "12"}, .variables = {"JANGLE_STORE="}},
              JANGLE_EXIT_USAGE, NULL);
}

static void what_cannot_be_read_is_told(void **state)
{
    char path[TEMP_PATH_SIZE];
    FILE *file;

    (void)state;
    temp_directory_path(path, directory, "text");
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("this is no store, and it is long enough to be none for sure\n", file);
    assert_int_equal(fclose(file), 0);
    EXPECT(UNREAD, "text", "info", "text");
    EXPECT(UNREAD, "nowhere.db", "info", "nowhere.db");
    EXPECT(UNREAD, "NOT_FOUND", "events", "nowhere.db");
    EXPECT(UNREAD, "NOT_FOUND", "verify", "nowhere.db");
    EXPECT(UNREAD, ".", "info", ".");
    assert_int_equal(access("nowhere.db", F_OK), -1);
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    for (int json = 0; json < 2; json++)
        expect_of((struct tool){.words = {"events", "bank.db", json ? "--json" : NULL},
                                .output_path = "/dev/full"},
                  JANGLE_EXIT_UNREAD, "the output cannot be written: No space left");
    for (int i = 0; i < 4; i++) {
        static const char *const words[][2] = {
            {"help"}, {"--help"}, {"--version"}, {"info", "--help"}};

        expect_of((struct tool){.words = {words[i][0], words[i][1]},
                                .output_path = "/dev/full"},
                  JANGLE_EXIT_UNREAD,
                  "jangle: the output cannot be written: No space left");
    }
}

static void a_pipe_that_nobody_reads_is_no_failure(void **state)
{
    struct tool tool = {.words = {"tail", "bank.db", "--json"}, .directory = directory};
    int fd;
    pid_t pid;

    (void)state;
    signal(SIGPIPE, SIG_DFL);
    pid = tool_start(&tool, &fd);
    assert_int_equal(close(fd), 0);
    assert_int_equal(tool_wait(pid), JANGLE_EXIT_OK);
}

/* It has shown what there is when the signal comes, and waits for more. */
static void ctrl_c_ends_a_tail(void **state)
{
    struct tool tool = {.words = {"tail", "bank.db", "-f", "-n1", "--json"},
                        .directory = directory};
    char byte = 0;
    int fd;
    pid_t pid = tool_start(&tool, &fd);

    (void)state;
    while (byte != '\n')
        assert_int_equal(read(fd, &byte, 1), 1);
    assert_int_equal(kill(pid, SIGINT), 0);
    assert_int_equal(tool_wait(pid), JANGLE_EXIT_STOPPED);
    assert_int_equal(close(fd), 0);
}

/* It waits for an event that never comes when its reader ends, as `head -1` does; of a
 * terminal, when that is closed. */
static void a_tail_that_nobody_reads_ends(void **state)
{
    (void)state;
    for (int columns = 0; columns <= 80; columns += 80) {
        struct tool tool = {.words = {"tail", "bank.db", "-f", "-n1"},
                            .columns = columns,
                            .directory = directory};
        char byte = 0;
        int fd;
        pid_t pid = tool_start(&tool, &fd);

        for (int lines = 0; lines < 2; lines += byte == '\n')
            assert_int_equal(read(fd, &byte, 1), 1);
        assert_int_equal(close(fd), 0);
        assert_int_equal(tool_wait(pid), JANGLE_EXIT_OK);
    }
}

/* The pager writes its input to a file, so whether it was started is seen there. */
static void what_does_not_fit_is_paged(void **state)
{
    struct tool tool = {.words = {"events", "bank.db"},
                        .columns = 80,
                        .lines = 13,
                        .variables = {"PAGER=cat >paged"},
                        .directory = directory};
    struct tool_result result;
    char path[TEMP_PATH_SIZE];
    struct stat facts;

    (void)state;
    temp_directory_path(path, directory, "paged");
    tool_run(&tool, &result); /* a heading and twelve lines, and there is no 14th line */
    assert_int_equal(result.status, JANGLE_EXIT_OK);
    assert_int_equal(result.output_size, 0);
    assert_int_equal(stat(path, &facts), 0);
    assert_true(facts.st_size > 12 * 60);
    assert_int_equal(unlink(path), 0);
    tool_free(&result);

    tool.lines = 14;
    tool_run(&tool, &result);
    assert_true(result.output_size > 12 * 60);
    assert_int_equal(access(path, F_OK), -1);
    tool_free(&result);

    tool.lines = 13;
    tool.words[2] = "--no-pager";
    tool_run(&tool, &result);
    assert_true(result.output_size > 12 * 60);
    assert_int_equal(access(path, F_OK), -1);
    tool_free(&result);
}

static void colors_are_for_terminals_that_want_them(void **state)
{
    static const struct {
        int columns;
        const char *variable;
        bool colored;
    } cases[] = {{80, NULL, true},
                 {80, "NO_COLOR=1", false},
                 {80, "NO_COLOR=", true},
                 {80, "TERM=dumb", false},
                 {0, NULL, false}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tool tool = {.words = {"events", "bank.db"},
                            .columns = cases[i].columns,
                            .variables = {cases[i].variable},
                            .directory = directory};
        struct tool_result result;

        tool_run(&tool, &result);
        assert_int_equal(strchr(result.output, '\x1b') != NULL, cases[i].colored);
        tool_free(&result);
    }
}

static int make_store(void **state)
{
    struct small_store store;
    char path[TEMP_PATH_SIZE];

    (void)state;
    if (!temp_directory_make(directory))
        return 1;
    temp_directory_path(path, directory, "bank.db");
    small_store_open(&store, path);
    small_store_fill(&store);
    small_store_close(&store);
    return 0;
}

static int remove_store(void **state)
{
    (void)state;
    temp_directory_remove(directory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there_is_fine),
        cmocka_unit_test(what_is_not_there_is_said),
        cmocka_unit_test(a_mistyped_word_is_told_with_the_right_one),
        cmocka_unit_test(what_is_missing_or_too_much_is_told),
        cmocka_unit_test(the_environment_may_name_the_store),
        cmocka_unit_test(what_cannot_be_read_is_told),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(a_pipe_that_nobody_reads_is_no_failure),
        cmocka_unit_test(ctrl_c_ends_a_tail),
        cmocka_unit_test(a_tail_that_nobody_reads_ends),
        cmocka_unit_test(what_does_not_fit_is_paged),
        cmocka_unit_test(colors_are_for_terminals_that_want_them),
    };

    return cmocka_run_group_tests(tests, make_store, remove_store);
}
