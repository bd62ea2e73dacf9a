/* missing.h - what a row needs and does not find here. */
#ifndef BENCH_MISSING_H
#define BENCH_MISSING_H

#include "bench.h"

/* Why this row cannot be run here, with databases in that directory: a sentence that is
 * valid until the next call. NULL: it can be. */
const char *missing_for(const struct bench_row *row, const char *directory);

#endif
