/* own_verbs.c - the command line in a program: its store, its verbs beside ours, and the
 * verb that needs its code. */
#include "run_tool.h"
#include "small_store.h"

#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/admin.h>

#include <string.h>

static char directory[TEMP_PATH_SIZE];

/* What it prints on stdout, and says on stderr: both begin or hold that. */
static void expect_of(struct tool tool, int status, const char *output, const char *said)
{
    struct tool_result result;

    tool.program = OWN_PROGRAM;
    tool.directory = directory;
    tool_run(&tool, &result);
    if (result.status != status || (output && !strstr(result.output, output)) ||
        (said && !strstr(result.errors, said)))
        fail_msg("exit %d: %s%s", result.status, result.output, result.errors);
    tool_free(&result);
}

#define EXPECT(status, output, said, ...)                                                \
    expect_of((struct tool){.words = {__VA_ARGS__}}, JANGLE_EXIT_##status, output, said)

static void the_store_is_the_programs_own(void **state)
{
    (void)state;
    EXPECT(OK, "note/shopping@home", NULL, "events");
    EXPECT(OK, "note/000001@1", NULL, "show", "1");
    EXPECT(UNREAD, NULL, "own admin: NOT_FOUND", "events", "--store", "nowhere.db");
    EXPECT(USAGE, NULL, "info has no use for `bank.db`", "info", "bank.db");
}

static void its_verbs_stand_beside_ours(void **state)
{
    (void)state;
    EXPECT(OK, "bank.db   1,234,567", NULL, "count", "notes");
    EXPECT(OK, "{\"id\":\"bank.db\",\"big_number\":1234567}\n", NULL, "count", "notes",
           "--json");
    EXPECT(USAGE, NULL, "there is no verb `count`; did you mean `count notes`?", "count");
    EXPECT(USAGE, NULL, "did you mean `events`?", "evnets");
    EXPECT(OK, "count notes", NULL, "--help");
    EXPECT(OK, "usage: own admin count notes [OPTION]...", NULL, "count", "notes", "-h");
    EXPECT(OK, "own admin 7.0", NULL, "--version");
}

static void a_verb_of_its_own_takes_the_place_of_ours(void **state)
{
    (void)state;
    EXPECT(FOUND, NULL, "own admin: ask \\x1b[1mann", "help");
}

static void the_state_is_shown_at_each_version(void **state)
{
    (void)state;
    EXPECT(OK,
           "{\"kind\":\"note\",\"id\":\"000001\",\"version\":4,\"state\":{\"count\":4}}",
           NULL, "state", "note/000001", "--json");
    EXPECT(OK, "\"version\":2,\"state\":{\"count\":2}", NULL, "state", "note/000001@2",
           "--json");
    EXPECT(OK, "\"id\":\"shopping@home\",\"version\":3,", NULL, "state",
           "note/shopping@home@3", "--json");
    EXPECT(FOUND, NULL, "NOT_FOUND", "state", "note/000001@5");
    EXPECT(FOUND, NULL, "NOT_FOUND", "state", "note/000009");
    EXPECT(FOUND, NULL, "INVALID", "state", "other/1");
    EXPECT(USAGE, NULL, "state wants a stream", "state", "12");
}

/* A follower leaves no session, and so does a look. */
static void to_look_stores_nothing(void **state)
{
    struct small_store store;
    char path[TEMP_PATH_SIZE];

    (void)state;
    EXPECT(OK, NULL, NULL, "state", "note/000001");
    temp_directory_path(path, directory, "bank.db");
    small_store_join(&store, path);
    EXPECT(OK, "\"position\":12,", NULL, "info", "--json");
    EXPECT(OK, "\"version\":4,", NULL, "state", "note/000001", "--json");
    small_store_close(&store);
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
        cmocka_unit_test(the_store_is_the_programs_own),
        cmocka_unit_test(its_verbs_stand_beside_ours),
        cmocka_unit_test(a_verb_of_its_own_takes_the_place_of_ours),
        cmocka_unit_test(the_state_is_shown_at_each_version),
        cmocka_unit_test(to_look_stores_nothing),
    };

    return cmocka_run_group_tests(tests, make_store, remove_store);
}
