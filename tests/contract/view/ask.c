/* ask.c - VS-9 and VS-10: questions see one commit, write nothing, and end. */
#include "contract/view/contract.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

struct sum_and_count {
    int64_t sum;
    int64_t count;
};

struct note {
    const char *text;
};

struct notes {
    struct note *items;
    size_t count;
};

static JANGLE_STRUCT(sum_and_count, sum, count);
static JANGLE_STRUCT(note, text);

static const char endless[] =
    "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
    " SELECT count(*) AS count FROM n";

static struct jangle_view *ask(struct view_world *world, int64_t timeout_ms)
{
    struct jangle_view *view = NULL;
    int64_t seen;

    world->error = (struct jangle_error){0};
    assert_result(world->file->ops->ask(world->file, NULL, &world->arena, timeout_ms,
                                        &view, &seen, &world->error),
                  JANGLE_OK);
    return view;
}

static enum jangle_result
answer(struct view_world *world, struct jangle_view *view, enum jangle_result result)
{
    world->error = (struct jangle_error){0};
    return world->file->ops->answered(world->file, view, result, &world->error);
}

/* ---- VS-9 -------------------------------------------------------------------- */

static void vs_09_a_question_sees_rows_and_their_position(void **state)
{
    struct view_world *world = *state;
    struct jangle_view *view;
    struct notes found = {0};
    int64_t seen = -1;

    handled(world, 0, 7, "INSERT INTO notes VALUES ('a'), ('b')");
    assert_result(world->file->ops->ask(world->file, NULL, &world->arena, 1000, &view,
                                        &seen, &world->error),
                  JANGLE_OK);
    assert_int_equal(seen, 7);
    assert_result(
        jangle_view_list(view, &found, note, "SELECT text FROM notes ORDER BY 1"),
        JANGLE_OK);
    assert_result(answer(world, view, JANGLE_OK), JANGLE_OK);
    assert_int_equal(found.count, 2);
    assert_string_equal(found.items[0].text, "a");
    assert_string_equal(found.items[1].text, "b");
}

static void vs_09_a_question_writes_nothing(void **state)
{
    static const struct {
        const char *sql;
        const char *words;
    } cases[] = {
        {"INSERT INTO notes VALUES ('x')", "ledger: a query may not"},
        {"DELETE FROM notes", "ledger: a query may not"},
        {"UPDATE notes SET text = ''", "ledger: a query may not UPDATE notes"},
        {"DELETE FROM notes RETURNING text", "ledger: a query may not"},
        {"UPDATE jangle_place SET position = 99", "ledger: a query may not"},
        {"CREATE TABLE mine (x)", "ledger: a query may not"},
        {"CREATE TEMP TABLE mine (x)", "ledger: a query may not"},
        {"COMMIT", "ledger: a query may not COMMIT"},
        {"BEGIN", "ledger: a query may not BEGIN"},
        {"PRAGMA query_only = OFF", "ledger: a query may not PRAGMA query_only"},
        {"ATTACH ':memory:' AS other", "ledger: a query may not ATTACH"},
    };
    struct view_world *world = *state;

    /* Compiled by a handler before, on the same connection perhaps. */
    handled(world, 0, 1, "INSERT INTO notes VALUES ('x')");
    handled(world, 1, 2, "DELETE FROM notes");
    handled(world, 2, 3, "INSERT INTO notes VALUES ('x')");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_view *view = ask(world, 60000);

        assert_result(jangle_view_run(view, cases[i].sql), JANGLE_INVALID);
        assert_result(answer(world, view, JANGLE_OK), JANGLE_INVALID);
        assert_said(world, cases[i].words);
        view = ask(world, 60000);
        assert_int_not_equal(
            sqlite3_exec(jangle_view_sqlite(view), cases[i].sql, NULL, NULL, NULL),
            SQLITE_OK);
        assert_result(answer(world, view, JANGLE_OK), JANGLE_INVALID);
        assert_said(world, cases[i].words);
    }
    handled(world, 3, 4, "INSERT INTO notes VALUES ('y')");
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 2);
}

/* A handler's own statement, which the store never sees. */
static void vs_09_a_statement_that_a_handler_kept_writes_nothing(void **state)
{
    struct view_world *world = *state;
    sqlite3_stmt *statement;
    struct jangle_view *view;

    begin(world);
    enter(world, false);
    assert_int_equal(sqlite3_prepare_v2(jangle_view_sqlite(world->view),
                                        "INSERT INTO notes VALUES ('astray')", -1,
                                        &statement, NULL),
                     SQLITE_OK);
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_result(commit(world, 0, 1), JANGLE_OK);
    view = ask(world, 60000);
    if (sqlite3_db_handle(statement) == jangle_view_sqlite(view))
        sqlite3_step(statement);
    answer(world, view, JANGLE_OK);
    sqlite3_finalize(statement);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 0);
}

static void vs_09_a_question_goes_on_seeing_its_commit(void **state)
{
    struct view_world *world = *state;
    struct jangle_view *view;
    struct sum_and_count total = {0};

    if (!world->backend->durable) /* in memory the writer waits for it */
        return;
    handled(world, 0, 1, "INSERT INTO notes VALUES ('a')");
    view = ask(world, 60000);
    handled(world, 1, 2, "INSERT INTO notes VALUES ('b')");
    assert_result(jangle_view_row(view, &total, sum_and_count,
                                  "SELECT count(*) AS count FROM notes"),
                  JANGLE_OK);
    assert_int_equal(total.count, 1);
    assert_result(answer(world, view, JANGLE_OK), JANGLE_OK);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 2);
}

static void vs_09_a_question_does_not_see_an_open_batch(void **state)
{
    struct view_world *world = *state;

    if (!world->backend->durable) /* in memory it waits for the batch */
        return;
    begin(world);
    enter(world, false);
    run(world, "INSERT INTO notes VALUES ('a')");
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 0);
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 0);
    assert_result(commit(world, 0, 1), JANGLE_OK);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 1);
}

static void vs_09_a_statement_that_runs_too_long_is_ended(void **state)
{
    struct view_world *world = *state;
    struct sum_and_count total = {0};
    struct jangle_view *view = ask(world, 1);

    assert_result(jangle_view_row(view, &total, sum_and_count, (const char *)endless),
                  JANGLE_TIMEOUT);
    assert_result(answer(world, view, JANGLE_OK), JANGLE_TIMEOUT);
    assert_said(world, "ledger: the query ran for more than 1 ms");
    view = ask(world, 1);
    assert_int_equal(sqlite3_exec(jangle_view_sqlite(view), endless, NULL, NULL, NULL),
                     SQLITE_INTERRUPT);
    assert_result(answer(world, view, JANGLE_OK), JANGLE_TIMEOUT);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 0);
    handled(world, 0, 1, "INSERT INTO notes VALUES ('a')");
}

static void vs_09_the_texts_live_in_the_arena(void **state)
{
    struct view_world *world = *state;
    struct note row = {0};
    struct jangle_view *view;

    handled(world, 0, 1, "INSERT INTO notes VALUES ('a text')");
    view = ask(world, 60000);
    assert_result(jangle_view_row(view, &row, note, "SELECT text FROM notes"), JANGLE_OK);
    assert_result(answer(world, view, JANGLE_OK), JANGLE_OK);
    handled(world, 1, 2, "UPDATE notes SET text = 'another'");
    assert_string_equal(row.text, "a text");
}

struct waiting {
    struct view_world *world;
    enum jangle_result result;
    struct jangle_error error;
};

static void *ask_for_a_moment(void *context)
{
    struct waiting *waiting = context;
    struct jangle_view_file *file = waiting->world->file;
    struct jangle_view *view;
    int64_t seen;

    waiting->result = file->ops->ask(file, NULL, NULL, 1, &view, &seen, &waiting->error);
    if (!waiting->result)
        file->ops->answered(file, view, JANGLE_OK, NULL);
    return NULL;
}

static void vs_09_the_wait_for_a_connection_ends(void **state)
{
    struct waiting waiting = {.world = *state};
    pthread_t thread;

    begin(waiting.world);
    assert_int_equal(pthread_create(&thread, NULL, ask_for_a_moment, &waiting), 0);
    pthread_join(thread, NULL);
    if (waiting.result) {
        assert_result(waiting.result, JANGLE_TIMEOUT);
        assert_non_null(strstr(waiting.error.message, "ledger: in use by others"));
    }
    assert_result(commit(waiting.world, 0, 1), JANGLE_OK);
}

/* ---- VS-10 ------------------------------------------------------------------- */

static void vs_10_it_returns_what_the_answerer_returned(void **state)
{
    struct view_world *world = *state;

    assert_result(answer(world, ask(world, 60000), JANGLE_NOT_FOUND), JANGLE_NOT_FOUND);
    assert_string_equal(world->error.message, "");
    assert_result(answer(world, ask(world, 60000), JANGLE_OK), JANGLE_OK);
}

static void vs_10_the_error_that_stuck_comes_first(void **state)
{
    struct view_world *world = *state;
    struct jangle_view *view = ask(world, 60000);
    struct note row = {0};

    assert_result(jangle_view_row(view, &row, note, "SELECT text FROM nowhere"),
                  JANGLE_INVALID);
    assert_result(answer(world, view, JANGLE_NOT_FOUND), JANGLE_INVALID);
    assert_said(world, "no such table: nowhere");
    view = ask(world, 60000);
    assert_result(jangle_view_row(view, &row, note, "SELECT text FROM notes"),
                  JANGLE_NOT_FOUND);
    assert_result(answer(world, view, JANGLE_OK), JANGLE_OK);
}

static void vs_10_a_statement_left_open_is_reset_and_named(void **state)
{
    struct view_world *world = *state;
    sqlite3_stmt *statement;
    struct jangle_view *view;

    handled(world, 0, 1, "INSERT INTO notes VALUES ('a'), ('b')");
    view = ask(world, 60000);
    assert_int_equal(sqlite3_prepare_v2(jangle_view_sqlite(view),
                                        "SELECT text FROM notes", -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_result(answer(world, view, JANGLE_OK), JANGLE_INVALID);
    assert_said(world, "ledger: a query left a statement open: SELECT text FROM notes");
    assert_false(sqlite3_stmt_busy(statement));
    sqlite3_finalize(statement);
    handled(world, 1, 2, "DELETE FROM notes");
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 0);
}

/* ---- many at once ------------------------------------------------------------ */

enum { ASKERS = 12, BATCHES = 60 };

struct crowd {
    struct view_world *world;
    atomic_bool done;
    atomic_int asked;
    atomic_int wrong;
};

/* Two accounts hold 100 between them in every commit. */
static void ask_once(struct crowd *crowd)
{
    struct jangle_view_file *file = crowd->world->file;
    struct jangle_arena arena;
    struct sum_and_count total = {0};
    struct jangle_view *view;
    int64_t seen;

    jn_arena_init(&arena, &crowd->world->host.host.allocator);
    if (file->ops->ask(file, NULL, &arena, 60000, &view, &seen, NULL)) {
        crowd->wrong++;
        return;
    }
    jangle_view_row(view, &total, sum_and_count,
                    "SELECT sum(balance) AS sum, sum(balance_version) AS count"
                    " FROM accounts");
    if (file->ops->answered(file, view, JANGLE_OK, NULL) || total.sum != 100 ||
        total.count != 2 * (seen - 1))
        crowd->wrong++;
    crowd->asked++;
    jn_arena_finish(&arena);
}

static void *ask_on(void *context)
{
    struct crowd *crowd = context;

    do
        ask_once(crowd);
    while (!crowd->done);
    return NULL;
}

static void vs_09_many_ask_while_one_writes(void **state)
{
    struct crowd crowd = {.world = *state};
    pthread_t threads[ASKERS];

    handled(crowd.world, 0, 1,
            "INSERT INTO accounts VALUES ('a', 'A', 50, 0, 0), ('b', 'B', 50, 0, 0)");
    for (int i = 0; i < ASKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_on, &crowd), 0);
    for (int64_t i = 1; i <= BATCHES; i++) {
        begin(crowd.world);
        enter(crowd.world, false);
        run(crowd.world,
            "UPDATE accounts SET balance = balance - 1, balance_version ="
            " balance_version + 1 WHERE account_id = 'a'");
        assert_result(leave(crowd.world, JANGLE_OK), JANGLE_OK);
        enter(crowd.world, true);
        run(crowd.world,
            "UPDATE accounts SET balance = balance + 1, balance_version ="
            " balance_version + 1 WHERE account_id = 'b'");
        assert_result(leave(crowd.world, JANGLE_OK), JANGLE_OK);
        assert_result(commit(crowd.world, i, i + 1), JANGLE_OK);
    }
    crowd.done = true;
    for (int i = 0; i < ASKERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(crowd.wrong, 0);
    assert_true(crowd.asked >= ASKERS);
    assert_int_equal(position(crowd.world), BATCHES + 1);
}

int view_ask_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        VIEW_TEST(vs_09_a_question_sees_rows_and_their_position),
        VIEW_TEST(vs_09_a_question_writes_nothing),
        VIEW_TEST(vs_09_a_statement_that_a_handler_kept_writes_nothing),
        VIEW_TEST(vs_09_a_question_goes_on_seeing_its_commit),
        VIEW_TEST(vs_09_a_question_does_not_see_an_open_batch),
        VIEW_TEST(vs_09_a_statement_that_runs_too_long_is_ended),
        VIEW_TEST(vs_09_the_texts_live_in_the_arena),
        VIEW_TEST(vs_09_the_wait_for_a_connection_ends),
        VIEW_TEST(vs_10_it_returns_what_the_answerer_returned),
        VIEW_TEST(vs_10_the_error_that_stuck_comes_first),
        VIEW_TEST(vs_10_a_statement_left_open_is_reset_and_named),
        VIEW_TEST(vs_09_many_ask_while_one_writes),
    };

    return view_world_run("views, questions", tests, sizeof tests / sizeof *tests,
                          backend);
}
