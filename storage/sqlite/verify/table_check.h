/* table_check.h - how the rows of one table are checked, as data.
 *
 * A table of a later schema is one more entry in tables.c, and nothing else. */
#ifndef JN_VERIFY_TABLE_CHECK_H
#define JN_VERIFY_TABLE_CHECK_H

#include "sqlite/verify/row_check.h"

/* A rule about a row, which SQL decides: 1 if it holds, 0 if it does not, NULL if it says
 * nothing of this row, because a rule before it does not hold. */
struct jn_rule {
    enum jangle_finding_kind kind;
    const char *table;  /* which one is to blame; NULL: this one */
    const char *column; /* NULL: the row as a whole */
    const char *what;   /* is wrong if it does not hold */
};

/* How a table is read, a page after the other. */
enum jn_paging {
    JN_READ_AT_ONCE,   /* in one page, because it has few rows */
    JN_READ_BY_NUMBER, /* the first result column is a whole number, and is unique */
    JN_READ_BY_PAIR,   /* the first two are a whole number and anything else */
    JN_READ_BY_BYTES   /* the first one is bytes */
};

/* The result columns of `sql` are: the two of the paging, the key columns, the `columns`,
 * and one for each rule. Its parameters are ?1 and ?2, the first two result columns of
 * the row before; ?3, how many rows to read; ?4, the first position of the events that
 * are kept. Everything that it compares is read in one statement, so that a program that
 * writes meanwhile does not make it differ. */
struct jn_table_check {
    const char *table;
    int first_schema, last_schema; /* of files that have it so; 0: no end */
    const char *sql;
    enum jn_paging paging;
    int key_count;
    const struct jn_column_check *columns;
    int column_count;
    const struct jn_rule *rules;
    int rule_count;
    int64_t least, most; /* rows; most 0: any number */
    const char *advice;  /* NULL: to restore a backup */
};

/* Check all rows. False if the call is to end. */
bool jn_table_check_run(struct jn_verify *verify, const struct jn_table_check *check);

#endif
