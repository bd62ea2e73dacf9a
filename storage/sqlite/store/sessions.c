/* sessions.c - which processes have the store open to write. fence.c writes their rows.
 */
#include "sqlite/store/sessions.h"

#include "sqlite/file/columns.h"
#include "sqlite/file/fence.h"
#include "sqlite/file/readers.h"
#include "sqlite/file/row_checksums.h"

static void keep_session(struct jn_columns *columns)
{
    struct jangle_store_session *kept = jn_rows_add(columns->rows, sizeof *kept);

    if (!kept)
        return;
    kept->number = jn_columns_number_in(columns, 0, 1, JN_SESSIONS_MAX);
    kept->opened_at.us = jn_columns_number(columns, 1);
    kept->pid = jn_columns_number_in(columns, 2, 0, INT64_MAX);
    kept->program = jn_columns_keep_text(columns, 3);
    kept->version = jn_columns_keep_text(columns, 4);
    jn_columns_verify(columns, 5);
}

/* Session 0 is nobody's: it marks a log that holds what the file lacks. */
enum jangle_result jn_sqlite_read_sessions(struct jangle_store *store,
                                           jangle_store_session_fn *visit,
                                           void *context,
                                           struct jangle_error *error)
{
    static const char sql[] =
        "SELECT id, opened_at, pid, program, version, checksum = " JN_SESSION_CHECKSUM(
            "id") " FROM sessions WHERE id <> 0 ORDER BY id";
    struct jn_file *file = jn_file_of(store);
    struct jangle_store_session *session = NULL;
    struct jn_rows rows;
    struct jn_columns columns = {
        .table = "sessions", .key_count = 1, .rows = &rows, .error = error};
    enum jangle_result result =
        jn_file_read_rows(file, &columns, sql, NULL, 0, keep_session);

    while (!result && (session = jn_rows_next(&rows, session))) {
        session->alive = jn_file_session_lives(file, session->number);
        result = visit(context, session);
    }
    jn_rows_finish(&rows);
    return result;
}
