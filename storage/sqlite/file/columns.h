/* columns.h - read columns by functions that know what each column must hold.
 *
 * A damaged file may hold anything in any column, whatever its schema says. So a column
 * that is NULL, of another kind, out of range or of another length is STORAGE, with a
 * sentence that names the file, the table, the row and the column. */
#ifndef JN_COLUMNS_H
#define JN_COLUMNS_H

#include "sqlite/file/database.h"
#include "sqlite/file/rows.h"

#include <stdbool.h>
#include <stdint.h>

/* No store ever has so many events: a position or version above it is damage, and one
 * below it can be counted up without overflow. */
#define JN_NUMBER_MAX (INT64_MAX / 2)

/* The row on which a statement is. The first error is kept in `result`. So a caller reads
 * all columns and looks at `result` once, before it uses any of them. */
struct jn_columns {
    struct jn_database *database; /* whose file it is, for the sentence */
    sqlite3_stmt *statement;
    const char *table;  /* of the row */
    int key, key_count; /* the first key column, and how many; 0: the table has one row */
    struct jn_rows *rows; /* keeps texts and bytes; NULL if none are kept */
    struct jangle_error *error;
    enum jangle_result result; /* OK at first; then STORAGE or NO_MEMORY */
};

/* Ask for rows: jn_columns_ask(columns, sql, JN_WITH(...)), or NULL, 0 without
 * parameters. `sql` is a literal, as for jn_database_prepare. */
void jn_columns_ask(struct jn_columns *columns,
                    const char *sql,
                    const struct jn_parameter *parameters,
                    int count);

/* Step to the next row. False after the last one, and after an error; NO_MEMORY if an
 * earlier row could not be kept in `rows`. */
bool jn_columns_next(struct jn_columns *columns);

/* Reset the statement, and return the first error. Whoever asks must call it. */
enum jangle_result jn_columns_end(struct jn_columns *columns);

/* A whole number, and one in low..high; 0 if the column holds none. */
int64_t jn_columns_number(struct jn_columns *columns, int column);
int64_t
jn_columns_number_in(struct jn_columns *columns, int column, int64_t low, int64_t high);

/* 0 or 1. */
bool jn_columns_flag(struct jn_columns *columns, int column);

/* Copy a blob of exactly `size` bytes; zeroes if the column holds none. */
void jn_columns_copy(struct jn_columns *columns, int column, void *bytes, size_t size);

/* A text without a zero byte, valid until the next step of the statement; "" if the
 * column holds none. */
const char *jn_columns_text(struct jn_columns *columns, int column);

/* Copy such a text. One that is longer than size - 1 bytes is refused. */
void jn_columns_copy_text(struct jn_columns *columns,
                          int column,
                          char *text,
                          size_t size);

/* Such a text, which may be NULL; and a blob of any size, which may be NULL, too. Both
 * are valid until the next step of the statement. */
const char *jn_columns_optional_text(struct jn_columns *columns, int column);
const void *
jn_columns_optional_bytes(struct jn_columns *columns, int column, size_t *size);

/* Keep such a text in `rows`. The optional one may be NULL. */
const char *jn_columns_keep_text(struct jn_columns *columns, int column);
const char *jn_columns_keep_optional_text(struct jn_columns *columns, int column);

/* Keep a blob of any size in `rows`, with a zero behind it; the pointer of an empty blob
 * is not NULL. The optional one may be NULL. */
const void *jn_columns_keep_bytes(struct jn_columns *columns, int column, size_t *size);
const void *
jn_columns_keep_optional_bytes(struct jn_columns *columns, int column, size_t *size);

/* Refuse the row unless this column is 1, which is `checksum = jangle_checksum(...)`.
 * Call it last, because the other functions name the damaged column. */
void jn_columns_verify(struct jn_columns *columns, int column);

/* Refuse the row unless this column is a checksum that the caller has computed. */
void jn_columns_verify_as(struct jn_columns *columns, int column, int64_t checksum);

/* Refuse the row, for a reason that a caller found: "is missing". */
enum jangle_result jn_columns_refuse_row(struct jn_columns *columns, const char *what);

/* Refuse a column, for a reason that a caller found: "a number that no status has" makes
 * the sentence "... column status holds a number that no status has". */
enum jangle_result
jn_columns_refuse(struct jn_columns *columns, int column, const char *what);

#endif
