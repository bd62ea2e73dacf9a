/* broker.h - a RabbitMQ of the benchmark's own: on free ports, in a folder of its own,
 * ended with the benchmark. */
#ifndef BENCH_BROKER_H
#define BENCH_BROKER_H

/* Why rows that need a RabbitMQ cannot be run here, a sentence; NULL: they can be. */
const char *broker_missing(void);

/* Start one whose files are in that directory. In a process that does one round for
 * another one nothing happens, because the other one has started a broker for both. */
void broker_start(const char *directory);

/* End it, if this process has started it. */
void broker_stop(void);

/* Where it is. */
const char *broker_url(void);

#endif
