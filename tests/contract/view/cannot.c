/* cannot.c - VS-5: which of a handler's errors only another program mends. */
#include "contract/view/contract.h"

#include <math.h>
#include <sqlite3.h>

struct set_name {
    const char *account_id;
    const char *name;
};

struct by_name {
    const char *name;
    int64_t balance;
};

struct by_nothing {
    const char *account_id;
    const char *nothing;
};

struct elsewhere {
    const char *account_id;
};

struct note {
    const char *text;
};

struct notes {
    struct note *items;
    size_t count;
};

struct folder {
    struct notes text;
};

static JANGLE_UPSERT(set_name, "accounts", key(account_id), set(name));
static JANGLE_UPSERT(by_name, "accounts", key(name), set(balance));
static JANGLE_UPSERT(by_nothing, "accounts", key(account_id), set(nothing));
static JANGLE_UPSERT(elsewhere, "elsewhere", key(account_id));
static JANGLE_STRUCT(note, text);
static JANGLE_STRUCT(folder, list(text, note));

/* ---- what handlers do -------------------------------------------------------- */

static void no_such_table(struct jangle_view *view)
{
    jangle_view_run(view, "INSERT INTO nowhere VALUES (1)");
}

static void no_such_column(struct jangle_view *view)
{
    jangle_view_run(view, "UPDATE notes SET wrong = 1");
}

static void no_syntax(struct jangle_view *view)
{
    jangle_view_run(view, "UPDATE notes SOT text = 1");
}

static void no_sql(struct jangle_view *view)
{
    jangle_view_run(view, "-- nothing");
}

static void sql_of_null(struct jangle_view *view)
{
    jangle_view_run(view, (const char *)NULL);
}

static void two_statements(struct jangle_view *view)
{
    jangle_view_run(view, "DELETE FROM notes; DELETE FROM notes");
}

static void too_few_values(struct jangle_view *view)
{
    jangle_view_run(view, "INSERT INTO notes VALUES (?)");
}

static void not_a_number(struct jangle_view *view)
{
    jangle_view_run(view, "UPDATE accounts SET balance = ?", (double)NAN);
}

static void denied(struct jangle_view *view)
{
    jangle_view_run(view, "DROP TABLE notes");
}

static void denied_and_ignored(struct jangle_view *view)
{
    sqlite3_exec(jangle_view_sqlite(view), "COMMIT", NULL, NULL, NULL);
}

static void a_column_without_member(struct jangle_view *view)
{
    struct note row = {0};

    jangle_view_row(view, &row, note, "SELECT 'a' AS words");
}

static void a_column_twice(struct jangle_view *view)
{
    struct notes rows = {0};

    jangle_view_list(view, &rows, note, "SELECT 'a' AS text, 'b' AS text");
}

static void a_list_from_a_column(struct jangle_view *view)
{
    struct folder row = {0};

    jangle_view_row(view, &row, folder, "SELECT 'a' AS text");
}

static void no_unique_index(struct jangle_view *view)
{
    jangle_view_upsert(view, by_name, .name = "a", .balance = 5);
}

static void no_such_column_to_upsert(struct jangle_view *view)
{
    jangle_view_upsert(view, by_nothing, .account_id = "a", .nothing = "b");
}

static void no_such_table_to_upsert(struct jangle_view *view)
{
    jangle_view_upsert(view, elsewhere, .account_id = "a");
}

static void a_key_of_null(struct jangle_view *view)
{
    jangle_view_upsert(view, set_name, .name = "a");
}

static sqlite3_stmt *left; /* to be finalized */

static void a_statement_left_open(struct jangle_view *view)
{
    sqlite3_prepare_v2(jangle_view_sqlite(view), "SELECT 1 UNION SELECT 2", -1, &left,
                       NULL);
    sqlite3_step(left);
}

static void a_broken_constraint(struct jangle_view *view)
{
    jangle_view_run(view, "INSERT INTO notes VALUES (?)", (const char *)NULL);
}

static void a_key_that_is_there(struct jangle_view *view)
{
    jangle_view_run(view, "INSERT INTO accounts (account_id) VALUES (?)", "a");
    jangle_view_run(view, "INSERT INTO accounts (account_id) VALUES (?)", "a");
}

static void a_constraint_that_rolls_back(struct jangle_view *view)
{
    jangle_view_run(view, "INSERT OR ROLLBACK INTO notes VALUES (NULL)");
}

static void a_value_of_another_type(struct jangle_view *view)
{
    jangle_view_run(view, "INSERT INTO accounts VALUES (?, NULL, ?, 0, 0)", "a", "much");
}

static void a_sum_that_overflows(struct jangle_view *view)
{
    jangle_view_run(view, "INSERT INTO notes SELECT abs(?)", INT64_MIN);
}

static void a_null_for_a_member(struct jangle_view *view)
{
    struct note row = {0};

    jangle_view_row(view, &row, note, "SELECT NULL AS text");
}

static void a_number_for_a_text(struct jangle_view *view)
{
    struct note row = {0};

    jangle_view_row(view, &row, note, "SELECT 5 AS text");
}

static void nothing(struct jangle_view *view)
{
    (void)view;
}

static const struct {
    const char *name;
    void (*handle)(struct jangle_view *view);
    bool cannot;
    const char *words; /* of the error that stuck */
} cases[] = {
#define CASE(handle, cannot, words)                                                      \
    {                                                                                    \
#handle, handle, cannot, words                                                   \
    }
    CASE(no_such_table, true, "no such table: nowhere"),
    CASE(no_such_column, true, "no such column: wrong"),
    CASE(no_syntax, true, "syntax error"),
    CASE(no_sql, true, "there is no SQL"),
    CASE(sql_of_null, true, "the SQL is NULL"),
    CASE(two_statements, true, "more than one statement"),
    CASE(too_few_values, true, "0 values for 1 ?s"),
    CASE(not_a_number, true, "is not a number"),
    CASE(denied, true, "may not DROP TABLE"),
    CASE(denied_and_ignored, true, "may not COMMIT"),
    CASE(a_column_without_member, true, "column words has no member"),
    CASE(a_column_twice, true, "column text is there twice"),
    CASE(a_list_from_a_column, true, "cannot be read into a nested struct or a list"),
    CASE(no_unique_index, true, "has no unique index on"),
    CASE(no_such_column_to_upsert, true, "column nothing of accounts is not there"),
    CASE(no_such_table_to_upsert, true, "there is no table elsewhere"),
    CASE(a_key_of_null, true, "is a key and cannot be NULL"),
    CASE(a_statement_left_open, true, "left a statement open"),
    CASE(a_broken_constraint, false, "NOT NULL constraint failed: notes.text"),
    CASE(a_key_that_is_there, false, "UNIQUE constraint failed"),
    CASE(a_constraint_that_rolls_back, false, "NOT NULL constraint failed"),
    CASE(a_value_of_another_type, false, "cannot store TEXT value"),
    CASE(a_sum_that_overflows, false, "integer overflow"),
    CASE(a_null_for_a_member, false, "column text is NULL"),
    CASE(a_number_for_a_text, false, "column text is not text"),
#undef CASE
};

/* ---- what is said of it ------------------------------------------------------ */

static enum jangle_result
handle(struct view_world *world, void (*handler)(struct jangle_view *view), bool *cannot)
{
    enum jangle_result result;

    begin(world);
    enter(world, true);
    handler(world->view);
    world->error = (struct jangle_error){0};
    result = world->file->ops->leave(world->file, JANGLE_OK, cannot, &world->error);
    world->file->ops->roll_back(world->file);
    sqlite3_finalize(left);
    left = NULL;
    return result;
}

static void vs_05_what_only_another_program_mends_is_told_apart(void **state)
{
    struct view_world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool cannot = !cases[i].cannot;

        assert_result(handle(world, cases[i].handle, &cannot), JANGLE_INVALID);
        if (!strstr(world->error.message, cases[i].words))
            fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].name,
                     world->error.message, cases[i].words);
        if (cannot != cases[i].cannot)
            fail_msg("%s: %s", cases[i].name, cannot ? "cannot" : "can");
    }
}

static void vs_05_the_first_error_says_which_it_is(void **state)
{
    struct view_world *world = *state;
    bool cannot = true;

    begin(world);
    enter(world, true);
    a_broken_constraint(world->view);
    no_such_table(world->view);
    assert_result(world->file->ops->leave(world->file, JANGLE_OK, &cannot, NULL),
                  JANGLE_INVALID);
    assert_false(cannot);
    enter(world, true);
    no_such_table(world->view);
    a_broken_constraint(world->view);
    assert_result(world->file->ops->leave(world->file, JANGLE_RETRY, &cannot, NULL),
                  JANGLE_INVALID);
    assert_true(cannot);
    world->file->ops->roll_back(world->file);
}

static void vs_05_what_a_handler_returns_itself_may_pass(void **state)
{
    struct view_world *world = *state;
    bool cannot = true;

    assert_result(handle(world, nothing, &cannot), JANGLE_OK);
    assert_false(cannot);
    cannot = true;
    begin(world);
    enter(world, true);
    assert_result(world->file->ops->leave(world->file, JANGLE_INVALID, &cannot, NULL),
                  JANGLE_INVALID);
    assert_false(cannot);
    world->file->ops->roll_back(world->file);
}

/* A question's error is the question's: its asker may do without an answer. */
static void vs_05_a_question_inside_says_nothing_of_its_handler(void **state)
{
    struct view_world *world = *state;
    struct jangle_view *inner;
    bool cannot = true;
    int64_t seen;

    begin(world);
    enter(world, true);
    assert_result(world->file->ops->ask(world->file, world->view, &world->arena, 60000,
                                        &inner, &seen, NULL),
                  JANGLE_OK);
    no_such_table(inner);
    assert_result(world->file->ops->answered(world->file, inner, JANGLE_OK, NULL),
                  JANGLE_INVALID);
    a_broken_constraint(world->view);
    assert_result(world->file->ops->leave(world->file, JANGLE_OK, &cannot, NULL),
                  JANGLE_INVALID);
    assert_false(cannot);
    world->file->ops->roll_back(world->file);
}

/* A swap brings tables that the statements were not compiled for. */
static void vs_05_a_table_that_went_is_told_apart_too(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *shadow;
    bool cannot = false;

    handled(world, 0, 1, "INSERT INTO notes VALUES ('compiled')");
    world->spec.schema = "CREATE TABLE others (text TEXT)";
    world->spec.schema_version++;
    assert_result(
        world->file->ops->rebuild(world->file, &world->spec, &shadow, &world->error),
        JANGLE_OK);
    assert_result(world->file->ops->swap(world->file, shadow, &world->error), JANGLE_OK);
    shadow->ops->close_file(shadow);
    begin(world);
    enter(world, true);
    run(world, "INSERT INTO notes VALUES ('compiled')");
    assert_result(world->file->ops->leave(world->file, JANGLE_OK, &cannot, &world->error),
                  JANGLE_INVALID);
    assert_said(world, "no such table: notes");
    assert_true(cannot);
    world->file->ops->roll_back(world->file);
}

int view_cannot_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        VIEW_TEST(vs_05_what_only_another_program_mends_is_told_apart),
        VIEW_TEST(vs_05_the_first_error_says_which_it_is),
        VIEW_TEST(vs_05_what_a_handler_returns_itself_may_pass),
        VIEW_TEST(vs_05_a_question_inside_says_nothing_of_its_handler),
        VIEW_TEST(vs_05_a_table_that_went_is_told_apart_too),
    };

    return view_world_run("views, what cannot be", tests, sizeof tests / sizeof *tests,
                          backend);
}
