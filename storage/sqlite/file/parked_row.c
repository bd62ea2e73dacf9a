/* parked_row.c - read, write and count the rows of parked keys. */
#include "sqlite/file/parked_row.h"

#include <limits.h>

void jn_columns_parked(struct jn_columns *columns,
                       int column,
                       struct jangle_parked *parked)
{
    parked->key = jn_columns_keep_text(columns, column);
    parked->kind = (enum jangle_parked_kind)jn_columns_number_in(columns, column + 1, 0,
                                                                 JANGLE_PARKED_TIMEOUT);
    parked->position = jn_columns_number_in(columns, column + 2, 0, INT64_MAX);
    parked->attempts = (int)jn_columns_number_in(columns, column + 3, 0, INT_MAX);
    parked->trying = jn_columns_flag(columns, column + 4);
    parked->next_at.us = jn_columns_number(columns, column + 5);
    parked->delay_ms = jn_columns_number_in(columns, column + 6, 0, INT64_MAX);
    parked->dead = jn_columns_flag(columns, column + 7);
    parked->error = jn_columns_keep_optional_text(columns, column + 8);
}

enum jangle_result jn_parked_row_delete(struct jn_columns *columns,
                                        struct jn_parked_sum *sum)
{
    int checksum = columns->key_count;

    if (jn_columns_next(columns)) {
        sum->count--;
        sum->total = (int64_t)((uint64_t)sum->total -
                               (uint64_t)jn_columns_number(columns, checksum));
        jn_columns_verify(columns, checksum + 1);
        (void)jn_columns_next(columns);
    }
    return jn_columns_end(columns);
}

/* The row is only inserted when the step after the one that returns it is done. */
enum jangle_result jn_parked_row_insert(struct jn_columns *columns,
                                        struct jn_parked_sum *sum)
{
    if (jn_columns_next(columns)) {
        sum->count++;
        sum->total =
            (int64_t)((uint64_t)sum->total + (uint64_t)jn_columns_number(columns, 0));
        (void)jn_columns_next(columns);
    }
    return jn_columns_end(columns);
}
