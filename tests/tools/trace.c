/* trace.c - the verb trace: what led to an event and what it led to, over streams,
 * subscribers and several events of one command; and the verbs sessions and types. */
#include "run_tool.h"

#include "support/temp_directory.h"
#include "support/test.h"
#include "support/test_host.h"

#include <jangle/jangle.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- a program ----------------------------------------------------------------- */

/* A task of `left` more tasks: each ends, and leads to the next one. */
struct begin {
    const char *task_id;
    int64_t left;
};
static JANGLE_COMMAND(begin, task_id, left);

struct begun {
    int64_t left;
};
static JANGLE_EVENT(begun, left);

struct noted {
    int64_t left;
};
static JANGLE_EVENT(noted, left);

struct task {
    int64_t left;
};
static JANGLE_STRUCT(task, left);

static enum jangle_result decide_begin(struct jangle_decision *decision,
                                       const void *state,
                                       const struct jangle_command *command)
{
    const struct begin *order = command->data;
    enum jangle_result result = jangle_emit(decision, begun, .left = order->left);

    (void)state;
    return result ? result : jangle_emit(decision, noted, .left = order->left);
}

static void apply(void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
}

static const struct jangle_aggregate task_aggregate = {
    .name = "task",
    .state = &task,
    .commands = JANGLE_DECIDERS({&begin, decide_begin}),
    .events = JANGLE_APPLIERS({&begun, apply}, {&noted, apply}),
};

static enum jangle_result begin_next(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    const struct begun *data = event->data;

    if (!data->left)
        return JANGLE_OK;
    return jangle_delivery_send(delivery, begin, .task_id = data->left == 2 ? "b" : "c",
                                .left = data->left - 1);
}

static const struct jangle_subscriber clerk = {
    .name = "clerk",
    .handlers = JANGLE_HANDLERS({&begun, begin_next}),
    .start = JANGLE_FROM_FIRST,
};

static const struct jangle_subscriber *const subscribers[] = {&clerk};
static const struct jangle_aggregate *const aggregates[] = {&task_aggregate};

/* ---- its store ----------------------------------------------------------------- */

static char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
static struct test_host host;
static struct jangle *app;

static void begin_task(const char *id, int64_t left, const char *command_id)
{
    struct jangle_outcome outcome;

    assert_result(jangle_send_in(app, &outcome,
                                 jangle_envelope(.command_id = command_id,
                                                 .origin = {.actor = "ann"}),
                                 begin, .task_id = id, .left = left),
                  JANGLE_OK);
    assert_result(jangle_drain(app, -1, NULL, NULL), JANGLE_OK);
}

/* Positions 1 and 2: a task of somebody else. 3 to 8: a task that leads to two others,
 * and 9 and 10: one that leads to none. */
static int set_up(void **state)
{
    struct jangle_config config = {.aggregates = JANGLE_ARRAY(aggregates),
                                   .subscribers = JANGLE_ARRAY(subscribers),
                                   .program = "tasks"};
    struct jangle_error error;

    (void)state;
    test_host_init(&host);
    if (!temp_directory_make(directory))
        return 1;
    temp_directory_path(path, directory, "tasks.db");
    config.storage = jangle_sqlite(path);
    config.host = host.host;
    app = jangle_open(&config, &error);
    if (!app)
        fail_msg("%s", error.message);
    begin_task("x", 0, "first");
    begin_task("a", 2, "second");
    begin_task("y", 0, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    jangle_close(app, -1);
    temp_directory_remove(directory);
    return 0;
}

/* ---- what is printed ------------------------------------------------------------ */

static struct tool_result run(const char *verb, const char *what, const char *option)
{
    struct tool tool = {.words = {verb, path, what, option}};
    struct tool_result result;

    tool_run(&tool, &result);
    return result;
}

/* A line: "3 0 begin ann" is position, depth, command and who sent it. */
static void put_line(char *out, size_t size, const char *line)
{
    json_t *object = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);
    const char *sender = json_string_value(json_object_get(object, "sender"));
    const char *command = json_string_value(json_object_get(object, "command"));

    assert_non_null(object);
    (void)snprintf(out + strlen(out), size - strlen(out), "%d %d %s %s%s\n",
                   (int)json_integer_value(json_object_get(object, "position")),
                   (int)json_integer_value(json_object_get(object, "depth")),
                   command ? command : "-",
                   sender ? sender : json_string_value(json_object_get(object, "actor")),
                   json_is_true(json_object_get(object, "asked_for")) ? " <" : "");
    json_decref(object);
}

static void assert_story(const char *what, const char *option, const char *wanted)
{
    struct tool tool = {.words = {"trace", path, what, "--json", option}};
    struct tool_result result;
    char story[2048] = "";

    tool_run(&tool, &result);
    if (result.status)
        fail_msg("trace %s: exit %d: %s", what, result.status, result.errors);
    for (const char *line = result.output; *line; line = strchr(line, '\n') + 1)
        put_line(story, sizeof story, line);
    assert_string_equal(story, wanted);
    tool_free(&result);
}

#define STORY_FROM(first, last, other)                                                   \
    "3 0 begin ann" first "\n5 1 begin clerk\n7 2 begin clerk" last                      \
    "\n8 2 begin clerk\n6 1 begin clerk" other "\n4 0 begin ann\n"

static void a_story_is_the_same_from_each_of_its_events(void **state)
{
    (void)state;
    assert_story("3", NULL, STORY_FROM(" <", "", ""));
    assert_story("7", NULL, STORY_FROM("", " <", ""));
    assert_story("6", NULL, STORY_FROM("", "", " <"));
    assert_story("task/b@2", NULL, STORY_FROM("", "", " <"));
}

static void a_command_that_leads_to_nothing_is_a_story(void **state)
{
    (void)state;
    assert_story("2", NULL, "1 0 begin ann\n2 0 begin ann <\n");
}

/* It gave no id, so what it was is not stored; but its events are of one command. */
static void events_of_a_command_without_an_id_are_together(void **state)
{
    (void)state;
    assert_story("10", NULL, "9 0 - ann\n10 0 - ann <\n");
}

static void a_read_limit_ends_it_and_says_so(void **state)
{
    struct tool_result result = run("trace", "7", "--read-limit=2");

    (void)state;
    assert_int_equal(result.status, 0);
    assert_non_null(strstr(result.errors, "up to position 4"));
    assert_non_null(strstr(result.errors, "2 events"));
    tool_free(&result);
}

static void what_is_not_there_has_no_story(void **state)
{
    static const struct {
        const char *what;
        int status;
        const char *says;
    } samples[] = {
        {"11", 1, "there is no `11`"},
        {"task/z@1", 1, "there is no `task/z@1`"},
        {"tasks", 2, "trace wants a position"},
        {"0193b2a0-0000-7000-8000-000000000000", 1, "there is no"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct tool_result result = run("trace", samples[i].what, NULL);

        assert_int_equal(result.status, samples[i].status);
        assert_non_null(strstr(result.errors, samples[i].says));
        tool_free(&result);
    }
}

static void people_see_a_tree(void **state)
{
    struct tool_result result = run("trace", "7", NULL);

    (void)state;
    assert_non_null(strstr(result.output, "  begun      "));
    assert_non_null(strstr(result.output, "  └ begun    "));
    assert_non_null(strstr(result.output, "    └ begun <"));
    assert_non_null(strstr(result.errors, "6 events"));
    tool_free(&result);
}

static void an_event_is_shown_with_what_led_to_it(void **state)
{
    struct tool_result result = run("show", "5", "--json");

    (void)state;
    assert_non_null(strstr(result.output,
                           "\"command\":\"begin\",\"cause\":3,"
                           "\"sender\":\"clerk\""));
    tool_free(&result);
}

/* ---- who and what --------------------------------------------------------------- */

static void a_session_has_the_name_of_its_program(void **state)
{
    struct tool_result result = run("sessions", "--json", NULL);
    json_t *session = json_loads(result.output, JSON_DISABLE_EOF_CHECK, NULL);
    char pid[24];

    (void)state;
    assert_int_equal(result.status, 0);
    (void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
    assert_string_equal(json_string_value(json_object_get(session, "pid")), pid);
    assert_string_equal(json_string_value(json_object_get(session, "program")), "tasks");
    assert_string_equal(json_string_value(json_object_get(session, "version")),
                        JANGLE_VERSION);
    assert_true(json_is_true(json_object_get(session, "alive")));
    assert_non_null(strstr(result.errors, "1 session"));
    json_decref(session);
    tool_free(&result);
}

static void types_are_listed_by_kind(void **state)
{
    struct tool_result all = run("types", NULL, NULL);
    struct tool_result events = run("types", "event", NULL);
    struct tool_result wrong = run("types", "evnt", NULL);

    (void)state;
    assert_non_null(strstr(all.output, "clerk"));
    assert_non_null(strstr(events.output, "\nevent  noted"));
    assert_null(strstr(events.output, "clerk"));
    assert_non_null(strstr(events.errors, "2 entries"));
    assert_int_equal(wrong.status, 2);
    assert_non_null(strstr(wrong.errors, "did you mean `event`?"));
    tool_free(&all);
    tool_free(&events);
    tool_free(&wrong);
}

#define TRACE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRACE_TEST(a_story_is_the_same_from_each_of_its_events),
        TRACE_TEST(a_command_that_leads_to_nothing_is_a_story),
        TRACE_TEST(events_of_a_command_without_an_id_are_together),
        TRACE_TEST(a_read_limit_ends_it_and_says_so),
        TRACE_TEST(what_is_not_there_has_no_story),
        TRACE_TEST(people_see_a_tree),
        TRACE_TEST(an_event_is_shown_with_what_led_to_it),
        TRACE_TEST(a_session_has_the_name_of_its_program),
        TRACE_TEST(types_are_listed_by_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
