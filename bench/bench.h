/* bench.h - what the rows of a benchmark share. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

/* One round of one row. */
struct sample {
    int64_t count; /* commands, or rows inserted */
    int64_t syncs; /* fsync and fdatasync, by all of the process */
    int64_t bytes; /* of the database file, checkpointed */
    double seconds;
};

/* How long a round lasts, and which fresh file it fills. */
struct round {
    const char *path;
    double seconds;
};

double bench_now(void);
int64_t bench_syncs(void); /* since the program began */
_Noreturn void bench_die(const char *what, const char *why);

/* Insert rows like a store's events, `batch` in a commit (WAL, synchronous=FULL). */
struct sample bench_raw(const struct round *round, int batch);

/* Send commands from so many threads, each to aggregates of its own. */
struct sample bench_jangle(const struct round *round, int threads);

#endif
