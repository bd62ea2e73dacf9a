/* sagas.c - write sagas and their steps in a transaction, and read them. The rows are
 * kept before a visit sees them. */
#include "sqlite/store/sagas.h"

#include "sqlite/file/readers.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/file/writer_lock.h"
#include "sqlite/store/append.h"

#include <limits.h>

/* ---- writing ----------------------------------------------------------------- */

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

    *stored = (struct stored){0};
    jn_columns_ask(&columns, sql,
                   JN_WITH(JN_BIND_TEXT(record->saga), JN_BIND_TEXT(record->id)));
    if (jn_columns_next(&columns)) {
        stored->number = jn_columns_number(&columns, 2);
        stored->version = jn_columns_number_in(&columns, 3, 1, JN_NUMBER_MAX);
        stored->step_count = jn_columns_number_in(&columns, 4, 0, INT32_MAX);
        jn_columns_verify(&columns, 5);
    }
    return jn_columns_end(&columns);
}

/* Insert the row of a saga, or update it. `step_count` counts the stored and the new
 * steps. */
static enum jangle_result write_saga(struct jn_database *writer,
                                     const struct jangle_saga_record *record,
                                     int64_t step_count,
                                     struct jangle_error *error)
{
    static const char sql[] =
        "INSERT INTO sagas (saga, id, version, status, state_version, state, timeout_at,"
        " due_at, turn_at, turn_position, step_count, checksum)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
        " jangle_checksum('sagas', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11))"
        " ON CONFLICT (saga, id) DO UPDATE SET version = excluded.version,"
        " status = excluded.status, state_version = excluded.state_version,"
        " state = excluded.state, timeout_at = excluded.timeout_at,"
        " due_at = excluded.due_at, turn_at = excluded.turn_at,"
        " turn_position = excluded.turn_position, step_count = excluded.step_count,"
        " checksum = excluded.checksum";

    return jn_database_write(
        writer, sql,
        JN_WITH(JN_BIND_TEXT(record->saga), JN_BIND_TEXT(record->id),
                JN_BIND_NUMBER(record->version), JN_BIND_NUMBER(record->status),
                JN_BIND_NUMBER(record->state_version),
                JN_BIND_BYTES(record->state, record->state_size),
                JN_BIND_NUMBER(record->timeout_at.us),
                record->due_at.us ? JN_BIND_NUMBER(record->due_at.us) : JN_BIND_NULL,
                JN_BIND_NUMBER(record->turn_at.us), JN_BIND_NUMBER(record->turn_position),
                JN_BIND_NUMBER(step_count)),
        error);
}

struct jangle_step jn_step_with(const struct jangle_step *step,
                                const struct jangle_receipt *receipt)
{
    struct jangle_step stored = *step;

    if (receipt && !step->position) {
        stored.position = receipt->position;
        stored.version = receipt->version;
    }
    return stored;
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
    static const char sql[] =
        "INSERT INTO saga_steps (saga, number, id, kind, type, result, reply, position,"
        " version, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
        " jangle_checksum('saga_steps', ?10, ?11, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9))";
    bool last = index + 1 == record->step_count;
    struct jangle_step step = jn_step_with(&record->steps[index], last ? receipt : NULL);

    return jn_database_write(
        writer, sql,
        JN_WITH(JN_BIND_NUMBER(stored->number),
                JN_BIND_NUMBER(stored->step_count + (int64_t)index + 1),
                JN_BIND_STEP(step), JN_BIND_TEXT(record->saga), JN_BIND_TEXT(record->id)),
        error);
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

/* ---- reading rows ------------------------------------------------------------ */

#define SAGA_COLUMNS                                                                     \
    "saga, id, version, status, state_version, state, timeout_at, due_at, turn_at,"      \
    " turn_position, step_count, checksum = " JN_SAGA_CHECKSUM("saga") ", number"

enum { SAGA_STEP_COUNT = 10, SAGA_CHECKED, SAGA_NUMBER };

/* A time that may be NULL, which means never. */
static jangle_time optional_time(struct jn_columns *columns, int column)
{
    jangle_time time = {0};

    if (sqlite3_column_type(columns->statement, column) != SQLITE_NULL)
        time.us = jn_columns_number(columns, column);
    return time;
}

static struct jangle_saga_record *keep_record(struct jn_columns *columns)
{
    struct jangle_saga_record *record = jn_rows_add(columns->rows, sizeof *record);

    if (!record)
        return NULL;
    *record = (struct jangle_saga_record){
        .saga = jn_columns_keep_text(columns, 0),
        .id = jn_columns_keep_text(columns, 1),
        .version = jn_columns_number_in(columns, 2, 1, JN_NUMBER_MAX),
        .status = (enum jangle_saga_status)jn_columns_number_in(
            columns, 3, JANGLE_SAGA_OPEN, JANGLE_SAGA_PARKED),
        .state_version = (int)jn_columns_number_in(columns, 4, INT_MIN, INT_MAX),
        .timeout_at = {jn_columns_number(columns, 6)},
        .due_at = optional_time(columns, 7),
        .turn_at = {jn_columns_number(columns, 8)},
        .turn_position = jn_columns_number_in(columns, 9, 0, JN_NUMBER_MAX),
    };
    record->state = jn_columns_keep_bytes(columns, 5, &record->state_size);
    jn_columns_verify(columns, SAGA_CHECKED);
    return record;
}

static void keep_saga(struct jn_columns *columns)
{
    (void)keep_record(columns);
}

static enum jangle_result
visit_records(struct jn_rows *rows, jangle_saga_fn *visit, void *context)
{
    struct jangle_saga_record *record = NULL;
    enum jangle_result result = JANGLE_OK;

    while (!result && (record = jn_rows_next(rows, record)))
        result = visit(context, record);
    return result;
}

/* ---- one saga, with its steps ------------------------------------------------ */

void jn_columns_step(struct jn_columns *columns, int column, struct jangle_step *step)
{
    *step = (struct jangle_step){
        .kind = (enum jangle_step_kind)jn_columns_number_in(columns, column + 1, 0,
                                                            JANGLE_STEP_BY_HAND),
        .type = jn_columns_keep_text(columns, column + 2),
        .result = (enum jangle_result)jn_columns_number_in(columns, column + 3, JANGLE_OK,
                                                           JANGLE_CLOSED),
        .reply = jn_columns_keep_optional_text(columns, column + 4),
        .position = jn_columns_number_in(columns, column + 5, 0, JN_NUMBER_MAX),
        .version = jn_columns_number_in(columns, column + 6, 0, JN_NUMBER_MAX),
    };
    jn_columns_copy(columns, column, step->id, sizeof step->id);
}

/* Read the steps of a saga, in the transaction in which its row was read. There must be
 * `count` of them. */
static enum jangle_result read_steps(struct jn_columns *columns,
                                     struct jangle_saga_record *record,
                                     int64_t number,
                                     int64_t count)
{
    static const char sql[] =
        "SELECT ?2, ?3, t.number, t.id, t.kind, t.type, t.result, t.reply, t.position,"
        " t.version, t.checksum = " JN_SAGA_STEP_CHECKSUM(
            "?2", "?3") " FROM saga_steps AS t WHERE t.saga = ?1 ORDER BY t.number";
    struct jangle_step *steps =
        jn_rows_room(columns->rows, ((size_t)count + 1) * sizeof *steps);

    columns->table = "saga_steps";
    columns->key_count = 3;
    jn_columns_ask(columns, sql,
                   JN_WITH(JN_BIND_NUMBER(number), JN_BIND_TEXT(record->saga),
                           JN_BIND_TEXT(record->id)));
    while (jn_columns_next(columns)) {
        if (record->step_count == (size_t)count)
            jn_columns_refuse_row(columns, "is one too many");
        else
            jn_columns_step(columns, 3, &steps[record->step_count++]);
        jn_columns_verify(columns, 10);
    }
    record->steps = record->step_count ? steps : NULL;
    return jn_columns_end(columns);
}

/* A turn would run a missing step a second time. */
static enum jangle_result check_count(const struct jn_columns *columns,
                                      const struct jangle_saga_record *record,
                                      int64_t count)
{
    if (record->step_count == (size_t)count)
        return JANGLE_OK;
    return jn_fail(columns->error, JANGLE_STORAGE,
                   "%s: it is damaged: in table saga_steps, %lld of the %lld rows of %s "
                   "%s are missing",
                   columns->database->path,
                   (long long)(count - (int64_t)record->step_count), (long long)count,
                   JN_SHOWN(60, record->saga), JN_SHOWN(60, record->id));
}

static enum jangle_result read_saga_rows(struct jn_database *reader,
                                         const char *saga,
                                         const char *id,
                                         struct jn_rows *rows,
                                         struct jangle_error *error)
{
    static const char sql[] =
        "SELECT " SAGA_COLUMNS " FROM sagas WHERE saga = ? AND id = ?";
    struct jn_columns columns = {.database = reader,
                                 .table = "sagas",
                                 .key_count = 2,
                                 .rows = rows,
                                 .error = error};
    struct jangle_saga_record *record = NULL;
    int64_t number = 0, count = 0;
    enum jangle_result result;

    jn_columns_ask(&columns, sql, JN_WITH(JN_BIND_TEXT(saga), JN_BIND_TEXT(id)));
    if (jn_columns_next(&columns)) {
        record = keep_record(&columns);
        count = jn_columns_number_in(&columns, SAGA_STEP_COUNT, 0, INT32_MAX);
        number = jn_columns_number(&columns, SAGA_NUMBER);
    } else if (!columns.result) {
        columns.result = jn_fail(error, JANGLE_NOT_FOUND, "%s: there is no saga %s/%s",
                                 reader->path, JN_SHOWN(60, saga), JN_SHOWN(60, id));
    }
    result = jn_columns_end(&columns);
    if (!result && record)
        result = read_steps(&columns, record, number, count);
    if (!result && rows->failed)
        result = jn_database_result(reader, SQLITE_NOMEM, error);
    return result ? result : check_count(&columns, record, count);
}

/* jn_file_settle comes first: an event that the saga has handled is not delivered again,
 * and its record may be visible and not durable. The row and its steps are read in one
 * transaction, so that a commit in between cannot make their numbers differ. */
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
    enum jangle_result result = jn_file_settle(file, error);

    if (!result)
        result = jn_file_take_reader(file, &reader, error);
    if (result)
        return result;
    jn_rows_init(&rows, &file->host->allocator);
    result = jn_database_do(reader, "BEGIN", error);
    if (!result) {
        result = read_saga_rows(reader, saga, id, &rows, error);
        jn_database_do(reader, "COMMIT", NULL); /* a read transaction: it cannot fail */
    }
    jn_file_release_reader(file, reader);
    if (!result)
        result = visit_records(&rows, visit, context);
    jn_rows_finish(&rows);
    return result;
}

/* ---- many sagas, without steps ----------------------------------------------- */

/* Read the rows, release the reader, and visit them: the visit may need a reader. */
static enum jangle_result list_sagas(struct jangle_store *store,
                                     const char *sql,
                                     const struct jn_parameter *parameters,
                                     int count,
                                     jangle_saga_fn *visit,
                                     void *context,
                                     struct jangle_error *error)
{
    struct jn_rows rows;
    struct jn_columns columns = {
        .table = "sagas", .key_count = 2, .rows = &rows, .error = error};
    enum jangle_result result =
        jn_file_read_rows(jn_file_of(store), &columns, sql, parameters, count, keep_saga);

    if (!result)
        result = visit_records(&rows, visit, context);
    jn_rows_finish(&rows);
    return result;
}

enum jangle_result jn_sqlite_read_due_sagas(struct jangle_store *store,
                                            jangle_time now,
                                            size_t limit,
                                            jangle_saga_fn *visit,
                                            void *context,
                                            struct jangle_error *error)
{
    return list_sagas(store,
                      "SELECT " SAGA_COLUMNS
                      " FROM sagas"
                      " WHERE due_at IS NOT NULL AND due_at <= ?"
                      " ORDER BY due_at, number LIMIT ?",
                      JN_WITH(JN_BIND_NUMBER(now.us), JN_BIND_NUMBER(jn_limit(limit))),
                      visit, context, error);
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
    return list_sagas(store,
                      "SELECT " SAGA_COLUMNS
                      " FROM sagas"
                      " WHERE saga = ? AND status = ? AND id > ?"
                      " ORDER BY id LIMIT ?",
                      JN_WITH(JN_BIND_TEXT(saga), JN_BIND_NUMBER(status),
                              JN_BIND_TEXT(id ? id : ""),
                              JN_BIND_NUMBER(jn_limit(limit))),
                      visit, context, error);
}
