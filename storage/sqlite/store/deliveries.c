/* deliveries.c - reading how far subscribers are, and what waits. */
#include "sqlite/store/sqlite_store.h"

/* ---- checkpoints ------------------------------------------------------------- */

static enum jangle_result damaged(struct jn_file *file, struct jangle_error *error)
{
    return jn_fail(error, JANGLE_STORAGE, "%s: is damaged: a subscriber's checkpoint",
                   file->path);
}

/* The columns behind the name. */
static enum jangle_result read_mark(struct jn_file *file,
                                    sqlite3_stmt *statement,
                                    struct jangle_mark *mark,
                                    struct jangle_error *error)
{
    mark->position = sqlite3_column_int64(statement, 1);
    mark->from = mark->position;
    mark->suspended_for = (enum jangle_suspension)sqlite3_column_int(statement, 3);
    mark->suspended_at.us = sqlite3_column_int64(statement, 4);
    if (jn_column_text(statement, 5, mark->reason, sizeof mark->reason))
        return jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", file->path);
    if (jn_column_copy(statement, 2, mark->event_id, sizeof mark->event_id))
        return damaged(file, error);
    return JANGLE_OK;
}

enum jangle_result jn_sqlite_find_mark(struct jangle_store *store,
                                       const char *subscriber,
                                       struct jangle_mark *mark,
                                       struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jn_database *reader;
    sqlite3_stmt *statement;
    enum jangle_result result = jn_file_take_reader(file, &reader, error);
    int code;

    if (result)
        return result;
    result = jn_database_prepare(reader,
                                 "SELECT s.name, c.position, c.event_id,"
                                 " c.suspended_for, c.suspended_at, c.reason"
                                 " FROM subscribers AS s"
                                 " JOIN checkpoints AS c ON c.subscriber = s.id"
                                 " WHERE s.name = ?",
                                 &statement, error);
    if (!result) {
        jn_bind_text(statement, 1, subscriber);
        code = sqlite3_step(statement);
        result = jn_database_result(reader, code, error);
        *mark = (struct jangle_mark){.subscriber = subscriber};
        if (code == SQLITE_DONE)
            result = jn_fail(error, JANGLE_NOT_FOUND, "%s: \"%s\" was never marked",
                             file->path, subscriber);
        else if (!result)
            result = read_mark(file, statement, mark, error);
        sqlite3_reset(statement);
    }
    jn_file_release_reader(file, reader);
    return result;
}

static enum jangle_result keep_mark(struct jn_file *file,
                                    sqlite3_stmt *statement,
                                    struct jn_rows *rows,
                                    struct jangle_error *error)
{
    const char *name = jn_rows_text(rows, statement, 0);
    struct jangle_mark *mark = jn_rows_add(rows, sizeof *mark);

    if (!mark)
        return JANGLE_OK; /* the rows know */
    mark->subscriber = name;
    return read_mark(file, statement, mark, error);
}

static enum jangle_result keep_parked(struct jn_file *file,
                                      sqlite3_stmt *statement,
                                      struct jn_rows *rows,
                                      struct jangle_error *error)
{
    struct jangle_parked *parked = jn_rows_add(rows, sizeof *parked);

    (void)file, (void)error;
    if (!parked)
        return JANGLE_OK;
    parked->subscriber = jn_rows_text(rows, statement, 0);
    parked->kind = (enum jangle_parked_kind)sqlite3_column_int(statement, 1);
    parked->key = jn_rows_text(rows, statement, 2);
    parked->position = sqlite3_column_int64(statement, 3);
    parked->attempts = sqlite3_column_int(statement, 4);
    parked->trying = sqlite3_column_int(statement, 5) != 0;
    parked->next_at.us = sqlite3_column_int64(statement, 6);
    parked->delay_ms = sqlite3_column_int64(statement, 7);
    parked->dead = sqlite3_column_int(statement, 8) != 0;
    parked->error = jn_rows_text(rows, statement, 9);
    return JANGLE_OK;
}

static enum jangle_result keep_step(struct jn_file *file,
                                    sqlite3_stmt *statement,
                                    struct jn_rows *rows,
                                    struct jangle_error *error)
{
    struct jangle_delivery_step *sent = jn_rows_add(rows, sizeof *sent);

    if (!sent)
        return JANGLE_OK;
    sent->subscriber = jn_rows_text(rows, statement, 0);
    sent->event_position = sqlite3_column_int64(statement, 1);
    if (!jn_rows_step_columns(rows, statement, 2, &sent->step))
        return jn_fail(error, JANGLE_STORAGE, "%s: is damaged: a delivery's step",
                       file->path);
    return JANGLE_OK;
}

/* ---- many rows --------------------------------------------------------------- */

/* What a statement gives, kept row by row, and the reader given back. The statement was
 * prepared on that reader, with all its values. */
static enum jangle_result keep_all(struct jn_file *file,
                                   struct jn_database *reader,
                                   sqlite3_stmt *statement,
                                   struct jn_rows *rows,
                                   enum jangle_result (*keep)(struct jn_file *file,
                                                              sqlite3_stmt *statement,
                                                              struct jn_rows *rows,
                                                              struct jangle_error *error),
                                   struct jangle_error *error)
{
    bool row = true;
    enum jangle_result result = JANGLE_OK;

    while (!result && row) {
        result = jn_rows_step(reader, statement, rows, &row, error);
        if (!result && row)
            result = keep(file, statement, rows, error);
    }
    sqlite3_reset(statement);
    return result;
}

enum jangle_result jn_sqlite_read_marks(struct jangle_store *store,
                                        jangle_mark_fn *visit,
                                        void *context,
                                        struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jn_database *reader;
    struct jangle_mark *mark = NULL;
    struct jn_rows rows;
    sqlite3_stmt *statement;
    enum jangle_result result = jn_file_take_reader(file, &reader, error);

    if (result)
        return result;
    jn_rows_init(&rows, &file->host->allocator);
    result = jn_database_prepare(reader,
                                 "SELECT s.name, c.position, c.event_id,"
                                 " c.suspended_for, c.suspended_at, c.reason"
                                 " FROM subscribers AS s"
                                 " JOIN checkpoints AS c ON c.subscriber = s.id"
                                 " ORDER BY s.name",
                                 &statement, error);
    if (!result)
        result = keep_all(file, reader, statement, &rows, keep_mark, error);
    jn_file_release_reader(file, reader);
    while (!result && (mark = jn_rows_next(&rows, mark)))
        result = visit(context, mark);
    jn_rows_finish(&rows);
    return result;
}

#define PARKED_COLUMNS                                                                   \
    "s.name, p.kind, p.key, p.position, p.attempts, p.trying, p.next_at, p.delay_ms,"    \
    " p.dead, p.error"

/* By whether one subscriber is asked for, and whether only what is due. */
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

int64_t jn_limit(size_t limit)
{
    return limit < INT64_MAX ? (int64_t)limit : INT64_MAX;
}

enum jangle_result jn_sqlite_read_parked(struct jangle_store *store,
                                         const char *subscriber,
                                         jangle_time now,
                                         size_t limit,
                                         jangle_parked_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    const char *sql = parked_sql[subscriber != NULL][now.us != 0];
    struct jn_file *file = jn_file_of(store);
    struct jangle_parked *parked = NULL;
    struct jn_database *reader;
    struct jn_rows rows;
    sqlite3_stmt *statement;
    enum jangle_result result = jn_file_take_reader(file, &reader, error);

    if (result)
        return result;
    jn_rows_init(&rows, &file->host->allocator);
    result = jn_database_prepare(reader, sql, &statement, error);
    if (!result) {
        if (subscriber)
            jn_bind_text(statement, 1, subscriber);
        if (now.us)
            sqlite3_bind_int64(statement, 2, now.us);
        sqlite3_bind_int64(statement, 3, jn_limit(limit));
        result = keep_all(file, reader, statement, &rows, keep_parked, error);
    }
    jn_file_release_reader(file, reader);
    while (!result && (parked = jn_rows_next(&rows, parked)))
        result = visit(context, parked);
    jn_rows_finish(&rows);
    return result;
}

enum jangle_result jn_sqlite_read_delivery(struct jangle_store *store,
                                           const char *subscriber,
                                           int64_t position,
                                           jangle_delivery_step_fn *visit,
                                           void *context,
                                           struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jangle_delivery_step *step = NULL;
    struct jn_database *reader;
    struct jn_rows rows;
    sqlite3_stmt *statement;
    enum jangle_result result = jn_file_take_reader(file, &reader, error);

    if (result)
        return result;
    jn_rows_init(&rows, &file->host->allocator);
    result = jn_database_prepare(reader,
                                 "SELECT s.name, d.event_position, d.id, d.kind, d.type,"
                                 " d.result, d.reply, d.position, d.version"
                                 " FROM subscribers AS s"
                                 " JOIN delivery_steps AS d ON d.subscriber = s.id"
                                 " WHERE s.name = ? AND d.event_position = ?"
                                 " ORDER BY d.number",
                                 &statement, error);
    if (!result) {
        jn_bind_text(statement, 1, subscriber);
        sqlite3_bind_int64(statement, 2, position);
        result = keep_all(file, reader, statement, &rows, keep_step, error);
    }
    jn_file_release_reader(file, reader);
    while (!result && (step = jn_rows_next(&rows, step)))
        result = visit(context, step);
    jn_rows_finish(&rows);
    return result;
}
