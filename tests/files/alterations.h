/* alterations.h - what can be done to each column of a store's tables. */
#ifndef ALTERATIONS_H
#define ALTERATIONS_H

#include <stdbool.h>

enum { ALTERED_NAME_SIZE = 64, ALTERED_SQL_SIZE = 8000 };

struct altered_column {
    int file; /* the number that altered_read_columns was given */
    char table[ALTERED_NAME_SIZE], name[ALTERED_NAME_SIZE], type[ALTERED_NAME_SIZE];
    char keys[200]; /* of the table: "a, b" */
    bool is_key;
};

/* Read the columns of a file's tables, beside those that were read before. */
void altered_read_columns(int file, const char *path);
int altered_column_count(void);
const struct altered_column *altered_column(int index);

enum altered_kind {
    ALTERED_NO_VALUE,
    ALTERED_ANOTHER_KIND,
    ALTERED_JUNK,
    ALTERED_SWAPPED,
    ALTERED_DELETED,
    ALTERED_DOUBLED,
    ALTERED_KIND_COUNT
};

extern const char *const altered_kinds[];

/* Rows are deleted and doubled once a table: by its first key. */
bool altered_is_tried(int index, enum altered_kind kind);

/* One statement, for sqlite_damage_by. */
void altered_write(char sql[ALTERED_SQL_SIZE],
                   const struct altered_column *column,
                   enum altered_kind kind);

/* Read the table of the operator's page under a heading. Exits if it is not there. */
void altered_read_page(const char *heading);

/* Is there a row | `table` | `column` or the row | kind, kind | why | ? */
bool altered_is_documented(const struct altered_column *column, enum altered_kind kind);

/* How many of its rows are about no column that there is. */
int altered_check_page(void);

#endif
