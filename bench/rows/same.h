/* same.h - SQLite alone, with what jangle stores, for several rows. */
#ifndef BENCH_SAME_H
#define BENCH_SAME_H

#include "bench.h"

/* A row's functions: row->size events a commit. */
void same_set_up(struct bench_work *work);
void same_run(struct bench_work *work);
void same_tear_down(struct bench_work *work);

/* Store more events, many in a commit, until the log holds so many. */
void same_fill(struct bench_work *work, int64_t events);

#endif
