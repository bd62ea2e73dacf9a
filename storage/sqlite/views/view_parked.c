/* view_parked.c - the keys of a view whose events wait. */
#include "sqlite/file/columns.h"
#include "sqlite/views/view_file.h"

#include <limits.h>

#define COLUMNS "key, kind, position, attempts, trying, next_at, delay_ms, dead, error"

static void keep(struct jn_columns *columns, const char *subscriber)
{
    struct jangle_parked *parked = jn_rows_add(columns->rows, sizeof *parked);

    if (!parked)
        return;
    *parked = (struct jangle_parked){
        .subscriber = subscriber,
        .key = jn_columns_keep_text(columns, 0),
        .kind = (enum jangle_parked_kind)jn_columns_number_in(
            columns, 1, JANGLE_PARKED_STREAM, JANGLE_PARKED_TIMEOUT),
        .position = jn_columns_number_in(columns, 2, 0, INT64_MAX),
        .attempts = (int)jn_columns_number_in(columns, 3, 0, INT_MAX),
        .trying = jn_columns_flag(columns, 4),
        .next_at = {jn_columns_number(columns, 5)},
        .delay_ms = jn_columns_number_in(columns, 6, 0, INT64_MAX),
        .dead = jn_columns_flag(columns, 7),
        .error = jn_columns_keep_optional_text(columns, 8),
    };
}

static enum jangle_result read_rows(struct jangle_view *view,
                                    jangle_time now,
                                    size_t limit,
                                    struct jn_rows *rows,
                                    struct jangle_error *error)
{
    static const char due[] = "SELECT " COLUMNS
                              " FROM jangle_parked WHERE dead = 0 AND next_at <= ?1"
                              " ORDER BY next_at, key LIMIT ?2";
    static const char all[] =
        "SELECT " COLUMNS
        " FROM jangle_parked WHERE ?1 = 0 ORDER BY next_at, key LIMIT ?2";
    sqlite3_stmt *statement;
    enum jangle_result result =
        now.us ? jn_database_prepare(&view->database, due, &statement, error)
               : jn_database_prepare(&view->database, all, &statement, error);
    struct jn_columns columns = {.database = &view->database,
                                 .table = "jangle_parked",
                                 .key_count = 1,
                                 .rows = rows,
                                 .error = error};
    int code;

    if (result)
        return result;
    columns.statement = statement;
    sqlite3_bind_int64(statement, 1, now.us);
    sqlite3_bind_int64(statement, 2, limit < INT64_MAX ? (int64_t)limit : INT64_MAX);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW && !rows->failed &&
           !columns.result)
        keep(&columns, view->file->name);
    result = columns.result ? columns.result
                            : jn_database_result(&view->database, code, error);
    sqlite3_reset(statement);
    if (rows->failed)
        result = jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", view->file->name);
    return result;
}

enum jangle_result jn_view_read_parked(struct jangle_view_file *base,
                                       jangle_time now,
                                       size_t limit,
                                       jangle_parked_fn *visit,
                                       void *context,
                                       struct jangle_error *error)
{
    struct jn_view_file *file = (struct jn_view_file *)base;
    struct jn_rows rows;
    struct jangle_view *view;
    enum jangle_result result =
        jn_view_take_reader(file, false, JN_VIEW_BUSY_MS, &view, error);

    if (result)
        return result;
    jn_rows_init(&rows, &file->store->host->allocator);
    result = read_rows(view, now, limit, &rows, error);
    jn_view_give(view);
    for (void *row = NULL; !result && (row = jn_rows_next(&rows, row));)
        result = visit(context, row);
    jn_rows_finish(&rows);
    return result;
}
