/* view_row.c - read a row into a struct, each column into the member of its name. */
#include "sqlite/views/view_row.h"

#include "sqlite/views/view_statement.h"

#include <jangle/arena.h>

/* ---- one column into one member ---------------------------------------------- */

/* A column of the row on which the statement is, and its member. */
struct cell {
    struct jangle_view *view;
    sqlite3_stmt *statement;
    int column;
    const struct jangle_field *field;
};

static bool is_null(const struct cell *cell)
{
    return sqlite3_column_type(cell->statement, cell->column) == SQLITE_NULL;
}

/* A member without an optional type has no value that could stand for NULL. */
static enum jangle_result refuse_cell(const struct cell *cell, const char *what)
{
    if (is_null(cell))
        what = "is NULL: make its member an optional, or use coalesce()";
    return jn_view_stick(cell->view, JANGLE_INVALID, "%s: column %s %s: %s",
                         cell->view->file->name, JN_SHOWN(60, cell->field->name), what,
                         sqlite3_sql(cell->statement));
}

/* Nothing is converted: a text "7" in a column of numbers is an error of the handler that
 * wrote it, and would otherwise be found much later. */
static enum jangle_result read_int(const struct cell *cell, int64_t *value)
{
    if (sqlite3_column_type(cell->statement, cell->column) != SQLITE_INTEGER)
        return refuse_cell(cell, "is not a whole number, which its member is");
    *value = sqlite3_column_int64(cell->statement, cell->column);
    return JANGLE_OK;
}

static enum jangle_result read_bool(const struct cell *cell, bool *value)
{
    int64_t number = 2;

    if (sqlite3_column_type(cell->statement, cell->column) == SQLITE_INTEGER)
        number = sqlite3_column_int64(cell->statement, cell->column);
    if (number != 0 && number != 1)
        return refuse_cell(cell, "is not 0 or 1, and its member is a bool");
    *value = number == 1;
    return JANGLE_OK;
}

static enum jangle_result read_real(const struct cell *cell, double *value)
{
    int type = sqlite3_column_type(cell->statement, cell->column);

    if (type != SQLITE_FLOAT && type != SQLITE_INTEGER)
        return refuse_cell(cell, "is not a number, which its member is");
    *value = sqlite3_column_double(cell->statement, cell->column);
    return JANGLE_OK;
}

/* The text is copied into the arena, because SQLite frees its own at the next step. */
static enum jangle_result read_text(const struct cell *cell, const char **value)
{
    const unsigned char *text;
    size_t size;
    char *copy;

    if (sqlite3_column_type(cell->statement, cell->column) != SQLITE_TEXT)
        return refuse_cell(cell, "is not text, which its member is");
    text = sqlite3_column_text(cell->statement, cell->column);
    size = (size_t)sqlite3_column_bytes(cell->statement, cell->column);
    copy = text ? jangle_alloc(cell->view->arena, size + 1) : NULL;
    if (!copy)
        return jn_view_run_out(cell->view);
    if (memchr(text, 0, size))
        return refuse_cell(cell, "has a zero byte in its text");
    memcpy(copy, text, size);
    *value = copy;
    return JANGLE_OK;
}

/* A NULL column leaves the optional member without a value. */
static enum jangle_result read_optional(const struct cell *cell, void *member, bool given)
{
    if (cell->field->kind == JANGLE_KIND_OPTIONAL_BOOL) {
        *(jangle_optional_bool *)member = (jangle_optional_bool){given, false};
        return given ? read_bool(cell, &((jangle_optional_bool *)member)->value)
                     : JANGLE_OK;
    }
    if (cell->field->kind == JANGLE_KIND_OPTIONAL_INT) {
        *(jangle_optional_int *)member = (jangle_optional_int){given, 0};
        return given ? read_int(cell, &((jangle_optional_int *)member)->value)
                     : JANGLE_OK;
    }
    if (cell->field->kind == JANGLE_KIND_OPTIONAL_REAL) {
        *(jangle_optional_real *)member = (jangle_optional_real){given, 0};
        return given ? read_real(cell, &((jangle_optional_real *)member)->value)
                     : JANGLE_OK;
    }
    if (cell->field->kind == JANGLE_KIND_OPTIONAL_TEXT) {
        *(jangle_optional_text *)member = (jangle_optional_text){given, NULL};
        return given ? read_text(cell, &((jangle_optional_text *)member)->value)
                     : JANGLE_OK;
    }
    *(jangle_optional_time *)member = (jangle_optional_time){given, {0}};
    return given ? read_int(cell, &((jangle_optional_time *)member)->value.us)
                 : JANGLE_OK;
}

static enum jangle_result read_cell(const struct cell *cell, void *row)
{
    void *member = (char *)row + cell->field->offset;
    bool given = !is_null(cell);

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
        *(jangle_json *)member = (jangle_json){NULL};
        return given ? read_text(cell, &((jangle_json *)member)->text) : JANGLE_OK;
    case JANGLE_KIND_OPTIONAL_BOOL:
    case JANGLE_KIND_OPTIONAL_INT:
    case JANGLE_KIND_OPTIONAL_REAL:
    case JANGLE_KIND_OPTIONAL_TEXT:
    case JANGLE_KIND_OPTIONAL_TIME:
        return read_optional(cell, member, given);
    case JANGLE_KIND_NESTED:
    case JANGLE_KIND_LIST:
    case JANGLE_KIND_NOTHING:
    case JANGLE_KIND_END:
        break;
    }
    return jn_view_stick_invalid(cell->view,
                                 "%s: column %s cannot be read into a nested struct or a "
                                 "list: %s",
                                 cell->view->file->name, JN_SHOWN(60, cell->field->name),
                                 sqlite3_sql(cell->statement));
}

/* ---- columns and members ------------------------------------------------------ */

enum jangle_result jn_view_match(struct jangle_view *view,
                                 sqlite3_stmt *statement,
                                 const struct jangle_message *type,
                                 const struct jangle_field *fields[JN_VIEW_COLUMNS])
{
    int count = sqlite3_column_count(statement);

    if (!count || count > JN_VIEW_COLUMNS)
        return jn_view_stick_invalid(view, "%s: gives %d columns, not 1..%d: %s",
                                     view->file->name, count, JN_VIEW_COLUMNS,
                                     sqlite3_sql(statement));
    for (int i = 0; i < count; i++) {
        const char *name = sqlite3_column_name(statement, i);
        const struct jangle_field *field = type->fields;

        if (!name)
            return jn_view_run_out(view);
        while (field->kind != JANGLE_KIND_END && strcmp(field->name, name) != 0)
            field++;
        if (field->kind == JANGLE_KIND_END)
            return jn_view_stick_invalid(
                view, "%s: column %s has no member in %s: %s", view->file->name,
                JN_SHOWN(60, name), JN_SHOWN(60, type->name), sqlite3_sql(statement));
        for (int j = 0; j < i; j++)
            if (fields[j] == field)
                return jn_view_stick_invalid(view, "%s: column %s is there twice: %s",
                                             view->file->name, JN_SHOWN(60, name),
                                             sqlite3_sql(statement));
        fields[i] = field;
    }
    return JANGLE_OK;
}

/* Nested structs and lists have no columns. */
static bool is_matched(const struct jangle_field *field,
                       const struct jangle_field *const *fields,
                       int count)
{
    if (field->kind == JANGLE_KIND_NESTED || field->kind == JANGLE_KIND_LIST)
        return true;
    for (int i = 0; i < count; i++)
        if (fields[i] == field)
            return true;
    return false;
}

enum jangle_result jn_view_match_all(struct jangle_view *view,
                                     sqlite3_stmt *statement,
                                     const struct jangle_message *type,
                                     const struct jangle_field *const *fields)
{
    int count = sqlite3_column_count(statement);

    for (const struct jangle_field *field = type->fields; field->kind != JANGLE_KIND_END;
         field++)
        if (!is_matched(field, fields, count))
            return jn_view_stick_invalid(view, "%s: member %s of %s has no column: %s",
                                         view->file->name, JN_SHOWN(60, field->name),
                                         JN_SHOWN(60, type->name),
                                         sqlite3_sql(statement));
    return JANGLE_OK;
}

enum jangle_result jn_view_read_row(struct jangle_view *view,
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
