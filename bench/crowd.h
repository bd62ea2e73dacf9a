/* crowd.h - threads that repeat one operation: as fast as they can, or when each is due.
 */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include "bench.h"

enum { CROWD_MAX = 64 };

/* One of the threads, as its operation sees it. */
struct crowd_member {
    int number;      /* 0, 1, 2... */
    uint64_t random; /* crowd_draw moves it */
    int64_t count;   /* operations that it has done; an operation that is worth more than
                        one adds the rest itself */
};

struct crowd {
    int threads;
    double seconds;
    /* Operations a second, of all threads together: each has a time at which it is due,
     * and what it takes is counted from that time, so that who waits behind a slow one is
     * counted, too. 0: the next begins when the last has ended. */
    double rate;
    bool unsynced; /* an answer need not have waited for a sync */
    void (*act)(void *context, struct crowd_member *member);
    void *context;
};

/* Run them, and add what they did to the sample: count, seconds, longest, typical, rare,
 * rarest and fairness. Unless `unsynced` it ends the program if an operation has ended
 * before a sync that began after the operation did. */
void crowd_run(const struct crowd *crowd, struct bench_sample *sample);

/* The same at 70 % of the rate that they reach as fast as they can, which is found out
 * first, in half as many seconds more. What was done meanwhile is returned, and is not in
 * the sample. */
int64_t crowd_run_when_due(const struct crowd *crowd, struct bench_sample *sample);

/* A number from 0 to below - 1, all alike; the same ones in each run. */
int64_t crowd_draw(struct crowd_member *member, int64_t below);

#endif
