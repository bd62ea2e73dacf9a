/* log.h - the partitions that are read for a queue. */
#ifndef JN_KAFKA_LOG_H
#define JN_KAFKA_LOG_H

#include "kafka/kafka.h"

/* The name of a log, taken apart: "orders/3@17.1796031864428" is partition 3 of the topic
 * "orders", whose message at offset 17 was the first that this reader got, and has that
 * timestamp (milliseconds since 1970). By that message a topic is known again: one that
 * was deleted and made again counts from 0 again, too, but has another message there. */
struct jn_kafka_birth {
    size_t topic_size;
    int32_t partition;
    int64_t first;
    int64_t timestamp_ms;
};

/* False: it is no name of ours. */
bool jn_kafka_birth_read(const char *name, struct jn_kafka_birth *birth);

/* Give a log the name that its first message tells. */
void jn_kafka_log_christen(struct jn_kafka_log *log, int64_t first, int64_t timestamp_ms);

/* The log of a partition, or NULL. */
struct jn_kafka_log *jn_kafka_log_find(const struct jn_kafka_attached *attached,
                                       const char *topic,
                                       size_t topic_size,
                                       int32_t partition);

/* Add a log that is read from its first message. NULL: no memory. */
struct jn_kafka_log *jn_kafka_log_add(const struct jn_kafka *kafka,
                                      struct jn_kafka_attached *attached,
                                      const char *topic,
                                      int32_t partition,
                                      int64_t delay_ms);
void jn_kafka_logs_free(const struct jn_kafka *kafka, struct jn_kafka_attached *attached);

#endif
