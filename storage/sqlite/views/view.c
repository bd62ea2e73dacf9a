/* view.c - what callbacks do with a view: run, read a row, read rows. */
#include <jangle/view.h>

#include "sqlite/views/view_file.h"

#include <jangle/arena.h>

#include <assert.h>
#include <math.h>

/* ---- statements -------------------------------------------------------------- */

static enum jangle_result
bind(struct jangle_view *view, sqlite3_stmt *statement, const struct jangle_value *values)
{
    const char *sql = sqlite3_sql(statement);
    int wanted = sqlite3_bind_parameter_count(statement);
    int count = 0, code = SQLITE_OK;

    while (values[count].kind != JANGLE_KIND_END)
        count++;
    if (count != wanted)
        return jn_view_cannot(view, "%s: %d values for %d ?s: %s", view->file->name,
                              count, wanted, sql);
    for (int i = 0; !code && i < count; i++) {
        const struct jangle_value *value = &values[i];

        if (value->kind == JANGLE_KIND_REAL && isnan(value->real))
            return jn_view_cannot(view, "%s: value %d is not a number: %s",
                                  view->file->name, i + 1, sql);
        if (value->kind == JANGLE_KIND_INT)
            code = sqlite3_bind_int64(statement, i + 1, value->integer);
        else if (value->kind == JANGLE_KIND_REAL)
            code = sqlite3_bind_double(statement, i + 1, value->real);
        else
            code = jn_bind_text(statement, i + 1, value->text);
    }
    return code ? jn_view_stick_compile(view, code, sql) : JANGLE_OK;
}

/* The text is the first of the values. */
static enum jangle_result start(struct jangle_view *view,
                                const struct jangle_value *values,
                                sqlite3_stmt **statement)
{
    const char *sql = values->text;
    enum jangle_result result;

    if (!view)
        return JANGLE_INVALID;
    assert(view->guard != JN_VIEW_SELF);
    if (view->stuck.result)
        return view->stuck.result;
    if (values->kind != JANGLE_KIND_TEXT || !sql)
        return jn_view_cannot(view, "%s: the SQL is NULL, or no text", view->file->name);
    *statement = jn_view_find_statement(view, sql);
    result = *statement ? JANGLE_OK : jn_view_compile(view, sql, sql, statement);
    if (result)
        return result;
    if (view->guard == JN_VIEW_QUERY && !sqlite3_stmt_readonly(*statement))
        return jn_view_cannot(view, "%s: a query may not write: %s", view->file->name,
                              sql);
    return bind(view, *statement, values + 1);
}

static enum jangle_result
step(struct jangle_view *view, sqlite3_stmt *statement, bool *is_row)
{
    int code = sqlite3_step(statement);

    *is_row = code == SQLITE_ROW;
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return JANGLE_OK;
    return jn_view_stick_step(view, code, statement, sqlite3_sql(statement));
}

static void finish(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

enum jangle_result jangle_view_run_(struct jangle_view *view,
                                    const struct jangle_value *values)
{
    sqlite3_stmt *statement;
    bool more = true;
    enum jangle_result result = start(view, values, &statement);

    if (result)
        return result;
    while (!result && more)
        result = step(view, statement, &more);
    finish(statement);
    return result;
}

struct sqlite3 *jangle_view_sqlite(struct jangle_view *view)
{
    return view ? view->database.handle : NULL;
}

/* ---- one column into one member ---------------------------------------------- */

struct cell {
    struct jangle_view *view;
    sqlite3_stmt *statement;
    int column;
    const struct jangle_field *field;
};

static enum jangle_result refuse(const struct cell *cell, const char *what)
{
    return jn_view_stick(cell->view, JANGLE_INVALID, "%s: column %s %s: %s",
                         cell->view->file->name, JN_SHOWN(60, cell->field->name), what,
                         sqlite3_sql(cell->statement));
}

static enum jangle_result read_int(const struct cell *cell, int64_t *value)
{
    if (sqlite3_column_type(cell->statement, cell->column) != SQLITE_INTEGER)
        return refuse(cell, "is not a whole number, which its member is");
    *value = sqlite3_column_int64(cell->statement, cell->column);
    return JANGLE_OK;
}

static enum jangle_result read_bool(const struct cell *cell, bool *value)
{
    int64_t number = 2;

    if (sqlite3_column_type(cell->statement, cell->column) == SQLITE_INTEGER)
        number = sqlite3_column_int64(cell->statement, cell->column);
    if (number != 0 && number != 1)
        return refuse(cell, "is not 0 or 1, and its member is a bool");
    *value = number == 1;
    return JANGLE_OK;
}

static enum jangle_result read_real(const struct cell *cell, double *value)
{
    int type = sqlite3_column_type(cell->statement, cell->column);

    if (type != SQLITE_FLOAT && type != SQLITE_INTEGER)
        return refuse(cell, "is not a number, which its member is");
    *value = sqlite3_column_double(cell->statement, cell->column);
    return JANGLE_OK;
}

static enum jangle_result read_text(const struct cell *cell, const char **value)
{
    const unsigned char *text;
    size_t size;
    char *copy;

    if (sqlite3_column_type(cell->statement, cell->column) != SQLITE_TEXT)
        return refuse(cell, "is not text, which its member is");
    text = sqlite3_column_text(cell->statement, cell->column);
    size = (size_t)sqlite3_column_bytes(cell->statement, cell->column);
    copy = text ? jangle_alloc(cell->view->arena, size + 1) : NULL;
    if (!copy)
        return jn_view_stick(cell->view, JANGLE_NO_MEMORY, "%s: out of memory",
                             cell->view->file->name);
    if (memchr(text, 0, size))
        return refuse(cell, "has a zero byte in its text");
    memcpy(copy, text, size);
    *value = copy;
    return JANGLE_OK;
}

static bool is_null(const struct cell *cell)
{
    return sqlite3_column_type(cell->statement, cell->column) == SQLITE_NULL;
}

static enum jangle_result read_needed(const struct cell *cell, void *member)
{
    if (is_null(cell) && cell->field->kind != JANGLE_KIND_JSON)
        return refuse(cell, "is NULL: make its member an optional, or use coalesce()");
    switch (cell->field->kind) {
    case JANGLE_KIND_BOOL:
        return read_bool(cell, member);
    case JANGLE_KIND_INT:
        return read_int(cell, member);
    case JANGLE_KIND_REAL:
        return read_real(cell, member);
    case JANGLE_KIND_TEXT:
        return read_text(cell, member);
    case JANGLE_KIND_TIME:
        return read_int(cell, &((jangle_time *)member)->us);
    case JANGLE_KIND_JSON:
        return is_null(cell) ? JANGLE_OK
                             : read_text(cell, &((jangle_json *)member)->text);
    default:
        return jn_view_cannot(cell->view,
                              "%s: column %s cannot be read into a nested struct or a "
                              "list: %s",
                              cell->view->file->name, JN_SHOWN(60, cell->field->name),
                              sqlite3_sql(cell->statement));
    }
}

static enum jangle_result read_cell(const struct cell *cell, void *row)
{
    void *member = (char *)row + cell->field->offset;
    bool given = !is_null(cell);

    switch (cell->field->kind) {
    case JANGLE_KIND_OPTIONAL_BOOL: {
        jangle_optional_bool *optional = member;

        *optional = (jangle_optional_bool){given, false};
        return given ? read_bool(cell, &optional->value) : JANGLE_OK;
    }
    case JANGLE_KIND_OPTIONAL_INT: {
        jangle_optional_int *optional = member;

        *optional = (jangle_optional_int){given, 0};
        return given ? read_int(cell, &optional->value) : JANGLE_OK;
    }
    case JANGLE_KIND_OPTIONAL_REAL: {
        jangle_optional_real *optional = member;

        *optional = (jangle_optional_real){given, 0};
        return given ? read_real(cell, &optional->value) : JANGLE_OK;
    }
    case JANGLE_KIND_OPTIONAL_TEXT: {
        jangle_optional_text *optional = member;

        *optional = (jangle_optional_text){given, NULL};
        return given ? read_text(cell, &optional->value) : JANGLE_OK;
    }
    case JANGLE_KIND_OPTIONAL_TIME: {
        jangle_optional_time *optional = member;

        *optional = (jangle_optional_time){given, {0}};
        return given ? read_int(cell, &optional->value.us) : JANGLE_OK;
    }
    default:
        return read_needed(cell, member);
    }
}

/* ---- columns meet members ---------------------------------------------------- */

enum { FIELDS_MAX = 32 };

/* Which member each column goes to. */
static enum jangle_result match(struct jangle_view *view,
                                sqlite3_stmt *statement,
                                const struct jangle_message *type,
                                const struct jangle_field *fields[FIELDS_MAX])
{
    int count = sqlite3_column_count(statement);

    if (!count || count > FIELDS_MAX)
        return jn_view_cannot(view, "%s: gives %d columns, not 1..%d: %s",
                              view->file->name, count, FIELDS_MAX,
                              sqlite3_sql(statement));
    for (int i = 0; i < count; i++) {
        const char *name = sqlite3_column_name(statement, i);
        const struct jangle_field *field = type->fields;

        if (!name)
            return jn_view_stick(view, JANGLE_NO_MEMORY, "%s: out of memory",
                                 view->file->name);
        while (field->kind != JANGLE_KIND_END && strcmp(field->name, name) != 0)
            field++;
        if (field->kind == JANGLE_KIND_END)
            return jn_view_cannot(view, "%s: column %s has no member in %s: %s",
                                  view->file->name, JN_SHOWN(60, name),
                                  JN_SHOWN(60, type->name), sqlite3_sql(statement));
        for (int j = 0; j < i; j++)
            if (fields[j] == field)
                return jn_view_cannot(view, "%s: column %s is there twice: %s",
                                      view->file->name, JN_SHOWN(60, name),
                                      sqlite3_sql(statement));
        fields[i] = field;
    }
    return JANGLE_OK;
}

static enum jangle_result read_row(struct jangle_view *view,
                                   sqlite3_stmt *statement,
                                   const struct jangle_field *const *fields,
                                   void *row)
{
    int count = sqlite3_column_count(statement);

    for (int i = 0; i < count; i++) {
        const struct cell cell = {view, statement, i, fields[i]};
        enum jangle_result result = read_cell(&cell, row);

        if (result)
            return result;
    }
    return JANGLE_OK;
}

/* A row that is read in part must not be seen. */
static enum jangle_result read_one(struct jangle_view *view,
                                   sqlite3_stmt *statement,
                                   const struct jangle_message *type,
                                   void *row)
{
    const struct jangle_field *fields[FIELDS_MAX];
    bool found = false;
    void *copy;
    enum jangle_result result = step(view, statement, &found);

    /* A first step may find that the schema has changed: only now the columns are sure.
     */
    if (!result)
        result = match(view, statement, type, fields);
    if (result)
        return result;
    if (!found)
        return JANGLE_NOT_FOUND;
    copy = jangle_alloc(view->arena, type->size);
    if (!copy)
        return jn_view_stick(view, JANGLE_NO_MEMORY, "%s: out of memory",
                             view->file->name);
    memcpy(copy, row, type->size);
    result = read_row(view, statement, fields, copy);
    if (!result)
        memcpy(row, copy, type->size);
    return result;
}

enum jangle_result jangle_view_row_(struct jangle_view *view,
                                    const struct jangle_message *type,
                                    void *row,
                                    const struct jangle_value *values)
{
    sqlite3_stmt *statement;
    enum jangle_result result = start(view, values, &statement);

    if (result)
        return result;
    result = read_one(view, statement, type, row);
    finish(statement);
    return result;
}

static enum jangle_result read_all(struct jangle_view *view,
                                   sqlite3_stmt *statement,
                                   const struct jangle_message *type,
                                   struct jangle_list *rows)
{
    const struct jangle_field *fields[FIELDS_MAX];
    bool more = false;
    void *blank = jangle_alloc(view->arena, type->size);
    enum jangle_result result = step(view, statement, &more);

    if (!result)
        result = match(view, statement, type, fields);
    while (!result && more) {
        void *row = blank ? jangle_list_add_(view->arena, rows, type->size, blank) : NULL;

        if (!row)
            return jn_view_stick(view, JANGLE_NO_MEMORY, "%s: out of memory",
                                 view->file->name);
        result = read_row(view, statement, fields, row);
        if (!result)
            result = step(view, statement, &more);
    }
    return result;
}

enum jangle_result jangle_view_list_(struct jangle_view *view,
                                     const struct jangle_message *type,
                                     void *list,
                                     const struct jangle_value *values)
{
    struct jangle_list rows = {0};
    sqlite3_stmt *statement;
    enum jangle_result result = start(view, values, &statement);

    memset(list, 0, sizeof rows);
    if (result)
        return result;
    result = read_all(view, statement, type, &rows);
    finish(statement);
    if (!result)
        memcpy(list, &rows, sizeof rows);
    return result;
}
