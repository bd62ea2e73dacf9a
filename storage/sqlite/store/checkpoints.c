/* checkpoints.c - write checkpoints, parked keys and delivery steps in a transaction. */
#include "sqlite/store/checkpoints.h"

#include "sqlite/file/row_checksums.h"
#include "sqlite/store/append.h"
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
                                       const struct jn_standing *standing,
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
        JN_WITH(JN_BIND_NUMBER(standing->number), JN_BIND_NUMBER(checkpoint->position),
                JN_BIND_BYTES(checkpoint->event_id, sizeof checkpoint->event_id),
                JN_BIND_NUMBER(checkpoint->suspended_for),
                JN_BIND_NUMBER(checkpoint->suspended_at.us),
                JN_BIND_TEXT(checkpoint->reason), JN_BIND_NUMBER(standing->parked.count),
                JN_BIND_NUMBER(standing->parked.total),
                JN_BIND_NUMBER(jn_checkpoint_checksum(checkpoint, &standing->parked))),
        error);
}

/* ---- parked keys ----------------------------------------------------------------- */

static enum jangle_result delete_parked(struct jn_database *writer,
                                        struct jn_standing *standing,
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
                   JN_WITH(JN_BIND_NUMBER(standing->number), JN_BIND_TEXT(parked->key),
                           JN_BIND_TEXT(standing->checkpoint.subscriber)));
    return jn_parked_row_delete(&columns, &standing->parked);
}

static enum jangle_result insert_parked(struct jn_database *writer,
                                        struct jn_standing *standing,
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
                   JN_WITH(JN_BIND_NUMBER(standing->number), JN_BIND_PARKED(parked),
                           JN_BIND_TEXT(standing->checkpoint.subscriber)));
    return jn_parked_row_insert(&columns, &standing->parked);
}

/* Replace the row of a parked key, or delete it if the key is released. The old row
 * leaves the sum of the checkpoint and the new one joins it. */
static enum jangle_result write_parked(struct jn_database *writer,
                                       struct jn_standing *standing,
                                       const struct jangle_parked *parked,
                                       struct jangle_error *error)
{
    enum jangle_result result = delete_parked(writer, standing, parked, error);

    return result || parked->released ? result
                                      : insert_parked(writer, standing, parked, error);
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
                                     struct jn_standing *standing,
                                     const struct jangle_checkpoint *checkpoint,
                                     struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    if (!standing->number)
        result = jn_subscriber_make(writer, checkpoint->subscriber, standing, error);
    if (!result && !standing->marked)
        result =
            jn_subscriber_note(writer, standing->number, standing->owned, true, error);
    for (size_t at = 0; !result && at < checkpoint->parked_count; at++)
        result = write_parked(writer, standing, &checkpoint->parked[at], error);
    if (!result)
        result = jn_checkpoint_write(writer, standing, checkpoint, error);
    if (!result)
        result = drop_steps(writer, standing->number, checkpoint->position, error);
    return result;
}

enum jangle_result jn_group_write_checkpoint(struct jn_run *run,
                                             const struct jangle_checkpoint *checkpoint,
                                             struct jangle_error *error)
{
    struct jn_database *writer = &run->file->writer;
    struct jn_standing standing;
    enum jangle_result result;

    if (!checkpoint_fits(checkpoint))
        return jn_fail(error, JANGLE_INVALID,
                       "%s: a checkpoint names no subscriber, or a position below zero",
                       run->file->path);
    result = jn_standing_find(writer, checkpoint->subscriber, &standing, error);
    if (result)
        return result;
    if (standing.checkpoint.from != checkpoint->from)
        return jn_fail(
            error, JANGLE_CONFLICT,
            "%s: \"%s\" is at position %lld, and its checkpoint moves it from %lld",
            run->file->path, JN_SHOWN(100, checkpoint->subscriber),
            (long long)standing.checkpoint.from, (long long)checkpoint->from);

    result = write_move(writer, &standing, checkpoint, error);
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

/* A step that is stored already stays as it is, because the handler has seen its answer.
 */
enum jangle_result jn_step_write(struct jn_run *run,
                                 const struct jangle_delivery_step *sent,
                                 const struct jangle_receipt *receipt,
                                 struct jangle_error *error)
{
    struct jn_database *writer = &run->file->writer;
    struct jn_standing standing;
    bool there = false;
    enum jangle_result result;

    if (!jn_text_fits(sent->subscriber) || !jn_text_fits(sent->step.type))
        return jn_fail(error, JANGLE_INVALID,
                       "%s: the step of a delivery names no subscriber, or no type",
                       run->file->path);
    result = jn_subscriber_make(writer, sent->subscriber, &standing, error);
    if (!result)
        result = find_step(writer, standing.number, sent, &there, error);
    if (!result && !there)
        result = insert_step(writer, standing.number, sent, receipt, error);
    run->broken = run->broken || result;
    return result;
}
