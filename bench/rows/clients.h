/* clients.h - threads that send commands as fast as they can, for several rows. */
#ifndef BENCH_CLIENTS_H
#define BENCH_CLIENTS_H

#include "bench.h"

/* Open the store at work->path, and start row->size threads that wait. Each has accounts
 * of its own; so has each process, if each has another `number`. */
void clients_set_up(struct bench_work *work, int number);

/* Let them send for work->seconds, and add up what they did in work->sample. */
void clients_run(struct bench_work *work);

/* How many commits they have made. */
int64_t clients_commits(const struct bench_work *work);

void clients_tear_down(struct bench_work *work);

#endif
