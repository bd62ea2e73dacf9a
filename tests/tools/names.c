/* names.c - streams and sagas as they are named: globs of kinds, and names that are not
 * there. */
#include "run_tool.h"
#include "small_store.h"

#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/admin.h>

#include <stdio.h>
#include <string.h>

static char directory[TEMP_PATH_SIZE];

/* ---- a store of three kinds: access, account, note -------------------------------- */

#define KIND(kind)                                                                       \
    struct open_##kind {                                                                 \
        const char *kind##_id;                                                           \
    };                                                                                   \
    static JANGLE_COMMAND(open_##kind, kind##_id);                                       \
    struct kind##_opened {                                                               \
        const char *kind##_id;                                                           \
    };                                                                                   \
    static JANGLE_EVENT(kind##_opened, kind##_id);                                       \
    static enum jangle_result decide_##kind(struct jangle_decision *decision,            \
                                            const void *state,                           \
                                            const struct jangle_command *command)        \
    {                                                                                    \
        const struct open_##kind *open = command->data;                                  \
                                                                                         \
        (void)state;                                                                     \
        return jangle_emit(decision, kind##_opened, .kind##_id = open->kind##_id);       \
    }                                                                                    \
    static void apply_##kind(void *state, const struct jangle_event *event)              \
    {                                                                                    \
        (void)event;                                                                     \
        ((struct kind##_state *)state)->count++;                                         \
    }                                                                                    \
    static const struct jangle_aggregate kind##_aggregate = {                            \
        .name = #kind,                                                                   \
        .state = &kind##_state,                                                          \
        .commands = JANGLE_DECIDERS({&open_##kind, decide_##kind}),                      \
        .events = JANGLE_APPLIERS({&kind##_opened, apply_##kind}),                       \
    }

struct access_state {
    int64_t count;
};
static JANGLE_STRUCT(access_state, count);
KIND(access);

struct account_state {
    int64_t count;
};
static JANGLE_STRUCT(account_state, count);
KIND(account);

static const struct jangle_aggregate *const aggregates[] = {&access_aggregate,
                                                            &account_aggregate};

static void open_more(const char *path)
{
    static const char *const ids[] = {"1", "2", "3"};
    const struct jangle_config config = {.aggregates = JANGLE_ARRAY(aggregates),
                                         .storage = jangle_sqlite(path)};
    struct jangle_error error = {0};
    struct jangle *jangle = jangle_open(&config, &error);
    struct jangle_outcome outcome;

    if (!jangle)
        fail_msg("%s", error.message);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        assert_result(jangle_send(jangle, &outcome, open_access, .access_id = ids[i]),
                      JANGLE_OK);
        assert_result(jangle_send(jangle, &outcome, open_account, .account_id = ids[i]),
                      JANGLE_OK);
    }
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
}

/* ---- globs ------------------------------------------------------------------------ */

/* The streams that were listed, as "access/1 access/2". */
static void expect_streams(const char *expected, struct tool tool)
{
    struct tool_result result;
    char *rest = NULL;
    char listed[512] = "";

    tool.directory = directory;
    tool_run(&tool, &result);
    if (result.status != JANGLE_EXIT_OK)
        fail_msg("exit %d: %s", result.status, result.errors);
    (void)strtok_r(result.output, "\n", &rest); /* the heading */
    for (char *line; (line = strtok_r(NULL, "\n", &rest));) {
        char kind[32];
        char id[32];
        size_t size = strlen(listed);

        assert_int_equal(sscanf(line, "%31s %31s", kind, id), 2);
        (void)snprintf(listed + size, sizeof listed - size, "%s%s/%s", size ? " " : "",
                       kind, id);
    }
    assert_string_equal(listed, expected);
    tool_free(&result);
}

#define STREAMS(expected, ...)                                                           \
    expect_streams(expected, (struct tool){.words = {"streams", "bank.db", __VA_ARGS__}})

static void kinds_are_chosen_by_a_glob(void **state)
{
    (void)state;
    STREAMS("access/1 access/2 access/3 account/1 account/2 account/3", "acc*");
    STREAMS("access/1 access/2 access/3 account/1 account/2 account/3", "acc*/*");
    STREAMS("access/2 account/2", "acc*/2");
    STREAMS("account/1 account/3", "acco?nt/[13]");
    STREAMS("account/2", "account/2");
    STREAMS("", "x*");
}

static void a_glob_of_kinds_is_limited_and_goes_on(void **state)
{
    (void)state;
    STREAMS("access/1 access/2", "acc*", "-n2");
    STREAMS("access/3 account/1", "acc*", "-n2", "--after", "access/2");
    STREAMS("account/3", "acc*", "-n2", "--after", "account/2");
    STREAMS("access/1 access/2 access/3 account/1 account/2 account/3", "acc*", "-n6");
    STREAMS("account/1", "*/[1-2]", "--after", "access/2", "-n1");
}

/* ---- names ------------------------------------------------------------------------ */

static void expect_of(struct tool tool, int status, const char *sentence)
{
    struct tool_result result;

    tool.directory = directory;
    tool_run(&tool, &result);
    if (result.status != status || !strstr(result.errors, sentence))
        fail_msg("%s: exit %d: %s", tool.words[0], result.status, result.errors);
    tool_free(&result);
}

#define EXPECT(status, sentence, ...)                                                    \
    expect_of(                                                                           \
        (struct tool){.words = {__VA_ARGS__}, .variables = {"JANGLE_STORE=bank.db"}},    \
        JANGLE_EXIT_##status, sentence)

static void a_mistyped_file_is_no_empty_stream(void **state)
{
    static const char sentence[] =
        "there is no stream `nothere.db` in this store, which is bank.db";

    (void)state;
    EXPECT(FOUND, sentence, "events", "nothere.db");
    EXPECT(FOUND, sentence, "tail", "nothere.db");
    EXPECT(FOUND, sentence, "tail", "-f", "nothere.db");
    EXPECT(FOUND, sentence, "tail", "nothere.db", "-n0");
    EXPECT(FOUND, sentence, "streams", "nothere.db");
    EXPECT(FOUND, "there is no saga `nothere.db` in this store", "sagas", "nothere.db");
    EXPECT(FOUND, "there is no saga `mail` in this store", "sagas", "mail");
    EXPECT(FOUND, "there is no stream `account/9` in this store", "events", "account/9");
    EXPECT(FOUND, "there is no stream `account/9` in this store", "streams", "account/9");
}

static void what_is_there_may_have_nothing_that_fits(void **state)
{
    (void)state;
    EXPECT(OK, "0 events", "events", "account", "--type", "other*");
    EXPECT(OK, "0 events", "events", "account/1", "--from", "1000");
    EXPECT(OK, "0 events", "events", "other*");
    EXPECT(OK, "0 streams", "streams", "account", "--after", "account/3");
    EXPECT(OK, "0 streams", "streams", "account/9*");
    EXPECT(OK, "", "tail", "account", "-n0");
    EXPECT(OK, "0 sagas", "sagas", "diary", "--after", "zzz");
}

static void a_wrong_name_is_told_with_a_right_one(void **state)
{
    (void)state;
    EXPECT(USAGE, "--after wants the whole name of a stream, such as account/000174",
           "streams", "--after", "account");
    EXPECT(USAGE, "is no pattern", "streams", "[a");
    EXPECT(USAGE, "is no pattern", "streams", "acc*/[a");
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
    open_more(path);
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
        cmocka_unit_test(kinds_are_chosen_by_a_glob),
        cmocka_unit_test(a_glob_of_kinds_is_limited_and_goes_on),
        cmocka_unit_test(a_mistyped_file_is_no_empty_stream),
        cmocka_unit_test(what_is_there_may_have_nothing_that_fits),
        cmocka_unit_test(a_wrong_name_is_told_with_a_right_one),
    };

    return cmocka_run_group_tests(tests, make_store, remove_store);
}
