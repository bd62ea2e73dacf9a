/* lookup.c - where a stream is, what came of a command: for readers and the writer. */
#include "sqlite/store/sqlite_store.h"

enum jangle_result jn_stream_find(struct jn_database *database,
                                  const char *kind,
                                  const char *id,
                                  int64_t *number,
                                  int64_t *version,
                                  struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result = jn_database_prepare(
        database, "SELECT id, version FROM streams WHERE kind = ? AND name = ?",
        &statement, error);
    int code;

    *number = 0;
    *version = 0;
    if (result)
        return result;
    jn_bind_text(statement, 1, kind);
    jn_bind_text(statement, 2, id);
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *number = sqlite3_column_int64(statement, 0);
        *version = sqlite3_column_int64(statement, 1);
    }
    result = jn_database_result(database, code, error);
    sqlite3_reset(statement);
    if (*version < 0 || *version > JN_NUMBER_MAX)
        result = jn_fail(error, JANGLE_STORAGE,
                         "%s: is damaged: %s/%s is at version %lld", database->path,
                         JN_SHOWN(60, kind), JN_SHOWN(60, id), (long long)*version);
    return result;
}

static enum jangle_result fill_receipt(struct jn_database *database,
                                       sqlite3_stmt *statement,
                                       struct jangle_receipt *receipt,
                                       struct jangle_error *error)
{
    receipt->position = sqlite3_column_int64(statement, 1);
    receipt->version = sqlite3_column_int64(statement, 2);
    if (jn_column_copy(statement, 0, receipt->fingerprint, sizeof receipt->fingerprint))
        return jn_fail(error, JANGLE_STORAGE,
                       "%s: is damaged: the receipt of the command at %lld",
                       database->path, (long long)receipt->position);
    if (jn_column_text(statement, 3, receipt->reply, sizeof receipt->reply))
        return jn_database_result(database, SQLITE_NOMEM, error);
    return JANGLE_OK;
}

enum jangle_result jn_command_find(struct jn_database *database,
                                   const char *command_id,
                                   struct jangle_receipt *receipt,
                                   struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result =
        jn_database_prepare(database,
                            "SELECT fingerprint, position, version, reply FROM commands"
                            " WHERE command_id = ?",
                            &statement, error);
    int code;

    if (result)
        return result;
    *receipt = (struct jangle_receipt){.position = 0};
    jn_bind_bytes(statement, 1, command_id, strlen(command_id));
    code = sqlite3_step(statement);
    result = jn_database_result(database, code, error);
    if (code == SQLITE_ROW)
        result = fill_receipt(database, statement, receipt, error);
    else if (code == SQLITE_DONE)
        result = JANGLE_NOT_FOUND;
    sqlite3_reset(statement);
    return result;
}

enum jangle_result jn_rows_step(struct jn_database *database,
                                sqlite3_stmt *statement,
                                struct jn_rows *rows,
                                bool *more,
                                struct jangle_error *error)
{
    int code = rows->failed ? SQLITE_NOMEM : sqlite3_step(statement);

    *more = code == SQLITE_ROW;
    if (!*more)
        sqlite3_reset(statement);
    return jn_database_result(database, code, error);
}
