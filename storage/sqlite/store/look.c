/* look.c - the operations by which tools see the store, and what it counts. */
#include "sqlite/store/look.h"

#include "sqlite/file/readers.h"
#include "sqlite/file/schema.h"
#include "sqlite/store/look_events.h"
#include "sqlite/store/look_streams.h"

#include <sys/stat.h>

static int64_t size_of(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 ? (int64_t)status.st_size : 0;
}

/* A number that cannot be read is -1. That is no failure: the other counts may be
 * sound. */
static int64_t count(struct jn_database *reader, const char *sql)
{
    int64_t number = -1;

    return jn_database_number(reader, sql, &number, NULL) ? -1 : number;
}

static jangle_time time_of(struct jn_database *reader, const char *sql)
{
    int64_t us = count(reader, sql);

    return (jangle_time){us > 0 ? us : 0};
}

/* A listed session lives if its byte is locked. That of this process is locked by the
 * descriptor that asks, which does not see its own locks. */
static int64_t count_sessions(struct jn_file *file, struct jn_database *reader)
{
    sqlite3_stmt *statement;
    int64_t count = file->session != 0;

    if (file->lock.file == JN_LOCK_NONE ||
        jn_database_prepare(reader, "SELECT id FROM main.sessions", &statement, NULL))
        return count;
    while (sqlite3_step(statement) == SQLITE_ROW)
        count += jn_lock_is_taken(&file->lock,
                                  JN_SESSION_BYTE(sqlite3_column_int64(statement, 0)));
    sqlite3_reset(statement);
    return count;
}

/* Rows of streams and types are never deleted, so the highest number is the count. The
 * rows of commands have no numbers, and to count them would take long. */
static enum jangle_result look_counts(struct jangle_store *store,
                                      struct jangle_store_counts *counts,
                                      struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jn_database *reader;
    enum jangle_result result = jn_file_take_reader(file, &reader, error);

    if (result)
        return result;
    *counts = (struct jangle_store_counts){
        .schema = (int)count(reader, "PRAGMA main.user_version"),
        .schema_known = jn_schema_known(),
        .streams = count(reader, "SELECT ifnull(max(id), 0) FROM main.streams"),
        .types = count(reader, "SELECT ifnull(max(id), 0) FROM main.types"),
        .commands = -1,
        .first_at = time_of(reader, "SELECT at FROM main.events ORDER BY position"),
        .last_at = time_of(reader, "SELECT at FROM main.events ORDER BY position DESC"),
        .store_bytes = size_of(file->group.paths[JN_MEMBER_FILE]),
        .log_bytes = size_of(file->group.paths[JN_MEMBER_LOG]),
    };
    counts->sessions = count_sessions(file, reader);
    jn_file_release_reader(file, reader);
    counts->in_doubt = jn_lock_is_in_doubt(&file->lock);
    jn_text_copy(counts->fault, sizeof counts->fault, file->identity_fault.message);
    return JANGLE_OK;
}

const struct jangle_store_look_ops jn_sqlite_look_ops = {
    .events = jn_sqlite_look_events,
    .streams = jn_sqlite_look_streams,
    .counts = look_counts,
};
