/* saga_rows.c - read sagas and their steps. The rows are kept before a visit sees them.
 */
#include "sqlite/store/saga_rows.h"

#include "sqlite/file/readers.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/store/lookup.h"

#include <limits.h>

/* ---- reading ----------------------------------------------------------------- */

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

static struct jangle_saga_record *keep_saga(struct jn_columns *columns)
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

static enum jangle_result keep_sagas(struct jn_columns *columns, sqlite3_stmt *statement)
{
    enum jangle_result result = JANGLE_OK;
    bool row = true;

    columns->statement = statement;
    while (!result && row) {
        result = jn_rows_step(columns->database, statement, columns->rows, &row,
                              columns->error);
        if (!result && row) {
            keep_saga(columns);
            result = columns->result;
        }
    }
    sqlite3_reset(statement);
    return result;
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
    bool row = true;
    enum jangle_result result =
        jn_database_prepare(columns->database, sql, &columns->statement, columns->error);

    if (result || !steps)
        return result;
    sqlite3_bind_int64(columns->statement, 1, number);
    jn_bind_text(columns->statement, 2, record->saga);
    jn_bind_text(columns->statement, 3, record->id);
    columns->table = "saga_steps";
    columns->key_count = 3;
    while (!result && row) {
        result = jn_rows_step(columns->database, columns->statement, columns->rows, &row,
                              columns->error);
        if (result || !row)
            break;
        if (record->step_count == (size_t)count)
            jn_columns_refuse_row(columns, "is one too many");
        else
            jn_columns_step(columns, 3, &steps[record->step_count++]);
        jn_columns_verify(columns, 10);
        result = columns->result;
    }
    sqlite3_reset(columns->statement);
    record->steps = record->step_count ? steps : NULL;
    return result;
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
    struct jangle_saga_record *record;
    int64_t number, count;
    bool row;
    enum jangle_result result =
        jn_database_prepare(reader, sql, &columns.statement, error);

    if (result)
        return result;
    jn_bind_text(columns.statement, 1, saga);
    jn_bind_text(columns.statement, 2, id);
    result = jn_rows_step(reader, columns.statement, rows, &row, error);
    if (result)
        return result;
    if (!row)
        return jn_fail(error, JANGLE_NOT_FOUND, "%s: there is no saga %s/%s",
                       reader->path, JN_SHOWN(60, saga), JN_SHOWN(60, id));
    record = keep_saga(&columns);
    count = jn_columns_number_in(&columns, SAGA_STEP_COUNT, 0, INT32_MAX);
    number = jn_columns_number(&columns, SAGA_NUMBER);
    sqlite3_reset(columns.statement);
    result = columns.result;
    if (!result && record)
        result = read_steps(&columns, record, number, count);
    if (!result && rows->failed)
        result = jn_database_result(reader, SQLITE_NOMEM, error);
    return result ? result : check_count(&columns, record, count);
}

/* The row and its steps are read in one transaction, so that a commit in between cannot
 * make their numbers differ. */
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

/* A read of many sagas. */
struct listing {
    struct jn_file *file;
    struct jn_database *reader;
    struct jn_rows rows;
    struct jn_columns columns;
    sqlite3_stmt *statement; /* the caller binds its parameters */
};

/* Take a reader and prepare the statement. If it fails, end_listing must not be called.
 */
static enum jangle_result begin_listing(struct listing *listing,
                                        struct jangle_store *store,
                                        const char *sql,
                                        struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    enum jangle_result result;

    *listing = (struct listing){.file = file};
    result = jn_file_take_reader(file, &listing->reader, error);
    if (result)
        return result;
    jn_rows_init(&listing->rows, &file->host->allocator);
    listing->columns = (struct jn_columns){.database = listing->reader,
                                           .table = "sagas",
                                           .key_count = 2,
                                           .rows = &listing->rows,
                                           .error = error};
    result = jn_database_prepare(listing->reader, sql, &listing->statement, error);
    if (!result)
        return JANGLE_OK;
    jn_file_release_reader(file, listing->reader);
    jn_rows_finish(&listing->rows);
    return result;
}

/* Read the rows, release the reader, and visit them: the visit may need a reader. */
static enum jangle_result
end_listing(struct listing *listing, jangle_saga_fn *visit, void *context)
{
    enum jangle_result result = keep_sagas(&listing->columns, listing->statement);

    jn_file_release_reader(listing->file, listing->reader);
    if (!result)
        result = visit_records(&listing->rows, visit, context);
    jn_rows_finish(&listing->rows);
    return result;
}

enum jangle_result jn_sqlite_read_due_sagas(struct jangle_store *store,
                                            jangle_time now,
                                            size_t limit,
                                            jangle_saga_fn *visit,
                                            void *context,
                                            struct jangle_error *error)
{
    struct listing listing;
    enum jangle_result result = begin_listing(&listing, store,
                                              "SELECT " SAGA_COLUMNS
                                              " FROM sagas"
                                              " WHERE due_at IS NOT NULL AND due_at <= ?"
                                              " ORDER BY due_at, number LIMIT ?",
                                              error);

    if (result)
        return result;
    sqlite3_bind_int64(listing.statement, 1, now.us);
    sqlite3_bind_int64(listing.statement, 2, jn_limit(limit));
    return end_listing(&listing, visit, context);
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
    struct listing listing;
    enum jangle_result result = begin_listing(&listing, store,
                                              "SELECT " SAGA_COLUMNS
                                              " FROM sagas"
                                              " WHERE saga = ? AND status = ? AND id > ?"
                                              " ORDER BY id LIMIT ?",
                                              error);

    if (result)
        return result;
    jn_bind_text(listing.statement, 1, saga);
    sqlite3_bind_int(listing.statement, 2, (int)status);
    jn_bind_text(listing.statement, 3, id ? id : "");
    sqlite3_bind_int64(listing.statement, 4, jn_limit(limit));
    return end_listing(&listing, visit, context);
}
