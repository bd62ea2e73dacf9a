/* attach.h - a transport begins to read a queue, and ends it. */
#ifndef JN_KAFKA_ATTACH_H
#define JN_KAFKA_ATTACH_H

#include "kafka/kafka.h"

jangle_transport_attach_fn jn_kafka_attach;
jangle_transport_detach_fn jn_kafka_detach;

struct jn_kafka_attached *jn_kafka_find_attached(const struct jn_kafka *kafka,
                                                 const char *queue);

/* Add logs for the partitions and retry topics that are there and not read yet.
 * NOT_FOUND: the queue or its topic is not there any more. The list of topics is fresh.
 * If logs are added, the reader is stopped, to be started again. */
enum jangle_result jn_kafka_attached_extend(struct jn_kafka *kafka,
                                            struct jn_kafka_attached *attached,
                                            struct jangle_error *error);

/* Read from where each log is. BUSY: librdkafka cannot be started. */
enum jangle_result jn_kafka_attached_start(struct jn_kafka *kafka,
                                           struct jn_kafka_attached *attached,
                                           struct jangle_error *error);
void jn_kafka_attached_stop(struct jn_kafka_attached *attached);

/* Stop, forget, and leave what was received to settlements that are in conflict. */
void jn_kafka_attached_free(struct jn_kafka *kafka, struct jn_kafka_attached *attached);

#endif
