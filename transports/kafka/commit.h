/* commit.h - groups are told how far their queues are read, for those who look at them.
 */
#ifndef JN_KAFKA_COMMIT_H
#define JN_KAFKA_COMMIT_H

#include "kafka/kafka.h"

/* Tell the group of a queue what is settled: of each log, all before its first parcel
 * that is not. The answer is waited for at most half a second, and nothing leans on it.
 */
void jn_kafka_tell_group(struct jn_kafka *kafka, struct jn_kafka_attached *attached);

/* The same for all queues, once a second at most, and without waiting. */
void jn_kafka_tell_groups(struct jn_kafka *kafka);

#endif
