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
    fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(database));
    abort();
}

static void run(sqlite3 *database, const char *sql)
{
    must(database, sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

/* A disk knows no triggers: they step aside, and are put back as they were. */
static char *take_trigger(sqlite3 *database)
{
    static const char find[] =
        "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND "
        "name = 'events_are_never_changed'";
    sqlite3_stmt *statement;
    char *trigger;

    must(database, sqlite3_prepare_v2(database, find, -1, &statement, NULL) == SQLITE_OK,
         find);
    must(database, sqlite3_step(statement) == SQLITE_ROW, find);
    trigger = sqlite3_mprintf("%s", sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    run(database, "DROP TRIGGER events_are_never_changed");
    return trigger;
}

void sqlite_damage(const char *path, int64_t position)
{
    sqlite3 *database;
    char update[256], *trigger;

    snprintf(update, sizeof update,
             "UPDATE events SET payload = "
             "CAST(substr(payload, 1, length(payload) - 1) || '!' AS BLOB) "
             "WHERE position = %lld",
             (long long)position);
    must(NULL, sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK,
         path);
    trigger = take_trigger(database);
    run(database, update);
    must(database, sqlite3_changes(database) == 1, "no such event");
    run(database, trigger);
    sqlite3_free(trigger);
    sqlite3_close(database);
}
