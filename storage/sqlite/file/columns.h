/* columns.h - columns are read by functions that know what each of them must hold.
 *
 * A file that was damaged may hold anything in any column, whatever its table says: so a
 * column that is NULL, of another kind, out of range or of another length is STORAGE, and
 * the sentence names the file, the table, the row and the column. */
#ifndef JN_COLUMNS_H
#define JN_COLUMNS_H

#include "sqlite/file/database.h"
#include "sqlite/file/rows.h"

#include <stdbool.h>
#include <stdint.h>

/* The row on which a statement stands. The first error sticks, so read all columns, and
 * look at `result` once, before any of them is used. */
struct jn_columns {
    struct jn_database *database; /* whose file it is, for the sentence */
    sqlite3_stmt *statement;
    const char *table;    /* that the row is of */
    int key, key_count;   /* the columns that tell it from other rows; 0: it is alone */
    struct jn_rows *rows; /* where texts and bytes are kept; NULL if none are */
    struct jangle_error *error;
    enum jangle_result result; /* OK at first; then STORAGE or NO_MEMORY */
};

/* A whole number; one that is in low..high. 0 if it is neither. */
int64_t jn_columns_number(struct jn_columns *columns, int column);
int64_t
jn_columns_number_in(struct jn_columns *columns, int column, int64_t low, int64_t high);

/* 0 or 1. */
bool jn_columns_flag(struct jn_columns *columns, int column);

/* Copy a blob of exactly so many bytes; zeroes if it is none. */
void jn_columns_copy(struct jn_columns *columns, int column, void *bytes, size_t size);

/* A text without a zero byte, which lives until the statement moves; "" if it is none. */
const char *jn_columns_text(struct jn_columns *columns, int column);

/* Copy such a text; one that is longer than size - 1 bytes is refused, too. */
void jn_columns_copy_text(struct jn_columns *columns,
                          int column,
                          char *text,
                          size_t size);

/* Such a text, kept in `rows`; the optional one of a NULL is NULL. */
const char *jn_columns_keep_text(struct jn_columns *columns, int column);
const char *jn_columns_keep_optional_text(struct jn_columns *columns, int column);

/* A blob of any size, kept in `rows` with a zero behind it; no bytes are a pointer all
 * the same. The optional one of a NULL is NULL. */
const void *jn_columns_keep_bytes(struct jn_columns *columns, int column, size_t *size);
const void *
jn_columns_keep_optional_bytes(struct jn_columns *columns, int column, size_t *size);

/* Is the row what was stored? The column says so: checksum = jangle_checksum(...). Call
 * it last, for a column that holds what it cannot is named by its own function. */
void jn_columns_verify(struct jn_columns *columns, int column);

/* The same where the column is the checksum, and the caller has made it anew. */
void jn_columns_verify_as(struct jn_columns *columns, int column, int64_t checksum);

/* For what a caller finds wrong with the row as a whole: "is missing". */
enum jangle_result jn_columns_refuse_row(struct jn_columns *columns, const char *what);

/* For what a caller finds wrong by itself: "column state holds a number that no status
 * has" is jn_columns_refuse(columns, 4, "a number that no status has"). */
enum jangle_result
jn_columns_refuse(struct jn_columns *columns, int column, const char *what);

#endif
