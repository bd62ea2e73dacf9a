/* choose.h - which of the rows are to be run. */
#ifndef BENCH_CHOOSE_H
#define BENCH_CHOOSE_H

#include "options.h"
#include "rows.h"

/* Set `wanted`, one for each of the rows. False: --only has a name that no row and no
 * group has, and `problem` says which. */
bool choose_rows(const struct bench_rows *rows,
                 const struct options *options,
                 bool *wanted,
                 char problem[PROBLEM_SIZE]);

#endif
