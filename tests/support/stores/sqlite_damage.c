/* sqlite_damage.c - what a disk that decays does to a store's file. */
#include "support/stores/sqlite_damage.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static void must(sqlite3 *database, bool done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "%s: %s\n", what, database ? sqlite3_errmsg(database) : "no");
    abort();
}

static void run(sqlite3 *database, const char *sql)
{
    must(database, sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

static int64_t number_of(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement;
    int64_t number;

    must(database, sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK,
         sql);
    must(database, sqlite3_step(statement) == SQLITE_ROW, sql);
    number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

/* What was written to the schema counts from now on. */
static void read_schema_anew(sqlite3 *database)
{
    char sql[64];

    snprintf(sql, sizeof sql, "PRAGMA schema_version = %lld",
             (long long)number_of(database, "PRAGMA schema_version") + 1);
    run(database, sql);
}

/* A disk knows no triggers, and nothing of what a column must hold. */
static void loosen(sqlite3 *database)
{
    run(database,
        "CREATE TEMP TABLE kept AS SELECT rowid AS number, * FROM sqlite_schema;"
        "PRAGMA writable_schema = ON;"
        "PRAGMA ignore_check_constraints = ON;"
        "DELETE FROM sqlite_schema WHERE type = 'trigger';"
        "UPDATE sqlite_schema SET sql = replace(replace(replace(replace(sql,"
        " 'IS NOT NULL', 'NOTNULL'), ' NOT NULL', ''), 'STRICT, ', ''),"
        " ') STRICT', ')')"
        " WHERE type = 'table'");
    read_schema_anew(database);
}

static void tighten(sqlite3 *database)
{
    run(database,
        "REPLACE INTO sqlite_schema (rowid, type, name, tbl_name, rootpage, sql)"
        " SELECT number, type, name, tbl_name, rootpage, sql FROM kept");
    read_schema_anew(database);
}

int sqlite_damage_by(const char *path, const char *sql)
{
    sqlite3 *database;
    int changed;

    must(NULL, sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK,
         path);
    loosen(database);
    switch (sqlite3_exec(database, sql, NULL, NULL, NULL)) {
    case SQLITE_OK:
        changed = sqlite3_changes(database);
        break;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
        changed = -1;
        break;
    default:
        must(database, false, sql);
        changed = -1;
    }
    tighten(database);
    must(database, sqlite3_close(database) == SQLITE_OK, "close");
    return changed;
}

void sqlite_damage(const char *path, int64_t position)
{
    char update[256];

    snprintf(update, sizeof update,
             "UPDATE events SET payload = "
             "CAST(substr(payload, 1, length(payload) - 1) || '!' AS BLOB) "
             "WHERE position = %lld",
             (long long)position);
    must(NULL, sqlite_damage_by(path, update) == 1, "no such event");
}
