/* rows.h - keep rows that were read until their transaction has ended. Then they are
 * given to a visit, which may call the store again. */
#ifndef JN_SQLITE_ROWS_H
#define JN_SQLITE_ROWS_H

#include <jangle/plugin/support.h>

#include <sqlite3.h>

struct jn_rows {
    const struct jangle_allocator *allocator;
    struct jn_rows_block *blocks; /* the newest first */
    struct jn_rows_link *first;
    struct jn_rows_link *last;
    size_t count;
    size_t bytes; /* in use */
    bool failed;  /* memory ran out: some rows are missing */
};

void jn_rows_init(struct jn_rows *rows, const struct jangle_allocator *allocator);
void jn_rows_finish(struct jn_rows *rows);

/* Forget all rows, but keep one block of memory for the next ones. */
void jn_rows_clear(struct jn_rows *rows);

/* Add a row of `size` zeroed bytes at the end; NULL if there is no memory. */
void *jn_rows_add(struct jn_rows *rows, size_t size);

/* Memory that lives as long as the rows; NULL if there is none. */
void *jn_rows_room(struct jn_rows *rows, size_t size);

/* The row after `row`, or the first one if `row` is NULL:
 *     for (void *row = NULL; (row = jn_rows_next(rows, row));) */
void *jn_rows_next(const struct jn_rows *rows, void *row);

#endif
