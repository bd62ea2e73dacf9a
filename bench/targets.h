/* targets.h - what rows are to reach. */
#ifndef BENCH_TARGETS_H
#define BENCH_TARGETS_H

#include "measure.h"

/* Print the targets of the rows that were measured, and whether they are reached. Nothing
 * is printed if there are none. */
void targets_print(const struct measurement *measurement);

#endif
