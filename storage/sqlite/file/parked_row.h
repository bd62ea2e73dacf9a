/* parked_row.h - the row of a parked key, as the files of stores and of views have it.
 * The checkpoint counts these rows and sums their checksums, so that a missing row is
 * noticed. */
#ifndef JN_PARKED_ROW_H
#define JN_PARKED_ROW_H

#include "sqlite/file/columns.h"

#include <jangle/plugin/store.h>

/* How many keys are parked, and the sum of the checksums of their rows, which wraps. */
struct jn_parked_sum {
    int64_t count;
    int64_t total;
};

/* Read nine columns of a row from `column` on: key, kind, position, attempts, trying,
 * next_at, delay_ms, dead, error. Texts are kept in the rows. */
void jn_columns_parked(struct jn_columns *columns,
                       int column,
                       struct jangle_parked *parked);

/* The same nine values in the same order, as parameters. */
#define JN_BIND_PARKED(parked)                                                           \
    JN_BIND_TEXT((parked)->key), JN_BIND_NUMBER((parked)->kind),                         \
        JN_BIND_NUMBER((parked)->position), JN_BIND_NUMBER((parked)->attempts),          \
        JN_BIND_NUMBER((parked)->trying), JN_BIND_NUMBER((parked)->next_at.us),          \
        JN_BIND_NUMBER((parked)->delay_ms), JN_BIND_NUMBER((parked)->dead),              \
        JN_BIND_TEXT((parked)->error)

/* Step a DELETE of at most one row, which was asked for, and take the row out of the sum.
 * The statement returns the key columns, then the checksum, then whether it fits: STORAGE
 * if not. */
enum jangle_result jn_parked_row_delete(struct jn_columns *columns,
                                        struct jn_parked_sum *sum);

/* Step an INSERT of one row, which returns the checksum, and add the row to the sum. */
enum jangle_result jn_parked_row_insert(struct jn_columns *columns,
                                        struct jn_parked_sum *sum);

#endif
