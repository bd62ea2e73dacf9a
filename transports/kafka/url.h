/* url.h - the URLs of brokers. */
#ifndef JN_KAFKA_URL_H
#define JN_KAFKA_URL_H

#include "kafka/kafka.h"

/* The parts of a URL. */
struct jn_kafka_url {
    char *text; /* holds the texts below; wiped when it is freed */
    size_t text_size;
    const char *protocol; /* librdkafka's security.protocol */
    const char *hosts;    /* "host:9092,host:9092" */
    const char *user;     /* NULL: none */
    const char *password;
};

/* INVALID says what is wrong, and never shows the user or the password. Finish it in any
 * case. */
enum jangle_result jn_kafka_url_init(struct jn_kafka_url *url,
                                     const struct jangle_allocator *allocator,
                                     const char *text,
                                     struct jangle_error *error);
void jn_kafka_url_finish(struct jn_kafka_url *url,
                         const struct jangle_allocator *allocator);

#endif
