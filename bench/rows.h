/* rows.h - the table of all rows. A new one has a line here, and its file one in
 * CMakeLists.txt. */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include "bench.h"

/* In the order in which they run and are printed. */
#define BENCH_ROWS(X)                                                                    \
    X(raw_1)        /* rows/raw.c */                                                     \
    X(raw_16)       /* rows/raw.c */                                                     \
    X(threads_1)    /* rows/threads.c */                                                 \
    X(threads_16)   /* rows/threads.c */                                                 \
    X(threads_64)   /* rows/threads.c */                                                 \
    X(processes_1)  /* rows/processes.c */                                               \
    X(processes_16) /* rows/processes.c */                                               \
    X(raw_insert)   /* rows/raw.c */                                                     \
    X(warm_command) /* rows/warm_command.c */                                            \
    X(view_event)   /* rows/view_event.c */                                              \
    X(saga_turn)    /* rows/saga_turn.c */

#define BENCH_ROW_(row) extern const struct bench_row row;
BENCH_ROWS(BENCH_ROW_)
#undef BENCH_ROW_

struct bench_rows {
    const struct bench_row *const *items;
    size_t count;
};

extern const struct bench_rows bench_rows;

/* NULL: there is no row of that name. */
const struct bench_row *bench_row_find(const char *name);

#endif
