/* upsert.c - upserts: each rule, what is refused, and that neither order nor repetition
 * of calls matters. */
#include "contract/view/world.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>

/* ---- each rule, by the macros ------------------------------------------------ */

struct name_account {
    const char *account_id;
    const char *name;
};

struct set_balance {
    const char *account_id;
    int64_t balance;
    int64_t balance_version;
};

struct set_state {
    const char *account_id;
    int64_t state;
};

struct know_account {
    const char *account_id;
};

struct maybe {
    const char *account_id;
    jangle_optional_text name;
    jangle_optional_int balance;
    jangle_optional_int balance_version;
    jangle_optional_int state;
};

static JANGLE_UPSERT(name_account, "accounts", key(account_id), set(name));
static JANGLE_UPSERT(set_balance,
                     "accounts",
                     key(account_id),
                     if_newer(balance, balance_version));
static JANGLE_UPSERT(set_state, "accounts", key(account_id), if_greater(state));
static JANGLE_UPSERT(know_account, "accounts", key(account_id));
static JANGLE_UPSERT(maybe,
                     "accounts",
                     key(account_id),
                     set(name),
                     if_newer(balance, balance_version),
                     if_greater(state));

static void start(struct view_world *world)
{
    begin(world);
    enter(world, true);
}

/* The open batch's table, in one line, in memory of SQLite's. */
static char *show(struct view_world *world)
{
    sqlite3_str *text = sqlite3_str_new(NULL);
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2(
        jangle_view_sqlite(world->view),
        "SELECT quote(account_id) || ' ' || quote(name) || ' ' || quote(balance) || '@' "
        "||"
        " quote(balance_version) || ' ' || quote(state) FROM accounts ORDER BY 1",
        -1, &statement, NULL);

    assert_int_equal(code, SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW)
        sqlite3_str_appendf(text, "%s%s", sqlite3_str_length(text) ? "; " : "",
                            sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return sqlite3_str_finish(text);
}

static void assert_shows(struct view_world *world, const char *expected)
{
    char *text = show(world);

    assert_string_equal(text ? text : "", expected);
    sqlite3_free(text);
}

static void a_row_that_is_absent_is_inserted(void **state)
{
    struct view_world *world = *state;

    start(world);
    jangle_view_upsert(world->view, name_account, .account_id = "1", .name = "Ann");
    jangle_view_upsert(world->view, set_balance, .account_id = "2", .balance = 5,
                       .balance_version = 3);
    jangle_view_upsert(world->view, set_state, .account_id = "3", .state = 1);
    jangle_view_upsert(world->view, know_account, .account_id = "4");
    assert_shows(world,
                 "'1' 'Ann' NULL@NULL NULL; '2' NULL 5@3 NULL;"
                 " '3' NULL NULL@NULL 1; '4' NULL NULL@NULL NULL");
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    world->file->ops->roll_back(world->file);
}

static void set_always_overwrites(void **state)
{
    struct view_world *world = *state;

    start(world);
    jangle_view_upsert(world->view, name_account, .account_id = "1", .name = "Zoe");
    jangle_view_upsert(world->view, name_account, .account_id = "1", .name = "Ann");
    assert_shows(world, "'1' 'Ann' NULL@NULL NULL");
}

static void if_newer_overwrites_what_is_older_and_what_is_null(void **state)
{
    struct view_world *world = *state;

    start(world);
    jangle_view_upsert(world->view, know_account, .account_id = "1");
    jangle_view_upsert(world->view, set_balance, .account_id = "1", .balance = 50,
                       .balance_version = 5);
    assert_shows(world, "'1' NULL 50@5 NULL");
    jangle_view_upsert(world->view, set_balance, .account_id = "1", .balance = 40,
                       .balance_version = 4);
    jangle_view_upsert(world->view, set_balance, .account_id = "1", .balance = 55,
                       .balance_version = 5);
    assert_shows(world, "'1' NULL 50@5 NULL");
    jangle_view_upsert(world->view, set_balance, .account_id = "1", .balance = 10,
                       .balance_version = 6);
    assert_shows(world, "'1' NULL 10@6 NULL");
}

static void if_greater_only_advances(void **state)
{
    struct view_world *world = *state;

    start(world);
    for (int64_t i = 0; i < 3; i++) {
        jangle_view_upsert(world->view, set_state, .account_id = "1", .state = 2);
        jangle_view_upsert(world->view, set_state, .account_id = "1", .state = 1);
        jangle_view_upsert(world->view, set_state, .account_id = "1", .state = -7);
    }
    assert_shows(world, "'1' NULL NULL@NULL 2");
    jangle_view_upsert(world->view, set_state, .account_id = "1", .state = 3);
    assert_shows(world, "'1' NULL NULL@NULL 3");
}

static void what_is_absent_changes_nothing(void **state)
{
    struct view_world *world = *state;

    start(world);
    jangle_view_upsert(world->view, maybe, .account_id = "1", .name = {true, "Ann"},
                       .balance = {true, 5}, .balance_version = {true, 2},
                       .state = {true, 1});
    jangle_view_upsert(world->view, maybe, .account_id = "1");
    jangle_view_upsert(world->view, name_account, .account_id = "1");
    assert_shows(world, "'1' 'Ann' 5@2 1");
}

static void a_version_without_a_value_keeps_nothing_out(void **state)
{
    struct view_world *world = *state;

    start(world);
    jangle_view_upsert(world->view, maybe, .account_id = "1",
                       .balance_version = {true, 9});
    assert_shows(world, "'1' NULL NULL@NULL NULL");
    jangle_view_upsert(world->view, set_balance, .account_id = "1", .balance = 5,
                       .balance_version = 2);
    jangle_view_upsert(world->view, maybe, .account_id = "1",
                       .balance_version = {true, 9});
    assert_shows(world, "'1' NULL 5@2 NULL");
    jangle_view_upsert(world->view, maybe, .account_id = "1", .balance = {true, 7});
    assert_shows(world, "'1' NULL 5@2 NULL");
}

static void what_would_not_change_is_not_written(void **state)
{
    struct view_world *world = *state;
    int changes;

    start(world);
    for (int round = 0; round < 2; round++) {
        changes = sqlite3_total_changes(jangle_view_sqlite(world->view));
        jangle_view_upsert(world->view, maybe, .account_id = "1", .name = {true, "Ann"},
                           .balance = {true, 5}, .balance_version = {true, 2},
                           .state = {true, 1});
        jangle_view_upsert(world->view, know_account, .account_id = "1");
        jangle_view_upsert(world->view, set_balance, .account_id = "1", .balance = 4,
                           .balance_version = 1);
        changes = sqlite3_total_changes(jangle_view_sqlite(world->view)) - changes;
        assert_int_equal(changes, round ? 0 : 1);
    }
}

/* ---- tables and keys of other shapes ----------------------------------------- */

struct entry {
    int64_t number;
    const char *kind;
    double amount;
    jangle_time at;
    bool settled;
    jangle_json extra;
};

static JANGLE_UPSERT(entry,
                     "the \"group\"",
                     key(number),
                     key(kind),
                     set(amount),
                     set(at),
                     if_greater(settled),
                     set(extra));

static struct jangle_view_file *open_with(struct view_world *world, const char *schema)
{
    struct jangle_view_spec spec = world->spec;
    struct jangle_view_file *file;

    spec.schema = schema;
    if (world->views->ops->scratch(world->views, &spec, &file, &world->error))
        fail_msg("%s", world->error.message);
    return file;
}

static void every_kind_finds_its_column_under_any_name(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *own = world->file;

    world->file = open_with(
        world,
        "CREATE TABLE \"the \"\"group\"\"\" (kind TEXT, number INTEGER, amount REAL,"
        " at INTEGER, settled INTEGER, extra TEXT, UNIQUE (kind, number)) STRICT");
    start(world);
    for (int round = 0; round < 2; round++)
        jangle_view_upsert(world->view, entry, .number = 7, .kind = "fee", .amount = 2.5,
                           .at = {1234567}, .settled = round == 0,
                           .extra = {"{\"a\":1}"});
    if (leave(world, JANGLE_OK))
        fail_msg("%s", world->error.message);
    assert_result(commit(world, 0, 1), JANGLE_OK);
    assert_int_equal(number(world,
                            "SELECT count(*) FROM \"the \"\"group\"\"\" WHERE number"
                            " = 7 AND kind = 'fee' AND amount = 2.5 AND at = 1234567"
                            " AND settled = 1 AND extra = '{\"a\":1}'"),
                     1);
    world->file->ops->close_file(world->file);
    world->file = own;
}

struct by_rowid {
    int64_t id;
    int64_t greatest;
};

static JANGLE_UPSERT(by_rowid, "numbered", key(id), if_greater(greatest));

static void a_row_number_can_be_the_key(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *own = world->file;

    world->file =
        open_with(world, "CREATE TABLE numbered (id INTEGER PRIMARY KEY, greatest)");
    start(world);
    jangle_view_upsert(world->view, by_rowid, .id = -3, .greatest = 4);
    jangle_view_upsert(world->view, by_rowid, .id = -3, .greatest = 10);
    jangle_view_upsert(world->view, by_rowid, .id = -3, .greatest = 9);
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_result(commit(world, 0, 1), JANGLE_OK);
    assert_int_equal(number(world, "SELECT greatest FROM numbered WHERE id = -3"), 10);
    world->file->ops->close_file(world->file);
    world->file = own;
}

struct folded {
    const char *k;
    const char *name;
};

static JANGLE_UPSERT(folded, "folded", key(k), set(name));

static void set_overwrites_what_differs_in_case_alone(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *own = world->file;

    world->file = open_with(
        world, "CREATE TABLE folded (k TEXT PRIMARY KEY, name TEXT COLLATE NOCASE)");
    start(world);
    jangle_view_upsert(world->view, folded, .k = "1", .name = "ann");
    jangle_view_upsert(world->view, folded, .k = "1", .name = "Ann");
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_result(commit(world, 0, 1), JANGLE_OK);
    assert_int_equal(
        number(world, "SELECT count(*) FROM folded WHERE name COLLATE BINARY = 'Ann'"),
        1);
    world->file->ops->close_file(world->file);
    world->file = own;
}

/* ---- what is refused --------------------------------------------------------- */

static const char shapes[] =
    "CREATE TABLE plain (k TEXT, v INTEGER, v_version INTEGER, w TEXT);"
    "CREATE TABLE keyed (k TEXT PRIMARY KEY, v INTEGER, v_version INTEGER, w TEXT,"
    "  one INTEGER UNIQUE, must TEXT NOT NULL DEFAULT '');"
    "CREATE TABLE folded (k TEXT COLLATE NOCASE PRIMARY KEY, v INTEGER);"
    "CREATE VIEW seen AS SELECT * FROM keyed;";

struct shape {
    const char *k;
    int64_t v;
    int64_t v_version;
    const char *w;
    double r;
};

#define COLUMN(member, kind, rule, version)                                              \
    {                                                                                    \
        {#member, offsetof(struct shape, member), kind, NULL}, rule, version             \
    }
#define KEY     COLUMN(k, JANGLE_KIND_TEXT, JANGLE_RULE_KEY, NULL)
#define SET_V   COLUMN(v, JANGLE_KIND_INT, JANGLE_RULE_SET, NULL)
#define NEWER_V COLUMN(v, JANGLE_KIND_INT, JANGLE_RULE_IF_NEWER, "v_version")
#define VERSION COLUMN(v_version, JANGLE_KIND_INT, JANGLE_RULE_VERSION, NULL)
#define END                                                                              \
    {                                                                                    \
        {0}, 0, NULL                                                                     \
    }

static void what_cannot_be_right_is_refused_by_name(void **state)
{
    static const struct {
        const char *table;
        struct jangle_column columns[5];
        const char *words;
    } cases[] = {
        {"nowhere", {KEY, SET_V, END}, "ledger: shaped: there is no table nowhere"},
        {"plain",
         {KEY, SET_V, END},
         "ledger: shaped: table plain has no unique index on (\"k\")"},
        {"keyed",
         {KEY, COLUMN(v, JANGLE_KIND_INT, JANGLE_RULE_KEY, NULL), END},
         "ledger: shaped: table keyed has no unique index on (\"k\", \"v\")"},
        {"keyed", {SET_V, END}, "ledger: shaped: has no key"},
        {"keyed",
         {KEY, COLUMN(r, JANGLE_KIND_REAL, JANGLE_RULE_SET, NULL), END},
         "ledger: shaped: column r of keyed is not there"},
        {"keyed", {KEY, SET_V, SET_V, END}, "column v of keyed is named twice"},
        {"keyed",
         {KEY, COLUMN(w, JANGLE_KIND_INT, JANGLE_RULE_IF_GREATER, NULL), END},
         "column w of keyed keeps text"},
        {"keyed", {KEY, NEWER_V, END}, "column v of keyed has no version column"},
        {"keyed", {KEY, VERSION, END}, "column v_version of keyed is nobody's version"},
        {"keyed", {VERSION, KEY, END}, "column v_version of keyed is nobody's version"},
        {"keyed",
         {KEY, COLUMN(v, JANGLE_KIND_NESTED, JANGLE_RULE_SET, NULL), END},
         "ledger: shaped.v: a column cannot hold a struct or a list"},
        {"folded", {KEY, SET_V, END}, "column k of folded takes different texts"},
        {"seen", {KEY, SET_V, END}, "ledger: "},
        {"jangle_parked",
         {{{"key", 0, JANGLE_KIND_TEXT, NULL}, JANGLE_RULE_KEY, NULL}, END},
         "a handler may not INSERT INTO jangle_parked"},
    };
    struct view_world *world = *state;
    struct shape data = {.k = "x", .v = 1, .v_version = 1, .w = "w"};
    struct jangle_view_file *own = world->file;

    world->file = open_with(world, shapes);
    begin(world);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct jangle_upsert shaped = {
            .name = "shaped", .table = cases[i].table, .columns = cases[i].columns};

        enter(world, true);
        assert_result(jangle_view_upsert_(world->view, &shaped, &data), JANGLE_INVALID);
        assert_result(leave(world, JANGLE_OK), JANGLE_INVALID);
        assert_said(world, cases[i].words);
    }
    world->file->ops->close_file(world->file);
    world->file = own;
}

struct half {
    const char *k;
    int64_t v;
    int64_t forgotten;
};
static JANGLE_UPSERT(half, "keyed", key(k), set(v));

/* The view need not list it to have it looked at. */
static void a_member_that_was_left_out_is_found_at_the_first_use(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *own = world->file;

    world->file = open_with(world, shapes);
    begin(world);
    enter(world, true);
    assert_result(jangle_view_upsert(world->view, half, .k = "x", .v = 1),
                  JANGLE_INVALID);
    assert_result(leave(world, JANGLE_OK), JANGLE_INVALID);
    assert_said(world, "ledger: half: something lies behind v that is not described");
    world->file->ops->close_file(world->file);
    world->file = own;
}

static void values_that_cannot_be_stored_are_refused(void **state)
{
    static const struct jangle_column newer[] = {KEY, NEWER_V, VERSION, END};
    static const struct jangle_column real[] = {
        KEY,
        {{"w", offsetof(struct shape, r), JANGLE_KIND_REAL, NULL}, JANGLE_RULE_SET, 0},
        END};
    static const struct jangle_column one[] = {
        KEY,
        {{"one", offsetof(struct shape, v), JANGLE_KIND_INT, NULL}, JANGLE_RULE_SET, 0},
        END};
    static const struct jangle_column must[] = {
        KEY,
        {{"must", offsetof(struct shape, w), JANGLE_KIND_TEXT, NULL}, JANGLE_RULE_SET, 0},
        END};
    static const struct {
        const struct jangle_column *columns;
        struct shape data;
        const char *words;
    } cases[] = {
        {newer, {.v = 1}, "column k of keyed is a key and cannot be NULL"},
        {real, {.k = "y", .r = NAN}, "column w of keyed is given what is not a number"},
        {one, {.k = "y", .v = 7}, "UNIQUE constraint failed: keyed.one"},
        {must, {.k = "y"}, "NOT NULL constraint failed: keyed.must"},
    };
    const struct jangle_upsert first = {
        .name = "first", .table = "keyed", .columns = one};
    struct view_world *world = *state;
    struct jangle_view_file *own = world->file;

    world->file = open_with(world, shapes);
    begin(world);
    enter(world, true);
    assert_result(
        jangle_view_upsert_(world->view, &first, &(struct shape){.k = "x", .v = 7}),
        JANGLE_OK);
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct jangle_upsert shaped = {
            .name = "shaped", .table = "keyed", .columns = cases[i].columns};

        enter(world, true);
        assert_result(jangle_view_upsert_(world->view, &shaped, &cases[i].data),
                      JANGLE_INVALID);
        assert_result(leave(world, JANGLE_OK), JANGLE_INVALID);
        assert_said(world, cases[i].words);
    }
    world->file->ops->close_file(world->file);
    world->file = own;
}

static void a_query_may_not_upsert(void **state)
{
    struct view_world *world = *state;
    struct jangle_view *view;
    int64_t seen;

    start(world);
    jangle_view_upsert(world->view, know_account, .account_id = "1");
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_result(commit(world, 0, 1), JANGLE_OK);
    assert_result(world->file->ops->ask(world->file, NULL, &world->arena, 60000, &view,
                                        &seen, NULL),
                  JANGLE_OK);
    assert_result(jangle_view_upsert(view, know_account, .account_id = "2"),
                  JANGLE_INVALID);
    world->error = (struct jangle_error){0};
    assert_result(world->file->ops->answered(world->file, view, JANGLE_OK, &world->error),
                  JANGLE_INVALID);
    assert_said(world, "ledger: a query may not write: know_account");
    assert_int_equal(number(world, "SELECT count(*) FROM accounts"), 1);
}

static void more_upserts_than_are_kept_compiled_all_work(void **state)
{
    enum { COUNT = 150 };
    struct view_world *world = *state;
    struct jangle_view_file *own = world->file;
    sqlite3_str *schema = sqlite3_str_new(NULL);
    char *text;

    for (int i = 0; i < COUNT; i++)
        sqlite3_str_appendf(schema, "CREATE TABLE t%d (k TEXT PRIMARY KEY, v INTEGER);",
                            i);
    text = sqlite3_str_finish(schema);
    world->file = open_with(world, text);
    sqlite3_free(text);
    start(world);
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < COUNT; i++) {
            static const struct jangle_column columns[] = {KEY, SET_V, END};
            struct shape data = {.k = "x", .v = i * 10 + round};
            struct jangle_upsert shaped = {
                .name = "shaped", .table = NULL, .columns = columns};
            char table[10];

            snprintf(table, sizeof table, "t%d", i);
            shaped.table = table;
            assert_result(jangle_view_upsert_(world->view, &shaped, &data), JANGLE_OK);
        }
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_result(commit(world, 0, 1), JANGLE_OK);
    for (int i = 0; i < COUNT; i++) {
        char sql[40];

        snprintf(sql, sizeof sql, "SELECT v FROM t%d WHERE k = 'x'", i);
        assert_int_equal(number(world, sql), i * 10 + 2);
    }
    world->file->ops->close_file(world->file);
    world->file = own;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        VIEW_TEST(a_row_that_is_absent_is_inserted),
        VIEW_TEST(set_always_overwrites),
        VIEW_TEST(if_newer_overwrites_what_is_older_and_what_is_null),
        VIEW_TEST(if_greater_only_advances),
        VIEW_TEST(what_is_absent_changes_nothing),
        VIEW_TEST(a_version_without_a_value_keeps_nothing_out),
        VIEW_TEST(what_would_not_change_is_not_written),
        VIEW_TEST(every_kind_finds_its_column_under_any_name),
        VIEW_TEST(a_row_number_can_be_the_key),
        VIEW_TEST(set_overwrites_what_differs_in_case_alone),
        VIEW_TEST(what_cannot_be_right_is_refused_by_name),
        VIEW_TEST(a_member_that_was_left_out_is_found_at_the_first_use),
        VIEW_TEST(values_that_cannot_be_stored_are_refused),
        VIEW_TEST(a_query_may_not_upsert),
        VIEW_TEST(more_upserts_than_are_kept_compiled_all_work),
    };

    return view_world_run("upserts", tests, sizeof tests / sizeof *tests,
                          &views_in_memory);
}
