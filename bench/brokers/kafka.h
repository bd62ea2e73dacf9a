/* kafka.h - the topic of the benchmark at the mock of Kafka. */
#ifndef BENCH_BROKERS_KAFKA_H
#define BENCH_BROKERS_KAFKA_H

/* The mock keeps 5 MiB of a partition, and forgets what was before. All that a row sends
 * in a round fits into so many. */
enum { KAFKA_PARTITIONS = 16 };

#endif
