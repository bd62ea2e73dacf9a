/* row_check.h - does each column of a row hold what it may hold? */
#ifndef JN_VERIFY_ROW_CHECK_H
#define JN_VERIFY_ROW_CHECK_H

#include "sqlite/verify/findings.h"

enum jn_value { JN_WHOLE, JN_TEXT, JN_BYTES };

/* A whole number is in low..high; a text or bytes have a length in it. */
struct jn_column_check {
    const char *name;
    enum jn_value value;
    int64_t low;
    int64_t high;
    bool optional; /* it may be NULL */
};

/* The row on which a statement is. */
struct jn_checked_row {
    struct jn_verify *verify;
    sqlite3_stmt *statement;
    int key, key_count; /* the columns that name it */
};

/* Add a finding about a row. */
void jn_row_refuse(const struct jn_checked_row *row,
                   enum jangle_finding_kind kind,
                   const char *table, /* NULL: the part's */
                   const char *column,
                   const char *what);

/* Check the columns of the result from `first` on. False if any is refused. */
bool jn_row_check(const struct jn_checked_row *row,
                  int first,
                  const struct jn_column_check *columns,
                  int count);

#endif
