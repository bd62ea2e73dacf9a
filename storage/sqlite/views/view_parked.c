/* view_parked.c - the keys of a view whose events wait. */
#include "sqlite/views/view_parked.h"

#include "sqlite/file/columns.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/views/view_connection.h"

#include <limits.h>

/* ---- reading ----------------------------------------------------------------- */

#define COLUMNS                                                                          \
    "key, kind, position, attempts, trying, next_at, delay_ms, dead, error,"             \
    " checksum = " JN_PARKED_CHECKSUM("?3")

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
    jn_columns_verify(columns, 9);
}

/* Are they all there? The place says how many, and what their checksums come to. One
 * statement, so that both are of one commit. */
static enum jangle_result check_all(struct jangle_view *view, struct jangle_error *error)
{
    static const char sql[] =
        "SELECT parked_count = (SELECT count(*) FROM jangle_parked) AND parked_total ="
        " (SELECT jangle_total(checksum) FROM jangle_parked), parked_count,"
        " (SELECT count(*) FROM jangle_parked) FROM jangle_place";
    sqlite3_stmt *statement;
    int code;
    enum jangle_result result =
        jn_database_prepare(&view->database, sql, &statement, error);

    if (result)
        return result;
    code = sqlite3_step(statement);
    result = jn_database_result(&view->database, code, error);
    if (code == SQLITE_ROW && sqlite3_column_int(statement, 0) != 1)
        result =
            jn_fail(error, JANGLE_STORAGE,
                    "%s: it is damaged: in table jangle_parked, the rows are not "
                    "those that were stored: jangle_place knows of %lld, and there "
                    "are %lld",
                    view->database.path, (long long)sqlite3_column_int64(statement, 1),
                    (long long)sqlite3_column_int64(statement, 2));
    sqlite3_reset(statement);
    return result;
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
    jn_bind_text(statement, 3, view->file->name);
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
    if (!result && !now.us)
        result = check_all(view, error);
    jn_view_give(view);
    for (void *row = NULL; !result && (row = jn_rows_next(&rows, row));)
        result = visit(context, row);
    jn_rows_finish(&rows);
    return result;
}

/* ---- writing ----------------------------------------------------------------- */

static void count(struct jn_parked_sum *sum, int64_t rows, int64_t checksum)
{
    uint64_t total = (uint64_t)sum->total;

    sum->count += rows;
    sum->total =
        (int64_t)(rows > 0 ? total + (uint64_t)checksum : total - (uint64_t)checksum);
}

/* The row of a key, if there is one, and what it counts for. */
static enum jangle_result take_out(struct jangle_view *view,
                                   const char *key,
                                   struct jn_parked_sum *sum,
                                   struct jangle_error *error)
{
    static const char sql[] =
        "DELETE FROM jangle_parked WHERE key = ?1 RETURNING key,"
        " checksum, checksum = " JN_PARKED_CHECKSUM("?2");
    struct jn_columns columns = {.database = &view->database,
                                 .table = "jangle_parked",
                                 .key_count = 1,
                                 .error = error};
    enum jangle_result result =
        jn_database_prepare(&view->database, sql, &columns.statement, error);
    int code;

    if (result)
        return result;
    jn_bind_text(columns.statement, 1, key);
    jn_bind_text(columns.statement, 2, view->file->name);
    code = sqlite3_step(columns.statement);
    if (code == SQLITE_ROW) {
        count(sum, -1, jn_columns_number(&columns, 1));
        jn_columns_verify(&columns, 2);
        code = sqlite3_step(columns.statement);
    }
    result = columns.result ? columns.result
                            : jn_database_result(&view->database, code, error);
    sqlite3_reset(columns.statement);
    return result;
}

static enum jangle_result put_in(struct jangle_view *view,
                                 const struct jangle_parked *parked,
                                 struct jn_parked_sum *sum,
                                 struct jangle_error *error)
{
    static const char sql[] =
        "INSERT INTO jangle_parked (kind, key, position, attempts, trying, next_at,"
        " delay_ms, dead, error, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
        " jangle_checksum('parked', ?10, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9))"
        " RETURNING checksum";
    sqlite3_stmt *statement;
    int code;
    enum jangle_result result =
        jn_database_prepare(&view->database, sql, &statement, error);

    if (result)
        return result;
    sqlite3_bind_int(statement, 1, (int)parked->kind);
    jn_bind_text(statement, 2, parked->key);
    sqlite3_bind_int64(statement, 3, parked->position);
    sqlite3_bind_int(statement, 4, parked->attempts);
    sqlite3_bind_int(statement, 5, parked->trying);
    sqlite3_bind_int64(statement, 6, parked->next_at.us);
    sqlite3_bind_int64(statement, 7, parked->delay_ms);
    sqlite3_bind_int(statement, 8, parked->dead);
    jn_bind_text(statement, 9, parked->error);
    jn_bind_text(statement, 10, view->file->name);
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        count(sum, 1, sqlite3_column_int64(statement, 0));
        code = sqlite3_step(statement);
    }
    result = jn_database_result(&view->database, code, error);
    sqlite3_reset(statement);
    return result;
}

enum jangle_result jn_view_write_parked(struct jangle_view *view,
                                        const struct jangle_checkpoint *checkpoint,
                                        struct jn_parked_sum *sum,
                                        struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < checkpoint->parked_count; i++) {
        result = take_out(view, checkpoint->parked[i].key, sum, error);
        if (!result && !checkpoint->parked[i].released)
            result = put_in(view, &checkpoint->parked[i], sum, error);
    }
    return result;
}
