/* report.h - what was measured, for people and for programs. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "measure.h"

/* Tables on stdout. */
void report_print(const struct measurement *measurement);

/* What each target came to, as `rows`, and each single round of what was run, as
 * `measured`: JSON in a file. False: it cannot be written, and errno says why. */
bool report_write_json(const struct measurement *measurement, const char *path);

/* All rows, one a line that begins with the row's name and a space. */
void report_list(void);

#endif
