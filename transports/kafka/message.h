/* message.h - parcels as messages of Kafka, and back. */
#ifndef JN_KAFKA_MESSAGE_H
#define JN_KAFKA_MESSAGE_H

#include "kafka/kafka.h"

/* A parcel on its way out, with what only a copy has. */
struct jn_kafka_message {
    const struct jangle_parcel *parcel;
    const char *topic; /* where it goes */
    int attempt;       /* 0: 1 */
    int64_t due_ms;    /* of a copy in a retry topic: not before then, since 1970 */
    const struct jangle_header *more; /* they replace headers of the same names */
    size_t more_count;
    enum jangle_result result;  /* UNKNOWN: it is to be sent. Then as of publish */
    rd_kafka_resp_err_t answer; /* of the brokers; __IN_PROGRESS: there is none yet */
};

/* The headers of a message, for rd_kafka_producev, which then owns them. */
rd_kafka_headers_t *jn_kafka_headers_make(const struct jn_kafka_message *message);

/* When a message of a retry topic is due, in milliseconds since 1970; 0: at once. */
int64_t jn_kafka_message_due(const rd_kafka_message_t *message);

/* The value of the header by which queues select; NULL: it has none. `size` is set. */
const char *jn_kafka_message_route(const rd_kafka_message_t *message, size_t *size);

/* Copy a message that was read from that log. NULL: no memory. */
struct jn_kafka_delivery *jn_kafka_delivery_make(const struct jn_kafka *kafka,
                                                 struct jn_kafka_attached *attached,
                                                 struct jn_kafka_log *log,
                                                 const rd_kafka_message_t *message);

#endif
