/* ask_inside.c - VS-9, inside: a question that a question asks, or a handler. */
#include "contract/view/contract.h"

#include <pthread.h>
#include <sqlite3.h>

struct note {
    const char *text;
};

struct notes {
    int64_t count;
};

static JANGLE_STRUCT(note, text);
static JANGLE_STRUCT(notes, count);

static const char endless[] =
    "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
    " SELECT count(*) AS count FROM n";

static enum jangle_result try_in(struct view_world *world,
                                 struct jangle_view_file *file,
                                 struct jangle_view *within,
                                 int64_t timeout_ms,
                                 struct jangle_view **view)
{
    int64_t seen;

    world->error = (struct jangle_error){0};
    return file->ops->ask(file, within, &world->arena, timeout_ms, view, &seen,
                          &world->error);
}

static struct jangle_view *ask_in(struct view_world *world, struct jangle_view *within)
{
    struct jangle_view *view = NULL;

    if (try_in(world, world->file, within, 60000, &view))
        fail_msg("%s", world->error.message);
    return view;
}

static enum jangle_result answer(struct view_world *world, struct jangle_view *view)
{
    world->error = (struct jangle_error){0};
    return world->file->ops->answered(world->file, view, JANGLE_OK, &world->error);
}

static int64_t count(struct jangle_view *view)
{
    struct notes found = {-1};

    jangle_view_row(view, &found, notes, "SELECT count(*) AS count FROM notes");
    return found.count;
}

static struct jangle_view_file *open_another(struct view_world *world, int readers)
{
    struct jangle_view_spec spec = world->spec;
    struct jangle_view_file *file;

    spec.name = "another";
    spec.readers = readers;
    assert_result(world->views->ops->open(world->views, &spec, &file, &world->error),
                  JANGLE_OK);
    return file;
}

/* ---- in a question ----------------------------------------------------------- */

static void vs_09_inside_a_question_the_same_rows_are_seen(void **state)
{
    struct view_world *world = *state;
    struct jangle_view *outer, *inner, *innermost;

    handled(world, 0, 1, "INSERT INTO notes VALUES ('a')");
    outer = ask_in(world, NULL);
    if (world->backend->durable) /* in memory the writer waits for the question */
        handled(world, 1, 2, "INSERT INTO notes VALUES ('b')");
    inner = ask_in(world, outer);
    assert_int_equal(count(inner), 1);
    innermost = ask_in(world, inner);
    assert_int_equal(count(innermost), 1);
    assert_result(answer(world, innermost), JANGLE_OK);
    assert_result(answer(world, inner), JANGLE_OK);
    assert_int_equal(count(outer), 1);
    assert_result(answer(world, outer), JANGLE_OK);
    if (world->backend->durable)
        assert_int_equal(number(world, "SELECT count(*) FROM notes"), 2);
}

static void vs_09_inside_the_position_is_that_of_the_rows(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *file = world->file;
    struct jangle_view *outer, *inner;
    int64_t seen = -1;

    handled(world, 0, 7, "INSERT INTO notes VALUES ('a')");
    outer = ask_in(world, NULL);
    if (world->backend->durable)
        handled(world, 7, 9, "INSERT INTO notes VALUES ('b')");
    assert_result(
        file->ops->ask(file, outer, &world->arena, 60000, &inner, &seen, &world->error),
        JANGLE_OK);
    assert_int_equal(seen, 7);
    assert_result(answer(world, inner), JANGLE_OK);
    assert_result(answer(world, outer), JANGLE_OK);
}

static void vs_09_inside_errors_are_the_questions_own(void **state)
{
    struct view_world *world = *state;
    struct jangle_view *outer = ask_in(world, NULL);
    struct jangle_view *inner = ask_in(world, outer);
    struct note row = {0};

    assert_result(jangle_view_row(inner, &row, note, "SELECT text FROM nowhere"),
                  JANGLE_INVALID);
    assert_result(answer(world, inner), JANGLE_INVALID);
    assert_said(world, "no such table: nowhere");
    assert_int_equal(count(outer), 0);
    inner = ask_in(world, outer);
    assert_result(jangle_view_run(inner, "DELETE FROM notes"), JANGLE_INVALID);
    assert_result(answer(world, inner), JANGLE_INVALID);
    assert_said(world, "ledger: a query may not");
    assert_result(answer(world, outer), JANGLE_OK);
    outer = ask_in(world, NULL);
    assert_result(jangle_view_row(outer, &row, note, "SELECT text FROM lost"),
                  JANGLE_INVALID);
    inner = ask_in(world, outer);
    assert_int_equal(count(inner), 0);
    assert_result(answer(world, inner), JANGLE_OK);
    assert_result(answer(world, outer), JANGLE_INVALID);
    assert_said(world, "no such table: lost");
}

static void vs_09_inside_statements_are_the_questions_own(void **state)
{
    struct view_world *world = *state;
    struct jangle_view *outer, *inner;
    sqlite3_stmt *own, *left;

    handled(world, 0, 1, "INSERT INTO notes VALUES ('a'), ('b')");
    outer = ask_in(world, NULL);
    assert_int_equal(sqlite3_prepare_v2(jangle_view_sqlite(outer),
                                        "SELECT text FROM notes ORDER BY 1", -1, &own,
                                        NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(own), SQLITE_ROW);
    inner = ask_in(world, outer);
    assert_int_equal(sqlite3_prepare_v2(jangle_view_sqlite(inner),
                                        "SELECT text AS left FROM notes", -1, &left,
                                        NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(left), SQLITE_ROW);
    assert_result(answer(world, inner), JANGLE_INVALID);
    assert_said(world, "a query left a statement open: SELECT text AS left FROM notes");
    assert_false(sqlite3_stmt_busy(left));
    assert_true(sqlite3_stmt_busy(own));
    assert_int_equal(sqlite3_step(own), SQLITE_ROW);
    assert_string_equal(sqlite3_column_text(own, 0), "b");
    sqlite3_finalize(left);
    sqlite3_finalize(own);
    assert_result(answer(world, outer), JANGLE_OK);
}

static void vs_09_inside_no_question_is_longer_than_its_asker(void **state)
{
    struct view_world *world = *state;
    struct jangle_view *outer = NULL, *inner;
    struct notes found = {0};

    assert_result(try_in(world, world->file, NULL, 1, &outer), JANGLE_OK);
    inner = ask_in(world, outer);
    assert_result(jangle_view_row(inner, &found, notes, (const char *)endless),
                  JANGLE_TIMEOUT);
    assert_result(answer(world, inner), JANGLE_TIMEOUT);
    assert_said(world, "ledger: the query ran for more than 1 ms");
    assert_result(answer(world, outer), JANGLE_OK);
    /* A shorter time is the inner one's alone. */
    outer = ask_in(world, NULL);
    assert_result(try_in(world, world->file, outer, 1, &inner), JANGLE_OK);
    assert_result(jangle_view_row(inner, &found, notes, (const char *)endless),
                  JANGLE_TIMEOUT);
    assert_result(answer(world, inner), JANGLE_TIMEOUT);
    assert_int_equal(count(outer), 0);
    assert_result(answer(world, outer), JANGLE_OK);
}

/* ---- in a handler ------------------------------------------------------------ */

static void vs_09_inside_a_handler_what_it_wrote_is_seen(void **state)
{
    struct view_world *world = *state;
    struct jangle_view *inner;

    for (int alone = 0; alone < 2; alone++) {
        begin(world);
        enter(world, alone);
        run(world, "INSERT INTO notes VALUES ('a')");
        inner = ask_in(world, world->view);
        assert_int_equal(count(inner), 1 + alone);
        assert_result(answer(world, inner), JANGLE_OK);
        assert_result(leave(world, JANGLE_OK), JANGLE_OK);
        assert_result(commit(world, alone, alone + 1), JANGLE_OK);
    }
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 2);
}

static void vs_09_inside_a_handler_a_question_writes_nothing(void **state)
{
    static const char insert[] = "INSERT INTO notes VALUES ('astray')";
    struct view_world *world = *state;
    sqlite3_stmt *kept;
    struct jangle_view *inner;

    begin(world);
    enter(world, false);
    run(world, insert);
    assert_int_equal(
        sqlite3_prepare_v2(jangle_view_sqlite(world->view), insert, -1, &kept, NULL),
        SQLITE_OK);
    inner = ask_in(world, world->view);
    assert_result(jangle_view_run(inner, insert), JANGLE_INVALID);
    assert_result(answer(world, inner), JANGLE_INVALID);
    assert_said(world, "ledger: a query may not write");
    inner = ask_in(world, world->view);
    assert_int_not_equal(sqlite3_step(kept), SQLITE_DONE);
    sqlite3_reset(kept);
    answer(world, inner);
    /* The handler may go on as before. */
    assert_int_equal(sqlite3_step(kept), SQLITE_DONE);
    sqlite3_finalize(kept);
    assert_result(run(world, insert), JANGLE_OK);
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_result(commit(world, 0, 1), JANGLE_OK);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 3);
}

static void vs_09_inside_a_handler_errors_are_the_questions_own(void **state)
{
    struct view_world *world = *state;
    struct jangle_view *inner;
    struct note row = {0};

    begin(world);
    enter(world, true);
    run(world, "INSERT INTO notes VALUES ('a')");
    inner = ask_in(world, world->view);
    assert_result(jangle_view_row(inner, &row, note, "SELECT text FROM nowhere"),
                  JANGLE_INVALID);
    assert_result(answer(world, inner), JANGLE_INVALID);
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    enter(world, true);
    run(world, "INSERT INTO nowhere VALUES ('a')");
    inner = ask_in(world, world->view);
    assert_int_equal(count(inner), 1);
    assert_result(answer(world, inner), JANGLE_OK);
    assert_result(leave(world, JANGLE_OK), JANGLE_INVALID);
    assert_said(world, "no such table: nowhere");
    assert_result(commit(world, 0, 1), JANGLE_OK);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 1);
}

static void vs_09_inside_a_lost_transaction_nothing_is_asked(void **state)
{
    struct view_world *world = *state;
    struct jangle_view *inner;

    begin(world);
    enter(world, true);
    run(world, "INSERT OR ROLLBACK INTO notes VALUES (NULL)");
    assert_result(try_in(world, world->file, world->view, 60000, &inner), JANGLE_STORAGE);
    assert_said(world, "ledger: the transaction in which this is asked has ended");
    assert_result(leave(world, JANGLE_OK), JANGLE_INVALID);
    world->file->ops->roll_back(world->file);
}

/* ---- of another view --------------------------------------------------------- */

/* All its connections are taken, by those who may wait for this thread. */
static void vs_09_inside_another_views_question_does_not_wait(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *another = open_another(world, 1);
    struct jangle_view *outer, *taken, *inner = NULL, *innermost = NULL;
    enum jangle_result result;

    assert_result(try_in(world, another, NULL, 60000, &taken), JANGLE_OK);
    outer = ask_in(world, NULL);
    result = try_in(world, another, outer, 600000, &inner);
    if (world->backend->durable) {
        assert_result(result, JANGLE_OK);
        assert_result(try_in(world, another, outer, 600000, &innermost), JANGLE_OK);
        assert_result(another->ops->answered(another, innermost, JANGLE_OK, NULL),
                      JANGLE_OK);
        assert_result(another->ops->answered(another, inner, JANGLE_OK, NULL), JANGLE_OK);
        assert_result(try_in(world, another, NULL, 1, &inner), JANGLE_TIMEOUT);
    } else {
        assert_result(result, JANGLE_BUSY);
        assert_said(world, "another: is in memory and has one connection");
    }
    assert_result(another->ops->answered(another, taken, JANGLE_OK, NULL), JANGLE_OK);
    assert_result(answer(world, outer), JANGLE_OK);
    another->ops->close_file(another);
}

static void vs_09_inside_a_handler_another_view_does_not_wait(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *another = open_another(world, 1);
    struct jangle_view *taken, *inner = NULL;
    enum jangle_result result;

    assert_result(try_in(world, another, NULL, 60000, &taken), JANGLE_OK);
    begin(world);
    enter(world, false);
    result = try_in(world, another, world->view, 600000, &inner);
    assert_result(result, world->backend->durable ? JANGLE_OK : JANGLE_BUSY);
    if (!result)
        another->ops->answered(another, inner, JANGLE_OK, NULL);
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_result(commit(world, 0, 1), JANGLE_OK);
    another->ops->answered(another, taken, JANGLE_OK, NULL);
    another->ops->close_file(another);
}

/* ---- two threads, two views -------------------------------------------------- */

struct side {
    struct view_world *world;
    pthread_barrier_t *both;
    struct jangle_view_file *own, *other;
    pthread_t thread;
    struct jangle_error error;
};

static void *ask_across(void *context)
{
    struct side *side = context;
    struct jangle_view *outer, *inner;
    int64_t seen;

    if (side->own->ops->ask(side->own, NULL, NULL, 600000, &outer, &seen, &side->error))
        return NULL;
    pthread_barrier_wait(side->both);
    if (!side->other->ops->ask(side->other, outer, NULL, 600000, &inner, &seen,
                               &side->error))
        side->other->ops->answered(side->other, inner, JANGLE_OK, NULL);
    side->own->ops->answered(side->own, outer, JANGLE_OK, NULL);
    return NULL;
}

static void vs_09_inside_two_views_do_not_wait_for_each_other(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *another = open_another(world, 1);
    pthread_barrier_t both;
    struct side sides[2] = {{.own = world->file, .other = another},
                            {.own = another, .other = world->file}};
    int busy = 0;

    pthread_barrier_init(&both, NULL, 2);
    for (int i = 0; i < 2; i++) {
        sides[i].world = world;
        sides[i].both = &both;
        assert_int_equal(pthread_create(&sides[i].thread, NULL, ask_across, &sides[i]),
                         0);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(sides[i].thread, NULL);
        busy += sides[i].error.result == JANGLE_BUSY;
        assert_true(!sides[i].error.result || sides[i].error.result == JANGLE_BUSY);
    }
    assert_int_equal(busy, world->backend->durable ? 0 : 1);
    pthread_barrier_destroy(&both);
    another->ops->close_file(another);
}

int view_ask_inside_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        VIEW_TEST(vs_09_inside_a_question_the_same_rows_are_seen),
        VIEW_TEST(vs_09_inside_the_position_is_that_of_the_rows),
        VIEW_TEST(vs_09_inside_errors_are_the_questions_own),
        VIEW_TEST(vs_09_inside_statements_are_the_questions_own),
        VIEW_TEST(vs_09_inside_no_question_is_longer_than_its_asker),
        VIEW_TEST(vs_09_inside_a_handler_what_it_wrote_is_seen),
        VIEW_TEST(vs_09_inside_a_handler_a_question_writes_nothing),
        VIEW_TEST(vs_09_inside_a_handler_errors_are_the_questions_own),
        VIEW_TEST(vs_09_inside_a_lost_transaction_nothing_is_asked),
        VIEW_TEST(vs_09_inside_another_views_question_does_not_wait),
        VIEW_TEST(vs_09_inside_a_handler_another_view_does_not_wait),
        VIEW_TEST(vs_09_inside_two_views_do_not_wait_for_each_other),
    };

    return view_world_run("views, questions inside", tests, sizeof tests / sizeof *tests,
                          backend);
}
