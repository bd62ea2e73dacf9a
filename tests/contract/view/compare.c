/* compare.c - VS-14: two views are the same, or the first difference has a name. */
#include "contract/view/contract.h"

static const char two_accounts[] =
    "INSERT INTO accounts VALUES ('000001', 'Ann', 500, 3, 1), ('000002', NULL, 7, 1, 0)";

/* A scratch file of the same spec, filled. */
static struct jangle_view_file *scratch(struct view_world *world, const char *sql)
{
    struct jangle_view_file *file;

    assert_result(
        world->views->ops->scratch(world->views, &world->spec, &file, &world->error),
        JANGLE_OK);
    handled_in(world, file, 0, 5, sql);
    return file;
}

static enum jangle_result compare(struct view_world *world,
                                  struct jangle_view_file *other,
                                  struct jangle_view_comparison *comparison)
{
    world->error = (struct jangle_error){0};
    return world->file->ops->compare(world->file, other, comparison, &world->error);
}

/* The view holds `left`, the other `right`; they differ, and that is said. */
static void assert_differ(struct view_world *world,
                          const char *left,
                          const char *right,
                          const char *const *words)
{
    struct jangle_view_file *other = scratch(world, right);
    struct jangle_view_comparison comparison;

    handled(world, 0, 0, "DELETE FROM accounts");
    handled(world, 0, 0, "DELETE FROM notes");
    handled(world, 0, 0, left);
    assert_result(compare(world, other, &comparison), JANGLE_INVALID);
    for (; *words; words++)
        assert_said(world, *words);
    other->ops->close_file(other);
}

static void vs_14_views_with_the_same_rows_are_the_same(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_comparison comparison;
    struct jangle_view_file *other =
        scratch(world,
                "INSERT INTO accounts VALUES ('000002', NULL, 7, 1, 0), ('000001', 'Ann',"
                " 500, 3, 1)");

    handled(world, 0, 9, two_accounts);
    handled(world, 9, 9, "INSERT INTO notes VALUES ('b'), ('a'), ('b')");
    handled_in(world, other, 5, 5, "INSERT INTO notes VALUES ('b'), ('b'), ('a')");
    if (compare(world, other, &comparison))
        fail_msg("%s", world->error.message);
    assert_int_equal(comparison.tables, 2);
    assert_int_equal(comparison.rows, 5);
    other->ops->close_file(other);
}

static void vs_14_empty_views_are_the_same(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_comparison comparison;
    struct jangle_view_file *other = scratch(world, "SELECT 1");

    assert_result(compare(world, other, &comparison), JANGLE_OK);
    assert_int_equal(comparison.tables, 2);
    assert_int_equal(comparison.rows, 0);
    other->ops->close_file(other);
}

static void vs_14_a_cell_that_differs_is_named_with_both_values(void **state)
{
    struct view_world *world = *state;

    assert_differ(
        world, two_accounts,
        "INSERT INTO accounts VALUES ('000001', 'Ann', 501, 3, 1), ('000002', NULL, 7,"
        " 1, 0)",
        (const char *const[]){"accounts", "account_id '000001'", "balance is 500",
                              "501 in", NULL});
    assert_differ(
        world, two_accounts,
        "INSERT INTO accounts VALUES ('000001', 'Ann', 500, 3, 1), ('000002', '', 7, 1,"
        " 0)",
        (const char *const[]){"account_id '000002'", "name is NULL", "'' in", NULL});
}

static void vs_14_a_row_that_is_missing_is_named_with_its_side(void **state)
{
    struct view_world *world = *state;
    static const char one[] = "INSERT INTO accounts VALUES ('000001', 'Ann', 500, 3, 1)";
    static const char last[] = "INSERT INTO accounts VALUES ('000002', NULL, 7, 1, 0)";

    assert_differ(
        world, two_accounts, one,
        (const char *const[]){"accounts: row account_id '000002' is only in", NULL});
    assert_differ(
        world, one, two_accounts,
        (const char *const[]){"accounts: row account_id '000002' is only in", NULL});
    assert_differ(
        world, two_accounts, last,
        (const char *const[]){"accounts: row account_id '000001' is only in", NULL});
    assert_differ(
        world, last, two_accounts,
        (const char *const[]){"accounts: row account_id '000001' is only in", NULL});
}

static void vs_14_both_sides_are_told_apart_by_name(void **state)
{
    struct view_world *world = *state;
    char left[240], right[240];

    assert_differ(world, "SELECT 1", two_accounts,
                  (const char *const[]){"only in", NULL});
    snprintf(left, sizeof left, "%s", world->error.message);
    assert_differ(world, two_accounts, "SELECT 1",
                  (const char *const[]){"only in", NULL});
    snprintf(right, sizeof right, "%s", world->error.message);
    assert_string_not_equal(left, right);
}

static void vs_14_rows_without_a_key_are_compared_as_a_heap(void **state)
{
    struct view_world *world = *state;

    assert_differ(world, "INSERT INTO notes VALUES ('a'), ('a'), ('b')",
                  "INSERT INTO notes VALUES ('a'), ('b'), ('b')",
                  (const char *const[]){"notes", "'a'", "'b'", NULL});
    assert_differ(world, "INSERT INTO notes VALUES ('a')",
                  "INSERT INTO notes VALUES ('a'), ('a')",
                  (const char *const[]){"notes: row text 'a' is only in", NULL});
}

static void vs_14_checkpoint_and_parked_keys_are_not_compared(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_comparison comparison;
    struct jangle_view_file *other = scratch(world, "SELECT 1");
    struct jangle_parked parked = {.kind = JANGLE_PARKED_STREAM, .key = "a"};
    struct jangle_checkpoint checkpoint = {.subscriber = "ledger", .position = 3};

    checkpoint.parked = &parked;
    checkpoint.parked_count = 1;
    begin(world);
    assert_result(world->file->ops->commit(world->file, &checkpoint, true, &world->error),
                  JANGLE_OK);
    assert_result(compare(world, other, &comparison), JANGLE_OK);
    other->ops->close_file(other);
}

static void vs_14_tables_that_differ_are_named(void **state)
{
    static const struct {
        const char *schema;
        const char *words;
    } cases[] = {
        {"CREATE TABLE accounts (account_id TEXT PRIMARY KEY, name TEXT, balance INTEGER,"
         " balance_version INTEGER, state INTEGER) STRICT;",
         "table notes is only in"},
        {"CREATE TABLE accounts (account_id TEXT PRIMARY KEY, name TEXT, balance INTEGER,"
         " balance_version INTEGER, state INTEGER) STRICT;"
         "CREATE TABLE notes (text TEXT NOT NULL) STRICT; CREATE TABLE more (x);",
         "table more is only in"},
        {"CREATE TABLE accounts (account_id TEXT PRIMARY KEY, name TEXT, balance INTEGER,"
         " balance_version INTEGER) STRICT; CREATE TABLE notes (text TEXT NOT NULL) "
         "STRICT;",
         "accounts: has other columns"},
    };
    struct view_world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_view_spec spec = world->spec;
        struct jangle_view_comparison comparison;
        struct jangle_view_file *other;

        spec.schema = cases[i].schema;
        assert_result(
            world->views->ops->scratch(world->views, &spec, &other, &world->error),
            JANGLE_OK);
        assert_result(compare(world, other, &comparison), JANGLE_INVALID);
        assert_said(world, cases[i].words);
        other->ops->close_file(other);
    }
}

/* Values of all kinds, keys of several columns, tables without rowids. */
static void vs_14_every_kind_of_value_is_compared(void **state)
{
    static const char *const values[] = {
        "NULL",
        "0",
        "-1",
        "9223372036854775807",
        "9223372036854775806",
        "0.5",
        "1.0e300",
        "''",
        "'a'",
        "'A'",
        "'ab'",
        "x''",
        "x'61'",
        "x'6100'",
        "'1'",
        "1",
        "1.5",
        "'\xc3\xa4'",
    };
    enum { COUNT = sizeof values / sizeof *values };
    struct view_world *world = *state;
    struct jangle_view_file *files[COUNT];

    world->spec.name = "kinds";
    world->spec.schema =
        "CREATE TABLE kinds (a INTEGER, b TEXT COLLATE NOCASE, value,"
        " PRIMARY KEY (b, a)) WITHOUT ROWID";
    for (int i = 0; i < COUNT; i++) {
        char sql[100];

        snprintf(sql, sizeof sql, "INSERT INTO kinds VALUES (1, 'x', 5), (2, 'y', %s)",
                 values[i]);
        files[i] = scratch(world, sql);
    }
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < COUNT; j++) {
            struct jangle_view_comparison comparison;
            enum jangle_result result;

            if (i == j)
                continue;
            world->error = (struct jangle_error){0};
            result =
                files[i]->ops->compare(files[i], files[j], &comparison, &world->error);
            assert_result(result, JANGLE_INVALID);
            assert_said(world, "kinds: row b 'y', a 2: value is ");
        }
    for (int i = 0; i < COUNT; i++)
        files[i]->ops->close_file(files[i]);
}

static void vs_14_a_key_that_ignores_case_is_compared_as_it_is(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *left, *right;
    struct jangle_view_comparison comparison;

    world->spec.name = "folded";
    world->spec.schema = "CREATE TABLE folded (k TEXT COLLATE NOCASE PRIMARY KEY)";
    left = scratch(world, "INSERT INTO folded VALUES ('B'), ('a')");
    right = scratch(world, "INSERT INTO folded VALUES ('a'), ('B')");
    assert_result(left->ops->compare(left, right, &comparison, NULL), JANGLE_OK);
    assert_int_equal(comparison.rows, 2);
    right->ops->close_file(right);
    right = scratch(world, "INSERT INTO folded VALUES ('A'), ('B')");
    assert_result(left->ops->compare(left, right, &comparison, NULL), JANGLE_INVALID);
    left->ops->close_file(left);
    right->ops->close_file(right);
}

static void vs_14_rows_that_differ_in_case_alone_may_come_in_any_order(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *left, *right;
    struct jangle_view_comparison comparison;

    world->spec.name = "folded";
    world->spec.schema = "CREATE TABLE folded (word TEXT COLLATE NOCASE)";
    left = scratch(world, "INSERT INTO folded VALUES ('a'), ('A'), ('B'), ('b')");
    right = scratch(world, "INSERT INTO folded VALUES ('b'), ('A'), ('B'), ('a')");
    if (left->ops->compare(left, right, &comparison, &world->error))
        fail_msg("%s", world->error.message);
    left->ops->close_file(left);
    right->ops->close_file(right);
}

static void vs_14_the_view_can_be_used_afterwards(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_comparison comparison;
    struct jangle_view_file *other = scratch(world, two_accounts);

    for (int i = 0; i < 20; i++) {
        assert_result(compare(world, other, &comparison), JANGLE_INVALID);
        handled(world, i, i + 1, "INSERT INTO notes VALUES ('x')");
    }
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 20);
    other->ops->close_file(other);
}

int view_compare_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        VIEW_TEST(vs_14_views_with_the_same_rows_are_the_same),
        VIEW_TEST(vs_14_empty_views_are_the_same),
        VIEW_TEST(vs_14_a_cell_that_differs_is_named_with_both_values),
        VIEW_TEST(vs_14_a_row_that_is_missing_is_named_with_its_side),
        VIEW_TEST(vs_14_both_sides_are_told_apart_by_name),
        VIEW_TEST(vs_14_rows_without_a_key_are_compared_as_a_heap),
        VIEW_TEST(vs_14_checkpoint_and_parked_keys_are_not_compared),
        VIEW_TEST(vs_14_tables_that_differ_are_named),
        VIEW_TEST(vs_14_every_kind_of_value_is_compared),
        VIEW_TEST(vs_14_a_key_that_ignores_case_is_compared_as_it_is),
        VIEW_TEST(vs_14_rows_that_differ_in_case_alone_may_come_in_any_order),
        VIEW_TEST(vs_14_the_view_can_be_used_afterwards),
    };

    return view_world_run("views, comparing", tests, sizeof tests / sizeof *tests,
                          backend);
}
