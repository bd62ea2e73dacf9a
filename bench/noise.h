/* noise.h - did the machine stay the same while a round ran? */
#ifndef BENCH_NOISE_H
#define BENCH_NOISE_H

#include <stdbool.h>

enum { NOISE_REPEATS = 3 }; /* of a round that was disturbed; then it is noisy */

/* How many syncs a second the disk gives now: of 4 KiB each, overwritten in a file that
 * has its space already. It takes some 50 ms and leaves no file in that directory. */
double noise_probe(const char *directory);

/* Has the disk changed by more than 30 %, from before a round to after it? */
bool noise_moved(double before, double after);

/* One event a commit is less than 0.7 times of what the disk gives: something else held
 * up the round. A rate of 0: the round has no such row. */
bool noise_slowed(double same_rate, double before, double after);

#endif
