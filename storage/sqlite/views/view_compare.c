/* view_compare.c - compare two views row by row, up to the first difference. */
#include "sqlite/views/view_compare.h"

#include "sqlite/file/columns.h"
#include "sqlite/views/view_connection.h"

#include <assert.h>
#include <stdio.h>

enum { VALUE_SIZE = 40, ROW_SIZE = 80 };

/* The two sides of a comparison, and the table that is compared. */
struct sides {
    struct jangle_view *view[2];
    const char *label[2];
    sqlite3_stmt *tables[2];
    sqlite3_stmt *rows[2];
    const char *table;
    int columns;
    int keys; /* how many of them, the first ones, are the key; 0: the table has no key */
    struct jangle_view_comparison *comparison;
    struct jangle_error *error;
};

/* ---- sentences --------------------------------------------------------------- */

static const char *show_value(char text[VALUE_SIZE], sqlite3_stmt *row, int column)
{
    switch (sqlite3_column_type(row, column)) {
    case SQLITE_NULL:
        return "NULL";
    case SQLITE_TEXT:
        jn_text_format(text, VALUE_SIZE, "'%s'",
                       JN_SHOWN(32, (const char *)sqlite3_column_text(row, column)));
        return text;
    case SQLITE_BLOB:
        return sqlite3_snprintf(VALUE_SIZE, text, "%d bytes",
                                sqlite3_column_bytes(row, column));
    case SQLITE_INTEGER:
        return sqlite3_snprintf(VALUE_SIZE, text, "%lld",
                                sqlite3_column_int64(row, column));
    default:
        return sqlite3_snprintf(VALUE_SIZE, text, "%!.15g",
                                sqlite3_column_double(row, column));
    }
}

/* Name a row by its key, "account_id '000001'", or by all columns if there is no key. */
static const char *name_row(char text[ROW_SIZE], const struct sides *sides, int side)
{
    int count = sides->keys ? sides->keys : sides->columns;
    struct jn_sentence sentence = jn_sentence_in(text, ROW_SIZE);

    for (int i = 0; i < count; i++) {
        char value[VALUE_SIZE];

        jn_sentence_add(&sentence, "%s%s %s", i ? ", " : "",
                        sqlite3_column_name(sides->rows[side], i),
                        show_value(value, sides->rows[side], i));
    }
    return text;
}

static enum jangle_result differ_in(const struct sides *sides, int column)
{
    char row[ROW_SIZE], left[VALUE_SIZE], right[VALUE_SIZE];

    return jn_fail(sides->error, JANGLE_INVALID, "%s: row %s: %s is %s in %s, %s in %s",
                   sides->table, name_row(row, sides, 0),
                   sqlite3_column_name(sides->rows[0], column),
                   show_value(left, sides->rows[0], column), sides->label[0],
                   show_value(right, sides->rows[1], column), sides->label[1]);
}

static enum jangle_result only_in(const struct sides *sides, int side)
{
    char row[ROW_SIZE];

    return jn_fail(sides->error, JANGLE_INVALID, "%s: row %s is only in %s", sides->table,
                   name_row(row, sides, side), sides->label[side]);
}

/* ---- values ------------------------------------------------------------------ */

static int compare_bytes(sqlite3_stmt *left, sqlite3_stmt *right, int column)
{
    const void *a = sqlite3_column_blob(left, column);
    const void *b = sqlite3_column_blob(right, column);
    size_t m = (size_t)sqlite3_column_bytes(left, column);
    size_t n = (size_t)sqlite3_column_bytes(right, column);
    size_t common = m < n ? m : n;
    int order = common ? memcmp(a, b, common) : 0;

    return order ? order : (m > n) - (m < n);
}

/* Compare as SQLite's BINARY order does; the result is less than, equal to or greater
 * than 0. A whole number is less than a double of the same value, because they differ. */
static int compare_values(sqlite3_stmt *left, sqlite3_stmt *right, int column)
{
    static const int ranks[] = {
        [SQLITE_NULL] = 0, [SQLITE_INTEGER] = 1, [SQLITE_FLOAT] = 1,
        [SQLITE_TEXT] = 2, [SQLITE_BLOB] = 3,
    };
    int a = sqlite3_column_type(left, column), b = sqlite3_column_type(right, column);
    double x, y;

    if (ranks[a] != ranks[b])
        return ranks[a] - ranks[b];
    if (a == SQLITE_NULL)
        return 0;
    if (a == SQLITE_TEXT || a == SQLITE_BLOB)
        return compare_bytes(left, right, column);
    if (a == SQLITE_INTEGER && b == SQLITE_INTEGER) {
        int64_t m = sqlite3_column_int64(left, column);
        int64_t n = sqlite3_column_int64(right, column);

        return (m > n) - (m < n);
    }
    x = sqlite3_column_double(left, column);
    y = sqlite3_column_double(right, column);
    return x != y ? (x > y) - (x < y) : (a == SQLITE_FLOAT) - (b == SQLITE_FLOAT);
}

/* ---- rows -------------------------------------------------------------------- */

static enum jangle_result
step_both(const struct sides *sides, sqlite3_stmt *const statements[2], bool there[2])
{
    for (int side = 0; side < 2; side++) {
        int code = sqlite3_step(statements[side]);
        enum jangle_result result =
            jn_database_result(&sides->view[side]->database, code, sides->error);

        if (result)
            return result;
        there[side] = code == SQLITE_ROW;
    }
    return JANGLE_OK;
}

static enum jangle_result compare_row(const struct sides *sides)
{
    for (int i = 0; i < sides->columns; i++) {
        int order = compare_values(sides->rows[0], sides->rows[1], i);

        if (order && i < sides->keys)
            return only_in(sides, order > 0);
        if (order)
            return differ_in(sides, i);
    }
    return JANGLE_OK;
}

static enum jangle_result compare_rows(struct sides *sides)
{
    bool there[2] = {false, false};
    enum jangle_result result;

    while (!(result = step_both(sides, sides->rows, there)) && there[0] && there[1]) {
        result = compare_row(sides);
        if (result)
            return result;
        sides->comparison->rows++;
    }
    if (!result && there[0] != there[1])
        return only_in(sides, there[1]);
    return result;
}

/* ---- tables ------------------------------------------------------------------ */

/* Write SQL that reads a table with the columns of its key first, in the order of the
 * key. Without a key the rows are in the order of all their columns. */
static enum jangle_result write_rows_sql(struct sides *sides, int side, char **sql)
{
    static const char columns[] =
        "SELECT name, pk FROM pragma_table_xinfo(?) WHERE hidden <> 1"
        " ORDER BY pk = 0, pk, cid";
    struct jn_columns list = {.database = &sides->view[side]->database,
                              .error = sides->error};
    sqlite3_str *names = sqlite3_str_new(NULL), *order = sqlite3_str_new(NULL);
    char *named, *ordered;
    enum jangle_result result;

    sides->columns = sides->keys = 0;
    jn_columns_ask(&list, columns, JN_WITH(JN_BIND_TEXT(sides->table)));
    while (jn_columns_next(&list)) {
        const char *name = (const char *)sqlite3_column_text(list.statement, 0);
        const char *comma = sides->columns ? ", " : "";

        sides->keys += sqlite3_column_int(list.statement, 1) > 0;
        sides->columns++;
        sqlite3_str_appendf(names, "%s\"%w\"", comma, name);
        sqlite3_str_appendf(order, "%s\"%w\" COLLATE BINARY, typeof(\"%w\")", comma, name,
                            name);
    }
    result = jn_columns_end(&list);
    named = sqlite3_str_finish(names);
    ordered = sqlite3_str_finish(order);
    *sql = result ? NULL
                  : sqlite3_mprintf("SELECT %s FROM \"%w\" ORDER BY %s", named,
                                    sides->table, ordered);
    sqlite3_free(named);
    sqlite3_free(ordered);
    return result;
}

/* These statements are not kept, because a comparison reads each table once. */
static enum jangle_result prepare_rows(struct sides *sides, int side)
{
    struct jn_database *database = &sides->view[side]->database;
    char *sql;
    enum jangle_result result = write_rows_sql(sides, side, &sql);

    if (result)
        return result;
    if (!sql)
        return jn_fail(sides->error, JANGLE_NO_MEMORY, "%s: out of memory", sides->table);
    result = jn_database_result(
        database, sqlite3_prepare_v2(database->handle, sql, -1, &sides->rows[side], NULL),
        sides->error);
    sqlite3_free(sql);
    return result;
}

static enum jangle_result compare_table(struct sides *sides)
{
    enum jangle_result result = prepare_rows(sides, 0);

    if (!result)
        result = prepare_rows(sides, 1);
    if (!result && strcmp(sqlite3_sql(sides->rows[0]), sqlite3_sql(sides->rows[1])) != 0)
        result = jn_fail(sides->error, JANGLE_INVALID, "%s: has other columns in %s",
                         sides->table, sides->label[1]);
    if (!result)
        result = compare_rows(sides);
    for (int side = 0; side < 2; side++) {
        sqlite3_finalize(sides->rows[side]);
        sides->rows[side] = NULL;
    }
    return result;
}

/* Both lists are in the order of names, so the first difference is a table that one side
 * lacks. */
static enum jangle_result compare_tables(struct sides *sides)
{
    bool there[2];
    enum jangle_result result;

    while (!(result = step_both(sides, sides->tables, there)) && (there[0] || there[1])) {
        const char *names[2] = {NULL, NULL};

        for (int side = 0; side < 2; side++)
            if (there[side])
                names[side] = (const char *)sqlite3_column_text(sides->tables[side], 0);
        if (!names[0] || !names[1] || strcmp(names[0], names[1]) != 0) {
            int side = !names[0] || (names[1] && strcmp(names[1], names[0]) < 0);

            return jn_fail(sides->error, JANGLE_INVALID, "table %s is only in %s",
                           names[side], sides->label[side]);
        }
        sides->table = names[0];
        result = compare_table(sides);
        if (result)
            return result;
        sides->comparison->tables++;
    }
    return result;
}

/* ---- the comparison ----------------------------------------------------------- */

static enum jangle_result start_side(struct sides *sides, int side)
{
    static const char tables[] =
        "SELECT name FROM pragma_table_list WHERE schema = 'main'"
        " AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        " AND name NOT LIKE 'jangle\\_%' ESCAPE '\\' ORDER BY name";
    struct jn_database *database = &sides->view[side]->database;
    const struct jn_view_file *file = sides->view[side]->file;
    enum jangle_result result = jn_database_run(database, "BEGIN", sides->error);

    if (!result)
        result =
            jn_database_prepare(database, tables, &sides->tables[side], sides->error);
    sides->label[side] = !file->in_memory ? file->path : side ? "the other" : "the view";
    return result;
}

enum jangle_result jn_view_compare(struct jangle_view_file *base,
                                   struct jangle_view_file *other,
                                   struct jangle_view_comparison *comparison,
                                   struct jangle_error *error)
{
    struct jangle_view_file *files[2] = {base, other};
    struct sides sides = {.comparison = comparison, .error = error};
    enum jangle_result result = JANGLE_OK;

    assert(base != other);
    *comparison = (struct jangle_view_comparison){0};
    for (int side = 0; !result && side < 2; side++) {
        result = jn_view_take_reader((struct jn_view_file *)files[side], false,
                                     JN_VIEW_BUSY_MS, &sides.view[side], error);
        if (!result)
            result = start_side(&sides, side);
    }
    if (!result)
        result = compare_tables(&sides);
    for (int side = 0; side < 2; side++) {
        if (!sides.view[side])
            continue;
        jn_view_undo(sides.view[side]);
        jn_view_give(sides.view[side]);
    }
    return result;
}
