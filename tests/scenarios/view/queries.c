/* queries.c - questions from end to end: answered as of one commit, bounded in time, by
 * any number of threads beside a view that is being written; refused with a sentence. */
#include "support/domains/purse.h"
#include "support/failing_allocator.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/testing.h>
#include <jangle/view.h>

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* ---- a view that can be asked ------------------------------------------------ */

struct get_purse {
    const char *purse_id;
    const char *how; /* it is answered: "" well */
};

struct purse_line {
    int64_t number;
    const char *text;
};

struct purse_lines {
    struct purse_line *items;
    size_t count;
};

struct purse_answer {
    const char *purse_id;
    int64_t total;
    int64_t events, sum; /* of all purses */
    double ratio;
    struct purse_lines lines;
};

static void check_get_purse(struct jangle_check *check, const void *message)
{
    const struct get_purse *get = message;

    jangle_check_length(check, get, purse_id, 1, 10);
}

static JANGLE_STRUCT(purse_line, number, text);
static JANGLE_STRUCT(
    purse_answer, purse_id, total, events, sum, ratio, list(lines, purse_line));
static JANGLE_QUERY(
    get_purse, purse_id, how, answer(purse_answer), check(check_get_purse));

static enum jangle_result show(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    const struct coins_put_in *put = event->data;

    jangle_view_run(delivery->view, "UPDATE sums SET events = events + 1, sum = sum + ?",
                    put->amount);
    return jangle_view_run(delivery->view,
                           "INSERT INTO purses VALUES (?, ?) ON CONFLICT (purse_id) DO"
                           " UPDATE SET total = total + excluded.total",
                           event->aggregate_id, put->amount);
}

static enum jangle_result answer_badly(struct jangle_answer *answer,
                                       const struct jangle_query *query)
{
    const char *how = ((const struct get_purse *)query->data)->how;
    struct purse_answer row;

    if (!strcmp(how, "wrong type"))
        return jangle_answer_with(answer, purse_line, .number = 1, .text = "");
    if (!strcmp(how, "not at all"))
        return JANGLE_OK;
    if (!strcmp(how, "hide an error")) {
        jangle_view_run(query->view, "SELECT nonsense FROM nowhere");
        return jangle_answer_with(answer, purse_answer, .purse_id = "");
    }
    if (!strcmp(how, "write"))
        return jangle_view_run(query->view, "DELETE FROM purses");
    if (!strcmp(how, "slowly"))
        return jangle_view_row(query->view, &row, purse_answer,
                               "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
                               " FROM n) SELECT count(*) AS total FROM n");
    if (!strcmp(how, "no items"))
        return jangle_answer_with(answer, purse_answer, .purse_id = "",
                                  .lines = {NULL, 3});
    if (!strcmp(how, "no UTF-8"))
        return jangle_answer_with(answer, purse_answer, .purse_id = "a\xff");
    if (!strcmp(how, "no UTF-8 in a line"))
        return jangle_answer_with(answer, purse_answer, .purse_id = "",
                                  .lines = {(struct purse_line[]){{1, "a\xff"}}, 1});
    if (!strcmp(how, "with NULL"))
        return jangle_answer_from(answer, purse_answer, (struct purse_answer *)NULL);
    if (!strcmp(how, "texts left out"))
        return jangle_answer_with(answer, purse_answer,
                                  .lines = {(struct purse_line[]){{1, NULL}}, 1});
    if (!strcmp(how, "with a number"))
        return (enum jangle_result)99;
    if (!strcmp(how, "busy"))
        return JANGLE_BUSY;
    return jangle_answer_with(answer, purse_answer, .purse_id = "", .ratio = NAN);
}

static enum jangle_result answer_purse(struct jangle_answer *answer,
                                       const struct jangle_query *query)
{
    const struct get_purse *get = query->data;
    struct purse_answer found = {0};
    struct purse_lines lines = {0};

    if (get->how[0])
        return answer_badly(answer, query);
    if (jangle_view_row(query->view, &found, purse_answer,
                        "SELECT purse_id, total, events, sum FROM purses, sums"
                        " WHERE purse_id = ?",
                        get->purse_id) == JANGLE_NOT_FOUND)
        return jangle_error_set(&answer->error, JANGLE_NOT_FOUND, "no purse %s",
                                get->purse_id);
    jangle_view_list(query->view, &lines, purse_line,
                     "SELECT total AS number, purse_id AS text FROM purses");
    return jangle_answer_with(answer, purse_answer, .purse_id = found.purse_id,
                              .total = found.total, .events = found.events,
                              .sum = found.sum, .lines = lines);
}

static const struct jangle_subscriber view = {
    .name = "purses",
    .handlers = JANGLE_HANDLERS({&coins_put_in, show}),
    .answerers = JANGLE_ANSWERERS({&get_purse, answer_purse}),
    .schema =
        "CREATE TABLE purses (purse_id TEXT PRIMARY KEY, total INTEGER);"
        "CREATE TABLE sums (events INTEGER, sum INTEGER);"
        "INSERT INTO sums VALUES (0, 0)"};

struct world {
    struct failing_allocator memory; /* it does not fail, and spoils what is given back */
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
    struct jangle *jangle;
    struct jangle_answer answer;
};

static int world_in_file;

static void open_with(struct world *world, int workers)
{
    struct jangle_error error = {0};
    struct jangle_config config = {
        .aggregates = purse_aggregates,
        .subscribers = JANGLE_SUBSCRIBERS(&view),
        .storage = world->path[0] ? jangle_sqlite(world->path) : jangle_memory(),
        .host = {.logger = jangle_logger_none(), .allocator = world->memory.allocator},
        .workers = workers,
        .ask_timeout_ms = workers ? 60000 : 200,
    };

    world->jangle = jangle_open(&config, &error);
    if (!world->jangle)
        fail_msg("%s", error.message);
}

static int set_up(void **state)
{
    static struct world world;
    bool in_file = *state == &world_in_file;

    world = (struct world){.jangle = NULL};
    failing_allocator_init(&world.memory, 0);
    if (in_file && !temp_directory_make(world.directory))
        return -1;
    if (in_file)
        temp_directory_path(world.path, world.directory, "purses.db");
    open_with(&world, 0);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    jangle_answer_free(&world->answer);
    assert_result(jangle_close(world->jangle, -1), JANGLE_OK);
    if (world->directory[0])
        temp_directory_remove(world->directory);
    return 0;
}

static int64_t put(struct world *world, const char *purse, int64_t amount)
{
    struct jangle_outcome outcome;

    jangle_send(world->jangle, &outcome, put_in, .purse_id = purse, .amount = amount);
    assert_string_equal(outcome.error.message, "");
    return outcome.position;
}

static void drain(struct world *world)
{
    assert_result(jangle_drain(world->jangle, -1, NULL, NULL), JANGLE_OK);
}

static enum jangle_result ask(struct world *world, const char *purse, const char *how)
{
    return jangle_ask(world->jangle, &world->answer, get_purse, .purse_id = purse,
                      .how = how);
}

/* Refused, with that word in the sentence; and nothing is answered. */
static void refuses(struct world *world,
                    enum jangle_result result,
                    enum jangle_result expected,
                    const char *word)
{
    assert_result(result, expected);
    assert_result(world->answer.error.result, expected);
    if (!strstr(world->answer.error.message, word))
        fail_msg("\"%s\" does not say \"%s\"", world->answer.error.message, word);
    assert_null(world->answer.data);
}

/* ---- answers ----------------------------------------------------------------- */

static void an_answer_is_as_of_one_commit_and_says_which(void **state)
{
    struct world *world = *state;
    const struct purse_answer *found;
    int64_t seen;

    put(world, "1", 5);
    seen = put(world, "2", 7);
    drain(world);
    put(world, "1", 100);
    assert_result(ask(world, "1", ""), JANGLE_OK);
    found = world->answer.data;
    assert_string_equal(found->purse_id, "1");
    assert_int_equal(found->total, 5);
    assert_int_equal(found->events, 2);
    assert_int_equal(found->lines.count, 2);
    assert_int_equal(world->answer.position, seen);
    assert_ptr_equal(world->answer.type, &purse_answer);
    drain(world);
    assert_result(ask(world, "1", ""), JANGLE_OK);
    assert_int_equal(((const struct purse_answer *)world->answer.data)->total, 105);
    assert_int_equal(world->answer.position, seen + 1);
}

static void an_answer_comes_as_json_too(void **state)
{
    struct world *world = *state;

    put(world, "1", 5);
    drain(world);
    assert_result(jangle_ask_json(world->jangle, &world->answer, "get_purse",
                                  "{\"purse_id\":\"1\",\"how\":\"\"}"),
                  JANGLE_OK);
    assert_null(world->answer.type);
    assert_int_equal(world->answer.position, 1);
    assert_string_equal(world->answer.data,
                        "{\"purse_id\":\"1\",\"total\":5,\"events\":1,\"sum\":5,"
                        "\"ratio\":0.0,\"lines\":[{\"number\":5,\"text\":\"1\"}]}");
}

static void a_text_that_an_answerer_has_left_out_is_empty(void **state)
{
    struct world *world = *state;
    const struct purse_answer *found;

    assert_result(ask(world, "1", "texts left out"), JANGLE_OK);
    found = world->answer.data;
    assert_non_null(found->purse_id);
    assert_string_equal(found->purse_id, "");
    assert_non_null(found->lines.items[0].text);
    assert_string_equal(found->lines.items[0].text, "");
    assert_result(jangle_ask_json(world->jangle, &world->answer, "get_purse",
                                  "{\"purse_id\":\"1\",\"how\":\"texts left out\"}"),
                  JANGLE_OK);
    assert_string_equal(world->answer.data,
                        "{\"purse_id\":\"\",\"total\":0,\"events\":0,\"sum\":0,"
                        "\"ratio\":0.0,\"lines\":[{\"number\":1,\"text\":\"\"}]}");
}

/* As what is sent may lie in the old outcome. */
static void what_is_asked_may_lie_in_the_old_answer(void **state)
{
    static const char json[] = "{\"purse_id\":\"1\",\"how\":\"\"}";
    struct world *world = *state;
    const struct purse_answer *found;

    put(world, json, 5);
    put(world, "1", 7);
    drain(world);
    assert_result(ask(world, "1", ""), JANGLE_OK);
    found = world->answer.data;
    assert_result(ask(world, found->purse_id, ""), JANGLE_OK);
    found = world->answer.data;
    assert_int_equal(found->total, 7);
    assert_string_equal(found->lines.items[0].text, json);
    assert_result(jangle_ask_json(world->jangle, &world->answer, "get_purse",
                                  found->lines.items[0].text),
                  JANGLE_OK);
    assert_non_null(strstr(world->answer.data, "\"total\":7"));
}

static void an_answer_outlives_the_instance(void **state)
{
    struct world *world = *state;

    put(world, "1", 5);
    drain(world);
    assert_result(ask(world, "1", ""), JANGLE_OK);
    assert_result(jangle_close(world->jangle, -1), JANGLE_OK);
    world->jangle = NULL;
    assert_string_equal(((const struct purse_answer *)world->answer.data)->purse_id, "1");
    assert_string_equal(
        ((const struct purse_answer *)world->answer.data)->lines.items[0].text, "1");
}

/* ---- refusals ---------------------------------------------------------------- */

static void what_is_not_there_is_not_found(void **state)
{
    struct world *world = *state;

    refuses(world, ask(world, "9", ""), JANGLE_NOT_FOUND, "no purse 9");
    put(world, "9", 1);
    drain(world);
    assert_result(ask(world, "9", ""), JANGLE_OK);
    refuses(world, ask(world, "8", ""), JANGLE_NOT_FOUND, "no purse 8");
}

static void a_malformed_question_is_refused_by_member(void **state)
{
    struct world *world = *state;

    refuses(world, ask(world, "", ""), JANGLE_INVALID, "get_purse.purse_id");
    refuses(world, ask(world, NULL, ""), JANGLE_INVALID, "get_purse.purse_id");
    refuses(world, ask(world, "\xff", ""), JANGLE_INVALID, "get_purse.purse_id");
    refuses(world,
            jangle_ask_json(world->jangle, &world->answer, "get_purse",
                            "{\"purse_id\":7,\"how\":\"\"}"),
            JANGLE_INVALID, "get_purse.purse_id");
    refuses(world, jangle_ask_json(world->jangle, &world->answer, "get_purse", "{"),
            JANGLE_INVALID, "get_purse");
    refuses(world, jangle_ask_json(world->jangle, &world->answer, "get_purse", NULL),
            JANGLE_INVALID, "JSON");
}

static void a_question_that_nobody_answers_is_refused_by_name(void **state)
{
    struct world *world = *state;
    struct jangle_message unknown = get_purse;

    unknown.name = "get_rich";
    refuses(world,
            jangle_ask_(world->jangle, &world->answer, &unknown,
                        &(struct get_purse){"1", ""}),
            JANGLE_INVALID, "get_rich");
    refuses(world, jangle_ask_json(world->jangle, &world->answer, "get_rich", "{}"),
            JANGLE_INVALID, "get_rich");
    refuses(world, jangle_ask_json(world->jangle, &world->answer, NULL, "{}"),
            JANGLE_INVALID, "nobody");
}

static void an_answerer_that_misbehaves_is_told_how(void **state)
{
    struct world *world = *state;

    refuses(world, ask(world, "1", "wrong type"), JANGLE_INVALID, "purse_line");
    refuses(world, ask(world, "1", "not at all"), JANGLE_INVALID, "get_purse");
    refuses(world, ask(world, "1", "hide an error"), JANGLE_INVALID, "nowhere");
    refuses(world, ask(world, "1", "write"), JANGLE_INVALID, "");
    refuses(world, ask(world, "1", "busy"), JANGLE_BUSY, "get_purse");
    refuses(world, ask(world, "1", "with a number"), JANGLE_INVALID,
            "get_purse: its answerer returned 99, which is no result");
    refuses(world,
            jangle_ask_json(world->jangle, &world->answer, "get_purse",
                            "{\"purse_id\":\"1\",\"how\":\"nan\"}"),
            JANGLE_INVALID, "purse_answer.ratio");
    put(world, "1", 1);
    drain(world);
    assert_result(ask(world, "1", ""), JANGLE_OK);
}

static void an_answer_that_cannot_be_one_is_refused_by_member(void **state)
{
    struct world *world = *state;

    refuses(world, ask(world, "1", "no items"), JANGLE_INVALID,
            "purse_answer.lines: its items are NULL, and its count is 3");
    refuses(world, ask(world, "1", "no UTF-8"), JANGLE_INVALID,
            "purse_answer.purse_id: is not UTF-8 at byte 1");
    refuses(world, ask(world, "1", "no UTF-8 in a line"), JANGLE_INVALID,
            "purse_answer.lines[0].text: is not UTF-8 at byte 1");
    refuses(world, ask(world, "1", "with NULL"), JANGLE_INVALID,
            "purse_answer: is answered with NULL");
    put(world, "1", 1);
    drain(world);
    assert_result(ask(world, "1", ""), JANGLE_OK);
}

static void a_statement_that_takes_too_long_is_ended(void **state)
{
    struct world *world = *state;

    put(world, "1", 5);
    drain(world);
    refuses(world, ask(world, "1", "slowly"), JANGLE_TIMEOUT, "purses");
    assert_result(ask(world, "1", ""), JANGLE_OK);
    put(world, "1", 5);
    drain(world);
    assert_result(ask(world, "1", ""), JANGLE_OK);
    assert_int_equal(world->answer.position, 2);
}

/* ---- many at once ------------------------------------------------------------ */

enum { ASKERS = 4, EVENTS = 600 };

struct asker {
    pthread_t thread;
    struct jangle *jangle;
    atomic_bool *over;
    int64_t asked, last;
    char complaint[200];
};

/* Each event adds 1 to both figures in one commit. */
static void look_at(struct asker *asker, const struct jangle_answer *answer)
{
    const struct purse_answer *found = answer->data;

    if (found->events != answer->position || found->sum != answer->position)
        snprintf(asker->complaint, sizeof asker->complaint,
                 "at %lld: %lld events and %lld coins", (long long)answer->position,
                 (long long)found->events, (long long)found->sum);
    if (answer->position < asker->last)
        snprintf(asker->complaint, sizeof asker->complaint, "%lld after %lld",
                 (long long)answer->position, (long long)asker->last);
    asker->last = answer->position;
    asker->asked++;
}

static void *ask_on(void *context)
{
    struct asker *asker = context;
    struct jangle_answer answer = {0};

    do {
        enum jangle_result result =
            jangle_ask(asker->jangle, &answer, get_purse, .purse_id = "0", .how = "");

        if (!result)
            look_at(asker, &answer);
        else if (result != JANGLE_NOT_FOUND)
            snprintf(asker->complaint, sizeof asker->complaint, "%.190s",
                     answer.error.message);
    } while (!asker->complaint[0] && (!atomic_load(asker->over) || !asker->asked));
    jangle_answer_free(&answer);
    return NULL;
}

static void many_may_ask_while_the_view_is_written(void **state)
{
    struct world *world = *state;
    struct asker askers[ASKERS];
    atomic_bool over;

    atomic_init(&over, false);
    assert_result(jangle_close(world->jangle, -1), JANGLE_OK);
    open_with(world, 1);
    for (int i = 0; i < ASKERS; i++) {
        askers[i] = (struct asker){.jangle = world->jangle, .over = &over};
        assert_int_equal(pthread_create(&askers[i].thread, NULL, ask_on, &askers[i]), 0);
    }
    for (int i = 0; i < EVENTS; i++) {
        char purse[8];

        snprintf(purse, sizeof purse, "%d", i % 10);
        put(world, purse, 1);
    }
    assert_result(jangle_wait(world->jangle, "purses", EVENTS, 60000, NULL), JANGLE_OK);
    atomic_store(&over, true);
    for (int i = 0; i < ASKERS; i++) {
        pthread_join(askers[i].thread, NULL);
        assert_string_equal(askers[i].complaint, "");
        assert_true(askers[i].asked > 0);
    }
    assert_result(ask(world, "0", ""), JANGLE_OK);
    assert_int_equal(world->answer.position, EVENTS);
}

/* Over each of the stores: `set_up` finds in *state whether it is in a file. */
#define TEST(name)                                                                       \
    {#name " (memory)", name, set_up, tear_down, NULL},                                  \
    {                                                                                    \
#name " (sqlite)", name, set_up, tear_down, &world_in_file                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_is_as_of_one_commit_and_says_which),
        TEST(an_answer_comes_as_json_too),
        TEST(a_text_that_an_answerer_has_left_out_is_empty),
        TEST(what_is_asked_may_lie_in_the_old_answer),
        TEST(an_answer_outlives_the_instance),
        TEST(what_is_not_there_is_not_found),
        TEST(a_malformed_question_is_refused_by_member),
        TEST(a_question_that_nobody_answers_is_refused_by_name),
        TEST(an_answerer_that_misbehaves_is_told_how),
        TEST(an_answer_that_cannot_be_one_is_refused_by_member),
        TEST(a_statement_that_takes_too_long_is_ended),
        TEST(many_may_ask_while_the_view_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
