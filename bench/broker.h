/* broker.h - brokers of the benchmark's own: on free ports, in a folder of their own,
 * ended with the benchmark. */
#ifndef BENCH_BROKER_H
#define BENCH_BROKER_H

#include "bench.h"

/* Why rows that need this broker cannot be run here, a sentence; NULL: they can be. */
const char *broker_missing(enum bench_broker broker);

/* Start one whose files are in that directory. In a process that does one round for
 * another one nothing happens, because the other one has started a broker for both. */
void broker_start(enum bench_broker broker, const char *directory);

/* The same in a process that does one round, whoever has begun it: a broker that lives in
 * memory is a new one in each round. */
void broker_start_round(enum bench_broker broker, const char *directory);

/* End those that this process has started. */
void broker_stop(void);

/* Where it is. */
const char *broker_url(enum bench_broker broker);

#endif
