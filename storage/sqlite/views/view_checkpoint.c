/* view_checkpoint.c - read the checkpoint of a view, the one row of table jangle_place,
 * and read and write its parked keys. */
#include "sqlite/views/view_checkpoint.h"

#include "sqlite/file/columns.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/views/view_connection.h"
#include "sqlite/views/view_format.h"

#include <limits.h>

/* ---- the row ----------------------------------------------------------------- */

/* Step `sql`, a literal, to the row. `columns` is valid until verify_row. */
static enum jangle_result find_row(struct jangle_view *view,
                                   const char *sql,
                                   struct jn_columns *columns,
                                   struct jangle_error *error)
{
    *columns = (struct jn_columns){
        .database = &view->database, .table = "jangle_place", .error = error};
    jn_columns_ask(columns, sql, NULL, 0);
    if (jn_columns_next(columns))
        return JANGLE_OK;
    if (!columns->result)
        columns->result = jn_fail(
            error, JANGLE_STORAGE,
            "%s: it is damaged: its checkpoint, the row of jangle_place, is missing: "
            "remove it, and the view is built again",
            view->database.path);
    return jn_columns_end(columns);
}

/* Check the last column, which compares the checksum, and end the read. */
static enum jangle_result verify_row(struct jn_columns *columns)
{
    jn_columns_verify(columns, sqlite3_column_count(columns->statement) - 1);
    return jn_columns_end(columns);
}

/* Called at the first read after the opening: refuse a second row. */
static void check_only(struct jn_columns *columns)
{
    if (!columns->result && sqlite3_step(columns->statement) == SQLITE_ROW)
        columns->result =
            jn_fail(columns->error, JANGLE_STORAGE,
                    "%s: it is damaged: table jangle_place has more than one row",
                    columns->database->path);
    sqlite3_reset(columns->statement);
}

/* ---- what is in it ----------------------------------------------------------- */

enum jangle_result jn_view_read_checkpoint(struct jangle_view *view,
                                           struct jangle_view_checkpoint *checkpoint,
                                           struct jangle_error *error)
{
    static const char sql[] =
        "SELECT position, event_id, schema_version, types_hash, store_id, incomplete,"
        " suspended_for, suspended_at, reason, " JN_VIEW_CHECKPOINT_FITS
        " FROM jangle_place";
    struct jn_columns columns;
    enum jangle_result result = find_row(view, sql, &columns, error);

    if (result)
        return result;
    checkpoint->position = jn_columns_number_in(&columns, 0, 0, INT64_MAX);
    jn_columns_copy(&columns, 1, checkpoint->event_id, sizeof checkpoint->event_id);
    checkpoint->schema_version = (int)jn_columns_number_in(&columns, 2, INT_MIN, INT_MAX);
    jn_columns_copy(&columns, 3, checkpoint->types_hash, sizeof checkpoint->types_hash);
    jn_columns_copy(&columns, 4, checkpoint->store_id, sizeof checkpoint->store_id);
    checkpoint->incomplete = jn_columns_flag(&columns, 5);
    checkpoint->suspended_for = (enum jangle_suspension)jn_columns_number_in(
        &columns, 6, JANGLE_SUSPENDED_NOT, JANGLE_SUSPENDED_OUTAGE);
    checkpoint->suspended_at.us = jn_columns_number(&columns, 7);
    jn_columns_copy_text(&columns, 8, checkpoint->reason, sizeof checkpoint->reason);
    return verify_row(&columns);
}

/* Read in the transaction of a batch, before the rows and the sum change together. */
enum jangle_result jn_view_read_parked_sum(struct jangle_view *view,
                                           struct jn_parked_sum *sum,
                                           struct jangle_error *error)
{
    static const char sql[] =
        "SELECT parked_count, parked_total, " JN_VIEW_CHECKPOINT_FITS
        " FROM jangle_place";
    struct jn_columns columns;
    enum jangle_result result = find_row(view, sql, &columns, error);

    if (result)
        return result;
    sum->count = jn_columns_number_in(&columns, 0, 0, INT64_MAX);
    sum->total = jn_columns_number(&columns, 1);
    return verify_row(&columns);
}

enum jangle_result jn_view_read_position(struct jangle_view *view,
                                         int64_t *position,
                                         struct jangle_error *error)
{
    struct jn_columns columns;
    enum jangle_result result =
        find_row(view, "SELECT position, " JN_VIEW_CHECKPOINT_FITS " FROM jangle_place",
                 &columns, error);

    if (result)
        return result;
    *position = jn_columns_number_in(&columns, 0, 0, INT64_MAX);
    return verify_row(&columns);
}

enum jangle_result jn_view_read_build(struct jangle_view *view,
                                      unsigned char build_id[JANGLE_ID_SIZE],
                                      struct jangle_error *error)
{
    struct jn_columns columns;
    enum jangle_result result =
        find_row(view, "SELECT build_id, " JN_VIEW_CHECKPOINT_FITS " FROM jangle_place",
                 &columns, error);

    if (result)
        return result;
    jn_columns_copy(&columns, 0, build_id, JANGLE_ID_SIZE);
    return verify_row(&columns);
}

enum jangle_result
jn_view_read_schema(struct jangle_view *view, char **schema, struct jangle_error *error)
{
    struct jn_columns columns;
    enum jangle_result result =
        find_row(view, "SELECT schema, " JN_VIEW_CHECKPOINT_FITS " FROM jangle_place",
                 &columns, error);

    if (result)
        return result;
    *schema = sqlite3_mprintf("%s", jn_columns_text(&columns, 0));
    result = verify_row(&columns);
    if (!result && *schema)
        return JANGLE_OK;
    sqlite3_free(*schema);
    return result
               ? result
               : jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", view->file->name);
}

/* The checksum is not compared, because a file of the first format has none. */
enum jangle_result
jn_view_check_name(struct jangle_view *view, const char *name, struct jangle_error *error)
{
    struct jn_columns columns;
    const char *found;
    enum jangle_result result =
        find_row(view, "SELECT name FROM jangle_place", &columns, error);

    if (result)
        return result;
    found = jn_columns_text(&columns, 0);
    if (!columns.result && strcmp(found, name) != 0)
        columns.result =
            jn_fail(error, JANGLE_INVALID, "%s: is the view %s, not %s",
                    view->database.path, JN_SHOWN(60, found), JN_SHOWN(60, name));
    check_only(&columns);
    return columns.result;
}

enum jangle_result jn_view_checkpoint(struct jangle_view_file *base,
                                      struct jangle_view_checkpoint *checkpoint,
                                      struct jangle_error *error)
{
    struct jn_view_file *file = (struct jn_view_file *)base;
    struct jangle_view *view;
    enum jangle_result result =
        jn_view_take_reader(file, false, JN_VIEW_BUSY_MS, &view, error);

    if (result)
        return result;
    *checkpoint = (struct jangle_view_checkpoint){0};
    result = jn_view_read_checkpoint(view, checkpoint, error);
    jn_view_give(view);
    return result;
}

/* ---- reading parked keys ------------------------------------------------------- */

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

/* ---- writing parked keys ------------------------------------------------------- */

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
