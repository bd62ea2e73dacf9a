/* view_parked.c - read and write the parked keys of a view. */
#include "sqlite/views/view_parked.h"

#include "sqlite/file/row_checksums.h"
#include "sqlite/views/view_connection.h"

/* ---- reading ----------------------------------------------------------------- */

#define COLUMNS                                                                          \
    "key, kind, position, attempts, trying, next_at, delay_ms, dead, error,"             \
    " checksum = " JN_PARKED_CHECKSUM("?3")

static void keep_row(struct jn_columns *columns, const char *subscriber)
{
    struct jangle_parked *parked = jn_rows_add(columns->rows, sizeof *parked);

    if (!parked)
        return;
    parked->subscriber = subscriber;
    /* A store also keeps rows without a kind, a view does not. */
    (void)jn_columns_number_in(columns, 1, JANGLE_PARKED_STREAM, JANGLE_PARKED_TIMEOUT);
    jn_columns_parked(columns, 0, parked);
    jn_columns_verify(columns, 9);
}

/* Are all rows there? jangle_place has their number and the sum of their checksums. This
 * is one statement, so that it sees both of the same commit. */
static enum jangle_result check_all(struct jangle_view *view, struct jangle_error *error)
{
    static const char sql[] =
        "SELECT parked_count = (SELECT count(*) FROM jangle_parked) AND parked_total ="
        " (SELECT jangle_total(checksum) FROM jangle_parked), parked_count,"
        " (SELECT count(*) FROM jangle_parked) FROM jangle_place";
    struct jn_columns columns = {.database = &view->database, .error = error};

    jn_columns_ask(&columns, sql, NULL, 0);
    if (jn_columns_next(&columns) && sqlite3_column_int(columns.statement, 0) != 1)
        columns.result = jn_fail(
            error, JANGLE_STORAGE,
            "%s: it is damaged: in table jangle_parked, the rows are not "
            "those that were stored: jangle_place knows of %lld, and there "
            "are %lld",
            view->database.path, (long long)sqlite3_column_int64(columns.statement, 1),
            (long long)sqlite3_column_int64(columns.statement, 2));
    return jn_columns_end(&columns);
}

/* Keep the rows, so that the connection is free when they are visited. */
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
    struct jn_columns columns = {.database = &view->database,
                                 .table = "jangle_parked",
                                 .key_count = 1,
                                 .rows = rows,
                                 .error = error};

    jn_columns_ask(&columns, now.us ? due : all,
                   JN_WITH(JN_BIND_NUMBER(now.us), JN_BIND_NUMBER(jn_limit(limit)),
                           JN_BIND_TEXT(view->file->name)));
    while (jn_columns_next(&columns))
        keep_row(&columns, view->file->name);
    return jn_columns_end(&columns);
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

static enum jangle_result delete_row(struct jangle_view *view,
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

    jn_columns_ask(&columns, sql,
                   JN_WITH(JN_BIND_TEXT(key), JN_BIND_TEXT(view->file->name)));
    return jn_parked_row_delete(&columns, sum);
}

/* The row of the key was deleted before, so that it leaves the sum exactly once. */
static enum jangle_result insert_row(struct jangle_view *view,
                                     const struct jangle_parked *parked,
                                     struct jn_parked_sum *sum,
                                     struct jangle_error *error)
{
    static const char sql[] =
        "INSERT INTO jangle_parked (key, kind, position, attempts, trying, next_at,"
        " delay_ms, dead, error, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
        " jangle_checksum('parked', ?10, ?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9))"
        " RETURNING checksum";
    struct jn_columns columns = {
        .database = &view->database, .table = "jangle_parked", .error = error};

    jn_columns_ask(&columns, sql,
                   JN_WITH(JN_BIND_PARKED(parked), JN_BIND_TEXT(view->file->name)));
    return jn_parked_row_insert(&columns, sum);
}

enum jangle_result jn_view_write_parked(struct jangle_view *view,
                                        const struct jangle_checkpoint *checkpoint,
                                        struct jn_parked_sum *sum,
                                        struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < checkpoint->parked_count; i++) {
        result = delete_row(view, checkpoint->parked[i].key, sum, error);
        if (!result && !checkpoint->parked[i].released)
            result = insert_row(view, &checkpoint->parked[i], sum, error);
    }
    return result;
}
