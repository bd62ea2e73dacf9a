/* checkpoints.c - write checkpoints, parked keys and delivery steps in a transaction, and
 * read parked keys and delivery steps. The rows are kept before a visit sees them,
 * because no transaction may be open then. */
#include "sqlite/store/checkpoints.h"

#include "sqlite/file/readers.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/store/append.h"
#include "sqlite/store/saga_write.h"
#include "sqlite/store/sagas.h"
#include "sqlite/store/subscribers.h"

/* ---- writing a checkpoint ---------------------------------------------------------- */

/* Can the checkpoint and all its parked keys be stored? */
static bool checkpoint_fits(const struct jangle_checkpoint *checkpoint)
{
    for (size_t at = 0; at < checkpoint->parked_count; at++) {
        const struct jangle_parked *parked = &checkpoint->parked[at];

        if (!jn_text_fits(parked->key) ||
            (parked->error && strlen(parked->error) > JN_BYTES_MAX))
            return false;
    }
    return jn_text_fits(checkpoint->subscriber) && checkpoint->from >= -1 &&
           checkpoint->position >= 0;
}

enum jangle_result jn_checkpoint_write(struct jn_database *writer,
                                       const struct jn_stored_subscriber *stored,
                                       const struct jangle_checkpoint *checkpoint,
                                       struct jangle_error *error)
{
    static const char sql[] =
        "INSERT INTO checkpoints (subscriber, position, event_id, suspended_for,"
        " suspended_at, reason, parked_count, parked_total, checksum)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (subscriber) DO UPDATE SET position = excluded.position,"
        " event_id = excluded.event_id, suspended_for = excluded.suspended_for,"
        " suspended_at = excluded.suspended_at, reason = excluded.reason,"
        " parked_count = excluded.parked_count, parked_total = excluded.parked_total,"
        " checksum = excluded.checksum";

    return jn_database_write(
        writer, sql,
        JN_WITH(JN_BIND_NUMBER(stored->number), JN_BIND_NUMBER(checkpoint->position),
                JN_BIND_BYTES(checkpoint->event_id, sizeof checkpoint->event_id),
                JN_BIND_NUMBER(checkpoint->suspended_for),
                JN_BIND_NUMBER(checkpoint->suspended_at.us),
                JN_BIND_TEXT(checkpoint->reason), JN_BIND_NUMBER(stored->parked.count),
                JN_BIND_NUMBER(stored->parked.total),
                JN_BIND_NUMBER(jn_checkpoint_checksum(checkpoint, &stored->parked))),
        error);
}

/* ---- parked keys ----------------------------------------------------------------- */

static enum jangle_result delete_parked(struct jn_database *writer,
                                        struct jn_stored_subscriber *stored,
                                        const struct jangle_parked *parked,
                                        struct jangle_error *error)
{
    static const char sql[] =
        "DELETE FROM parked WHERE subscriber = ?1 AND key = ?2"
        " RETURNING ?3, key, checksum,"
        " checksum = " JN_PARKED_CHECKSUM("?3");
    struct jn_columns columns = {
        .database = writer, .table = "parked", .key_count = 2, .error = error};

    jn_columns_ask(&columns, sql,
                   JN_WITH(JN_BIND_NUMBER(stored->number), JN_BIND_TEXT(parked->key),
                           JN_BIND_TEXT(stored->checkpoint.subscriber)));
    return jn_parked_row_delete(&columns, &stored->parked);
}

static enum jangle_result insert_parked(struct jn_database *writer,
                                        struct jn_stored_subscriber *stored,
                                        const struct jangle_parked *parked,
                                        struct jangle_error *error)
{
    static const char sql[] =
        "INSERT INTO parked (subscriber, key, kind, position, attempts, trying, next_at,"
        " delay_ms, dead, error, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
        " ?10, jangle_checksum('parked', ?11, ?3, ?2, ?4, ?5, ?6, ?7, ?8, ?9, ?10))"
        " RETURNING checksum";
    struct jn_columns columns = {.database = writer, .table = "parked", .error = error};

    jn_columns_ask(&columns, sql,
                   JN_WITH(JN_BIND_NUMBER(stored->number), JN_BIND_PARKED(parked),
                           JN_BIND_TEXT(stored->checkpoint.subscriber)));
    return jn_parked_row_insert(&columns, &stored->parked);
}

/* Replace the row of a parked key, or delete it if the key is released. The old row
 * leaves the sum of the checkpoint and the new one joins it. */
static enum jangle_result write_parked(struct jn_database *writer,
                                       struct jn_stored_subscriber *stored,
                                       const struct jangle_parked *parked,
                                       struct jangle_error *error)
{
    enum jangle_result result = delete_parked(writer, stored, parked, error);

    return result || parked->released ? result
                                      : insert_parked(writer, stored, parked, error);
}

/* ---- a checkpoint and all that changes with it ----------------------------------- */

/* Delete the steps of events that cannot be delivered again: those up to the checkpoint
 * at which no parked key waits. */
static enum jangle_result drop_steps(struct jn_database *writer,
                                     int64_t subscriber,
                                     int64_t position,
                                     struct jangle_error *error)
{
    return jn_database_write(
        writer,
        "DELETE FROM delivery_steps WHERE subscriber = ?1"
        " AND event_position <= ?2 AND event_position NOT IN"
        " (SELECT position FROM parked WHERE subscriber = ?1)",
        JN_WITH(JN_BIND_NUMBER(subscriber), JN_BIND_NUMBER(position)), error);
}

/* The parked rows come first, because the row of the checkpoint holds their sum. */
static enum jangle_result write_move(struct jn_database *writer,
                                     struct jn_stored_subscriber *stored,
                                     const struct jangle_checkpoint *checkpoint,
                                     struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    if (!stored->number)
        result = jn_subscriber_make(writer, checkpoint->subscriber, stored, error);
    if (!result && !stored->has_checkpoint)
        result =
            jn_subscriber_set_flags(writer, stored->number, stored->owned, true, error);
    for (size_t at = 0; !result && at < checkpoint->parked_count; at++)
        result = write_parked(writer, stored, &checkpoint->parked[at], error);
    if (!result)
        result = jn_checkpoint_write(writer, stored, checkpoint, error);
    if (!result)
        result = drop_steps(writer, stored->number, checkpoint->position, error);
    return result;
}

/* Are the appends that the checkpoint names stored by this commit? */
static bool has_its_appends(const struct jn_run *run,
                            const struct jangle_checkpoint *checkpoint)
{
    for (size_t i = 0; i < checkpoint->with_count; i++) {
        const struct jangle_append *append = &checkpoint->with[i];
        size_t index = (size_t)(append - run->group->appends);

        if (index >= run->group->append_count || append->error.result ||
            run->outcomes[index].repeated)
            return false;
    }
    return true;
}

enum jangle_result jn_group_write_checkpoint(struct jn_run *run,
                                             const struct jangle_checkpoint *checkpoint,
                                             struct jangle_error *error)
{
    struct jn_database *writer = &run->file->writer;
    struct jn_stored_subscriber stored;
    enum jangle_result result;

    if (!checkpoint_fits(checkpoint))
        return jn_fail(error, JANGLE_INVALID,
                       "%s: a checkpoint names no subscriber, or a position below zero",
                       run->file->path);
    if (!has_its_appends(run, checkpoint))
        return jn_fail(error, JANGLE_CONFLICT,
                       "%s: \"%s\" stays, because an append that its checkpoint belongs "
                       "to was not stored now",
                       run->file->path, JN_SHOWN(100, checkpoint->subscriber));
    result = jn_subscriber_find(writer, checkpoint->subscriber, &stored, error);
    if (result)
        return result;
    if (stored.checkpoint.from != checkpoint->from)
        return jn_fail(
            error, JANGLE_CONFLICT,
            "%s: \"%s\" is at position %lld, and its checkpoint moves it from %lld",
            run->file->path, JN_SHOWN(100, checkpoint->subscriber),
            (long long)stored.checkpoint.from, (long long)checkpoint->from);

    result = write_move(writer, &stored, checkpoint, error);
    run->broken = run->broken || result;
    return result;
}

/* ---- writing a step ---------------------------------------------------------- */

static enum jangle_result find_step(struct jn_database *writer,
                                    int64_t subscriber,
                                    const struct jangle_delivery_step *sent,
                                    bool *there,
                                    struct jangle_error *error)
{
    struct jn_columns columns = {.database = writer, .error = error};

    jn_columns_ask(&columns,
                   "SELECT 1 FROM delivery_steps WHERE subscriber = ?"
                   " AND event_position = ? AND id = ?",
                   JN_WITH(JN_BIND_NUMBER(subscriber),
                           JN_BIND_NUMBER(sent->event_position),
                           JN_BIND_BYTES(sent->step.id, sizeof sent->step.id)));
    *there = jn_columns_next(&columns);
    return jn_columns_end(&columns);
}

static enum jangle_result insert_step(struct jn_database *writer,
                                      int64_t subscriber,
                                      const struct jangle_delivery_step *sent,
                                      const struct jangle_receipt *receipt,
                                      struct jangle_error *error)
{
    static const char sql[] =
        "INSERT INTO delivery_steps (subscriber, event_position, id, kind, type, result,"
        " reply, position, version, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
        " ?9, jangle_checksum('delivery_steps', ?10, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9))";
    struct jangle_step step = jn_step_with(&sent->step, receipt);

    return jn_database_write(writer, sql,
                             JN_WITH(JN_BIND_NUMBER(subscriber),
                                     JN_BIND_NUMBER(sent->event_position),
                                     JN_BIND_STEP(step), JN_BIND_TEXT(sent->subscriber)),
                             error);
}

/* A step that is stored already stays as it is, because the handler has seen
 * its answer. */
enum jangle_result jn_step_write(struct jn_run *run,
                                 const struct jangle_delivery_step *sent,
                                 const struct jangle_receipt *receipt,
                                 struct jangle_error *error)
{
    struct jn_database *writer = &run->file->writer;
    struct jn_stored_subscriber stored;
    bool there = false;
    enum jangle_result result;

    if (!jn_text_fits(sent->subscriber) || !jn_text_fits(sent->step.type))
        return jn_fail(error, JANGLE_INVALID,
                       "%s: the step of a delivery names no subscriber, or no type",
                       run->file->path);
    result = jn_subscriber_make(writer, sent->subscriber, &stored, error);
    if (!result)
        result = find_step(writer, stored.number, sent, &there, error);
    if (!result && !there)
        result = insert_step(writer, stored.number, sent, receipt, error);
    run->broken = run->broken || result;
    return result;
}

/* ---- reading parked keys --------------------------------------------------------- */

#define PARKED_COLUMNS                                                                   \
    "s.name, p.key, p.kind, p.position, p.attempts, p.trying, p.next_at, p.delay_ms,"    \
    " p.dead, p.error, p.checksum = " JN_PARKED_CHECKSUM("s.name")

/* Indexed by whether one subscriber is asked for, and whether only keys that are due. */
static const char *const parked_sql[2][2] = {
    {"SELECT " PARKED_COLUMNS " FROM parked AS p"
     " JOIN subscribers AS s ON s.id = p.subscriber"
     " ORDER BY p.next_at, s.name, p.key LIMIT ?3",
     "SELECT " PARKED_COLUMNS " FROM parked AS p"
     " JOIN subscribers AS s ON s.id = p.subscriber"
     " WHERE p.dead = 0 AND p.next_at <= ?2"
     " ORDER BY p.next_at, s.name, p.key LIMIT ?3"},
    {"SELECT " PARKED_COLUMNS " FROM subscribers AS s"
     " JOIN parked AS p ON p.subscriber = s.id WHERE s.name = ?1"
     " ORDER BY p.next_at, p.key LIMIT ?3",
     "SELECT " PARKED_COLUMNS " FROM subscribers AS s"
     " JOIN parked AS p ON p.subscriber = s.id"
     " WHERE s.name = ?1 AND p.dead = 0 AND p.next_at <= ?2"
     " ORDER BY p.next_at, p.key LIMIT ?3"},
};

static void keep_parked_row(struct jn_columns *columns)
{
    struct jangle_parked *parked = jn_rows_add(columns->rows, sizeof *parked);

    if (!parked)
        return; /* jn_columns_next returns NO_MEMORY */
    parked->subscriber = jn_columns_keep_text(columns, 0);
    jn_columns_parked(columns, 1, parked);
    jn_columns_verify(columns, 10);
}

static void compare_parked(struct jn_columns *columns)
{
    if (sqlite3_column_int(columns->statement, 1) == 1)
        return;
    columns->result =
        jn_fail(columns->error, JANGLE_STORAGE,
                "%s: it is damaged: in table parked, the rows of %s are not those that "
                "were stored: its checkpoint knows of %lld, and there are %lld",
                columns->database->path,
                JN_SHOWN(100, (const char *)sqlite3_column_text(columns->statement, 0)),
                (long long)sqlite3_column_int64(columns->statement, 2),
                (long long)sqlite3_column_int64(columns->statement, 3));
}

/* Are all rows there? The checkpoint has their number and the sum of their checksums. */
static enum jangle_result
check_parked(struct jn_file *file, const char *subscriber, struct jangle_error *error)
{
    static const char sql[] =
        "SELECT s.name, c.parked_count = count(p.key) AND"
        " c.parked_total = jangle_total(p.checksum), c.parked_count, count(p.key)"
        " FROM subscribers AS s JOIN checkpoints AS c ON c.subscriber = s.id"
        " LEFT JOIN parked AS p ON p.subscriber = s.id WHERE s.name = ? GROUP BY s.id";
    struct jn_rows rows;
    struct jn_columns columns = {.rows = &rows, .error = error};

    return jn_file_read_rows(file, &columns, sql, JN_WITH(JN_BIND_TEXT(subscriber)),
                             compare_parked);
}

/* Missing rows are noticed only when all of a subscriber are read, as it is when it
 * starts. */
enum jangle_result jn_sqlite_read_parked(struct jangle_store *store,
                                         const char *subscriber,
                                         jangle_time now,
                                         size_t limit,
                                         jangle_parked_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jangle_parked *parked = NULL;
    struct jn_rows rows;
    struct jn_columns columns = {
        .table = "parked", .key_count = 2, .rows = &rows, .error = error};
    enum jangle_result result =
        jn_file_read_rows(file, &columns, parked_sql[subscriber != NULL][now.us != 0],
                          JN_WITH(JN_BIND_TEXT(subscriber), JN_BIND_NUMBER(now.us),
                                  JN_BIND_NUMBER(jn_limit(limit))),
                          keep_parked_row);

    if (!result && subscriber && !now.us)
        result = check_parked(file, subscriber, error);
    while (!result && (parked = jn_rows_next(&rows, parked)))
        result = visit(context, parked);
    jn_rows_finish(&rows);
    return result;
}

/* ---- reading steps --------------------------------------------------------------- */

static void keep_step(struct jn_columns *columns)
{
    struct jangle_delivery_step *sent = jn_rows_add(columns->rows, sizeof *sent);

    if (!sent)
        return;
    *sent = (struct jangle_delivery_step){
        .subscriber = jn_columns_keep_text(columns, 0),
        .event_position = jn_columns_number_in(columns, 1, 0, JN_NUMBER_MAX),
    };
    jn_columns_step(columns, 2, &sent->step);
    jn_columns_verify(columns, 9);
}

enum jangle_result jn_sqlite_read_delivery(struct jangle_store *store,
                                           const char *subscriber,
                                           int64_t position,
                                           jangle_delivery_step_fn *visit,
                                           void *context,
                                           struct jangle_error *error)
{
    static const char sql[] =
        "SELECT s.name, d.event_position, d.id, d.kind, d.type, d.result, d.reply,"
        " d.position, d.version, d.checksum = " JN_DELIVERY_STEP_CHECKSUM("s.name")
        " FROM subscribers AS s JOIN delivery_steps AS d ON d.subscriber = s.id"
        " WHERE s.name = ? AND d.event_position = ? ORDER BY d.number";
    struct jangle_delivery_step *step = NULL;
    struct jn_rows rows;
    struct jn_columns columns = {
        .table = "delivery_steps", .key_count = 2, .rows = &rows, .error = error};
    enum jangle_result result = jn_file_read_rows(
        jn_file_of(store), &columns, sql,
        JN_WITH(JN_BIND_TEXT(subscriber), JN_BIND_NUMBER(position)), keep_step);

    while (!result && (step = jn_rows_next(&rows, step)))
        result = visit(context, step);
    jn_rows_finish(&rows);
    return result;
}
