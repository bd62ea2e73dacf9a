/* view_statement.c - compile the statements of callbacks once and keep them; keep the
 * first error of a callback. */
#include "sqlite/views/view_statement.h"

#include <stdarg.h>

/* ---- errors ------------------------------------------------------------------ */

static JANGLE_PRINTF(4, 0) enum jangle_result stick_error(struct jangle_view *view,
                                                          enum jangle_result result,
                                                          bool cannot,
                                                          const char *format,
                                                          va_list values)
{
    if (view->failed_with.result)
        return view->failed_with.result;
    view->cannot = cannot;
    return jn_fail_values(&view->failed_with, result, format, values);
}

enum jangle_result jn_view_stick(struct jangle_view *view,
                                 enum jangle_result result,
                                 const char *format,
                                 ...)
{
    va_list values;

    va_start(values, format);
    result = stick_error(view, result, false, format, values);
    va_end(values);
    return result;
}

enum jangle_result jn_view_run_out(struct jangle_view *view)
{
    return jn_view_stick(view, JANGLE_NO_MEMORY, "%s: out of memory", view->file->name);
}

enum jangle_result
jn_view_stick_invalid(struct jangle_view *view, const char *format, ...)
{
    enum jangle_result result;
    va_list values;

    va_start(values, format);
    result = stick_error(view, JANGLE_INVALID, true, format, values);
    va_end(values);
    return result;
}

/* The result of a code for SQL of a callback, which can be wrong in ways that jangle's
 * own SQL cannot. */
static enum jangle_result result_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_ERROR:
    case SQLITE_TOOBIG:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_MISUSE:
    case SQLITE_AUTH:
    case SQLITE_RANGE:
    case SQLITE_ABORT:
        return JANGLE_INVALID;
    default:
        return jn_sqlite_result(code);
    }
}

enum jangle_result
jn_view_stick_compile(struct jangle_view *view, int code, const char *sql)
{
    enum jangle_result result = result_of(code);
    const char *words = sqlite3_errmsg(view->database.handle);

    if (result == JANGLE_INVALID)
        return jn_view_stick_invalid(view, "%s: %s: %s", view->file->name, words, sql);
    return jn_view_stick(view, result, "%s: %s: %s", view->file->name, words, sql);
}

/* Would the SQL of a step that failed compile now? After a swap, or after another program
 * has built the view again, a step compiles its statement for the new tables. */
static bool still_compiles(const struct jangle_view *view, const char *sql)
{
    sqlite3_stmt *again = NULL;
    int code = sqlite3_prepare_v2(view->database.handle, sql, -1, &again, NULL);

    sqlite3_finalize(again);
    return (code & 0xff) != SQLITE_ERROR;
}

enum jangle_result jn_view_stick_step(struct jangle_view *view,
                                      int code,
                                      sqlite3_stmt *statement,
                                      const char *what)
{
    struct jangle_error met = {
        0}; /* kept, because still_compiles changes sqlite3_errmsg */

    jn_fail(&met, result_of(code), "%s: %s: %s", view->file->name,
            sqlite3_errmsg(view->database.handle), what);
    if ((code & 0xff) == SQLITE_ERROR && !still_compiles(view, sqlite3_sql(statement)))
        return jn_view_stick_invalid(view, "%s", met.message);
    return jn_view_stick(view, met.result, "%s", met.message);
}

void jn_view_unstick(struct jangle_view *view)
{
    view->failed_with = (struct jangle_error){0};
    view->cannot = false;
}

/* ---- kept statements ---------------------------------------------------------- */

/* FNV-1a with 64 bits. */
static uint64_t hash_key(const char *key)
{
    uint64_t hash = 0xcbf29ce484222325u;

    while (*key)
        hash = (hash ^ (unsigned char)*key++) * 0x100000001b3u;
    return hash;
}

sqlite3_stmt *jn_view_find_statement(struct jangle_view *view, const char *key)
{
    uint64_t hash = hash_key(key);

    for (size_t i = 0; i < JN_VIEW_STATEMENTS; i++) {
        struct jn_view_statement *statement = &view->statements[i];

        if (statement->hash != hash || !statement->key || strcmp(statement->key, key))
            continue;
        statement->used = ++view->uses;
        return statement->handle;
    }
    return NULL;
}

static void drop_statement(struct jangle_view *view, struct jn_view_statement *statement)
{
    sqlite3_finalize(statement->handle);
    jn_free(&view->file->store->host->allocator, statement->key);
    *statement = (struct jn_view_statement){0};
}

/* Keep a statement in the place of the one that was used longest ago. */
static enum jangle_result
keep_statement(struct jangle_view *view, const char *key, sqlite3_stmt *handle)
{
    struct jn_view_statement *oldest = view->statements;
    char *copy = jn_copy_text(&view->file->store->host->allocator, key);

    if (!copy)
        return JANGLE_NO_MEMORY;
    for (size_t i = 1; i < JN_VIEW_STATEMENTS; i++)
        if (view->statements[i].used < oldest->used)
            oldest = &view->statements[i];
    drop_statement(view, oldest);
    *oldest = (struct jn_view_statement){copy, hash_key(key), handle, ++view->uses};
    return JANGLE_OK;
}

/* Is there another statement in `sql`, and not only blanks and comments? */
static bool has_more(struct jangle_view *view, const char *sql)
{
    sqlite3_stmt *next = NULL;
    const char *rest = sql;
    int code = SQLITE_OK;

    while (!code && !next && *rest)
        code = sqlite3_prepare_v2(view->database.handle, rest, -1, &next, &rest);
    sqlite3_finalize(next);
    return code || next;
}

enum jangle_result jn_view_compile(struct jangle_view *view,
                                   const char *key,
                                   const char *sql,
                                   sqlite3_stmt **statement)
{
    const char *name = view->file->name;
    const char *rest;
    enum jangle_result result = JANGLE_OK;
    int code = sqlite3_prepare_v3(view->database.handle, sql, -1,
                                  SQLITE_PREPARE_PERSISTENT, statement, &rest);

    if (code)
        return jn_view_stick_compile(view, code, sql);
    if (!*statement)
        result = jn_view_stick_invalid(view, "%s: there is no SQL in \"%s\"", name,
                                       JN_SHOWN(80, sql));
    else if (has_more(view, rest))
        result =
            jn_view_stick_invalid(view, "%s: more than one statement: %s", name, sql);
    else if (keep_statement(view, key, *statement))
        result = jn_view_run_out(view);
    if (result)
        sqlite3_finalize(*statement);
    return result;
}

/* ---- statements that were left open -------------------------------------------- */

/* Does an open statement belong to the outer callback? */
static bool is_outer(const struct jangle_view *view, const sqlite3_stmt *statement)
{
    const struct jn_view_outer *outer = view->outer;

    for (size_t i = 0; outer && i < outer->busy_count; i++)
        if (outer->busy[i] == statement)
            return true;
    return false;
}

/* A statement without text is a blob handle, which full-text search keeps open for
 * itself. */
bool jn_view_reset_busy(struct jangle_view *view, char text[60])
{
    sqlite3 *handle = view->database.handle;
    bool found = false;

    for (sqlite3_stmt *next = NULL; (next = sqlite3_next_stmt(handle, next));) {
        const char *sql = sqlite3_stmt_busy(next) ? sqlite3_sql(next) : NULL;

        if (!sql || is_outer(view, next))
            continue;
        if (!found)
            jn_text_show(text, 60, sql);
        found = true;
        sqlite3_reset(next);
    }
    return found;
}

void jn_view_forget_statements(struct jangle_view *view)
{
    for (size_t i = 0; i < JN_VIEW_STATEMENTS; i++)
        drop_statement(view, &view->statements[i]);
}
