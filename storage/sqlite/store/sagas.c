/* sagas.c - read sagas and their steps. The rows are kept before a visit sees them. */
#include "sqlite/store/sagas.h"

#include "sqlite/file/readers.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/file/writer_lock.h"

#include <limits.h>

/* ---- reading rows ------------------------------------------------------------ */

#define SAGA_COLUMNS                                                                     \
    "saga, id, version, status, state_version, state, timeout_at, due_at, turn_at,"      \
    " turn_position, step_count, checksum = " JN_SAGA_CHECKSUM("saga") ", number"

enum { SAGA_STEP_COUNT = 10, SAGA_CHECKED, SAGA_NUMBER };

jangle_time jn_columns_optional_time(struct jn_columns *columns, int column)
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
        .due_at = jn_columns_optional_time(columns, 7),
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

/* A look is given a damaged row with its error, if it can be named. */
static void keep_found_saga(struct jn_columns *columns)
{
    struct jangle_error *error = columns->error, why = {0};
    struct jangle_saga_record *record;

    columns->error = &why;
    record = keep_record(columns);
    columns->error = error;
    if (!columns->result)
        return;
    if (columns->result == JANGLE_STORAGE && record && record->saga && *record->saga &&
        record->id && *record->id) {
        record->error = why;
        columns->result = JANGLE_OK;
        return;
    }
    jn_fail(error, columns->result, "%s", why.message);
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
    struct jn_file *file = jn_file_of(store);
    enum jangle_result result =
        jn_file_read_rows(file, &columns, sql, parameters, count,
                          file->use >= JN_FILE_LOOKS ? keep_found_saga : keep_saga);

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
