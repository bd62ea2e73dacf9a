/* verify.h - does the file of a round hold what was acknowledged? */
#ifndef BENCH_VERIFY_H
#define BENCH_VERIFY_H

#include <stdint.h>

/* What is wrong with the table `events` of this database: it must have so many rows, and
 * in each stream the versions 1, 2, 3... NULL: nothing. The text is static. */
const char *verify_events(const char *path, int64_t wanted);

/* The same, if somebody has counted the rows, and streams or events whose version is not
 * the next. */
const char *verify_counts(int64_t rows, int64_t torn, int64_t wanted);

#endif
