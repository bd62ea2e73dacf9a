/* view_checkpoint.c - read the checkpoint of a view: the one row of table jangle_place.
 */
#include "sqlite/views/view_checkpoint.h"

#include "sqlite/file/columns.h"
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
