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
