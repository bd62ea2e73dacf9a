/* rows.h - rows that were read, kept until their transaction is over: then they can be
 * shown to somebody who may call the store again. */
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
    size_t bytes; /* that were kept */
    bool failed;  /* memory ran out: what is here is not all */
};

void jn_rows_init(struct jn_rows *rows, const struct jangle_allocator *allocator);
void jn_rows_finish(struct jn_rows *rows);

/* Forget all rows, keep a block for the next. */
void jn_rows_clear(struct jn_rows *rows);

/* A new last row of `size` bytes, zeroed; NULL when out of memory. */
void *jn_rows_add(struct jn_rows *rows, size_t size);

/* Memory that lives as long as the rows; NULL when out of it. */
void *jn_rows_room(struct jn_rows *rows, size_t size);

/* for (void *row = NULL; (row = jn_rows_next(rows, row));) - from the first. */
void *jn_rows_next(const struct jn_rows *rows, void *row);

#endif
