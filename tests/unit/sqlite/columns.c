/* columns.c - what a column must hold is read; anything else is named, and
 * ends nothing. */
#include "sqlite/file/columns.h"

#include "support/test.h"
#include "support/test_host.h"

#include <stdio.h>

struct world {
    struct test_host host;
    struct jn_database database;
    struct jn_rows rows;
    struct jangle_error error;
    sqlite3_stmt *statement;
};

static int setup(void **state)
{
    static struct world world;

    world = (struct world){0};
    test_host_init(&world.host);
    jn_rows_init(&world.rows, &world.host.host.allocator);
    *state = &world;
    return (int)jn_database_open(&world.database, ":memory:", NULL, JN_MODE_NORMAL, 0,
                                 NULL);
}

static int teardown(void **state)
{
    struct world *world = *state;

    sqlite3_finalize(world->statement);
    jn_database_close(&world->database);
    jn_rows_finish(&world->rows);
    return world->host.memory.pieces != 0;
}

/* Stands on the first row of `sql`, whose first column is its key. */
static struct jn_columns on(struct world *world, const char *sql)
{
    struct jn_columns columns = {
        .database = &world->database,
        .table = "parked",
        .key_count = 1,
        .rows = &world->rows,
        .error = &world->error,
    };

    world->error = (struct jangle_error){0};
    sqlite3_finalize(world->statement);
    assert_int_equal(
        sqlite3_prepare_v2(world->database.handle, sql, -1, &world->statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(world->statement), SQLITE_ROW);
    columns.statement = world->statement;
    return columns;
}

static void assert_refused(const struct jn_columns *columns, const char *message)
{
    assert_result(columns->result, JANGLE_STORAGE);
    assert_string_equal(columns->error->message, message);
}

/* ---- what fits --------------------------------------------------------------- */

static void what_fits_is_read(void **state)
{
    struct world *world = *state;
    struct jn_columns columns =
        on(world, "SELECT 'k', -5, 1, x'0102', 'text', NULL, x'000304', NULL, x'', 7");
    unsigned char two[2] = {0};
    char five[5] = "";
    const unsigned char *kept;
    size_t size = 99;

    assert_int_equal(jn_columns_number(&columns, 1), -5);
    assert_int_equal(jn_columns_number_in(&columns, 9, 7, 7), 7);
    assert_true(jn_columns_flag(&columns, 2));
    jn_columns_copy(&columns, 3, two, sizeof two);
    assert_int_equal(two[0], 1);
    assert_int_equal(two[1], 2);
    assert_string_equal(jn_columns_text(&columns, 4), "text");
    jn_columns_copy_text(&columns, 4, five, sizeof five);
    assert_string_equal(five, "text");
    assert_string_equal(jn_columns_keep_text(&columns, 4), "text");
    assert_string_equal(jn_columns_keep_optional_text(&columns, 4), "text");
    assert_null(jn_columns_keep_optional_text(&columns, 5));
    kept = jn_columns_keep_bytes(&columns, 6, &size);
    assert_int_equal(size, 3);
    assert_memory_equal(kept, "\0\3\4", 4);
    assert_null(jn_columns_keep_optional_bytes(&columns, 7, &size));
    assert_int_equal(size, 0);
    assert_non_null(jn_columns_keep_optional_bytes(&columns, 8, &size));
    assert_int_equal(size, 0);
    assert_result(columns.result, JANGLE_OK);
}

/* ---- what does not ----------------------------------------------------------- */

enum reader {
    NUMBER,
    IN,
    FLAG,
    COPY,
    TEXT,
    COPY_TEXT,
    KEEP,
    KEEP_OPTIONAL,
    BYTES,
    OPTIONAL_BYTES
};

static void read_as(struct jn_columns *columns, enum reader reader)
{
    unsigned char four[4] = {9, 9, 9, 9};
    size_t size = 99;

    switch (reader) {
    case NUMBER:
        assert_int_equal(jn_columns_number(columns, 1), 0);
        break;
    case IN:
        assert_int_equal(jn_columns_number_in(columns, 1, -2, 10), 0);
        break;
    case FLAG:
        assert_false(jn_columns_flag(columns, 1));
        break;
    case COPY:
        jn_columns_copy(columns, 1, four, sizeof four);
        assert_memory_equal(four, "\0\0\0\0", 4);
        break;
    case TEXT:
        assert_string_equal(jn_columns_text(columns, 1), "");
        break;
    case COPY_TEXT:
        jn_columns_copy_text(columns, 1, (char *)four, sizeof four);
        assert_string_equal((char *)four, "");
        break;
    case KEEP:
        assert_string_equal(jn_columns_keep_text(columns, 1), "");
        break;
    case KEEP_OPTIONAL:
        assert_string_equal(jn_columns_keep_optional_text(columns, 1), "");
        break;
    case BYTES:
        assert_string_equal(jn_columns_keep_bytes(columns, 1, &size), "");
        assert_int_equal(size, 0);
        break;
    case OPTIONAL_BYTES:
        assert_string_equal(jn_columns_keep_optional_bytes(columns, 1, &size), "");
        assert_int_equal(size, 0);
        break;
    }
}

static void what_does_not_fit_is_named(void **state)
{
    static const struct {
        enum reader reader;
        const char *value;
        const char *what;
    } cases[] = {
        {NUMBER, "NULL", "NULL, not a whole number"},
        {NUMBER, "'7'", "a text, not a whole number"},
        {NUMBER, "7.0", "a real number, not a whole number"},
        {NUMBER, "x'07'", "bytes, not a whole number"},
        {IN, "NULL", "NULL, not a whole number"},
        {IN, "11", "11, not a number in -2..10"},
        {IN, "-3", "-3, not a number in -2..10"},
        {FLAG, "NULL", "NULL, not a whole number"},
        {FLAG, "2", "2, not a number in 0..1"},
        {COPY, "NULL", "NULL, not bytes"},
        {COPY, "'abcd'", "a text, not bytes"},
        {COPY, "x''", "0 bytes, not 4"},
        {COPY, "x'010203'", "3 bytes, not 4"},
        {COPY, "x'0102030405'", "5 bytes, not 4"},
        {TEXT, "NULL", "NULL, not a text"},
        {TEXT, "5", "a whole number, not a text"},
        {TEXT, "x'61'", "bytes, not a text"},
        {TEXT, "CAST(x'610062' AS TEXT)", "a text with a zero byte in it"},
        {COPY_TEXT, "NULL", "NULL, not a text"},
        {COPY_TEXT, "'abcd'", "a text of 4 bytes, not of 3 at most"},
        {KEEP, "NULL", "NULL, not a text"},
        {KEEP_OPTIONAL, "1.5", "a real number, not a text"},
        {BYTES, "NULL", "NULL, not bytes"},
        {BYTES, "'a'", "a text, not bytes"},
        {OPTIONAL_BYTES, "4", "a whole number, not bytes"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char sql[100], message[200];
        struct jn_columns columns;

        snprintf(sql, sizeof sql, "SELECT 'a/1', %s AS attempts", cases[i].value);
        snprintf(message, sizeof message,
                 ":memory:: it is damaged: in table parked, row a/1, column attempts "
                 "holds %s",
                 cases[i].what);
        columns = on(world, sql);
        read_as(&columns, cases[i].reader);
        assert_refused(&columns, message);
    }
}

static void the_first_one_sticks(void **state)
{
    struct world *world = *state;
    struct jn_columns columns = on(world, "SELECT 'k', NULL AS one, NULL AS two, 3 AS x");

    jn_columns_number(&columns, 1);
    jn_columns_text(&columns, 2);
    assert_int_equal(jn_columns_number_in(&columns, 3, 0, 9), 0);
    jn_columns_refuse(&columns, 3, "what nobody knows");
    assert_refused(&columns,
                   ":memory:: it is damaged: in table parked, row k, column one "
                   "holds NULL, not a whole number");
}

static void a_caller_may_refuse_by_itself(void **state)
{
    struct world *world = *state;
    struct jn_columns columns = on(world, "SELECT 'k', 9 AS status");

    assert_result(jn_columns_refuse(&columns, 1, "9, which is no status"),
                  JANGLE_STORAGE);
    assert_refused(&columns,
                   ":memory:: it is damaged: in table parked, row k, column "
                   "status holds 9, which is no status");
}

static void no_error_is_needed(void **state)
{
    struct jn_columns columns = on(*state, "SELECT 'k', NULL");

    columns.error = NULL;
    jn_columns_text(&columns, 1);
    assert_result(columns.result, JANGLE_STORAGE);
}

/* ---- which row --------------------------------------------------------------- */

static void the_row_is_named_by_its_key(void **state)
{
    static const struct {
        const char *key;
        int count;
        const char *row;
    } cases[] = {
        {"1, 2", 0, ""},
        {"17, 2", 1, ", row 17"},
        {"'accounts', -9", 2, ", row accounts -9"},
        {"NULL, x'0a41'", 2, ", row NULL \\x0aA"},
        {"'a' || char(27) || 'b\xc3\xbc', x''", 2, ", row a\\x1bb\xc3\xbc "},
        {"1.5, 2", 1, ", row 1.5"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char sql[120], message[200];
        struct jn_columns columns;

        snprintf(sql, sizeof sql, "SELECT 'name', %s, NULL AS x", cases[i].key);
        snprintf(message, sizeof message,
                 ":memory:: it is damaged: in table parked%s, column x holds NULL, not a "
                 "text",
                 cases[i].row);
        columns = on(world, sql);
        columns.key = 1;
        columns.key_count = cases[i].count;
        jn_columns_text(&columns, 3);
        assert_refused(&columns, message);
    }
}

static void a_long_key_is_cut(void **state)
{
    struct world *world = *state;
    struct jn_columns columns =
        on(world, "SELECT hex(zeroblob(4000)) || char(27), zeroblob(90000), NULL AS x");

    columns.key_count = 2;
    jn_columns_number(&columns, 2);
    assert_result(columns.result, JANGLE_STORAGE);
    assert_non_null(strstr(world->error.message, "row 00000000000000000"));
    assert_non_null(strstr(world->error.message, "column x holds NULL"));
}

/* ---- memory ------------------------------------------------------------------ */

static void memory_that_runs_out_is_not_damage(void **state)
{
    struct world *world = *state;
    struct jn_columns columns = on(world, "SELECT 'k', 'text', x'01'");
    size_t size;

    failing_allocator_arm(&world->host.memory, 1);
    assert_string_equal(jn_columns_keep_text(&columns, 1), "");
    assert_result(columns.result, JANGLE_NO_MEMORY);
    assert_string_equal(world->error.message, ":memory:: out of memory");
    columns = on(world, "SELECT 'k', 'text', x'01'");
    jn_rows_finish(&world->rows);
    failing_allocator_arm(&world->host.memory, 1);
    assert_string_equal(jn_columns_keep_bytes(&columns, 2, &size), "");
    assert_int_equal(size, 0);
    assert_result(columns.result, JANGLE_NO_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_fits_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(the_first_one_sticks, setup, teardown),
        cmocka_unit_test_setup_teardown(a_caller_may_refuse_by_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(no_error_is_needed, setup, teardown),
        cmocka_unit_test_setup_teardown(the_row_is_named_by_its_key, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_key_is_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(memory_that_runs_out_is_not_damage, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
