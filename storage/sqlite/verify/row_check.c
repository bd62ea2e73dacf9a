/* row_check.c - compare each column of a row with what it may hold. */
#include "sqlite/verify/row_check.h"

#include <jangle/plugin/support.h>

enum { WHAT_SIZE = 120 };

/* Add the value of a key column; of bytes, those before the first zero. */
static void add_key(struct jn_sentence *name, sqlite3_stmt *statement, int column)
{
    const char *text;

    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
        jn_sentence_put(name, "NULL");
        break;
    case SQLITE_INTEGER:
        jn_sentence_add(name, "%lld", (long long)sqlite3_column_int64(statement, column));
        break;
    default:
        text = (const char *)sqlite3_column_text(statement, column);
        jn_sentence_put(name, text ? text : "");
    }
}

/* Write which row it is: "account 000107". */
static void write_name(const struct jn_checked_row *row, char text[JN_FINDING_ROW_SIZE])
{
    struct jn_sentence name = jn_sentence_in(text, JN_FINDING_ROW_SIZE);

    for (int i = 0; i < row->key_count; i++) {
        if (i)
            jn_sentence_put(&name, " ");
        add_key(&name, row->statement, row->key + i);
    }
}

void jn_row_refuse(const struct jn_checked_row *row,
                   enum jangle_finding_kind kind,
                   const char *table,
                   const char *column,
                   const char *what)
{
    char name[JN_FINDING_ROW_SIZE] = "";

    write_name(row, name);
    jn_findings_add(row->verify, &(struct jangle_finding){
                                     .kind = kind,
                                     .table = table,
                                     .row = row->key_count ? name : NULL,
                                     .column = column,
                                     .affected = 1,
                                     .what = what,
                                 });
}

static const char *const kinds[] = {
    [SQLITE_INTEGER] = "a whole number",
    [SQLITE_FLOAT] = "a real number",
    [SQLITE_TEXT] = "a text",
    [SQLITE_BLOB] = "bytes",
    [SQLITE_NULL] = "NULL",
};

static const int kind_of[] = {
    [JN_WHOLE] = SQLITE_INTEGER, [JN_TEXT] = SQLITE_TEXT, [JN_BYTES] = SQLITE_BLOB};

static bool refuse(const struct jn_checked_row *row, const char *column, const char *what)
{
    jn_row_refuse(row, JANGLE_FINDING_VALUE, NULL, column, what);
    return false;
}

static bool check_number(const struct jn_checked_row *row,
                         int at,
                         const struct jn_column_check *column)
{
    int64_t number = sqlite3_column_int64(row->statement, at);
    char what[WHAT_SIZE];

    if (number >= column->low && number <= column->high)
        return true;
    jn_text_format(what, sizeof what, "holds %lld, which is not in %lld..%lld",
                   (long long)number, (long long)column->low, (long long)column->high);
    return refuse(row, column->name, what);
}

static bool check_length(const struct jn_checked_row *row,
                         int at,
                         const struct jn_column_check *column)
{
    const char *text = column->value == JN_TEXT
                           ? (const char *)sqlite3_column_text(row->statement, at)
                           : NULL;
    int64_t length = sqlite3_column_bytes(row->statement, at);
    char what[WHAT_SIZE];

    if (text && (int64_t)strlen(text) != length)
        return refuse(row, column->name, "holds a text with a zero byte in it");
    if (length >= column->low && length <= column->high)
        return true;
    if (column->low == column->high)
        jn_text_format(what, sizeof what, "holds %lld bytes, not %lld", (long long)length,
                       (long long)column->low);
    else
        jn_text_format(what, sizeof what, "holds %lld bytes, not %lld to %lld",
                       (long long)length, (long long)column->low,
                       (long long)column->high);
    return refuse(row, column->name, what);
}

static bool check_column(const struct jn_checked_row *row,
                         int at,
                         const struct jn_column_check *column)
{
    int found = sqlite3_column_type(row->statement, at);
    char what[WHAT_SIZE];

    if (found == SQLITE_NULL && column->optional)
        return true;
    if (found == kind_of[column->value])
        return column->value == JN_WHOLE ? check_number(row, at, column)
                                         : check_length(row, at, column);
    jn_text_format(what, sizeof what, "holds %s, not %s", kinds[found],
                   kinds[kind_of[column->value]]);
    return refuse(row, column->name, what);
}

bool jn_row_check(const struct jn_checked_row *row,
                  int first,
                  const struct jn_column_check *columns,
                  int count)
{
    bool fits = true;

    for (int i = 0; i < count; i++)
        fits = check_column(row, first + i, &columns[i]) && fits;
    return fits;
}
