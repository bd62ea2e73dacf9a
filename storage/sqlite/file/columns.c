/* columns.c - read columns by functions that know what each column must hold. */
#include "sqlite/file/columns.h"

#include <string.h>

/* ---- sentences --------------------------------------------------------------- */

enum { ROW_SIZE = 120, WHAT_SIZE = 100 };

/* Add the value of a key column; of bytes, those before the first zero. */
static void add_key(struct jn_sentence *row, sqlite3_stmt *statement, int column)
{
    const char *text;

    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
        jn_sentence_put(row, "NULL");
        break;
    case SQLITE_INTEGER:
        jn_sentence_add(row, "%lld", (long long)sqlite3_column_int64(statement, column));
        break;
    default:
        text = (const char *)sqlite3_column_text(statement, column);
        jn_sentence_put(row, text ? text : "");
    }
}

/* Write which row it is, by its key columns: ", row account 1". */
static void write_row(char text[ROW_SIZE], const struct jn_columns *columns)
{
    struct jn_sentence row = jn_sentence_in(text, ROW_SIZE);

    for (int i = 0; i < columns->key_count; i++) {
        jn_sentence_put(&row, i ? " " : ", row ");
        add_key(&row, columns->statement, columns->key + i);
    }
}

enum jangle_result
jn_columns_refuse(struct jn_columns *columns, int column, const char *what)
{
    const char *name = sqlite3_column_name(columns->statement, column);
    char row[ROW_SIZE];

    if (columns->result)
        return columns->result;
    write_row(row, columns);
    columns->result =
        jn_fail(columns->error, JANGLE_STORAGE,
                "%s: it is damaged: in table %s%s, column %s holds %s",
                columns->database->path, columns->table, row, name ? name : "?", what);
    return columns->result;
}

enum jangle_result jn_columns_refuse_row(struct jn_columns *columns, const char *what)
{
    char row[ROW_SIZE];

    if (columns->result)
        return columns->result;
    write_row(row, columns);
    columns->result =
        jn_fail(columns->error, JANGLE_STORAGE, "%s: it is damaged: in table %s%s %s",
                columns->database->path, columns->table,
                columns->key_count ? row : ", the row", what);
    return columns->result;
}

void jn_columns_verify(struct jn_columns *columns, int column)
{
    if (sqlite3_column_int(columns->statement, column) != 1)
        jn_columns_refuse_row(columns, "is not what was stored: its checksum differs");
}

void jn_columns_verify_as(struct jn_columns *columns, int column, int64_t checksum)
{
    if (jn_columns_number(columns, column) != checksum)
        jn_columns_refuse_row(columns, "is not what was stored: its checksum differs");
}

static void run_out(struct jn_columns *columns)
{
    if (!columns->result)
        columns->result = jn_fail(columns->error, JANGLE_NO_MEMORY, "%s: out of memory",
                                  columns->database->path);
}

/* ---- rows -------------------------------------------------------------------- */

void jn_columns_ask(struct jn_columns *columns,
                    const char *sql,
                    const struct jn_parameter *parameters,
                    int count)
{
    columns->result =
        jn_database_prepare(columns->database, sql, &columns->statement, columns->error);
    if (!columns->result)
        jn_bind_all(columns->statement, parameters, count);
}

bool jn_columns_next(struct jn_columns *columns)
{
    bool failed = columns->rows && columns->rows->failed;
    int code;

    if (columns->result)
        return false;
    code = failed ? SQLITE_NOMEM : sqlite3_step(columns->statement);
    if (code == SQLITE_ROW)
        return true;
    columns->result = jn_database_result(columns->database, code, columns->error);
    return false;
}

enum jangle_result jn_columns_end(struct jn_columns *columns)
{
    sqlite3_reset(columns->statement);
    return columns->result;
}

/* ---- kinds ------------------------------------------------------------------- */

static const char *const kinds[] = {
    [SQLITE_INTEGER] = "a whole number",
    [SQLITE_FLOAT] = "a real number",
    [SQLITE_TEXT] = "a text",
    [SQLITE_BLOB] = "bytes",
    [SQLITE_NULL] = "NULL",
};

/* SQLite asks for a mutex around this function. None is needed, because only one thread
 * at a time uses a connection. It takes half the time of asking the statement for kind,
 * length and text one by one. */
static sqlite3_value *column_value(const struct jn_columns *columns, int column)
{
    return sqlite3_column_value(columns->statement, column);
}

/* Is the value of that kind? If not, the row is refused. */
static bool
is_kind(struct jn_columns *columns, int column, sqlite3_value *value, int kind)
{
    int found = sqlite3_value_type(value);
    char what[WHAT_SIZE];

    if (found == kind)
        return true;
    jn_text_format(what, sizeof what, "%s, not %s", kinds[found], kinds[kind]);
    jn_columns_refuse(columns, column, what);
    return false;
}

/* ---- numbers ----------------------------------------------------------------- */

int64_t jn_columns_number(struct jn_columns *columns, int column)
{
    sqlite3_value *value = column_value(columns, column);

    return is_kind(columns, column, value, SQLITE_INTEGER) ? sqlite3_value_int64(value)
                                                           : 0;
}

int64_t
jn_columns_number_in(struct jn_columns *columns, int column, int64_t low, int64_t high)
{
    int64_t number = jn_columns_number(columns, column);
    char what[WHAT_SIZE];

    if (columns->result || (number >= low && number <= high))
        return columns->result ? 0 : number;
    jn_text_format(what, sizeof what, "%lld, not a number in %lld..%lld",
                   (long long)number, (long long)low, (long long)high);
    jn_columns_refuse(columns, column, what);
    return 0;
}

bool jn_columns_flag(struct jn_columns *columns, int column)
{
    return jn_columns_number_in(columns, column, 0, 1) != 0;
}

/* ---- texts ------------------------------------------------------------------- */

/* The text of a value. A zero byte inside would cut it, so such a text is damage. */
static const char *
value_text(struct jn_columns *columns, int column, sqlite3_value *value)
{
    const char *text;

    if (!is_kind(columns, column, value, SQLITE_TEXT))
        return "";
    text = (const char *)sqlite3_value_text(value);
    if (!text) {
        run_out(columns);
        return "";
    }
    if (strlen(text) == (size_t)sqlite3_value_bytes(value))
        return text;
    jn_columns_refuse(columns, column, "a text with a zero byte in it");
    return "";
}

const char *jn_columns_text(struct jn_columns *columns, int column)
{
    return value_text(columns, column, column_value(columns, column));
}

const char *jn_columns_optional_text(struct jn_columns *columns, int column)
{
    sqlite3_value *value = column_value(columns, column);

    return sqlite3_value_type(value) == SQLITE_NULL ? NULL
                                                    : value_text(columns, column, value);
}

void jn_columns_copy_text(struct jn_columns *columns, int column, char *text, size_t size)
{
    const char *found = jn_columns_text(columns, column);
    size_t length = strlen(found);
    char what[WHAT_SIZE];

    text[0] = '\0';
    if (length < size) {
        memcpy(text, found, length + 1);
        return;
    }
    jn_text_format(what, sizeof what, "a text of %zu bytes, not of %zu at most", length,
                   size - 1);
    jn_columns_refuse(columns, column, what);
}

/* Copy bytes into the rows, with a zero behind them. */
static void *keep_copy(struct jn_columns *columns, const void *bytes, size_t size)
{
    char *room = jn_rows_room(columns->rows, size + 1);

    if (!room) {
        run_out(columns);
        return NULL;
    }
    if (size)
        memcpy(room, bytes, size);
    room[size] = '\0';
    return room;
}

static const char *keep_text(struct jn_columns *columns, int column, sqlite3_value *value)
{
    const char *text = value_text(columns, column, value);
    const char *kept = keep_copy(columns, text, strlen(text));

    return kept ? kept : "";
}

const char *jn_columns_keep_text(struct jn_columns *columns, int column)
{
    return keep_text(columns, column, column_value(columns, column));
}

const char *jn_columns_keep_optional_text(struct jn_columns *columns, int column)
{
    sqlite3_value *value = column_value(columns, column);

    return sqlite3_value_type(value) == SQLITE_NULL ? NULL
                                                    : keep_text(columns, column, value);
}

/* ---- bytes ------------------------------------------------------------------- */

void jn_columns_copy(struct jn_columns *columns, int column, void *bytes, size_t size)
{
    sqlite3_value *value = column_value(columns, column);
    const void *blob;
    size_t found;
    char what[WHAT_SIZE];

    memset(bytes, 0, size);
    if (!is_kind(columns, column, value, SQLITE_BLOB))
        return;
    blob = sqlite3_value_blob(value);
    found = (size_t)sqlite3_value_bytes(value);
    if (found == size && blob) {
        memcpy(bytes, blob, size);
    } else if (found == size && size) {
        run_out(columns);
    } else if (found != size) {
        jn_text_format(what, sizeof what, "%zu bytes, not %zu", found, size);
        jn_columns_refuse(columns, column, what);
    }
}

/* The bytes of a value; a pointer to nothing, if there are none. */
static const void *
value_bytes(struct jn_columns *columns, int column, sqlite3_value *value, size_t *size)
{
    const void *bytes;

    *size = 0;
    if (!is_kind(columns, column, value, SQLITE_BLOB))
        return "";
    bytes = sqlite3_value_blob(value);
    *size = (size_t)sqlite3_value_bytes(value);
    if (!bytes && *size)
        run_out(columns);
    if (bytes && !columns->result)
        return bytes;
    *size = 0;
    return "";
}

const void *
jn_columns_optional_bytes(struct jn_columns *columns, int column, size_t *size)
{
    sqlite3_value *value = column_value(columns, column);

    *size = 0;
    if (sqlite3_value_type(value) == SQLITE_NULL)
        return NULL;
    return value_bytes(columns, column, value, size);
}

static const void *
keep_bytes(struct jn_columns *columns, int column, sqlite3_value *value, size_t *size)
{
    const void *bytes = value_bytes(columns, column, value, size), *kept;

    kept = columns->result ? NULL : keep_copy(columns, bytes, *size);
    if (kept)
        return kept;
    *size = 0;
    return "";
}

const void *jn_columns_keep_bytes(struct jn_columns *columns, int column, size_t *size)
{
    return keep_bytes(columns, column, column_value(columns, column), size);
}

const void *
jn_columns_keep_optional_bytes(struct jn_columns *columns, int column, size_t *size)
{
    sqlite3_value *value = column_value(columns, column);

    *size = 0;
    if (sqlite3_value_type(value) == SQLITE_NULL)
        return NULL;
    return keep_bytes(columns, column, value, size);
}
