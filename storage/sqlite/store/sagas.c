/* sagas.c - write sagas and their steps in a transaction. */
#include "sqlite/store/sagas.h"

#include "sqlite/file/row_checksums.h"
#include "sqlite/store/append.h"

/* Can all texts and the state be stored? */
static bool saga_fits(const struct jangle_saga_record *record)
{
    for (size_t at = 0; at < record->step_count; at++) {
        const struct jangle_step *step = &record->steps[at];

        if (!jn_text_fits(step->type) ||
            (step->reply && strlen(step->reply) > JN_BYTES_MAX))
            return false;
    }
    return jn_text_fits(record->saga) && jn_text_fits(record->id) &&
           record->state_size <= JN_BYTES_MAX && (record->state || !record->state_size);
}

/* The stored row of a saga; zeroed if there is none. */
struct stored {
    int64_t number;
    int64_t version;
    int64_t step_count;
};

/* A damaged row is STORAGE, so that no turn is stored on top of it. */
static enum jangle_result find_stored(struct jn_database *writer,
                                      const struct jangle_saga_record *record,
                                      struct stored *stored,
                                      struct jangle_error *error)
{
    static const char sql[] =
        "SELECT saga, id, number, version, step_count, "
        "checksum = " JN_SAGA_CHECKSUM("saga") " FROM sagas WHERE saga = ? AND id = ?";
    struct jn_columns columns = {
        .database = writer, .table = "sagas", .key_count = 2, .error = error};
    enum jangle_result result =
        jn_database_prepare(writer, sql, &columns.statement, error);
    int code;

    *stored = (struct stored){0};
    if (result)
        return result;
    jn_bind_text(columns.statement, 1, record->saga);
    jn_bind_text(columns.statement, 2, record->id);
    code = sqlite3_step(columns.statement);
    result = jn_database_result(writer, code, error);
    if (code == SQLITE_ROW) {
        stored->number = jn_columns_number(&columns, 2);
        stored->version = jn_columns_number_in(&columns, 3, 1, JN_NUMBER_MAX);
        stored->step_count = jn_columns_number_in(&columns, 4, 0, INT32_MAX);
        jn_columns_verify(&columns, 5);
        result = columns.result;
    }
    sqlite3_reset(columns.statement);
    return result;
}

/* Insert the row of a saga, or update it. `step_count` counts the stored and the new
 * steps. */
static enum jangle_result write_saga(struct jn_database *writer,
                                     const struct jangle_saga_record *record,
                                     int64_t step_count,
                                     struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result = jn_database_prepare(
        writer,
        "INSERT INTO sagas (saga, id, version, status, state_version, state, timeout_at,"
        " due_at, turn_at, turn_position, step_count, checksum)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
        " jangle_checksum('sagas', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11))"
        " ON CONFLICT (saga, id) DO UPDATE SET version = excluded.version,"
        " status = excluded.status, state_version = excluded.state_version,"
        " state = excluded.state, timeout_at = excluded.timeout_at,"
        " due_at = excluded.due_at, turn_at = excluded.turn_at,"
        " turn_position = excluded.turn_position, step_count = excluded.step_count,"
        " checksum = excluded.checksum",
        &statement, error);

    if (result)
        return result;
    jn_bind_text(statement, 1, record->saga);
    jn_bind_text(statement, 2, record->id);
    sqlite3_bind_int64(statement, 3, record->version);
    sqlite3_bind_int(statement, 4, (int)record->status);
    sqlite3_bind_int(statement, 5, record->state_version);
    jn_bind_bytes(statement, 6, record->state, record->state_size);
    sqlite3_bind_int64(statement, 7, record->timeout_at.us);
    if (record->due_at.us)
        sqlite3_bind_int64(statement, 8, record->due_at.us);
    else
        sqlite3_bind_null(statement, 8);
    sqlite3_bind_int64(statement, 9, record->turn_at.us);
    sqlite3_bind_int64(statement, 10, record->turn_position);
    sqlite3_bind_int64(statement, 11, step_count);
    return jn_database_step(writer, statement, error);
}

void jn_bind_step(sqlite3_stmt *statement,
                  int index,
                  const struct jangle_step *step,
                  const struct jangle_receipt *receipt)
{
    bool follows = receipt && !step->position;

    jn_bind_bytes(statement, index, step->id, sizeof step->id);
    sqlite3_bind_int(statement, index + 1, (int)step->kind);
    jn_bind_text(statement, index + 2, step->type);
    sqlite3_bind_int(statement, index + 3, (int)step->result);
    jn_bind_text(statement, index + 4, step->reply);
    sqlite3_bind_int64(statement, index + 5,
                       follows ? receipt->position : step->position);
    sqlite3_bind_int64(statement, index + 6, follows ? receipt->version : step->version);
}

/* Write step `index` of the record, numbered after those that are stored. The last one
 * takes position and version from the receipt. */
static enum jangle_result write_step(struct jn_database *writer,
                                     const struct jangle_saga_record *record,
                                     const struct stored *stored,
                                     size_t index,
                                     const struct jangle_receipt *receipt,
                                     struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result = jn_database_prepare(
        writer,
        "INSERT INTO saga_steps (saga, number, id, kind, type, result, reply, position,"
        " version, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
        " jangle_checksum('saga_steps', ?10, ?11, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9))",
        &statement, error);

    if (result)
        return result;
    sqlite3_bind_int64(statement, 1, stored->number);
    sqlite3_bind_int64(statement, 2, stored->step_count + (int64_t)index + 1);
    jn_bind_step(statement, 3, &record->steps[index],
                 index + 1 == record->step_count ? receipt : NULL);
    jn_bind_text(statement, 10, record->saga);
    jn_bind_text(statement, 11, record->id);
    return jn_database_step(writer, statement, error);
}

enum jangle_result jn_saga_write(struct jn_run *run,
                                 const struct jangle_saga_record *record,
                                 const struct jangle_receipt *receipt,
                                 struct jangle_error *error)
{
    struct jn_database *writer = &run->file->writer;
    struct stored stored;
    enum jangle_result result;

    if (!saga_fits(record))
        return jn_fail(error, JANGLE_INVALID,
                       "%s: a saga cannot be stored: a text of it is missing or too long",
                       run->file->path);
    result = find_stored(writer, record, &stored, error);
    if (result)
        return result;
    if (stored.version != record->version - 1)
        return jn_fail(
            error, JANGLE_CONFLICT,
            "%s: saga %s/%s is at version %lld: version %lld does not follow it",
            run->file->path, JN_SHOWN(60, record->saga), JN_SHOWN(60, record->id),
            (long long)stored.version, (long long)record->version);

    result = write_saga(writer, record, stored.step_count + (int64_t)record->step_count,
                        error);
    if (!stored.number)
        stored.number = sqlite3_last_insert_rowid(writer->handle);
    for (size_t at = 0; !result && at < record->step_count; at++)
        result = write_step(writer, record, &stored, at, receipt, error);
    run->broken = run->broken || result;
    return result;
}
