/* view.c - what callbacks do with a view: values are bound, columns meet members, and
 * what does not fit is refused by name. */
#include "contract/view/world.h"

#include "support/comma_locale.h"
#include "support/long_text.h"

#include <math.h>
#include <sqlite3.h>

struct part {
    const char *name;
};

struct parts {
    struct part *items;
    size_t count;
};

struct everything {
    bool truth;
    int64_t whole;
    double real;
    const char *text;
    jangle_time at;
    jangle_json json;
    jangle_optional_bool optional_truth;
    jangle_optional_int optional_whole;
    jangle_optional_real optional_real;
    jangle_optional_text optional_text;
    jangle_optional_time optional_at;
    struct part nested_part;
    struct parts part_list;
};

struct everythings {
    struct everything *items;
    size_t count;
};

static JANGLE_STRUCT(part, name);
static JANGLE_STRUCT(everything,
                     truth,
                     whole,
                     real,
                     text,
                     at,
                     json,
                     optional_truth,
                     optional_whole,
                     optional_real,
                     optional_text,
                     optional_at,
                     nested(nested_part, part),
                     list(part_list, part));

static void start(struct view_world *world)
{
    begin(world);
    enter(world, true);
}

/* The handler must have failed, with that in its sentence. */
static void assert_refused(struct view_world *world, const char *words)
{
    assert_result(leave(world, JANGLE_OK), JANGLE_INVALID);
    assert_said(world, words);
    enter(world, true);
}

/* ---- values ------------------------------------------------------------------ */

static void values_are_bound_by_their_types(void **state)
{
    struct view_world *world = *state;
    const char *text = "it's \xc3\xa4";
    char letters[] = "abc";
    int small = -5;
    int64_t whole = INT64_MIN;
    struct everything row = {0};

    start(world);
    jangle_view_row(world->view, &row, everything,
                    "SELECT ? = 'it''s \xc3\xa4' AND ? = 'abc' AND ? = -5 AND"
                    " ? = -9223372036854775807 - 1 AND ? = 2.5 AND ? = 1 AND ? = 77 AND"
                    " ? IS NULL AS truth",
                    text, letters, small, whole, 2.5, true, ((jangle_time){77}),
                    (const char *)NULL);
    assert_true(row.truth);
    row.truth = false;
    jangle_view_row(
        world->view, &row, everything,
        "SELECT ? = 1 AND ? = 2 AND ? = 0.5 AND ? = 'x' AND ? = 9 AND"
        " ? IS NULL AND ? IS NULL AND ? IS NULL AND ? IS NULL AND ? IS NULL"
        " AS truth",
        ((jangle_optional_bool){true, true}), ((jangle_optional_int){true, 2}),
        ((jangle_optional_real){true, 0.5}), ((jangle_optional_text){true, "x"}),
        ((jangle_optional_time){true, {9}}), ((jangle_optional_bool){false, true}),
        ((jangle_optional_int){false, 2}), ((jangle_optional_real){false, 1}),
        ((jangle_optional_text){false, "x"}), ((jangle_optional_time){false, {9}}));
    assert_true(row.truth);
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
}

/* Whatever the row held before. */
static void a_null_is_read_into_raw_json_as_nothing(void **state)
{
    struct view_world *world = *state;
    struct everything row = {.json = {"[1]"}};

    start(world);
    assert_result(jangle_view_row(world->view, &row, everything, "SELECT NULL AS json"),
                  JANGLE_OK);
    assert_null(row.json.text);
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
}

/* The sentence shows how the SQL begins, whole characters of it. */
static void sql_that_is_too_long_for_its_sentence_is_cut_between_characters(void **state)
{
    struct view_world *world = *state;

    start(world);
    for (size_t lead = 0; lead < 8; lead++) {
        char text[400], sql[sizeof text + 20];

        long_text_fill(text, sizeof text, lead);
        snprintf(sql, sizeof sql, "SELEKT %s", text);
        jangle_view_run(world->view, sql);
        assert_result(leave(world, JANGLE_OK), JANGLE_INVALID);
        assert_non_null(strstr(world->error.message, "SELEKT "));
        assert_cut_between_characters(
            strstr(world->error.message, "SELEKT ") + strlen("SELEKT "), text);
        memset(&world->error, 0, sizeof world->error);
        enter(world, true);
    }
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
}

static void a_value_is_never_part_of_the_statement(void **state)
{
    struct view_world *world = *state;

    start(world);
    jangle_view_run(world->view, "INSERT INTO notes VALUES (?)",
                    "'); DELETE FROM notes; --");
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_result(commit(world, 0, 1), JANGLE_OK);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 1);
}

static void values_and_question_marks_must_be_as_many(void **state)
{
    struct view_world *world = *state;

    start(world);
    assert_result(jangle_view_run(world->view, "INSERT INTO notes VALUES (?)"),
                  JANGLE_INVALID);
    assert_refused(world, "ledger: 0 values for 1 ?s: INSERT INTO notes VALUES (?)");
    assert_result(jangle_view_run(world->view, "INSERT INTO notes VALUES (?)", "a", "b"),
                  JANGLE_INVALID);
    assert_refused(world, "ledger: 2 values for 1 ?s");
}

static void what_is_not_a_number_is_refused(void **state)
{
    struct view_world *world = *state;

    start(world);
    assert_result(jangle_view_run(world->view, "SELECT ?", (double)NAN), JANGLE_INVALID);
    assert_refused(world, "ledger: value 1 is not a number");
}

/* ---- statements -------------------------------------------------------------- */

static void what_is_not_one_statement_is_refused(void **state)
{
    static const struct {
        const char *sql;
        const char *words;
    } cases[] = {
        {"", "there is no SQL in"},
        {"  -- nothing\n", "there is no SQL in"},
        {"DELETE FROM notes; DELETE FROM accounts", "more than one statement"},
        {"DELETE FROM notes; no SQL", "more than one statement"},
        {"DELETE FROM nowhere", "no such table: nowhere: DELETE FROM nowhere"},
        {"SELECT \"misspelt\" FROM notes", "no such column: misspelt"},
        {"INSERT INTO notes VALUES (NULL)", "NOT NULL constraint failed: notes.text"},
        {"INSERT INTO accounts (account_id, balance) VALUES ('a', 'b')",
         "cannot store TEXT value in INTEGER column accounts.balance"},
    };
    struct view_world *world = *state;

    start(world);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_result(run(world, cases[i].sql), JANGLE_INVALID);
        assert_refused(world, cases[i].words);
    }
    assert_result(run(world, NULL), JANGLE_INVALID);
    assert_refused(world, "the SQL is NULL");
    assert_result(jangle_view_run(world->view, 5), JANGLE_INVALID);
    assert_refused(world, "the SQL is NULL, or no text");
}

static void blanks_and_comments_may_follow(void **state)
{
    struct view_world *world = *state;

    start(world);
    assert_result(run(world, "INSERT INTO notes VALUES ('a') ;; -- a note\n /* more */ "),
                  JANGLE_OK);
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_result(commit(world, 0, 1), JANGLE_OK);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 1);
}

static void a_statement_that_gives_rows_is_run_to_its_end(void **state)
{
    struct view_world *world = *state;

    start(world);
    assert_result(
        run(world, "INSERT INTO notes VALUES ('a'), ('b'), ('c') RETURNING text"),
        JANGLE_OK);
    assert_result(run(world, "SELECT * FROM notes"), JANGLE_OK);
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_result(commit(world, 0, 1), JANGLE_OK);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 3);
}

/* The text counts, not where it stands. */
static void texts_at_one_address_are_told_apart(void **state)
{
    struct view_world *world = *state;
    char sql[60];

    start(world);
    for (int i = 0; i < 300; i++) {
        snprintf(sql, sizeof sql, "INSERT INTO notes VALUES ('%d')", i % 150);
        assert_result(run(world, sql), JANGLE_OK);
    }
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_result(commit(world, 0, 1), JANGLE_OK);
    assert_int_equal(number(world, "SELECT count(DISTINCT text) FROM notes"), 150);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 300);
}

static void a_statement_is_compiled_once(void **state)
{
    struct view_world *world = *state;
    sqlite3 *handle;
    int count = 0;

    for (int i = 0; i < 5; i++)
        handled(world, i, i + 1, "INSERT INTO notes VALUES ('a')");
    begin(world);
    handle = jangle_view_sqlite(world->view);
    for (sqlite3_stmt *next = NULL; (next = sqlite3_next_stmt(handle, next));)
        count += strcmp(sqlite3_sql(next), "INSERT INTO notes VALUES ('a')") == 0;
    assert_int_equal(count, 1);
}

static void of_many_statements_the_ones_in_use_stay_compiled(void **state)
{
    static const char hot[] = "INSERT INTO notes VALUES ('hot')";
    struct view_world *world = *state;
    sqlite3 *handle;
    int runs = 0;

    start(world);
    for (int i = 0; i < 200; i++) {
        char sql[60];

        snprintf(sql, sizeof sql, "INSERT INTO notes VALUES ('cold %d')", i);
        run(world, hot);
        run(world, sql);
    }
    handle = jangle_view_sqlite(world->view);
    for (sqlite3_stmt *next = NULL; (next = sqlite3_next_stmt(handle, next));)
        if (strcmp(sqlite3_sql(next), hot) == 0)
            runs = sqlite3_stmt_status(next, SQLITE_STMTSTATUS_RUN, 0);
    assert_int_equal(runs, 200);
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
}

/* ---- rows -------------------------------------------------------------------- */

static const char every_kind[] =
    "SELECT 1 AS truth, -9223372036854775807 - 1 AS whole, 0.1 AS real, 'text' AS text,"
    " 1234567 AS at, '{\"a\":[1]}' AS json, 0 AS optional_truth, 7 AS optional_whole,"
    " 2 AS optional_real, '' AS optional_text, -1 AS optional_at";

static void every_kind_of_member_is_read(void **state)
{
    struct view_world *world = *state;
    struct everything row = {0};

    start(world);
    if (jangle_view_row(world->view, &row, everything, (const char *)every_kind))
        leave(world, JANGLE_OK);
    assert_string_equal(world->error.message, "");
    assert_true(row.truth);
    assert_int_equal(row.whole, INT64_MIN);
    assert_true(row.real == 0.1);
    assert_string_equal(row.text, "text");
    assert_int_equal(row.at.us, 1234567);
    assert_string_equal(row.json.text, "{\"a\":[1]}");
    assert_true(row.optional_truth.given && !row.optional_truth.value);
    assert_true(row.optional_whole.given && row.optional_whole.value == 7);
    assert_true(row.optional_real.given && row.optional_real.value == 2.0);
    assert_true(row.optional_text.given);
    assert_string_equal(row.optional_text.value, "");
    assert_true(row.optional_at.given && row.optional_at.value.us == -1);
}

static void null_is_an_absent_optional(void **state)
{
    struct view_world *world = *state;
    struct everything row = {.optional_truth = {true, true},
                             .optional_whole = {true, 1},
                             .optional_real = {true, 1},
                             .optional_text = {true, "x"},
                             .optional_at = {true, {1}}};

    start(world);
    assert_result(
        jangle_view_row(world->view, &row, everything,
                        "SELECT NULL AS optional_truth, NULL AS optional_whole, NULL AS"
                        " optional_real, NULL AS optional_text, NULL AS optional_at,"
                        " NULL AS json"),
        JANGLE_OK);
    assert_false(row.optional_truth.given || row.optional_whole.given ||
                 row.optional_real.given || row.optional_text.given ||
                 row.optional_at.given || row.json.text);
}

static void members_without_a_column_stay_as_they_are(void **state)
{
    struct view_world *world = *state;
    struct everything row = {.whole = 5, .text = "kept"};

    start(world);
    assert_result(jangle_view_row(world->view, &row, everything, "SELECT 2.5 AS real"),
                  JANGLE_OK);
    assert_true(row.real == 2.5);
    assert_int_equal(row.whole, 5);
    assert_string_equal(row.text, "kept");
}

static void of_several_rows_the_first_is_read(void **state)
{
    struct view_world *world = *state;
    struct everything row = {0};

    start(world);
    run(world, "INSERT INTO notes VALUES ('b'), ('a')");
    assert_result(jangle_view_row(world->view, &row, everything,
                                  "SELECT text FROM notes ORDER BY text"),
                  JANGLE_OK);
    assert_string_equal(row.text, "a");
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
}

static void no_row_is_not_found_and_does_not_stick(void **state)
{
    struct view_world *world = *state;
    struct everything row = {.whole = 5};

    start(world);
    assert_result(
        jangle_view_row(world->view, &row, everything, "SELECT text FROM notes"),
        JANGLE_NOT_FOUND);
    assert_int_equal(row.whole, 5);
    assert_result(run(world, "INSERT INTO notes VALUES ('a')"), JANGLE_OK);
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
}

static void what_does_not_fit_its_member_is_refused(void **state)
{
    static const struct {
        const char *sql;
        const char *words;
    } cases[] = {
        {"SELECT 1 AS nobody", "column nobody has no member in everything"},
        {"SELECT 1 AS Whole", "column Whole has no member in everything"},
        {"SELECT 1 AS whole, 2 AS whole", "column whole is there twice"},
        {"SELECT NULL AS text", "column text is NULL: make its member an optional"},
        {"SELECT NULL AS whole", "column whole is NULL"},
        {"SELECT NULL AS truth", "column truth is NULL"},
        {"SELECT NULL AS real", "column real is NULL"},
        {"SELECT NULL AS at", "column at is NULL"},
        {"SELECT 2 AS truth", "column truth is not 0 or 1"},
        {"SELECT 'yes' AS truth", "column truth is not 0 or 1"},
        {"SELECT 2.0 AS whole", "column whole is not a whole number"},
        {"SELECT '5' AS whole", "column whole is not a whole number"},
        {"SELECT '5' AS real", "column real is not a number"},
        {"SELECT 5 AS text", "column text is not text"},
        {"SELECT x'41' AS text", "column text is not text"},
        {"SELECT 'a' || char(0) || 'b' AS text", "column text has a zero byte"},
        {"SELECT 5 AS json", "column json is not text"},
        {"SELECT 0.5 AS at", "column at is not a whole number"},
        {"SELECT 'x' AS optional_whole", "column optional_whole is not a whole number"},
        {"SELECT 3 AS optional_truth", "column optional_truth is not 0 or 1"},
        {"SELECT 'x' AS nested_part", "column nested_part cannot be read into a nested"},
        {"SELECT 'x' AS part_list", "column part_list cannot be read into a nested"},
        {"DELETE FROM notes", "gives 0 columns"},
    };
    struct view_world *world = *state;

    start(world);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct everything row = {.whole = 5};
        struct everythings rows = {0};

        assert_result(jangle_view_row(world->view, &row, everything, cases[i].sql),
                      JANGLE_INVALID);
        assert_int_equal(row.whole, 5);
        assert_refused(world, cases[i].words);
        assert_result(jangle_view_list(world->view, &rows, everything, cases[i].sql),
                      JANGLE_INVALID);
        assert_int_equal(rows.count, 0);
        assert_refused(world, cases[i].words);
    }
}

static void a_row_that_fails_in_its_middle_is_not_seen(void **state)
{
    struct view_world *world = *state;
    struct everything row = {.whole = 5, .text = "kept"};

    start(world);
    assert_result(
        jangle_view_row(world->view, &row, everything, "SELECT 6 AS whole, NULL AS text"),
        JANGLE_INVALID);
    assert_int_equal(row.whole, 5);
    assert_string_equal(row.text, "kept");
}

static void a_list_has_all_rows_in_order(void **state)
{
    struct view_world *world = *state;
    struct everythings rows = {0};

    start(world);
    assert_result(jangle_view_list(world->view, &rows, everything,
                                   "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL"
                                   " SELECT x + 1 FROM n LIMIT 1000)"
                                   " SELECT x AS whole, 'row ' || x AS text FROM n"),
                  JANGLE_OK);
    assert_int_equal(rows.count, 1000);
    for (int i = 0; i < 1000; i++) {
        char text[20];

        snprintf(text, sizeof text, "row %d", i + 1);
        assert_int_equal(rows.items[i].whole, i + 1);
        assert_string_equal(rows.items[i].text, text);
        assert_null(rows.items[i].json.text);
    }
    assert_result(
        jangle_view_list(world->view, &rows, everything, "SELECT 1 AS whole WHERE false"),
        JANGLE_OK);
    assert_int_equal(rows.count, 0);
}

static void numbers_do_not_depend_on_the_locale(void **state)
{
    struct view_world *world = *state;
    struct comma_locale locale;
    struct everything row = {0};

    if (!comma_locale_enter(&locale, "de_DE"))
        skip();
    start(world);
    assert_result(jangle_view_row(world->view, &row, everything,
                                  "SELECT ? AS real, CAST(0.5 AS TEXT) AS text", 2.25),
                  JANGLE_OK);
    comma_locale_leave(&locale);
    assert_true(row.real == 2.25);
    assert_string_equal(row.text, "0.5");
}

static void memory_that_runs_out_sticks(void **state)
{
    struct view_world *world = *state;

    for (int64_t at = 1; at < 30; at++) {
        struct everythings rows = {0};
        enum jangle_result result, left;

        jn_arena_finish(&world->arena);
        jn_arena_init(&world->arena, &world->host.host.allocator);
        start(world);
        failing_allocator_arm(&world->host.memory, at);
        run(world, "INSERT INTO notes VALUES ('a')");
        result = jangle_view_list(world->view, &rows, everything,
                                  "SELECT hex(zeroblob(40000)) AS text FROM notes");
        failing_allocator_arm(&world->host.memory, 0);
        left = leave(world, JANGLE_OK);
        assert_result(left, result);
        assert_true(left == JANGLE_OK || left == JANGLE_NO_MEMORY);
        world->file->ops->roll_back(world->file);
        if (left == JANGLE_OK)
            return;
        assert_int_equal(number(world, "SELECT count(*) FROM notes"), 0);
    }
    fail_msg("it never has enough");
}

/* As a handler of a subscriber that is no view finds it. */
static void without_a_view_all_is_refused(void **state)
{
    struct {
        const char *name;
    } none = {0};
    static const struct jangle_upsert upsert = {.name = "nothing", .table = "nowhere"};
    struct part row = {0};
    struct parts rows = {0};

    (void)state;
    assert_result(jangle_view_run(NULL, "SELECT 1"), JANGLE_INVALID);
    assert_result(jangle_view_row(NULL, &row, part, "SELECT 1 AS name"), JANGLE_INVALID);
    assert_result(jangle_view_list(NULL, &rows, part, "SELECT 1 AS name"),
                  JANGLE_INVALID);
    assert_result(jangle_view_upsert_(NULL, &upsert, &none), JANGLE_INVALID);
    assert_null(jangle_view_sqlite(NULL));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        VIEW_TEST(without_a_view_all_is_refused),
        VIEW_TEST(values_are_bound_by_their_types),
        VIEW_TEST(a_null_is_read_into_raw_json_as_nothing),
        VIEW_TEST(sql_that_is_too_long_for_its_sentence_is_cut_between_characters),
        VIEW_TEST(a_value_is_never_part_of_the_statement),
        VIEW_TEST(values_and_question_marks_must_be_as_many),
        VIEW_TEST(what_is_not_a_number_is_refused),
        VIEW_TEST(what_is_not_one_statement_is_refused),
        VIEW_TEST(blanks_and_comments_may_follow),
        VIEW_TEST(a_statement_that_gives_rows_is_run_to_its_end),
        VIEW_TEST(texts_at_one_address_are_told_apart),
        VIEW_TEST(a_statement_is_compiled_once),
        VIEW_TEST(of_many_statements_the_ones_in_use_stay_compiled),
        VIEW_TEST(every_kind_of_member_is_read),
        VIEW_TEST(null_is_an_absent_optional),
        VIEW_TEST(members_without_a_column_stay_as_they_are),
        VIEW_TEST(of_several_rows_the_first_is_read),
        VIEW_TEST(no_row_is_not_found_and_does_not_stick),
        VIEW_TEST(what_does_not_fit_its_member_is_refused),
        VIEW_TEST(a_row_that_fails_in_its_middle_is_not_seen),
        VIEW_TEST(a_list_has_all_rows_in_order),
        VIEW_TEST(numbers_do_not_depend_on_the_locale),
        VIEW_TEST(memory_that_runs_out_sticks),
    };

    return view_world_run("views, in callbacks", tests, sizeof tests / sizeof *tests,
                          &views_in_memory);
}
