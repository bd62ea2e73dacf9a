/* rows.c - the table of all rows as an array. */
#include "rows.h"

#include <string.h>

#define BENCH_ROW_(row) &row,
static const struct bench_row *const items[] = {BENCH_ROWS(BENCH_ROW_)};
#undef BENCH_ROW_

const struct bench_rows bench_rows = {items, sizeof items / sizeof *items};

const struct bench_row *bench_row_find(const char *name)
{
    for (size_t i = 0; i < bench_rows.count; i++)
        if (!strcmp(bench_rows.items[i]->name, name))
            return bench_rows.items[i];
    return NULL;
}
