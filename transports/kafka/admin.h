/* admin.h - what is asked of the brokers' administration. */
#ifndef JN_KAFKA_ADMIN_H
#define JN_KAFKA_ADMIN_H

#include "kafka/kafka.h"

enum jn_kafka_kind {
    JN_KAFKA_PLAIN, /* as many partitions as the settings say, kept as brokers keep */
    JN_KAFKA_DEAD,  /* the same, and what it has is kept without end */
    JN_KAFKA_RETRY  /* one partition, and what waits there is kept without end, because it
                       may  wait for longer than brokers keep */
};

/* Make a topic unless it exists, and wait until the brokers show it. INVALID: the brokers
 * refuse it. */
enum jangle_result jn_kafka_make_topic(struct jn_kafka *kafka,
                                       const char *topic,
                                       enum jn_kafka_kind kind,
                                       struct jangle_error *error);

/* Remove a topic. OK, too, if it does not exist. */
enum jangle_result jn_kafka_delete_topic(struct jn_kafka *kafka,
                                         const char *topic,
                                         struct jangle_error *error);

/* Remove all messages of a topic that exists. */
enum jangle_result jn_kafka_empty_topic(struct jn_kafka *kafka,
                                        const char *topic,
                                        struct jangle_error *error);

/* The time limit of a question to the coordinator of a group, in milliseconds: the
 * longest that librdkafka takes. If a question has timed out inside librdkafka and its
 * coordinator answers again after that, librdkafka ends the whole process. That is so in
 * 2.0.2, and until its pull request 5397, which mends it, is in a release. So no question
 * may time out there: whoever stops waiting throws the client away that has asked. */
enum { JN_KAFKA_GROUP_MS = 3600000 };

/* What the group was told of each partition of the list: its offset, or a negative number
 * if it was told nothing. */
enum jangle_result jn_kafka_group_offsets(struct jn_kafka *kafka,
                                          const char *group,
                                          rd_kafka_topic_partition_list_t *list,
                                          struct jangle_error *error);

#endif
