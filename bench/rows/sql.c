/* sql.c - SQLite alone, with jangle's pragmas and tables like its own. */
#include "rows/sql.h"
#include "payload.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* As storage/sqlite/file/database.c and fence.c set them; but SQLite makes its
 * checkpoints itself, every 1000 frames, which is jangle's default. */
static const char pragmas[] =
    "PRAGMA page_size = 4096;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA wal_autocheckpoint = 1000;"
    "PRAGMA recursive_triggers = ON;"
    "PRAGMA mmap_size = 0;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA foreign_keys = OFF;";

static const char tables[] =
    "CREATE TABLE streams (id INTEGER PRIMARY KEY, kind TEXT NOT NULL,"
    " name TEXT NOT NULL, version INTEGER NOT NULL, first_version INTEGER NOT NULL,"
    " checksum INTEGER NOT NULL, UNIQUE (kind, name)) STRICT;"
    "CREATE TABLE events (position INTEGER PRIMARY KEY, stream INTEGER NOT NULL,"
    " version INTEGER NOT NULL, type INTEGER NOT NULL, at INTEGER NOT NULL,"
    " event_id BLOB NOT NULL CHECK (length(event_id) = 16), payload BLOB, meta TEXT,"
    " checksum INTEGER NOT NULL, digest BLOB, UNIQUE (stream, version)) STRICT;"
    "CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events "
    "BEGIN SELECT raise(ABORT, 'events are never changed'); END;"
    "CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events "
    "BEGIN SELECT raise(ABORT, 'events are never deleted'); END;";

static const char insert[] =
    "INSERT INTO events (position, stream, version, type, at, event_id, payload, meta,"
    " checksum) VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?)";

void sql_must(sqlite3 *database, int code, int wanted)
{
    if (code != wanted)
        bench_die("plain SQLite", sqlite3_errmsg(database));
}

static void run(struct sql *sql, const char *text)
{
    sql_must(sql->database, sqlite3_exec(sql->database, text, NULL, NULL, NULL),
             SQLITE_OK);
}

sqlite3_stmt *sql_prepare(sqlite3 *database, const char *text)
{
    sqlite3_stmt *statement;

    sql_must(database,
             sqlite3_prepare_v3(database, text, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                                NULL),
             SQLITE_OK);
    return statement;
}

static void step(struct sql *sql, sqlite3_stmt *statement)
{
    sql_must(sql->database, sqlite3_step(statement), SQLITE_DONE);
    sql_must(sql->database, sqlite3_reset(statement), SQLITE_OK);
}

static void add_streams(struct sql *sql, int64_t streams)
{
    sqlite3_stmt *add = sql_prepare(
        sql->database,
        "INSERT INTO streams VALUES (?1, 'account', printf('%06d', ?1), 0, 1, ?1)");

    sql_begin(sql);
    for (int64_t i = 1; i <= streams; i++) {
        sql_must(sql->database, sqlite3_bind_int64(add, 1, i), SQLITE_OK);
        step(sql, add);
    }
    sql_commit(sql);
    sql_must(sql->database, sqlite3_finalize(add), SQLITE_OK);
}

void sql_open(struct sql *sql, const char *path, int64_t streams)
{
    enum { FLAGS = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX };

    *sql = (struct sql){.random = 88172645463325252u};
    sql_must(NULL, sqlite3_open_v2(path, &sql->database, FLAGS, NULL), SQLITE_OK);
    run(sql, pragmas);
    run(sql, tables);
    sql->begin = sql_prepare(sql->database, "BEGIN IMMEDIATE");
    sql->commit = sql_prepare(sql->database, "COMMIT");
    sql->insert = sql_prepare(sql->database, insert);
    sql->update = sql_prepare(
        sql->database, "UPDATE streams SET version = ?, checksum = ? WHERE id = ?");
    add_streams(sql, streams);
}

void sql_close(struct sql *sql)
{
    sqlite3_finalize(sql->begin);
    sqlite3_finalize(sql->commit);
    sqlite3_finalize(sql->insert);
    sqlite3_finalize(sql->update);
    sql_must(sql->database, sqlite3_close(sql->database), SQLITE_OK);
}

void sql_begin(struct sql *sql)
{
    step(sql, sql->begin);
}

void sql_commit(struct sql *sql)
{
    step(sql, sql->commit);
}

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void sql_insert(struct sql *sql, const struct sql_event *event)
{
    sqlite3_stmt *statement = sql->insert;
    int64_t at = now_us(), position = ++sql->position;
    unsigned char id[16];
    int failed;

    sql->random = sql->random * UINT64_C(6364136223846793005) + 1442695040888963407;
    memcpy(id, &at, 8);
    memcpy(id + 8, &sql->random, 8);
    failed = sqlite3_bind_int64(statement, 1, position) ||
             sqlite3_bind_int64(statement, 2, event->stream) ||
             sqlite3_bind_int64(statement, 3, event->version) ||
             sqlite3_bind_int64(statement, 4, at) ||
             sqlite3_bind_blob(statement, 5, id, sizeof id, SQLITE_STATIC) ||
             sqlite3_bind_blob(statement, 6, event->payload, event->payload_size,
                               SQLITE_STATIC) ||
             sqlite3_bind_text(statement, 7, payload_meta, -1, SQLITE_STATIC) ||
             sqlite3_bind_int64(statement, 8, (int64_t)sql->random);
    if (failed)
        bench_die("plain SQLite", sqlite3_errmsg(sql->database));
    step(sql, statement);
}

void sql_append(struct sql *sql, const struct sql_event *event)
{
    sqlite3_stmt *statement = sql->update;

    if (sqlite3_bind_int64(statement, 1, event->version) ||
        sqlite3_bind_int64(statement, 2, (int64_t)sql->random) ||
        sqlite3_bind_int64(statement, 3, event->stream))
        bench_die("plain SQLite", sqlite3_errmsg(sql->database));
    step(sql, statement);
    if (sqlite3_changes(sql->database) != 1)
        bench_die("plain SQLite", "an event has no stream");
    sql_insert(sql, event);
}

sqlite3 *sql_reader(const char *path)
{
    enum { FLAGS = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX };
    sqlite3 *database;

    sql_must(NULL, sqlite3_open_v2(path, &database, FLAGS, NULL), SQLITE_OK);
    return database;
}
