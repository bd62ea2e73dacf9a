/* pauses.c - what an operator has decided about a name: that it is paused, or goes on. */
#include "sqlite/store/pauses.h"

#include "sqlite/file/checksum.h"
#include "sqlite/file/readers.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/file/transaction.h"
#include "sqlite/file/writer_lock.h"

/* ---- writing ----------------------------------------------------------------- */

static int64_t checksum_of_pause(const struct jangle_pause *pause)
{
    struct jn_values values;

    jn_values_begin(&values, "pauses");
    jn_values_add_text(&values, pause->name);
    jn_values_add_number(&values, pause->paused);
    jn_values_add_number(&values, pause->at.us);
    jn_values_add_text(&values, pause->who);
    jn_values_add_text(&values, pause->why);
    return jn_values_checksum(&values);
}

static enum jangle_result write_pause(struct jn_database *writer,
                                      const struct jangle_pause *pause,
                                      struct jangle_error *error)
{
    return jn_database_write(
        writer,
        "INSERT INTO pauses (name, paused, at, who, why, checksum)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
        " paused = excluded.paused, at = excluded.at, who = excluded.who,"
        " why = excluded.why, checksum = excluded.checksum",
        JN_WITH(JN_BIND_TEXT(pause->name), JN_BIND_NUMBER(pause->paused),
                JN_BIND_NUMBER(pause->at.us), JN_BIND_TEXT(pause->who),
                JN_BIND_TEXT(pause->why), JN_BIND_NUMBER(checksum_of_pause(pause))),
        error);
}

enum jangle_result jn_sqlite_set_pause(struct jangle_store *store,
                                       const struct jangle_pause *pause,
                                       struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    enum jangle_result result = jn_file_take_writer_lock(file, error);

    if (result)
        return result;
    result = jn_file_begin(file, JN_MODE_FULL, error);
    if (!result)
        result = jn_file_end(file, write_pause(&file->writer, pause, error), error);
    jn_file_release_writer_lock(file);
    return result;
}

/* A damaged row gets the new name, and stays damaged. */
enum jangle_result jn_pause_rename(struct jn_database *writer,
                                   const char *subscriber,
                                   const char *name,
                                   struct jangle_error *error)
{
    static const char move[] =
        "UPDATE pauses SET name = ?2, checksum = " JN_CHECKSUM_IF_SOUND(
            "checksum", JN_PAUSE_CHECKSUM("name"),
            JN_PAUSE_CHECKSUM("?2")) " WHERE name = ?1"
                                        " AND NOT EXISTS (SELECT 1 FROM pauses AS other"
                                        "   WHERE other.name = ?2)";
    static const char remove_old[] = "DELETE FROM pauses WHERE name = ?";
    enum jangle_result result = JANGLE_OK;

    if (name)
        result = jn_database_write(
            writer, move, JN_WITH(JN_BIND_TEXT(subscriber), JN_BIND_TEXT(name)), error);
    return result ? result
                  : jn_database_write(writer, remove_old,
                                      JN_WITH(JN_BIND_TEXT(subscriber)), error);
}

enum jangle_result
jn_pause_copy(struct jn_database *writer, jangle_time at, struct jangle_error *error)
{
    struct jangle_pause pause = {.name = "", .paused = true, .at = at};
    enum jangle_result result =
        jn_database_do(writer, "DELETE FROM pauses WHERE paused = 0", error);

    jn_text_copy(pause.who, sizeof pause.who, JANGLE_COPY_WHO);
    jn_text_copy(pause.why, sizeof pause.why, JANGLE_COPY_WHY);
    return result ? result : write_pause(writer, &pause, error);
}

/* ---- reading ----------------------------------------------------------------- */

static void keep_pause(struct jn_columns *columns)
{
    struct jangle_pause *kept = jn_rows_add(columns->rows, sizeof *kept);

    if (!kept)
        return;
    kept->name = jn_columns_keep_text(columns, 0);
    kept->paused = jn_columns_flag(columns, 1);
    kept->at.us = jn_columns_number(columns, 2);
    jn_columns_copy_text(columns, 3, kept->who, sizeof kept->who);
    jn_columns_copy_text(columns, 4, kept->why, sizeof kept->why);
    jn_columns_verify(columns, 5);
}

enum jangle_result jn_sqlite_read_pauses(struct jangle_store *store,
                                         jangle_pause_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    static const char sql[] =
        "SELECT name, paused, at, who, why, checksum = " JN_PAUSE_CHECKSUM(
            "name") " FROM pauses ORDER BY name";
    struct jangle_pause *pause = NULL;
    struct jn_rows rows;
    struct jn_columns columns = {
        .table = "pauses", .key_count = 1, .rows = &rows, .error = error};
    enum jangle_result result =
        jn_file_read_rows(jn_file_of(store), &columns, sql, NULL, 0, keep_pause);

    while (!result && (pause = jn_rows_next(&rows, pause)))
        result = visit(context, pause);
    jn_rows_finish(&rows);
    return result;
}
