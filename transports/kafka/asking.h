/* asking.h - what the brokers have: topics, partitions, and how far these reach. */
#ifndef JN_KAFKA_ASKING_H
#define JN_KAFKA_ASKING_H

#include "kafka/kafka.h"

/* Say that the brokers are away, and why. Returns BUSY. */
enum jangle_result jn_kafka_busy(const struct jn_kafka *kafka,
                                 const char *doing,
                                 struct jangle_error *error);

/* Ask for all topics, unless the list is younger than `fresh_ms`. BUSY: no broker
 * answers. */
enum jangle_result
jn_kafka_look(struct jn_kafka *kafka, int64_t fresh_ms, struct jangle_error *error);

/* How many partitions a topic has by that list; 0: it does not exist. */
int jn_kafka_partitions(const struct jn_kafka *kafka, const char *topic);

/* Forget the list, because it has changed. */
void jn_kafka_forget_topics(struct jn_kafka *kafka);

/* The offset of the first message of a partition, and that behind its last. */
enum jangle_result jn_kafka_reach(struct jn_kafka *kafka,
                                  const char *topic,
                                  int32_t partition,
                                  int64_t *first,
                                  int64_t *end,
                                  struct jangle_error *error);

/* Can it be the name of a topic? INVALID says what a name is. */
enum jangle_result jn_kafka_check_name(const char *name, struct jangle_error *error);

#endif
