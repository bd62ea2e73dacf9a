/* sample.h - one round of one row: done in this process, or read from what another one
 * printed. */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include "bench.h"

/* What a process that does one round is asked for. */
struct bench_request {
    const struct bench_row *row;
    const char *directory; /* where the round makes a folder, and removes it */
    double seconds;
    int64_t operations; /* 0: row->count; of a fixed workload at most twice that */
};

/* Do one round here. It ends the program if anything fails. */
struct bench_sample bench_sample_take(const struct bench_request *request);

/* Print it as lines of a name and a number. */
void bench_sample_print(const struct bench_sample *sample);

/* Read such lines; a name that is unknown here is skipped. False: no count is
 * among them. */
bool bench_sample_parse(const char *text, struct bench_sample *sample);

#endif
