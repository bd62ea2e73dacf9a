/* handler.c - VS-4 and VS-5: what handlers may do, and what becomes of it. */
#include "contract/view/contract.h"

#include <sqlite3.h>

static int raw(struct view_world *world, const char *sql)
{
    return sqlite3_exec(jangle_view_sqlite(world->view), sql, NULL, NULL, NULL);
}

static int64_t notes(struct view_world *world)
{
    return number(world, "SELECT count(*) FROM notes");
}

/* ---- VS-4 -------------------------------------------------------------------- */

static const struct {
    const char *sql;
    const char *words;
} denied[] = {
    {"BEGIN", "ledger: a handler may not BEGIN"},
    {"COMMIT", "ledger: a handler may not COMMIT"},
    {"END", "ledger: a handler may not COMMIT"},
    {"ROLLBACK", "ledger: a handler may not ROLLBACK"},
    {"SAVEPOINT mine", "ledger: a handler may not SAVEPOINT"},
    {"RELEASE jangle_event", "ledger: a handler may not SAVEPOINT RELEASE"},
    {"ROLLBACK TO jangle_event", "ledger: a handler may not SAVEPOINT ROLLBACK"},
    {"ATTACH ':memory:' AS other", "ledger: a handler may not ATTACH"},
    {"DETACH main", "ledger: a handler may not DETACH"},
    {"PRAGMA synchronous = OFF", "ledger: a handler may not PRAGMA synchronous"},
    {"PRAGMA table_info(notes)", "ledger: a handler may not PRAGMA table_info"},
    {"PRAGMA data_version = 1", "ledger: a handler may not PRAGMA data_version"},
    {"CREATE TABLE mine (x)", "ledger: a handler may not CREATE TABLE mine"},
    {"CREATE TEMP TABLE mine (x)", "ledger: a handler may not CREATE TEMP TABLE mine"},
    {"CREATE INDEX mine ON notes (text)", "ledger: a handler may not CREATE INDEX mine"},
    {"CREATE VIEW mine AS SELECT 1", "ledger: a handler may not CREATE VIEW mine"},
    {"DROP TABLE notes", "ledger: a handler may not DROP TABLE notes"},
    {"ALTER TABLE notes ADD COLUMN x", "ledger: a handler may not ALTER TABLE"},
    {"ANALYZE", "ledger: a handler may not"},
    {"REINDEX", "ledger: a handler may not REINDEX"},
    {"UPDATE jangle_place SET position = 99",
     "ledger: a handler may not UPDATE jangle_place"},
    {"DELETE FROM jangle_place", "ledger: a handler may not DELETE FROM jangle_place"},
    {"DELETE FROM \"JANGLE_PARKED\"",
     "ledger: a handler may not DELETE FROM jangle_parked"},
    {"INSERT INTO jangle_parked (key) VALUES ('x')",
     "ledger: a handler may not INSERT INTO jangle_parked"},
};

static void vs_04_what_a_handler_must_not_do_is_denied_by_name(void **state)
{
    struct view_world *world = *state;

    handled(world, 0, 1, "INSERT INTO notes VALUES ('before')");
    for (size_t i = 0; i < sizeof denied / sizeof *denied; i++) {
        begin(world);
        enter(world, true);
        run(world, "INSERT INTO notes VALUES ('undone')");
        assert_result(run(world, denied[i].sql), JANGLE_INVALID);
        assert_result(leave(world, JANGLE_OK), JANGLE_INVALID);
        assert_said(world, denied[i].words);
        enter(world, true);
        run(world, "INSERT INTO notes VALUES ('kept')");
        assert_result(leave(world, JANGLE_OK), JANGLE_OK);
        assert_result(commit(world, 1 + (int64_t)i, 2 + (int64_t)i), JANGLE_OK);
    }
    assert_int_equal(number(world, "SELECT count(*) FROM notes WHERE text = 'undone'"),
                     0);
    assert_int_equal(notes(world), 1 + (int64_t)(sizeof denied / sizeof *denied));
}

static void vs_04_a_denial_sticks_even_if_the_handler_ignores_it(void **state)
{
    struct view_world *world = *state;

    for (size_t i = 0; i < sizeof denied / sizeof *denied; i++) {
        begin(world);
        enter(world, false);
        assert_int_equal(raw(world, "INSERT INTO notes VALUES ('undone')"), SQLITE_OK);
        assert_int_not_equal(raw(world, denied[i].sql), SQLITE_OK);
        assert_result(leave(world, JANGLE_OK), JANGLE_INVALID);
        assert_said(world, denied[i].words);
        world->file->ops->roll_back(world->file);
    }
    assert_int_equal(notes(world), 0);
    assert_int_equal(position(world), 0);
}

static void vs_04_a_trigger_of_the_schema_has_no_more_rights(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *own = world->file;

    world->spec.name = "sly";
    world->spec.schema =
        "CREATE TABLE notes (text TEXT);"
        "CREATE TRIGGER sly AFTER INSERT ON notes BEGIN"
        "  UPDATE jangle_place SET position = 99; END;";
    world->error = (struct jangle_error){0};
    assert_result(
        world->views->ops->open(world->views, &world->spec, &world->file, &world->error),
        JANGLE_OK);
    begin(world);
    enter(world, true);
    run(world, "INSERT INTO notes VALUES ('x')");
    assert_result(leave(world, JANGLE_OK), JANGLE_INVALID);
    assert_said(world, "sly: a handler may not UPDATE jangle_place");
    assert_said(world, "in trigger sly");
    world->file->ops->close_file(world->file);
    world->file = own;
}

static void vs_04_reading_writing_and_searching_is_allowed(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *own = world->file;
    struct jangle_view_file *file;

    world->spec.name = "words";
    world->spec.schema =
        "CREATE TABLE pages (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT);"
        "CREATE TABLE counts (table_name TEXT PRIMARY KEY, rows INTEGER);"
        "CREATE VIRTUAL TABLE search USING fts5 (body, content=pages, content_rowid=id);"
        "CREATE TRIGGER count_pages AFTER INSERT ON pages BEGIN"
        "  INSERT INTO counts VALUES ('pages', 1)"
        "    ON CONFLICT DO UPDATE SET rows = rows + 1; END;";
    assert_result(
        world->views->ops->open(world->views, &world->spec, &file, &world->error),
        JANGLE_OK);
    world->file = file;
    begin(world);
    enter(world, true);
    run(world, "INSERT INTO pages (body) VALUES ('the quick fox'), ('a lazy dog')");
    run(world, "SELECT id FROM pages WHERE body LIKE '%fox%'");
    run(world, "UPDATE pages SET body = upper(body) WHERE id = 2");
    run(world,
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 3)"
        " DELETE FROM pages WHERE id IN (SELECT x FROM n) AND id = 2");
    run(world, "INSERT INTO search (rowid, body) SELECT id, body FROM pages");
    run(world, "SELECT rowid FROM search WHERE search MATCH 'fox'");
    run(world, "SELECT position FROM jangle_place");
    if (leave(world, JANGLE_OK))
        fail_msg("%s", world->error.message);
    assert_result(commit(world, 0, 1), JANGLE_OK);
    assert_int_equal(number(world, "SELECT rows FROM counts"), 2);
    assert_int_equal(
        number(world, "SELECT count(*) FROM search WHERE search MATCH 'fox'"), 1);
    file->ops->close_file(file);
    world->file = own;
}

static void vs_04_the_first_error_sticks_and_the_rest_does_nothing(void **state)
{
    struct view_world *world = *state;

    begin(world);
    enter(world, true);
    assert_result(run(world, "INSERT INTO nowhere VALUES (1)"), JANGLE_INVALID);
    assert_result(run(world, "INSERT INTO notes VALUES ('x')"), JANGLE_INVALID);
    assert_result(run(world, "COMMIT"), JANGLE_INVALID);
    assert_result(leave(world, JANGLE_RETRY), JANGLE_INVALID);
    assert_said(world, "ledger: no such table: nowhere");
    enter(world, true);
    assert_result(run(world, "INSERT INTO notes VALUES ('x')"), JANGLE_OK);
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_result(commit(world, 0, 1), JANGLE_OK);
    assert_int_equal(notes(world), 1);
}

static void vs_04_what_was_compiled_for_jangle_is_not_lent(void **state)
{
    struct view_world *world = *state;

    handled(world, 0, 1, "SELECT 1");
    begin(world);
    enter(world, true);
    assert_result(run(world,
                      "UPDATE jangle_place SET position = ?1, event_id = ?2, "
                      "incomplete = incomplete OR ?3 WHERE position = ?4"),
                  JANGLE_INVALID);
    assert_result(leave(world, JANGLE_OK), JANGLE_INVALID);
    assert_said(world, "may not UPDATE jangle_place");
    world->file->ops->roll_back(world->file);
}

/* ---- VS-5 -------------------------------------------------------------------- */

static void vs_05_it_returns_what_the_handler_returned(void **state)
{
    static const enum jangle_result results[] = {JANGLE_OK, JANGLE_RETRY, JANGLE_REJECTED,
                                                 JANGLE_NOT_FOUND, JANGLE_INVALID};
    struct view_world *world = *state;

    begin(world);
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        enter(world, true);
        assert_result(leave(world, results[i]), results[i]);
        assert_string_equal(world->error.message, "");
    }
    assert_result(commit(world, 0, 1), JANGLE_OK);
}

static void vs_05_alone_only_its_own_effects_are_undone(void **state)
{
    struct view_world *world = *state;

    begin(world);
    for (int i = 0; i < 9; i++) {
        enter(world, true);
        run(world, i % 3 == 1 ? "INSERT INTO notes VALUES ('undone')"
                              : "INSERT INTO notes VALUES ('kept')");
        if (i % 3 == 1)
            assert_result(leave(world, JANGLE_RETRY), JANGLE_RETRY);
        else
            assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    }
    assert_result(commit(world, 0, 9), JANGLE_OK);
    assert_int_equal(notes(world), 6);
    assert_int_equal(number(world, "SELECT count(*) FROM notes WHERE text = 'undone'"),
                     0);
}

static void vs_05_not_alone_a_failure_breaks_the_batch(void **state)
{
    struct view_world *world = *state;
    struct jangle_error error = {0};

    begin(world);
    enter(world, false);
    run(world, "INSERT INTO notes VALUES ('x')");
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    enter(world, false);
    assert_result(leave(world, JANGLE_RETRY), JANGLE_RETRY);
    assert_result(world->file->ops->enter(world->file, &world->arena, false, &error),
                  JANGLE_STORAGE);
    assert_result(commit(world, 0, 1), JANGLE_STORAGE);
    assert_int_equal(notes(world), 0);
    assert_int_equal(position(world), 0);
}

static void vs_05_a_statement_left_open_fails_the_handler_by_name(void **state)
{
    static const char *const left[] = {
        "SELECT text FROM notes",
        "INSERT INTO notes VALUES ('undone') RETURNING text",
    };
    struct view_world *world = *state;

    handled(world, 0, 1, "INSERT INTO notes VALUES ('a'), ('b')");
    for (int i = 0; i < 2; i++) {
        sqlite3_stmt *statement;

        begin(world);
        enter(world, true);
        assert_int_equal(sqlite3_prepare_v2(jangle_view_sqlite(world->view), left[i], -1,
                                            &statement, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
        assert_result(leave(world, JANGLE_OK), JANGLE_INVALID);
        assert_said(world, "ledger: a handler left a statement open: ");
        assert_said(world, left[i]);
        assert_false(sqlite3_stmt_busy(statement));
        enter(world, true);
        run(world, "INSERT INTO notes VALUES ('kept')");
        assert_result(leave(world, JANGLE_OK), JANGLE_OK);
        assert_result(commit(world, i + 1, i + 2), JANGLE_OK);
        sqlite3_finalize(statement);
    }
    assert_int_equal(notes(world), 4);
}

static void vs_05_a_statement_that_is_not_busy_may_stay(void **state)
{
    struct view_world *world = *state;
    sqlite3_stmt *statement[3];

    for (int i = 0; i < 3; i++) {
        begin(world);
        enter(world, false);
        assert_int_equal(sqlite3_prepare_v2(jangle_view_sqlite(world->view),
                                            "INSERT INTO notes VALUES ('x')", -1,
                                            &statement[i], NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_step(statement[i]), SQLITE_DONE);
        assert_result(leave(world, JANGLE_OK), JANGLE_OK);
        assert_result(commit(world, i, i + 1), JANGLE_OK);
    }
    assert_int_equal(notes(world), 3);
    world->file->ops->close_file(world->file);
    world->file = NULL;
    for (int i = 0; i < 3; i++)
        sqlite3_finalize(statement[i]);
}

/* OR ROLLBACK is not asked for by name, it just happens. */
static void vs_05_alone_and_first_an_ended_transaction_is_replaced(void **state)
{
    struct view_world *world = *state;

    handled(world, 0, 1, "INSERT INTO accounts (account_id) VALUES ('a')");
    begin(world);
    enter(world, true);
    run(world, "INSERT INTO notes VALUES ('undone')");
    assert_result(run(world,
                      "INSERT OR ROLLBACK INTO accounts (account_id)"
                      " VALUES ('a')"),
                  JANGLE_INVALID);
    assert_result(leave(world, JANGLE_OK), JANGLE_INVALID);
    assert_said(world, "UNIQUE constraint failed: accounts.account_id");
    enter(world, true);
    run(world, "INSERT INTO notes VALUES ('kept')");
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_result(commit(world, 1, 2), JANGLE_OK);
    assert_int_equal(notes(world), 1);
}

static void vs_05_an_ended_transaction_takes_the_batch_with_it(void **state)
{
    struct view_world *world = *state;

    handled(world, 0, 1, "INSERT INTO accounts (account_id) VALUES ('a')");
    for (int alone = 0; alone < 2; alone++) {
        begin(world);
        enter(world, alone);
        run(world, "INSERT INTO notes VALUES ('lost')");
        assert_result(leave(world, JANGLE_OK), JANGLE_OK);
        enter(world, alone);
        raw(world, "INSERT OR ROLLBACK INTO accounts (account_id) VALUES ('a')");
        /* This would be stored for good, and again at the next attempt. */
        assert_int_not_equal(raw(world, "INSERT INTO notes VALUES ('astray')"),
                             SQLITE_OK);
        assert_result(leave(world, JANGLE_OK), alone ? JANGLE_STORAGE : JANGLE_INVALID);
        assert_said(world, "ledger: a handler ended the transaction");
        assert_result(commit(world, 1, 2), JANGLE_STORAGE);
        assert_int_equal(notes(world), 0);
        assert_int_equal(position(world), 1);
    }
    handled(world, 1, 2, "INSERT INTO notes VALUES ('kept')");
}

static void limit_pages(struct view_world *world, int more)
{
    sqlite3 *db = jangle_view_sqlite(world->view);
    char sql[80];
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA page_count", -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    snprintf(sql, sizeof sql, "PRAGMA max_page_count = %d",
             sqlite3_column_int(statement, 0) + more);
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void vs_05_a_full_disk_takes_the_batch_with_it(void **state)
{
    struct view_world *world = *state;

    handled(world, 0, 1, "INSERT INTO notes VALUES ('kept')");
    for (int alone = 0; alone < 2; alone++) {
        begin(world);
        limit_pages(world, 2);
        enter(world, alone);
        run(world, "INSERT INTO notes VALUES ('lost')");
        assert_result(leave(world, JANGLE_OK), JANGLE_OK);
        enter(world, alone);
        run(world, "INSERT INTO notes VALUES (hex(zeroblob(100000)))");
        raw(world, "SELECT 1");
        assert_result(leave(world, JANGLE_OK), JANGLE_STORAGE);
        assert_said(world, "full");
        world->file->ops->roll_back(world->file);
        assert_int_equal(notes(world), 1);
        begin(world);
        limit_pages(world, 1000);
        world->file->ops->roll_back(world->file);
    }
    handled(world, 1, 2, "INSERT INTO notes VALUES (hex(zeroblob(100000)))");
    assert_int_equal(notes(world), 2);
}

int view_handler_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        VIEW_TEST(vs_04_what_a_handler_must_not_do_is_denied_by_name),
        VIEW_TEST(vs_04_a_denial_sticks_even_if_the_handler_ignores_it),
        VIEW_TEST(vs_04_a_trigger_of_the_schema_has_no_more_rights),
        VIEW_TEST(vs_04_reading_writing_and_searching_is_allowed),
        VIEW_TEST(vs_04_the_first_error_sticks_and_the_rest_does_nothing),
        VIEW_TEST(vs_04_what_was_compiled_for_jangle_is_not_lent),
        VIEW_TEST(vs_05_it_returns_what_the_handler_returned),
        VIEW_TEST(vs_05_alone_only_its_own_effects_are_undone),
        VIEW_TEST(vs_05_not_alone_a_failure_breaks_the_batch),
        VIEW_TEST(vs_05_a_statement_left_open_fails_the_handler_by_name),
        VIEW_TEST(vs_05_a_statement_that_is_not_busy_may_stay),
        VIEW_TEST(vs_05_alone_and_first_an_ended_transaction_is_replaced),
        VIEW_TEST(vs_05_an_ended_transaction_takes_the_batch_with_it),
        VIEW_TEST(vs_05_a_full_disk_takes_the_batch_with_it),
    };

    return view_world_run("views, handlers", tests, sizeof tests / sizeof *tests,
                          backend);
}
