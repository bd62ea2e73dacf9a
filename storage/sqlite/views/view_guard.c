/* view_guard.c - which SQL a schema, a handler and a query may run. SQLite asks this file
 * for each action when it compiles a statement. */
#include "sqlite/views/view_guard.h"

#include "sqlite/views/view_statement.h"

static const char *const who[] = {
    [JN_VIEW_SELF] = "jangle",
    [JN_VIEW_SCHEMA] = "a schema",
    [JN_VIEW_HANDLER] = "a handler",
    [JN_VIEW_QUERY] = "a query",
};

/* The actions in words, for the sentence of a refusal. */
static const char *const words[] = {
    [SQLITE_CREATE_INDEX] = "CREATE INDEX",
    [SQLITE_CREATE_TABLE] = "CREATE TABLE",
    [SQLITE_CREATE_TEMP_INDEX] = "CREATE TEMP INDEX",
    [SQLITE_CREATE_TEMP_TABLE] = "CREATE TEMP TABLE",
    [SQLITE_CREATE_TEMP_TRIGGER] = "CREATE TEMP TRIGGER",
    [SQLITE_CREATE_TEMP_VIEW] = "CREATE TEMP VIEW",
    [SQLITE_CREATE_TRIGGER] = "CREATE TRIGGER",
    [SQLITE_CREATE_VIEW] = "CREATE VIEW",
    [SQLITE_DELETE] = "DELETE FROM",
    [SQLITE_DROP_INDEX] = "DROP INDEX",
    [SQLITE_DROP_TABLE] = "DROP TABLE",
    [SQLITE_DROP_TEMP_INDEX] = "DROP TEMP INDEX",
    [SQLITE_DROP_TEMP_TABLE] = "DROP TEMP TABLE",
    [SQLITE_DROP_TEMP_TRIGGER] = "DROP TEMP TRIGGER",
    [SQLITE_DROP_TEMP_VIEW] = "DROP TEMP VIEW",
    [SQLITE_DROP_TRIGGER] = "DROP TRIGGER",
    [SQLITE_DROP_VIEW] = "DROP VIEW",
    [SQLITE_INSERT] = "INSERT INTO",
    [SQLITE_PRAGMA] = "PRAGMA",
    [SQLITE_TRANSACTION] = "", /* its name says it: BEGIN, COMMIT, ROLLBACK */
    [SQLITE_UPDATE] = "UPDATE",
    [SQLITE_ATTACH] = "ATTACH",
    [SQLITE_DETACH] = "DETACH",
    [SQLITE_ALTER_TABLE] = "ALTER TABLE in",
    [SQLITE_REINDEX] = "REINDEX",
    [SQLITE_ANALYZE] = "ANALYZE",
    [SQLITE_CREATE_VTABLE] = "CREATE VIRTUAL TABLE",
    [SQLITE_DROP_VTABLE] = "DROP VIRTUAL TABLE",
    [SQLITE_SAVEPOINT] = "SAVEPOINT", /* its name is BEGIN, RELEASE or ROLLBACK */
};

static bool is_reserved(const char *name)
{
    return name && sqlite3_strnicmp(name, "jangle_", 7) == 0;
}

/* Actions that everybody may do. */
static bool is_harmless(int action, const char *first, const char *second)
{
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_FUNCTION:
    case SQLITE_RECURSIVE:
        return true;
    case SQLITE_UPDATE: /* SQLite itself, for a virtual table; it refuses all others */
        return sqlite3_stricmp(first, "sqlite_master") == 0;
    case SQLITE_PRAGMA: /* full-text search needs this one */
        return sqlite3_stricmp(first, "data_version") == 0 && !second;
    default:
        return false;
    }
}

static bool is_write(int action)
{
    return action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE;
}

/* May a schema do this? It may make what is in the file, but nothing temporary, and
 * nothing in jangle's own tables. */
static bool schema_may(int action, const char *first, const char *second)
{
    switch (action) {
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
    case SQLITE_PRAGMA:
    case SQLITE_CREATE_TEMP_INDEX:
    case SQLITE_CREATE_TEMP_TABLE:
    case SQLITE_CREATE_TEMP_TRIGGER:
    case SQLITE_CREATE_TEMP_VIEW:
        return false;
    default:
        return !is_reserved(first) && (is_write(action) || !is_reserved(second));
    }
}

/* The whole rule: who may do what. */
static bool
is_allowed(enum jn_view_guard guard, int action, const char *first, const char *second)
{
    if (is_harmless(action, first, second))
        return true;
    switch (guard) {
    case JN_VIEW_SELF:
        return true;
    case JN_VIEW_SCHEMA:
        return schema_may(action, first, second);
    case JN_VIEW_HANDLER:
        return is_write(action) && !is_reserved(first);
    case JN_VIEW_QUERY:
        return false;
    }
    return false;
}

int jn_view_authorize(void *context,
                      int action,
                      const char *first,
                      const char *second,
                      const char *database,
                      const char *trigger)
{
    struct jangle_view *view = context;
    size_t count = sizeof words / sizeof *words;
    const char *word =
        (size_t)action < count && words[action] ? words[action] : "do that";

    (void)database;
    if (view->guard == JN_VIEW_SELF || is_allowed(view->guard, action, first, second))
        return SQLITE_OK;
    jn_view_stick_invalid(view, "%s: %s may not %s%s%s%s%s", view->file->name,
                          who[view->guard], word, *word && first ? " " : "",
                          first ? first : "", trigger ? ", in trigger " : "",
                          trigger ? trigger : "");
    return SQLITE_DENY;
}
