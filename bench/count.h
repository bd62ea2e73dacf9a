/* count.h - what one operation of a fixed workload costs, counted by other tools. */
#ifndef BENCH_COUNT_H
#define BENCH_COUNT_H

#include "measure.h"

/* Fill the counts of all fixed workloads. A tool that is missing, or cannot work here, is
 * named in a sentence on stdout, and its counts stay NAN. */
void count_run(struct measurement *measurement);

#endif
