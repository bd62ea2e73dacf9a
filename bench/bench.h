/* bench.h - what the rows of a benchmark share. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

/* One round of one row. */
struct sample {
    int64_t count; /* commands, or rows inserted */
    int64_t syncs; /* fsync and fdatasync, by all of the process */
    int64_t bytes; /* of the database file, checkpointed */
    double seconds;
    double longest; /* that one of them took, in seconds */
    double share; /* of the commits, that the process with the fewest made: 1 if alone */
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

/* The same from two processes at once, of so many threads each. */
struct sample bench_two(const struct round *round, int threads);

/* One of several processes: its aggregates are others than those of another `number`;
 * when it is ready, it waits in `meet`. `*commits` is how many it made. */
struct sample bench_one_of_many(const struct round *round,
                                int threads,
                                int number,
                                void (*meet)(void *context),
                                void *context,
                                int64_t *commits);

#endif
