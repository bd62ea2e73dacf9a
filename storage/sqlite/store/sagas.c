/* sagas.c - sagas and what they did, step by step. */
#include "sqlite/store/sqlite_store.h"

/* ---- writing ----------------------------------------------------------------- */

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

/* 0 and 0 if there is none. */
static enum jangle_result find(struct jn_database *writer,
                               const struct jangle_saga_record *record,
                               int64_t *number,
                               int64_t *version,
                               struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result = jn_database_prepare(
        writer, "SELECT number, version FROM sagas WHERE saga = ? AND id = ?", &statement,
        error);
    int code;

    *number = 0;
    *version = 0;
    if (result)
        return result;
    jn_bind_text(statement, 1, record->saga);
    jn_bind_text(statement, 2, record->id);
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *number = sqlite3_column_int64(statement, 0);
        *version = sqlite3_column_int64(statement, 1);
    }
    result = jn_database_result(writer, code, error);
    sqlite3_reset(statement);
    return result;
}

static enum jangle_result write_saga(struct jn_database *writer,
                                     const struct jangle_saga_record *record,
                                     struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result = jn_database_prepare(
        writer,
        "INSERT INTO sagas (saga, id, version, status, state_version, state, timeout_at,"
        " due_at, turn_at, turn_position) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (saga, id) DO UPDATE SET version = excluded.version,"
        " status = excluded.status, state_version = excluded.state_version,"
        " state = excluded.state, timeout_at = excluded.timeout_at,"
        " due_at = excluded.due_at, turn_at = excluded.turn_at,"
        " turn_position = excluded.turn_position",
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

static enum jangle_result write_step(struct jn_database *writer,
                                     int64_t saga,
                                     const struct jangle_step *step,
                                     const struct jangle_receipt *receipt,
                                     struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result = jn_database_prepare(
        writer,
        "INSERT INTO saga_steps (saga, number, id, kind, type, result, reply, position,"
        " version) VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM saga_steps"
        " WHERE saga = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        &statement, error);

    if (result)
        return result;
    sqlite3_bind_int64(statement, 1, saga);
    jn_bind_step(statement, 2, step, receipt);
    return jn_database_step(writer, statement, error);
}

enum jangle_result jn_saga_write(struct jn_run *run,
                                 const struct jangle_saga_record *record,
                                 const struct jangle_receipt *receipt,
                                 struct jangle_error *error)
{
    struct jn_database *writer = &run->file->writer;
    int64_t number;
    int64_t version;
    enum jangle_result result;

    if (!saga_fits(record))
        return jn_fail(error, JANGLE_INVALID,
                       "%s: a saga cannot be stored: a text of it is missing or too long",
                       run->file->path);
    result = find(writer, record, &number, &version, error);
    if (result)
        return result;
    if (version != record->version - 1)
        return jn_fail(
            error, JANGLE_CONFLICT,
            "%s: saga %s/%s is at version %lld: version %lld does not follow it",
            run->file->path, JN_SHOWN(60, record->saga), JN_SHOWN(60, record->id),
            (long long)version, (long long)record->version);

    result = write_saga(writer, record, error);
    if (!number)
        number = sqlite3_last_insert_rowid(writer->handle);
    for (size_t at = 0; !result && at < record->step_count; at++)
        result = write_step(writer, number, &record->steps[at],
                            at + 1 == record->step_count ? receipt : NULL, error);
    run->broken = run->broken || result;
    return result;
}

/* ---- reading ----------------------------------------------------------------- */

#define SAGA_COLUMNS                                                                     \
    "number, saga, id, version, status, state_version, state, timeout_at, due_at,"       \
    " turn_at, turn_position"

static struct jangle_saga_record *keep_saga(sqlite3_stmt *statement, struct jn_rows *rows)
{
    struct jangle_saga_record *record = jn_rows_add(rows, sizeof *record);

    if (!record)
        return NULL;
    record->saga = jn_rows_text(rows, statement, 1);
    record->id = jn_rows_text(rows, statement, 2);
    record->version = sqlite3_column_int64(statement, 3);
    record->status = (enum jangle_saga_status)sqlite3_column_int(statement, 4);
    record->state_version = sqlite3_column_int(statement, 5);
    record->state = jn_rows_bytes(rows, statement, 6, &record->state_size);
    record->timeout_at.us = sqlite3_column_int64(statement, 7);
    record->due_at.us = sqlite3_column_int64(statement, 8);
    record->turn_at.us = sqlite3_column_int64(statement, 9);
    record->turn_position = sqlite3_column_int64(statement, 10);
    return record;
}

static enum jangle_result keep_sagas(struct jn_database *reader,
                                     sqlite3_stmt *statement,
                                     struct jn_rows *rows,
                                     struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;
    bool row = true;

    while (!result && row) {
        result = jn_rows_step(reader, statement, rows, &row, error);
        if (!result && row)
            keep_saga(statement, rows);
    }
    return result;
}

static enum jangle_result show(struct jn_rows *rows, jangle_saga_fn *visit, void *context)
{
    struct jangle_saga_record *record = NULL;
    enum jangle_result result = JANGLE_OK;

    while (!result && (record = jn_rows_next(rows, record)))
        result = visit(context, record);
    return result;
}

/* ---- one saga, with its steps ------------------------------------------------ */

bool jn_rows_step_columns(struct jn_rows *rows,
                          sqlite3_stmt *statement,
                          int column,
                          struct jangle_step *step)
{
    *step = (struct jangle_step){
        .kind = (enum jangle_step_kind)sqlite3_column_int(statement, column + 1),
        .type = jn_rows_text(rows, statement, column + 2),
        .result = (enum jangle_result)sqlite3_column_int(statement, column + 3),
        .reply = jn_rows_text(rows, statement, column + 4),
        .position = sqlite3_column_int64(statement, column + 5),
        .version = sqlite3_column_int64(statement, column + 6),
    };
    return !jn_column_copy(statement, column, step->id, sizeof step->id);
}

/* Steps are counted first, to lie side by side. All in one transaction. */
static enum jangle_result read_steps(struct jn_database *reader,
                                     int64_t number,
                                     struct jn_rows *rows,
                                     struct jangle_saga_record *record,
                                     struct jangle_error *error)
{
    struct jangle_step *steps;
    sqlite3_stmt *statement;
    size_t count = 0;
    bool row = true;
    enum jangle_result result = jn_database_prepare(
        reader,
        "SELECT id, kind, type, result, reply, position, version, count(*) OVER ()"
        " FROM saga_steps WHERE saga = ? ORDER BY number",
        &statement, error);

    if (result)
        return result;
    sqlite3_bind_int64(statement, 1, number);
    result = jn_rows_step(reader, statement, rows, &row, error);
    if (result || !row)
        return result;
    record->step_count = (size_t)sqlite3_column_int64(statement, 7);
    steps = jn_rows_room(rows, record->step_count * sizeof *steps);
    record->steps = steps;
    while (!result && row && steps && count < record->step_count) {
        if (!jn_rows_step_columns(rows, statement, 0, &steps[count++]))
            rows->failed = true;
        result = jn_rows_step(reader, statement, rows, &row, error);
    }
    sqlite3_reset(statement);
    return result;
}

static enum jangle_result read_one(struct jn_database *reader,
                                   const char *saga,
                                   const char *id,
                                   struct jn_rows *rows,
                                   struct jangle_error *error)
{
    struct jangle_saga_record *record = NULL;
    sqlite3_stmt *statement;
    int64_t number = 0;
    bool row;
    enum jangle_result result = jn_database_prepare(
        reader, "SELECT " SAGA_COLUMNS " FROM sagas WHERE saga = ? AND id = ?",
        &statement, error);

    if (result)
        return result;
    jn_bind_text(statement, 1, saga);
    jn_bind_text(statement, 2, id);
    result = jn_rows_step(reader, statement, rows, &row, error);
    if (!result && !row)
        return jn_fail(error, JANGLE_NOT_FOUND, "%s: there is no saga %s/%s",
                       reader->path, JN_SHOWN(60, saga), id);
    if (!result) {
        number = sqlite3_column_int64(statement, 0);
        record = keep_saga(statement, rows);
    }
    sqlite3_reset(statement);
    if (!result && record)
        result = read_steps(reader, number, rows, record, error);
    if (!result && rows->failed)
        result = jn_database_result(reader, SQLITE_NOMEM, error);
    return result;
}

enum jangle_result jn_sqlite_read_saga(struct jangle_store *store,
                                       const char *saga,
                                       const char *id,
                                       jangle_saga_fn *visit,
                                       void *context,
                                       struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jn_database *reader;
    struct jn_rows rows;
    enum jangle_result result = jn_file_take_reader(file, &reader, error);

    if (result)
        return result;
    jn_rows_init(&rows, &file->host->allocator);
    result = jn_database_do(reader, "BEGIN", error);
    if (!result) {
        result = read_one(reader, saga, id, &rows, error);
        jn_database_do(reader, "COMMIT", NULL); /* of what was read: cannot fail */
    }
    jn_file_release_reader(file, reader);
    if (!result)
        result = show(&rows, visit, context);
    jn_rows_finish(&rows);
    return result;
}

/* ---- many sagas, without steps ----------------------------------------------- */

enum jangle_result jn_sqlite_read_due_sagas(struct jangle_store *store,
                                            jangle_time now,
                                            size_t limit,
                                            jangle_saga_fn *visit,
                                            void *context,
                                            struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jn_database *reader;
    struct jn_rows rows;
    sqlite3_stmt *statement;
    enum jangle_result result = jn_file_take_reader(file, &reader, error);

    if (result)
        return result;
    jn_rows_init(&rows, &file->host->allocator);
    result = jn_database_prepare(reader,
                                 "SELECT " SAGA_COLUMNS
                                 " FROM sagas"
                                 " WHERE due_at IS NOT NULL AND due_at <= ?"
                                 " ORDER BY due_at, number LIMIT ?",
                                 &statement, error);
    if (!result) {
        sqlite3_bind_int64(statement, 1, now.us);
        sqlite3_bind_int64(statement, 2, jn_limit(limit));
        result = keep_sagas(reader, statement, &rows, error);
    }
    jn_file_release_reader(file, reader);
    if (!result)
        result = show(&rows, visit, context);
    jn_rows_finish(&rows);
    return result;
}

enum jangle_result jn_sqlite_read_sagas(struct jangle_store *store,
                                        const char *saga,
                                        enum jangle_saga_status status,
                                        const char *id,
                                        size_t limit,
                                        jangle_saga_fn *visit,
                                        void *context,
                                        struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jn_database *reader;
    struct jn_rows rows;
    sqlite3_stmt *statement;
    enum jangle_result result = jn_file_take_reader(file, &reader, error);

    if (result)
        return result;
    jn_rows_init(&rows, &file->host->allocator);
    result = jn_database_prepare(reader,
                                 "SELECT " SAGA_COLUMNS
                                 " FROM sagas"
                                 " WHERE saga = ? AND status = ? AND id > ?"
                                 " ORDER BY id LIMIT ?",
                                 &statement, error);
    if (!result) {
        jn_bind_text(statement, 1, saga);
        sqlite3_bind_int(statement, 2, (int)status);
        jn_bind_text(statement, 3, id ? id : "");
        sqlite3_bind_int64(statement, 4, jn_limit(limit));
        result = keep_sagas(reader, statement, &rows, error);
    }
    jn_file_release_reader(file, reader);
    if (!result)
        result = show(&rows, visit, context);
    jn_rows_finish(&rows);
    return result;
}
