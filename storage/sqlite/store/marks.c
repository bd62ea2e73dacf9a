/* marks.c - how far subscribers are: checkpoints, parked keys, what deliveries sent. */
#include "sqlite/store/sqlite_store.h"

/* ---- subscribers by name ----------------------------------------------------- */

enum jangle_result jn_subscriber_find(struct jn_database *database,
                                      const char *name,
                                      int64_t *number,
                                      struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result = jn_database_prepare(
        database, "SELECT id FROM subscribers WHERE name = ?", &statement, error);
    int code;

    *number = 0;
    if (result)
        return result;
    jn_bind_text(statement, 1, name);
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *number = sqlite3_column_int64(statement, 0);
    result = jn_database_result(database, code, error);
    sqlite3_reset(statement);
    return result;
}

enum jangle_result jn_subscriber_make(struct jn_database *database,
                                      const char *name,
                                      int64_t *number,
                                      struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result = jn_subscriber_find(database, name, number, error);

    if (result || *number)
        return result;
    result = jn_database_prepare(database,
                                 "INSERT INTO subscribers (name, owned) VALUES (?, 0)",
                                 &statement, error);
    if (result)
        return result;
    jn_bind_text(statement, 1, name);
    result = jn_database_step(database, statement, error);
    *number = sqlite3_last_insert_rowid(database->handle);
    return result;
}

/* ---- writing a mark ---------------------------------------------------------- */

static bool mark_fits(const struct jangle_mark *mark)
{
    for (size_t at = 0; at < mark->parked_count; at++) {
        const struct jangle_parked *parked = &mark->parked[at];

        if (!jn_text_fits(parked->key) ||
            (parked->error && strlen(parked->error) > JN_BYTES_MAX))
            return false;
    }
    return jn_text_fits(mark->subscriber) && mark->from >= -1 && mark->position >= 0;
}

/* -1 if there is none yet. */
static enum jangle_result find_checkpoint(struct jn_database *writer,
                                          int64_t subscriber,
                                          int64_t *position,
                                          struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result = jn_database_prepare(
        writer, "SELECT position FROM checkpoints WHERE subscriber = ?", &statement,
        error);
    int code;

    *position = -1;
    if (result)
        return result;
    sqlite3_bind_int64(statement, 1, subscriber);
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *position = sqlite3_column_int64(statement, 0);
    result = jn_database_result(writer, code, error);
    sqlite3_reset(statement);
    return result;
}

static enum jangle_result write_checkpoint(struct jn_database *writer,
                                           int64_t subscriber,
                                           const struct jangle_mark *mark,
                                           struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result = jn_database_prepare(
        writer,
        "INSERT INTO checkpoints (subscriber, position, event_id, suspended_for,"
        " suspended_at, reason) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (subscriber) DO UPDATE SET position = excluded.position,"
        " event_id = excluded.event_id, suspended_for = excluded.suspended_for,"
        " suspended_at = excluded.suspended_at, reason = excluded.reason",
        &statement, error);

    if (result)
        return result;
    sqlite3_bind_int64(statement, 1, subscriber);
    sqlite3_bind_int64(statement, 2, mark->position);
    jn_bind_bytes(statement, 3, mark->event_id, sizeof mark->event_id);
    sqlite3_bind_int(statement, 4, (int)mark->suspended_for);
    sqlite3_bind_int64(statement, 5, mark->suspended_at.us);
    jn_bind_text(statement, 6, mark->reason);
    return jn_database_step(writer, statement, error);
}

static enum jangle_result release_key(struct jn_database *writer,
                                      int64_t subscriber,
                                      const char *key,
                                      struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result = jn_database_prepare(
        writer, "DELETE FROM parked WHERE subscriber = ? AND key = ?", &statement, error);

    if (result)
        return result;
    sqlite3_bind_int64(statement, 1, subscriber);
    jn_bind_text(statement, 2, key);
    return jn_database_step(writer, statement, error);
}

static enum jangle_result write_parked(struct jn_database *writer,
                                       int64_t subscriber,
                                       const struct jangle_parked *parked,
                                       struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result;

    if (parked->released)
        return release_key(writer, subscriber, parked->key, error);
    result = jn_database_prepare(
        writer,
        "INSERT INTO parked (subscriber, kind, key, position, attempts, trying, next_at,"
        " delay_ms, dead, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (subscriber, key) DO UPDATE SET kind = excluded.kind,"
        " position = excluded.position, attempts = excluded.attempts,"
        " trying = excluded.trying, next_at = excluded.next_at,"
        " delay_ms = excluded.delay_ms, dead = excluded.dead, error = excluded.error",
        &statement, error);
    if (result)
        return result;
    sqlite3_bind_int64(statement, 1, subscriber);
    sqlite3_bind_int(statement, 2, (int)parked->kind);
    jn_bind_text(statement, 3, parked->key);
    sqlite3_bind_int64(statement, 4, parked->position);
    sqlite3_bind_int(statement, 5, parked->attempts);
    sqlite3_bind_int(statement, 6, parked->trying);
    sqlite3_bind_int64(statement, 7, parked->next_at.us);
    sqlite3_bind_int64(statement, 8, parked->delay_ms);
    sqlite3_bind_int(statement, 9, parked->dead);
    jn_bind_text(statement, 10, parked->error);
    return jn_database_step(writer, statement, error);
}

/* Steps are kept for events that may be delivered again: those after the checkpoint, and
 * those that parked keys wait with. */
static enum jangle_result drop_steps(struct jn_database *writer,
                                     int64_t subscriber,
                                     int64_t position,
                                     struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result =
        jn_database_prepare(writer,
                            "DELETE FROM delivery_steps WHERE subscriber = ?1"
                            " AND event_position <= ?2 AND event_position NOT IN"
                            " (SELECT position FROM parked WHERE subscriber = ?1)",
                            &statement, error);

    if (result)
        return result;
    sqlite3_bind_int64(statement, 1, subscriber);
    sqlite3_bind_int64(statement, 2, position);
    return jn_database_step(writer, statement, error);
}

enum jangle_result jn_mark_write(struct jn_run *run,
                                 const struct jangle_mark *mark,
                                 struct jangle_error *error)
{
    struct jn_database *writer = &run->file->writer;
    int64_t subscriber;
    int64_t position = -1;
    enum jangle_result result;

    if (!mark_fits(mark))
        return jn_fail(error, JANGLE_INVALID,
                       "%s: a mark names no subscriber, or a position below zero",
                       run->file->path);
    result = jn_subscriber_find(writer, mark->subscriber, &subscriber, error);
    if (!result && subscriber)
        result = find_checkpoint(writer, subscriber, &position, error);
    if (result)
        return result;
    if (position != mark->from)
        return jn_fail(error, JANGLE_CONFLICT,
                       "%s: \"%s\" is at position %lld, and its mark moves it from %lld",
                       run->file->path, JN_SHOWN(100, mark->subscriber),
                       (long long)position, (long long)mark->from);

    result = jn_subscriber_make(writer, mark->subscriber, &subscriber, error);
    if (!result)
        result = write_checkpoint(writer, subscriber, mark, error);
    for (size_t at = 0; !result && at < mark->parked_count; at++)
        result = write_parked(writer, subscriber, &mark->parked[at], error);
    if (!result)
        result = drop_steps(writer, subscriber, mark->position, error);
    run->broken = run->broken || result;
    return result;
}

/* ---- writing a step ---------------------------------------------------------- */

static enum jangle_result step_is_there(struct jn_database *writer,
                                        int64_t subscriber,
                                        const struct jangle_delivery_step *sent,
                                        bool *there,
                                        struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result =
        jn_database_prepare(writer,
                            "SELECT 1 FROM delivery_steps WHERE subscriber = ?"
                            " AND event_position = ? AND id = ?",
                            &statement, error);
    int code;

    if (result)
        return result;
    sqlite3_bind_int64(statement, 1, subscriber);
    sqlite3_bind_int64(statement, 2, sent->event_position);
    jn_bind_bytes(statement, 3, sent->step.id, sizeof sent->step.id);
    code = sqlite3_step(statement);
    *there = code == SQLITE_ROW;
    result = jn_database_result(writer, code, error);
    sqlite3_reset(statement);
    return result;
}

static enum jangle_result insert_step(struct jn_database *writer,
                                      int64_t subscriber,
                                      const struct jangle_delivery_step *sent,
                                      const struct jangle_receipt *receipt,
                                      struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result = jn_database_prepare(
        writer,
        "INSERT INTO delivery_steps (subscriber, event_position, id, kind, type, result,"
        " reply, position, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        &statement, error);

    if (result)
        return result;
    sqlite3_bind_int64(statement, 1, subscriber);
    sqlite3_bind_int64(statement, 2, sent->event_position);
    jn_bind_step(statement, 3, &sent->step, receipt);
    return jn_database_step(writer, statement, error);
}

/* The first answer stays: a step that is there already is left as it is. */
enum jangle_result jn_step_write(struct jn_run *run,
                                 const struct jangle_delivery_step *sent,
                                 const struct jangle_receipt *receipt,
                                 struct jangle_error *error)
{
    struct jn_database *writer = &run->file->writer;
    int64_t subscriber;
    bool there = false;
    enum jangle_result result;

    if (!jn_text_fits(sent->subscriber) || !jn_text_fits(sent->step.type))
        return jn_fail(error, JANGLE_INVALID,
                       "%s: the step of a delivery names no subscriber, or no type",
                       run->file->path);
    result = jn_subscriber_make(writer, sent->subscriber, &subscriber, error);
    if (!result)
        result = step_is_there(writer, subscriber, sent, &there, error);
    if (!result && !there)
        result = insert_step(writer, subscriber, sent, receipt, error);
    run->broken = run->broken || result;
    return result;
}

/* ---- another name ------------------------------------------------------------ */

/* The rows move to the new name's number. The old one stays, as its byte is a lock. */
static const char *const moves[] = {
    "UPDATE checkpoints SET subscriber = ?2 WHERE subscriber = ?1",
    "UPDATE parked SET subscriber = ?2 WHERE subscriber = ?1",
    "UPDATE delivery_steps SET subscriber = ?2 WHERE subscriber = ?1",
    NULL,
};

static const char *const saga_moves[] = {
    "UPDATE sagas SET saga = ?2 WHERE saga = ?1",
    NULL,
};

static const char *const removals[] = {
    "DELETE FROM checkpoints WHERE subscriber = ?1",
    "DELETE FROM parked WHERE subscriber = ?1",
    "DELETE FROM delivery_steps WHERE subscriber = ?1",
    NULL,
};

static const char *const saga_removals[] = {
    "DELETE FROM saga_steps WHERE saga IN (SELECT number FROM sagas WHERE saga = ?1)",
    "DELETE FROM sagas WHERE saga = ?1",
    NULL,
};

/* A name, and the number that rows know it by. */
struct named {
    const char *name;
    int64_t number;
};

static void bind_named(sqlite3_stmt *statement, int index, const struct named *named)
{
    if (sqlite3_bind_parameter_count(statement) >= index)
        sqlite3_bind_int64(statement, index, named->number);
}

static void bind_name(sqlite3_stmt *statement, int index, const struct named *named)
{
    if (sqlite3_bind_parameter_count(statement) >= index)
        jn_bind_text(statement, index, named->name);
}

/* Those of rows that go by number, then those of sagas, which go by name. */
static enum jangle_result run_all(struct jn_database *writer,
                                  const char *const *by_number,
                                  const char *const *by_name,
                                  const struct named *from,
                                  const struct named *to,
                                  struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;
    bool named = false;

    while (!result && (*by_number || *by_name)) {
        sqlite3_stmt *statement;

        named = !*by_number;
        result = jn_database_prepare(writer, named ? *by_name++ : *by_number++,
                                     &statement, error);
        if (result)
            return result;
        (named ? bind_name : bind_named)(statement, 1, from);
        (named ? bind_name : bind_named)(statement, 2, to);
        result = jn_database_step(writer, statement, error);
    }
    return result;
}

/* The number of a name that was marked; 0 if it never was. */
static enum jangle_result find_marked(struct jn_database *writer,
                                      const char *name,
                                      int64_t *number,
                                      struct jangle_error *error)
{
    int64_t position;
    enum jangle_result result = jn_subscriber_find(writer, name, number, error);

    if (result || !*number)
        return result;
    result = find_checkpoint(writer, *number, &position, error);
    if (position < 0)
        *number = 0;
    return result;
}

static enum jangle_result move_rows(struct jn_database *writer,
                                    const char *subscriber,
                                    const char *name,
                                    struct jangle_error *error)
{
    struct named from = {subscriber, 0}, to = {name, 0};
    enum jangle_result result = find_marked(writer, subscriber, &from.number, error);

    if (!result && !from.number)
        return jn_fail(error, JANGLE_NOT_FOUND, "%s: knows no subscriber \"%s\"",
                       writer->path, JN_SHOWN(100, subscriber));
    if (!result && !name)
        return run_all(writer, removals, saga_removals, &from, &to, error);
    if (!result)
        result = find_marked(writer, name, &to.number, error);
    if (!result && to.number)
        return jn_fail(error, JANGLE_CONFLICT, "%s: has a subscriber \"%s\" already",
                       writer->path, JN_SHOWN(100, name));
    if (!result)
        result = jn_subscriber_make(writer, name, &to.number, error);
    return result ? result : run_all(writer, moves, saga_moves, &from, &to, error);
}

enum jangle_result jn_sqlite_rename(struct jangle_store *store,
                                    const char *subscriber,
                                    const char *name,
                                    struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    enum jangle_result result;

    if (!jn_text_fits(subscriber) || (name && !jn_text_fits(name)))
        return jn_fail(error, JANGLE_INVALID, "%s: a subscriber has a name", file->path);
    result = jn_file_take_turn(file, error);
    if (result)
        return result;
    result = jn_file_begin(file, JN_MODE_FULL, error);
    if (!result) {
        result = move_rows(&file->writer, subscriber, name, error);
        if (!result)
            result = jn_file_commit(file, error);
        else
            jn_file_roll_back(file);
    }
    jn_file_release_turn(file);
    return result;
}
