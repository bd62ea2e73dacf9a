/* view.c - the functions of jangle/view.h that callbacks call: run SQL, read a row, read
 * rows, answer a query. */
#include <jangle/view.h>

#include "sqlite/views/view_file.h"
#include "sqlite/views/view_row.h"
#include "sqlite/views/view_statement.h"

#include <jangle/arena.h>

#include <assert.h>
#include <math.h>

/* ---- statements -------------------------------------------------------------- */

/* A NaN is refused, because SQLite would store it as NULL. */
static enum jangle_result bind_values(struct jangle_view *view,
                                      sqlite3_stmt *statement,
                                      const struct jangle_value *values)
{
    const char *sql = sqlite3_sql(statement);
    int wanted = sqlite3_bind_parameter_count(statement);
    int count = 0, code = SQLITE_OK;

    while (values[count].kind != JANGLE_KIND_END)
        count++;
    if (count != wanted)
        return jn_view_stick_invalid(view, "%s: %d values for %d ?s: %s",
                                     view->file->name, count, wanted, sql);
    for (int i = 0; !code && i < count; i++) {
        const struct jangle_value *value = &values[i];

        if (value->kind == JANGLE_KIND_REAL && isnan(value->real))
            return jn_view_stick_invalid(view, "%s: value %d is not a number: %s",
                                         view->file->name, i + 1, sql);
        if (value->kind == JANGLE_KIND_INT)
            code = sqlite3_bind_int64(statement, i + 1, value->integer);
        else if (value->kind == JANGLE_KIND_REAL)
            code = sqlite3_bind_double(statement, i + 1, value->real);
        else
            code = jn_bind_text(statement, i + 1, value->text);
    }
    return code ? jn_view_stick_compile(view, code, sql) : JANGLE_OK;
}

/* Compile a statement and bind its values. The first of `values` is the SQL. */
static enum jangle_result start_statement(struct jangle_view *view,
                                          const struct jangle_value *values,
                                          sqlite3_stmt **statement)
{
    const char *sql = values->text;
    enum jangle_result result;

    if (!view)
        return JANGLE_INVALID;
    assert(view->guard != JN_VIEW_SELF);
    if (view->failed_with.result)
        return view->failed_with.result;
    if (values->kind != JANGLE_KIND_TEXT || !sql)
        return jn_view_stick_invalid(view, "%s: the SQL is NULL, or no text",
                                     view->file->name);
    *statement = jn_view_find_statement(view, sql);
    result = *statement ? JANGLE_OK : jn_view_compile(view, sql, sql, statement);
    if (result)
        return result;
    if (view->guard == JN_VIEW_QUERY && !sqlite3_stmt_readonly(*statement))
        return jn_view_stick_invalid(view, "%s: a query may not write: %s",
                                     view->file->name, sql);
    return bind_values(view, *statement, values + 1);
}

static enum jangle_result
step_statement(struct jangle_view *view, sqlite3_stmt *statement, bool *is_row)
{
    int code = sqlite3_step(statement);

    *is_row = code == SQLITE_ROW;
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return JANGLE_OK;
    return jn_view_stick_step(view, code, statement, sqlite3_sql(statement));
}

static void reset_statement(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

enum jangle_result jangle_view_run_(struct jangle_view *view,
                                    const struct jangle_value *values)
{
    sqlite3_stmt *statement;
    bool more = true;
    enum jangle_result result = start_statement(view, values, &statement);

    if (result)
        return result;
    while (!result && more)
        result = step_statement(view, statement, &more);
    reset_statement(statement);
    return result;
}

struct sqlite3 *jangle_view_sqlite(struct jangle_view *view)
{
    return view ? view->database.handle : NULL;
}

/* ---- rows into structs ------------------------------------------------------- */

/* Read the first row. It is read into a copy, because the caller must not see half
 * a row. */
static enum jangle_result read_first_row(struct jangle_view *view,
                                         sqlite3_stmt *statement,
                                         const struct jangle_message *type,
                                         bool whole,
                                         void *row)
{
    const struct jangle_field *fields[JN_VIEW_COLUMNS];
    bool found = false;
    void *copy;
    enum jangle_result result = step_statement(view, statement, &found);

    /* The columns are known only after the first step, which compiles the statement again
     * if the schema has changed. */
    if (!result)
        result = jn_view_match(view, statement, type, fields);
    if (!result && whole)
        result = jn_view_match_all(view, statement, type, fields);
    if (result)
        return result;
    if (!found)
        return JANGLE_NOT_FOUND;
    copy = jangle_alloc(view->arena, type->size);
    if (!copy)
        return jn_view_run_out(view);
    memcpy(copy, row, type->size);
    result = jn_view_read_row(view, statement, fields, copy);
    if (!result)
        memcpy(row, copy, type->size);
    return result;
}

enum jangle_result jangle_view_row_(struct jangle_view *view,
                                    const struct jangle_message *type,
                                    void *row,
                                    const struct jangle_value *values)
{
    sqlite3_stmt *statement;
    enum jangle_result result = start_statement(view, values, &statement);

    if (result)
        return result;
    result = read_first_row(view, statement, type, false, row);
    reset_statement(statement);
    return result;
}

/* The list is the caller's only when all rows were read. */
static enum jangle_result read_all(struct jangle_view *view,
                                   sqlite3_stmt *statement,
                                   const struct jangle_message *type,
                                   struct jangle_list *rows)
{
    const struct jangle_field *fields[JN_VIEW_COLUMNS];
    bool more = false;
    void *blank = jangle_alloc(view->arena, type->size);
    enum jangle_result result = step_statement(view, statement, &more);

    if (!result)
        result = jn_view_match(view, statement, type, fields);
    while (!result && more) {
        void *row = blank ? jangle_list_add_(view->arena, rows, type->size, blank) : NULL;

        if (!row)
            return jn_view_run_out(view);
        result = jn_view_read_row(view, statement, fields, row);
        if (!result)
            result = step_statement(view, statement, &more);
    }
    return result;
}

enum jangle_result jangle_view_list_(struct jangle_view *view,
                                     const struct jangle_message *type,
                                     void *list,
                                     const struct jangle_value *values)
{
    struct jangle_list rows = {0};
    sqlite3_stmt *statement;
    enum jangle_result result = start_statement(view, values, &statement);

    memset(list, 0, sizeof rows);
    if (result)
        return result;
    result = read_all(view, statement, type, &rows);
    reset_statement(statement);
    if (!result)
        memcpy(list, &rows, sizeof rows);
    return result;
}

/* ---- answers ----------------------------------------------------------------- */

enum jangle_result jangle_answer_row_(struct jangle_answer *answer,
                                      struct jangle_view *view,
                                      const struct jangle_value *values)
{
    sqlite3_stmt *statement;
    enum jangle_result result;
    void *row;

    if (answer->error.result)
        return answer->error.result;
    if (!view)
        return jn_fail(&answer->error, JANGLE_INVALID,
                       "%s: who is asked is no view: query->view is NULL",
                       answer->type->name);
    result = start_statement(view, values, &statement);
    if (result)
        return result;
    row = jangle_alloc(view->arena, answer->type->size);
    result = row ? read_first_row(view, statement, answer->type, true, row)
                 : jn_view_run_out(view);
    reset_statement(statement);
    return result ? result : jangle_answer_with_(answer, answer->type, row);
}
