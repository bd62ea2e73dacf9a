/* saga_write.c - write a saga and its new steps in a transaction: first look, then
 * write. */
#include "sqlite/store/saga_write.h"

#include "sqlite/file/checksum.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/store/append.h"
#include "sqlite/store/sagas.h"

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

/* A damaged row is STORAGE, so that no turn is stored on top of it. */
static enum jangle_result find_stored(struct jn_database *writer,
                                      const struct jangle_saga_record *record,
                                      struct jn_stored_saga *stored,
                                      struct jangle_error *error)
{
    static const char sql[] =
        "SELECT saga, id, number, version, step_count, status, due_at, "
        "checksum = " JN_SAGA_CHECKSUM("saga") " FROM sagas WHERE saga = ? AND id = ?";
    struct jn_columns columns = {
        .database = writer, .table = "sagas", .key_count = 2, .error = error};

    *stored = (struct jn_stored_saga){.number = 0};
    jn_columns_ask(&columns, sql,
                   JN_WITH(JN_BIND_TEXT(record->saga), JN_BIND_TEXT(record->id)));
    if (jn_columns_next(&columns)) {
        stored->number = jn_columns_number(&columns, 2);
        stored->version = jn_columns_number_in(&columns, 3, 1, JN_NUMBER_MAX);
        stored->step_count = jn_columns_number_in(&columns, 4, 0, INT32_MAX);
        stored->status = jn_columns_number(&columns, 5);
        stored->due_at = jn_columns_optional_time(&columns, 6);
        jn_columns_verify(&columns, 7);
    }
    return jn_columns_end(&columns);
}

enum jangle_result jn_saga_look(const struct jn_run *run,
                                const struct jangle_saga_record *record,
                                struct jn_stored_saga *stored,
                                struct jangle_error *error)
{
    enum jangle_result result;

    if (!saga_fits(record))
        return jn_fail(error, JANGLE_INVALID,
                       "%s: a saga cannot be stored: a text of it is missing or too long",
                       run->file->path);
    result = find_stored(&run->file->writer, record, stored, error);
    if (result || stored->version == record->version - 1)
        return result;
    return jn_fail(error, JANGLE_CONFLICT,
                   "%s: saga %s/%s is at version %lld: version %lld does not follow it",
                   run->file->path, JN_SHOWN(60, record->saga), JN_SHOWN(60, record->id),
                   (long long)stored->version, (long long)record->version);
}

/* Checksums are computed here, because that is cheaper than in SQL. */
static int64_t checksum_of(const struct jangle_saga_record *record, int64_t step_count)
{
    struct jn_values values;

    jn_values_begin(&values, "sagas");
    jn_values_add_text(&values, record->saga);
    jn_values_add_text(&values, record->id);
    jn_values_add_number(&values, record->version);
    jn_values_add_number(&values, record->status);
    jn_values_add_number(&values, record->state_version);
    jn_values_add_bytes(&values, record->state, record->state_size);
    jn_values_add_number(&values, record->timeout_at.us);
    if (record->due_at.us)
        jn_values_add_number(&values, record->due_at.us);
    else
        jn_values_add_null(&values);
    jn_values_add_number(&values, record->turn_at.us);
    jn_values_add_number(&values, record->turn_position);
    jn_values_add_number(&values, step_count);
    return jn_values_checksum(&values);
}

/* A step of a turn leaves status and due time as they are, and then their two indexes are
 * not written: SQLite compares no values. */
static enum jangle_result write_saga(struct jn_database *writer,
                                     const struct jangle_saga_record *record,
                                     const struct jn_stored_saga *stored,
                                     struct jangle_error *error)
{
    static const char insert[] =
        "INSERT INTO sagas (version, state_version, state, timeout_at, turn_at,"
        " turn_position, step_count, checksum, status, due_at, saga, id)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?12, ?13)";
#define SETS_                                                                            \
    "UPDATE sagas SET version = ?1, state_version = ?2, state = ?3, timeout_at = ?4,"    \
    " turn_at = ?5, turn_position = ?6, step_count = ?7, checksum = ?8"
    static const char update_indexed[] =
        SETS_ ", status = ?9, due_at = ?10 WHERE number = ?11";
    static const char update[] = SETS_ " WHERE number = ?11";
#undef SETS_
    bool is_moved =
        stored->status != record->status || stored->due_at.us != record->due_at.us;
    const char *update_sql = is_moved ? update_indexed : update;
    int64_t step_count = stored->step_count + (int64_t)record->step_count;

    return jn_database_write(
        writer, stored->number ? update_sql : insert,
        JN_WITH(JN_BIND_NUMBER(record->version), JN_BIND_NUMBER(record->state_version),
                JN_BIND_BYTES(record->state, record->state_size),
                JN_BIND_NUMBER(record->timeout_at.us), JN_BIND_NUMBER(record->turn_at.us),
                JN_BIND_NUMBER(record->turn_position), JN_BIND_NUMBER(step_count),
                JN_BIND_NUMBER(checksum_of(record, step_count)),
                JN_BIND_NUMBER(record->status),
                record->due_at.us ? JN_BIND_NUMBER(record->due_at.us) : JN_BIND_NULL,
                JN_BIND_NUMBER(stored->number), JN_BIND_TEXT(record->saga),
                JN_BIND_TEXT(record->id)),
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

static int64_t checksum_of_step(const struct jangle_saga_record *record,
                                int64_t number,
                                const struct jangle_step *step)
{
    struct jn_values values;

    jn_values_begin(&values, "saga_steps");
    jn_values_add_text(&values, record->saga);
    jn_values_add_text(&values, record->id);
    jn_values_add_number(&values, number);
    jn_values_add_bytes(&values, step->id, sizeof step->id);
    jn_values_add_number(&values, step->kind);
    jn_values_add_text(&values, step->type);
    jn_values_add_number(&values, step->result);
    jn_values_add_text(&values, step->reply);
    jn_values_add_number(&values, step->position);
    jn_values_add_number(&values, step->version);
    return jn_values_checksum(&values);
}

/* Write step `index` of the record, numbered after those that are stored. The last one
 * takes position and version from the receipt. */
static enum jangle_result write_step(struct jn_database *writer,
                                     const struct jangle_saga_record *record,
                                     const struct jn_stored_saga *stored,
                                     size_t index,
                                     const struct jangle_receipt *receipt,
                                     struct jangle_error *error)
{
    static const char sql[] =
        "INSERT INTO saga_steps (saga, number, id, kind, type, result, reply, position,"
        " version, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    bool last = index + 1 == record->step_count;
    struct jangle_step step = jn_step_with(&record->steps[index], last ? receipt : NULL);
    int64_t number = stored->step_count + (int64_t)index + 1;

    return jn_database_write(
        writer, sql,
        JN_WITH(JN_BIND_NUMBER(stored->number), JN_BIND_NUMBER(number),
                JN_BIND_STEP(step),
                JN_BIND_NUMBER(checksum_of_step(record, number, &step))),
        error);
}

enum jangle_result jn_saga_put(struct jn_run *run,
                               const struct jangle_saga_record *record,
                               struct jn_stored_saga *stored,
                               const struct jangle_receipt *receipt,
                               struct jangle_error *error)
{
    struct jn_database *writer = &run->file->writer;
    enum jangle_result result = write_saga(writer, record, stored, error);

    if (!stored->number)
        stored->number = sqlite3_last_insert_rowid(writer->handle);
    for (size_t at = 0; !result && at < record->step_count; at++)
        result = write_step(writer, record, stored, at, receipt, error);
    run->broken = run->broken || result;
    return result;
}

enum jangle_result jn_saga_write(struct jn_run *run,
                                 const struct jangle_saga_record *record,
                                 const struct jangle_receipt *receipt,
                                 struct jangle_error *error)
{
    struct jn_stored_saga stored;
    enum jangle_result result = jn_saga_look(run, record, &stored, error);

    return result ? result : jn_saga_put(run, record, &stored, receipt, error);
}
