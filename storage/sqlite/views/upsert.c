/* upsert.c - write a row so that neither the order nor a repetition of calls matters.
 *
 *     INSERT INTO "t" ("k", "d", "c", "c_version", "g") VALUES (?, ?, ?, ?, ?)
 *     ON CONFLICT ("k") DO UPDATE SET
 *         "d" = CASE WHEN excluded."d" IS NOT NULL THEN excluded."d" ELSE "t"."d" END,
 *         "c" = CASE WHEN excluded."c_version" > "t"."c_version" OR ...
 *     WHERE any of those holds and changes something
 *
 * If a value or its version is absent, both are bound as NULL, so that a version without
 * a value never keeps another value out. */
#include "sqlite/views/upsert.h"

#include <jangle/view.h>

#include "sqlite/views/view_connection.h"
#include "sqlite/views/view_statement.h"

#include <assert.h>
#include <math.h>

/* ---- the statement ----------------------------------------------------------- */

/* The version of an if_newer column, or the if_newer column of a version: they are
 * neighbours. */
static const struct jangle_column *partner(const struct jangle_column *column)
{
    return column->rule == JANGLE_RULE_VERSION ? column - 1 : column + 1;
}

/* Add the condition under which a column is overwritten. */
static void
add_condition(sqlite3_str *sql, const char *table, const struct jangle_column *column)
{
    const char *name = column->field.name;

    if (column->rule == JANGLE_RULE_IF_NEWER)
        name = column->version;
    if (column->rule == JANGLE_RULE_SET)
        sqlite3_str_appendf(sql,
                            "excluded.\"%w\" IS NOT NULL AND excluded.\"%w\""
                            " COLLATE BINARY IS NOT \"%w\".\"%w\"",
                            name, name, table, name);
    else
        sqlite3_str_appendf(sql,
                            "excluded.\"%w\" IS NOT NULL AND (\"%w\".\"%w\" IS NULL OR"
                            " \"%w\".\"%w\" COLLATE BINARY < excluded.\"%w\")",
                            name, table, name, table, name, name);
}

static void add_updates(sqlite3_str *sql, const struct jangle_upsert *upsert)
{
    const char *separator = "DO UPDATE SET ";

    for (const struct jangle_column *c = upsert->columns; c->rule; c++) {
        if (c->rule == JANGLE_RULE_KEY)
            continue;
        sqlite3_str_appendf(sql, "%s\"%w\" = CASE WHEN ", separator, c->field.name);
        add_condition(sql, upsert->table, c);
        sqlite3_str_appendf(sql, " THEN excluded.\"%w\" ELSE \"%w\".\"%w\" END",
                            c->field.name, upsert->table, c->field.name);
        separator = ", ";
    }
    separator = " WHERE ";
    for (const struct jangle_column *c = upsert->columns; c->rule; c++) {
        if (c->rule == JANGLE_RULE_KEY || c->rule == JANGLE_RULE_VERSION)
            continue;
        sqlite3_str_appendf(sql, "%s(", separator);
        add_condition(sql, upsert->table, c);
        sqlite3_str_appendf(sql, ")");
        separator = " OR ";
    }
}

static void
add_names(sqlite3_str *sql, const struct jangle_upsert *upsert, bool keys_only)
{
    const char *separator = "(";

    for (const struct jangle_column *c = upsert->columns; c->rule; c++) {
        if (keys_only && c->rule != JANGLE_RULE_KEY)
            continue;
        sqlite3_str_appendf(sql, "%s\"%w\"", separator, c->field.name);
        separator = ", ";
    }
    sqlite3_str_appendf(sql, ")");
}

/* Write the whole statement. Free it with sqlite3_free; NULL if there is no memory. */
static char *write_upsert_sql(const struct jangle_upsert *upsert)
{
    sqlite3_str *sql = sqlite3_str_new(NULL);
    const char *separator = " VALUES (";
    bool updates = false;

    sqlite3_str_appendf(sql, "INSERT INTO \"%w\" ", upsert->table);
    add_names(sql, upsert, false);
    for (const struct jangle_column *c = upsert->columns; c->rule; c++) {
        sqlite3_str_appendf(sql, "%s?", separator);
        separator = ", ";
        updates = updates || c->rule != JANGLE_RULE_KEY;
    }
    sqlite3_str_appendf(sql, ") ON CONFLICT ");
    add_names(sql, upsert, true);
    sqlite3_str_appendf(sql, " ");
    if (updates)
        add_updates(sql, upsert);
    else
        sqlite3_str_appendf(sql, "DO NOTHING");
    return sqlite3_str_finish(sql);
}

/* ---- checks, when an upsert is compiled ---------------------------------------- */

static enum jangle_result refuse_column(struct jangle_view *view,
                                        const struct jangle_upsert *upsert,
                                        const char *column,
                                        const char *what)
{
    return jn_view_stick_invalid(view, "%s: %s: column %s of %s %s", view->file->name,
                                 JN_SHOWN(60, upsert->name), JN_SHOWN(60, column),
                                 JN_SHOWN(60, upsert->table), what);
}

/* Columns of all other kinds are numbers: jn_upsert_check refuses structs and lists. */
static bool is_text(enum jangle_kind kind)
{
    return kind == JANGLE_KIND_TEXT || kind == JANGLE_KIND_JSON ||
           kind == JANGLE_KIND_OPTIONAL_TEXT;
}

/* https://www.sqlite.org/datatype3.html#determination_of_column_affinity */
static bool has_text_affinity(const char *type)
{
    return type && sqlite3_strlike("%INT%", type, 0) != 0 &&
           (sqlite3_strlike("%CHAR%", type, 0) == 0 ||
            sqlite3_strlike("%CLOB%", type, 0) == 0 ||
            sqlite3_strlike("%TEXT%", type, 0) == 0);
}

static enum jangle_result check_column(struct jangle_view *view,
                                       const struct jangle_upsert *upsert,
                                       const struct jangle_column *column)
{
    const char *name = column->field.name;
    bool compared =
        column->rule == JANGLE_RULE_VERSION || column->rule == JANGLE_RULE_IF_GREATER;
    const char *type, *collation;
    int code = sqlite3_table_column_metadata(view->database.handle, "main", upsert->table,
                                             name, &type, &collation, NULL, NULL, NULL);

    if (code == SQLITE_ERROR)
        return refuse_column(view, upsert, name, "is not there");
    if (code)
        return jn_view_stick_compile(view, code, upsert->name);
    if (column->rule == JANGLE_RULE_KEY && sqlite3_stricmp(collation, "BINARY") != 0)
        return refuse_column(
            view, upsert, name,
            "takes different texts for the same: as a key it must be BINARY");
    if (compared && !is_text(column->field.kind) && has_text_affinity(type))
        return refuse_column(view, upsert, name,
                             "keeps text: numbers would be compared letter by letter");
    for (const struct jangle_column *c = upsert->columns; c != column; c++)
        if (sqlite3_stricmp(c->field.name, name) == 0)
            return refuse_column(view, upsert, name, "is named twice");
    return JANGLE_OK;
}

static bool has_key(const struct jangle_upsert *upsert)
{
    for (const struct jangle_column *c = upsert->columns; c->rule; c++)
        if (c->rule == JANGLE_RULE_KEY)
            return true;
    return false;
}

/* The macros of view.h make no wrong upsert, but one can be written by hand. */
static enum jangle_result check_upsert(struct jangle_view *view,
                                       const struct jangle_upsert *upsert)
{
    struct jangle_error error = {0};

    if (jn_upsert_check(upsert, &error))
        return jn_view_stick(view, JANGLE_INVALID, "%s: %s", view->file->name,
                             error.message);
    if (sqlite3_table_column_metadata(view->database.handle, "main", upsert->table, NULL,
                                      NULL, NULL, NULL, NULL, NULL))
        return jn_view_stick_invalid(view, "%s: %s: there is no table %s",
                                     view->file->name, JN_SHOWN(60, upsert->name),
                                     upsert->table);
    if (!has_key(upsert))
        return jn_view_stick_invalid(view, "%s: %s: has no key", view->file->name,
                                     upsert->name);
    for (const struct jangle_column *c = upsert->columns; c->rule; c++) {
        enum jangle_result result = check_column(view, upsert, c);

        if (result)
            return result;
        if (c->rule == JANGLE_RULE_IF_NEWER &&
            (c[1].rule != JANGLE_RULE_VERSION || !c->version ||
             strcmp(c->version, c[1].field.name) != 0))
            return refuse_column(view, upsert, c->field.name,
                                 "has no version column behind it");
        if (c->rule == JANGLE_RULE_VERSION &&
            (c == upsert->columns || c[-1].rule != JANGLE_RULE_IF_NEWER))
            return refuse_column(view, upsert, c->field.name, "is nobody's version");
    }
    return JANGLE_OK;
}

/* Say which table lacks the unique index: SQLite's own words do not. */
static enum jangle_result explain_compile(struct jangle_view *view,
                                          const struct jangle_upsert *upsert)
{
    const char *words = sqlite3_errmsg(view->database.handle);
    sqlite3_str *keys;
    char *names;

    if (!strstr(words, "ON CONFLICT clause does not match"))
        return view->failed_with.result;
    keys = sqlite3_str_new(NULL);
    add_names(keys, upsert, true);
    names = sqlite3_str_finish(keys);
    jn_view_unstick(view);
    jn_view_stick_invalid(view, "%s: %s: table %s has no unique index on %s",
                          view->file->name, JN_SHOWN(60, upsert->name),
                          JN_SHOWN(60, upsert->table), names ? names : "its key");
    sqlite3_free(names);
    return JANGLE_INVALID;
}

static enum jangle_result compile_upsert(struct jangle_view *view,
                                         const struct jangle_upsert *upsert,
                                         const char *key,
                                         sqlite3_stmt **statement)
{
    enum jangle_result result = check_upsert(view, upsert);
    char *sql;

    if (result)
        return result;
    sql = write_upsert_sql(upsert);
    if (!sql)
        return jn_view_run_out(view);
    result = jn_view_compile(view, key, sql, statement);
    sqlite3_free(sql);
    return result ? explain_compile(view, upsert) : JANGLE_OK;
}

/* ---- the key ----------------------------------------------------------------- */

enum { KEY_SIZE = 4096 };

/* Write the key under which the statement is kept: upserts of the same statement have the
 * same key. It begins with a byte with which no SQL begins. */
static bool write_key(char key[KEY_SIZE], const struct jangle_upsert *upsert)
{
    char *end = key + KEY_SIZE - 1;

    *key++ = '\x01';
    for (const char *c = upsert->table; *c && key < end; c++)
        *key++ = *c;
    for (const struct jangle_column *column = upsert->columns; column->rule; column++) {
        if (key < end)
            *key++ = (char)('\x01' + column->rule);
        for (const char *c = column->field.name; *c && key < end; c++)
            *key++ = *c;
    }
    *key = 0;
    return key < end;
}

/* The value of a member. An absent one, and a NULL text, is a text of NULL. */
static struct jangle_value member_value(const struct jangle_field *field,
                                        const void *data)
{
    const void *member = (const char *)data + field->offset;

    switch (field->kind) {
    case JANGLE_KIND_BOOL:
        return jangle_value_int_(*(const bool *)member);
    case JANGLE_KIND_INT:
        return jangle_value_int_(*(const int64_t *)member);
    case JANGLE_KIND_REAL:
        return jangle_value_real_(*(const double *)member);
    case JANGLE_KIND_TEXT:
        return jangle_value_text_(*(const char *const *)member);
    case JANGLE_KIND_TIME:
        return jangle_value_time_(*(const jangle_time *)member);
    case JANGLE_KIND_JSON:
        return jangle_value_text_(((const jangle_json *)member)->text);
    case JANGLE_KIND_OPTIONAL_BOOL:
        return jangle_value_optional_bool_(*(const jangle_optional_bool *)member);
    case JANGLE_KIND_OPTIONAL_INT:
        return jangle_value_optional_int_(*(const jangle_optional_int *)member);
    case JANGLE_KIND_OPTIONAL_REAL:
        return jangle_value_optional_real_(*(const jangle_optional_real *)member);
    case JANGLE_KIND_OPTIONAL_TEXT:
        return jangle_value_optional_text_(*(const jangle_optional_text *)member);
    case JANGLE_KIND_OPTIONAL_TIME:
        return jangle_value_optional_time_(*(const jangle_optional_time *)member);
    case JANGLE_KIND_NESTED:
    case JANGLE_KIND_LIST:
    case JANGLE_KIND_NOTHING:
    case JANGLE_KIND_END:
        break;
    }
    return (struct jangle_value){JANGLE_KIND_END, 0, 0, NULL};
}

static bool is_absent(const struct jangle_field *field, const void *data)
{
    struct jangle_value value = member_value(field, data);

    return value.kind == JANGLE_KIND_TEXT && !value.text;
}

/* The parameters are in the order of the columns. */
static enum jangle_result bind_column(struct jangle_view *view,
                                      const struct jangle_upsert *upsert,
                                      sqlite3_stmt *statement,
                                      const struct jangle_column *column,
                                      const void *data)
{
    int index = 1 + (int)(column - upsert->columns);
    bool paired =
        column->rule == JANGLE_RULE_IF_NEWER || column->rule == JANGLE_RULE_VERSION;
    bool absent = is_absent(&column->field, data) ||
                  (paired && is_absent(&partner(column)->field, data));
    struct jangle_value value = member_value(&column->field, data);
    int code = SQLITE_OK;

    if (absent && column->rule == JANGLE_RULE_KEY)
        return refuse_column(view, upsert, column->field.name,
                             "is a key and cannot be NULL");
    if (value.kind == JANGLE_KIND_END)
        return refuse_column(view, upsert, column->field.name,
                             "cannot hold a struct or a list");
    if (!absent && value.kind == JANGLE_KIND_REAL && isnan(value.real))
        return refuse_column(view, upsert, column->field.name,
                             "is given what is not a number");
    if (absent)
        code = sqlite3_bind_null(statement, index);
    else if (value.kind == JANGLE_KIND_INT)
        code = sqlite3_bind_int64(statement, index, value.integer);
    else if (value.kind == JANGLE_KIND_REAL)
        code = sqlite3_bind_double(statement, index, value.real);
    else
        code = jn_bind_text(statement, index, value.text);
    return code ? jn_view_stick_compile(view, code, upsert->name) : JANGLE_OK;
}

static enum jangle_result find_upsert(struct jangle_view *view,
                                      const struct jangle_upsert *upsert,
                                      sqlite3_stmt **statement)
{
    char key[KEY_SIZE];

    if (view->guard == JN_VIEW_QUERY)
        return jn_view_stick_invalid(view, "%s: a query may not write: %s",
                                     view->file->name, upsert->name);
    if (!write_key(key, upsert))
        return jn_view_stick_invalid(view, "%s: %s: its names are too long",
                                     view->file->name, JN_SHOWN(60, upsert->name));
    *statement = jn_view_find_statement(view, key);
    return *statement ? JANGLE_OK : compile_upsert(view, upsert, key, statement);
}

/* ---- before any call --------------------------------------------------------- */

/* Compiling is the check. The statements stay with the reader that compiled them. */
enum jangle_result jn_view_check(struct jangle_view_file *base,
                                 const struct jangle_upsert *const *upserts,
                                 size_t count,
                                 struct jangle_error *error)
{
    struct jn_view_file *file = (struct jn_view_file *)base;
    struct jangle_view *view;
    sqlite3_stmt *statement;
    enum jangle_result result =
        count ? jn_view_take_reader(file, false, JN_VIEW_BUSY_MS, &view, error)
              : JANGLE_OK;

    if (result || !count)
        return result;
    jn_view_unstick(view);
    for (size_t i = 0; !result && i < count; i++)
        result = find_upsert(view, upserts[i], &statement);
    jn_fail(error, view->failed_with.result, "%s", view->failed_with.message);
    jn_view_give(view);
    return result;
}

/* ---- the call ---------------------------------------------------------------- */

enum jangle_result jangle_view_upsert_(struct jangle_view *view,
                                       const struct jangle_upsert *upsert,
                                       const void *data)
{
    sqlite3_stmt *statement;
    enum jangle_result result;

    if (!view)
        return JANGLE_INVALID;
    assert(view->guard != JN_VIEW_SELF);
    if (view->failed_with.result)
        return view->failed_with.result;
    result = find_upsert(view, upsert, &statement);
    if (result)
        return result;
    for (const struct jangle_column *c = upsert->columns; !result && c->rule; c++)
        result = bind_column(view, upsert, statement, c, data);
    if (!result) {
        int code = sqlite3_step(statement);

        if (code != SQLITE_DONE)
            result = jn_view_stick_step(view, code, statement, upsert->name);
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return result;
}
