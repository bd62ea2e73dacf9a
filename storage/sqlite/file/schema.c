/* schema.c - the tables of a store's file, as its migrations make them. */
#include "sqlite/file/schema.h"

#include <jangle/plugin/random.h>

#include <stdio.h>

/* Schema 1. Every new file gets it first and then the migrations (schema_from_1.c), so
 * the tables of today differ from these. */
static const char *const first_tables[] = {
    "CREATE TABLE store ("
    "    one INTEGER PRIMARY KEY CHECK (one = 1),"
    "    id BLOB NOT NULL CHECK (length(id) = 16),"
    "    epoch INTEGER NOT NULL,"
    "    first_position INTEGER NOT NULL"
    ") STRICT;"

    "CREATE TABLE streams ("
    "    id INTEGER PRIMARY KEY,"
    "    kind TEXT NOT NULL,"
    "    name TEXT NOT NULL,"
    "    version INTEGER NOT NULL,"
    "    first_version INTEGER NOT NULL,"
    "    UNIQUE (kind, name)"
    ") STRICT;"

    "CREATE TABLE types ("
    "    id INTEGER PRIMARY KEY,"
    "    name TEXT NOT NULL,"
    "    version INTEGER NOT NULL,"
    "    UNIQUE (name, version)"
    ") STRICT;"

    /* If a payload was erased, `digest` is the hash of what was there. The checksum of
       the row is made of the digest, so it can be checked without the payload. */
    "CREATE TABLE events ("
    "    position INTEGER PRIMARY KEY,"
    "    stream INTEGER NOT NULL,"
    "    version INTEGER NOT NULL,"
    "    type INTEGER NOT NULL,"
    "    at INTEGER NOT NULL,"
    "    event_id BLOB NOT NULL CHECK (length(event_id) = 16),"
    "    payload BLOB,"
    "    meta TEXT,"
    "    checksum INTEGER NOT NULL,"
    "    digest BLOB CHECK ((payload IS NULL) = (digest IS NOT NULL)),"
    "    UNIQUE (stream, version)"
    ") STRICT;"
    "CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events "
    "BEGIN SELECT raise(ABORT, 'events are never changed'); END;"
    "CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events "
    "BEGIN SELECT raise(ABORT, 'events are never deleted'); END;"

    "CREATE TABLE commands ("
    "    command_id BLOB PRIMARY KEY,"
    "    fingerprint BLOB NOT NULL,"
    "    position INTEGER NOT NULL,"
    "    version INTEGER NOT NULL,"
    "    reply TEXT NOT NULL,"
    "    at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE sagas ("
    "    number INTEGER PRIMARY KEY,"
    "    saga TEXT NOT NULL,"
    "    id TEXT NOT NULL,"
    "    version INTEGER NOT NULL,"
    "    status INTEGER NOT NULL,"
    "    state_version INTEGER NOT NULL,"
    "    state BLOB NOT NULL,"
    "    retry_at INTEGER NOT NULL,"
    "    timeout_at INTEGER NOT NULL,"
    "    due_at INTEGER," /* the earlier of the two; NULL: nothing is due */
    "    attempts INTEGER NOT NULL,"
    "    turn_at INTEGER NOT NULL,"
    "    turn_position INTEGER NOT NULL,"
    "    UNIQUE (saga, id)"
    ") STRICT;"
    "CREATE INDEX sagas_by_status ON sagas (saga, status, id);"
    "CREATE INDEX sagas_due ON sagas (due_at) WHERE due_at IS NOT NULL;"

    "CREATE TABLE saga_steps ("
    "    saga INTEGER NOT NULL,"
    "    number INTEGER NOT NULL,"
    "    id BLOB NOT NULL,"
    "    type TEXT NOT NULL,"
    "    result INTEGER NOT NULL,"
    "    reply TEXT,"
    "    position INTEGER NOT NULL,"
    "    version INTEGER NOT NULL,"
    "    PRIMARY KEY (saga, number)"
    ") STRICT, WITHOUT ROWID;"

    /* A row is never deleted, because the process that runs the subscriber locks the byte
       of this number in FILE-lock. */
    "CREATE TABLE subscribers ("
    "    id INTEGER PRIMARY KEY,"
    "    name TEXT NOT NULL UNIQUE,"
    "    owned INTEGER NOT NULL"
    ") STRICT;"

    "CREATE TABLE checkpoints ("
    "    subscriber INTEGER PRIMARY KEY,"
    "    position INTEGER NOT NULL,"
    "    event_id BLOB NOT NULL"
    ") STRICT;"

    "CREATE TABLE parked ("
    "    subscriber INTEGER NOT NULL,"
    "    key TEXT NOT NULL,"
    "    first_position INTEGER NOT NULL,"
    "    position INTEGER NOT NULL,"
    "    attempts INTEGER NOT NULL,"
    "    next_at INTEGER NOT NULL,"
    "    dead INTEGER NOT NULL,"
    "    error TEXT,"
    "    PRIMARY KEY (subscriber, key)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX parked_due ON parked (subscriber, dead, next_at);"

    "CREATE TABLE delivery_steps ("
    "    number INTEGER PRIMARY KEY,"
    "    subscriber INTEGER NOT NULL,"
    "    position INTEGER NOT NULL,"
    "    id BLOB NOT NULL,"
    "    type TEXT NOT NULL,"
    "    result INTEGER NOT NULL,"
    "    reply TEXT,"
    "    UNIQUE (subscriber, position, id)"
    ") STRICT;"

    /* A row for each process that has the file open, which also locks a byte of
       FILE-lock. A row without that lock was left by a crash. */
    "CREATE TABLE sessions ("
    "    id INTEGER PRIMARY KEY,"
    "    opened_at INTEGER NOT NULL"
    ") STRICT;"

    "CREATE TABLE snapshots ("
    "    stream TEXT PRIMARY KEY,"
    "    version INTEGER NOT NULL,"
    "    state_version INTEGER NOT NULL,"
    "    state_hash BLOB NOT NULL,"
    "    store_id BLOB NOT NULL,"
    "    event_id BLOB NOT NULL,"
    "    payload BLOB NOT NULL"
    ") STRICT;",
    NULL,
};

/* Never change a migration that was released, because older files have had it: add
 * another one. PRAGMA user_version is the number of migrations that a file has had. */
static const char *const *const migrations[] = {first_tables, jn_schema_from_1,
                                                jn_schema_from_2, jn_schema_from_3};

enum { MIGRATION_COUNT = sizeof migrations / sizeof migrations[0] };

int jn_schema_known(void)
{
    return MIGRATION_COUNT;
}

enum jangle_result jn_schema_check(struct jn_database *database,
                                   struct jangle_error *error)
{
    int64_t application = 0;
    int64_t version = 0;
    int64_t objects = 0;
    enum jangle_result result =
        jn_database_number(database, "PRAGMA application_id", &application, error);

    if (!result)
        result = jn_database_number(database, "PRAGMA user_version", &version, error);
    if (!result)
        result = jn_database_number(database, "SELECT count(*) FROM sqlite_schema",
                                    &objects, error);
    if (result)
        return result;
    if (application == JN_APPLICATION_ID && version > MIGRATION_COUNT)
        return jn_fail(error, JANGLE_INVALID,
                       "%s: was written by a newer jangle: its schema is %lld, this one "
                       "reads up to %d",
                       database->path, (long long)version, (int)MIGRATION_COUNT);
    if (application == JN_APPLICATION_ID && version > 0)
        return JANGLE_OK;
    if (application || version || objects)
        return jn_fail(error, JANGLE_INVALID, "%s: is a database, but not a jangle store",
                       database->path);
    return JANGLE_OK;
}

enum jangle_result jn_schema_check_current(struct jn_database *database,
                                           struct jangle_error *error)
{
    int64_t version = 0;
    enum jangle_result result = jn_schema_check(database, error);

    if (!result)
        result = jn_database_number(database, "PRAGMA user_version", &version, error);
    if (result || version == MIGRATION_COUNT)
        return result;
    return jn_fail(error, JANGLE_INVALID,
                   "%s: its schema is %lld, older than %d, and a follower may not "
                   "bring it up to date: open it once without config.follower",
                   database->path, (long long)version, (int)MIGRATION_COUNT);
}

enum jangle_result jn_schema_is_current(struct jn_database *database,
                                        bool *is_current,
                                        struct jangle_error *error)
{
    int64_t version = 0;
    enum jangle_result result =
        jn_database_number(database, "PRAGMA user_version", &version, error);

    *is_current = version == 0 || version == MIGRATION_COUNT;
    return result;
}

/* Give a new store its id. */
static enum jangle_result write_identity(struct jn_database *database,
                                         const struct jangle_host *host,
                                         struct jangle_error *error)
{
    unsigned char id[JANGLE_ID_SIZE];

    host->random.fill(host->random.context, id, sizeof id);
    return jn_database_write(
        database,
        "INSERT INTO store (one, id, epoch, first_position) VALUES (1, ?, 1, 1)",
        JN_WITH(JN_BIND_BYTES(id, sizeof id)), error);
}

static enum jangle_result migrate_once(struct jn_database *database,
                                       const struct jangle_host *host,
                                       int64_t number,
                                       struct jangle_error *error)
{
    char numbers[100];
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && migrations[number][i]; i++)
        result = jn_database_run(database, migrations[number][i], error);
    if (!result && number == 0)
        result = write_identity(database, host, error);
    snprintf(numbers, sizeof numbers,
             "PRAGMA application_id = %d; PRAGMA user_version = %d;",
             (int)JN_APPLICATION_ID, (int)number + 1);
    if (!result)
        result = jn_database_run(database, numbers, error);
    JN_FAILPOINT("schema.step");
    return result;
}

/* List a session (0) that is no process's, because the WAL of a new or migrated file
 * holds what the file lacks, and then the file must list a session (own_log.h). The next
 * session that begins deletes the row. */
static const char *const add_session_0 =
    "INSERT INTO sessions (id, opened_at, checksum)"
    " SELECT 0, 0, jangle_checksum('sessions', 0, 0, 0, '', '')"
    " WHERE NOT EXISTS (SELECT 1 FROM sessions WHERE id = 0)";

/* In a transaction: run the migrations that the file has not had. Another process may
 * have run some before the transaction began. */
static enum jangle_result migrate_all(struct jn_database *database,
                                      const struct jangle_host *host,
                                      struct jangle_error *error)
{
    int64_t version = 0;
    enum jangle_result result =
        jn_database_number(database, "PRAGMA user_version", &version, error);

    for (int64_t number = version; !result && number < MIGRATION_COUNT; number++)
        result = migrate_once(database, host, number, error);
    if (!result && version < MIGRATION_COUNT)
        result = jn_database_run(database, add_session_0, error);
    return result;
}

/* user_version is set to the value that it has: SQLite writes the first page even so. */
enum jangle_result jn_schema_sign(struct jn_database *database,
                                  struct jangle_error *error)
{
    char number[100];

    snprintf(number, sizeof number, "PRAGMA user_version = %d", (int)MIGRATION_COUNT);
    return jn_database_run(database, number, error);
}

/* All migrations are one commit, so that nobody finds a file between two of them, and a
 * crash leaves the old schema or the new one. */
enum jangle_result jn_schema_migrate(struct jn_database *database,
                                     const struct jangle_host *host,
                                     struct jangle_error *error)
{
    int64_t version = 0;
    enum jangle_result result =
        jn_database_number(database, "PRAGMA user_version", &version, error);

    if (result || version >= MIGRATION_COUNT)
        return result;
    result = jn_database_run(database, "BEGIN IMMEDIATE", error);
    if (!result)
        result = migrate_all(database, host, error);
    if (!result)
        result = jn_database_run(database, "COMMIT", error);
    if (result && !sqlite3_get_autocommit(database->handle))
        jn_database_run(database, "ROLLBACK", NULL);
    return result;
}

/* ---- the guard --------------------------------------------------------------- */

/* SQLite asks this before it compiles a statement of the connection that writes. */
static int authorize(void *context,
                     int action,
                     const char *first,
                     const char *second,
                     const char *schema,
                     const char *trigger)
{
    (void)context, (void)second, (void)schema, (void)trigger;
    switch (action) {
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
        return strcmp(first, "events") == 0 ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_DROP_TABLE:
    case SQLITE_DROP_TRIGGER:
    case SQLITE_ALTER_TABLE:
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
        return SQLITE_DENY;
    default:
        return SQLITE_OK;
    }
}

void jn_schema_guard(struct jn_database *database)
{
    sqlite3_set_authorizer(database->handle, authorize, NULL);
}
