/* view_format.c - the tables that jangle keeps in a view's file, and the migration from
 * the first format. The table jangle_place holds the checkpoint: its name is an older
 * word, which stays because it is in the files. */
#include "sqlite/views/view_format.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/views/view_connection.h"

#define PARKED_TABLE(name)                                                               \
    "CREATE TABLE " name                                                                 \
    " ("                                                                                 \
    "  key TEXT PRIMARY KEY,"                                                            \
    "  kind INTEGER NOT NULL,"                                                           \
    "  position INTEGER NOT NULL,"                                                       \
    "  attempts INTEGER NOT NULL,"                                                       \
    "  trying INTEGER NOT NULL,"                                                         \
    "  next_at INTEGER NOT NULL,"                                                        \
    "  delay_ms INTEGER NOT NULL,"                                                       \
    "  dead INTEGER NOT NULL,"                                                           \
    "  error TEXT,"                                                                      \
    "  checksum INTEGER NOT NULL DEFAULT 0"                                              \
    ") STRICT, WITHOUT ROWID;"

#define PARKED_INDEX "CREATE INDEX jangle_parked_due ON jangle_parked (dead, next_at);"

const char jn_view_tables[] =
    "PRAGMA application_id = 0x6a766965;"
    "PRAGMA user_version = 2;"
    "CREATE TABLE jangle_place ("
    "  one INTEGER PRIMARY KEY CHECK (one = 1),"
    "  name TEXT NOT NULL,"
    "  position INTEGER NOT NULL,"
    "  event_id BLOB NOT NULL,"
    "  schema TEXT NOT NULL,"
    "  schema_version INTEGER NOT NULL,"
    "  types_hash BLOB NOT NULL,"
    "  store_id BLOB NOT NULL,"
    "  build_id BLOB NOT NULL,"
    "  incomplete INTEGER NOT NULL,"
    "  suspended_for INTEGER NOT NULL DEFAULT 0,"
    "  suspended_at INTEGER NOT NULL DEFAULT 0,"
    "  reason TEXT NOT NULL DEFAULT '',"
    "  parked_count INTEGER NOT NULL DEFAULT 0,"
    "  parked_total INTEGER NOT NULL DEFAULT 0,"
    "  checksum INTEGER NOT NULL DEFAULT 0"
    ") STRICT;" PARKED_TABLE("jangle_parked") PARKED_INDEX;

/* The first format kept a suspension as a parked row with the key "suspended", a crash in
 * the sentence of an error, and the kind of a key in its form. Only this SQL still reads
 * them. */
static const char from_format_1[] =
    "ALTER TABLE jangle_place ADD COLUMN suspended_for INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE jangle_place ADD COLUMN suspended_at INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE jangle_place ADD COLUMN reason TEXT NOT NULL DEFAULT '';"
    "UPDATE jangle_place SET suspended_for = 1, suspended_at = p.next_at,"
    "    reason = ifnull(p.error, '')"
    "  FROM jangle_parked AS p WHERE p.key = 'suspended';"
    PARKED_TABLE("jangle_parked_new")
    "INSERT INTO jangle_parked_new"
    " (key, kind, position, attempts, trying, next_at, delay_ms, dead, error)"
    "  SELECT key, CASE WHEN key LIKE '%/%' THEN 1 ELSE 3 END, position, attempts,"
    "    dead = 0 AND error IS 'the process ended while event ' || position"
    "      || ' was handled',"
    "    next_at, CASE dead WHEN 0 THEN 86400000 ELSE 0 END, dead, error"
    "  FROM jangle_parked WHERE key <> 'suspended';"
    "DROP TABLE jangle_parked;"
    "ALTER TABLE jangle_parked_new RENAME TO jangle_parked;" PARKED_INDEX
    "UPDATE jangle_parked SET checksum ="
    "  " JN_PARKED_CHECKSUM("(SELECT name FROM jangle_place)") ";"
    "ALTER TABLE jangle_place ADD COLUMN parked_count INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE jangle_place ADD COLUMN parked_total INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE jangle_place ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;"
    "UPDATE jangle_place SET (parked_count, parked_total) ="
    "  (SELECT count(*), jangle_total(checksum) FROM jangle_parked);"
    "UPDATE jangle_place SET checksum = " JN_VIEW_CHECKPOINT_CHECKSUM_AS_IT_IS ";"
    "PRAGMA user_version = 2;";

enum jangle_result jn_view_migrate(struct jangle_view *view, struct jangle_error *error)
{
    struct jn_database *database = &view->database;
    int64_t format = 0;
    enum jangle_result result =
        jn_database_number(database, "PRAGMA user_version", &format, error);

    if (result || format == JN_VIEW_FORMAT)
        return result;
    result = jn_database_run(database, "BEGIN IMMEDIATE", error);
    if (!result) /* another process may have migrated it before the transaction */
        result = jn_database_number(database, "PRAGMA user_version", &format, error);
    if (!result && format == 1)
        result = jn_database_run(database, from_format_1, error);
    JN_FAILPOINT("view.migrated");
    if (!result)
        result = jn_database_run(database, "COMMIT", error);
    jn_view_undo(view);
    return result;
}

enum jangle_result jn_view_check_current(struct jangle_view *view,
                                         struct jangle_error *error)
{
    int64_t format = 0;
    enum jangle_result result =
        jn_database_number(&view->database, "PRAGMA user_version", &format, error);

    if (result || format == JN_VIEW_FORMAT)
        return result;
    return jn_fail(
        error, JANGLE_INVALID,
        "%s: its format is %d, not %d, and a follower does not change it: open "
        "it with a program that is no follower",
        view->database.path, (int)format, JN_VIEW_FORMAT);
}
