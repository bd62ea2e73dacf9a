/* append.h - threads that drive the machine of commits, for several rows. */
#ifndef BENCH_APPEND_H
#define BENCH_APPEND_H

#include "bench.h"

/* A row's functions: row->size threads, each stream with an event of its own before. */
void append_set_up(struct bench_work *work);
void append_run(struct bench_work *work);
void append_tear_down(struct bench_work *work);

/* Store more events, many in a commit, until the log holds so many. */
void append_fill(struct bench_work *work, int64_t events);

#endif
