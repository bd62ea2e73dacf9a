/* consumer.h - a consumer that does what petisco's does with a message at which
 * its handler fails, written with librabbitmq alone. Its faults are petisco's, too: it
 * drops what no queue takes, and does not look for the queue of a message that has any
 * header. */
#ifndef PETISCO_CONSUMER_H
#define PETISCO_CONSUMER_H

#include "brokers/rabbitmq/plain_amqp.h"

enum { PETISCO_TEXT_SIZE = 256 };

struct petisco_consumer {
    const char *service; /* "acme.sales" */
    const char *store;   /* the exchanges of the store queue: "acme.store"; NULL: this is
                            the queue of one type */
    const char *queue;
    const char *handler; /* its name, the last part of the queue's */
    int max_retries;
    int failures; /* how many more runs fail */
    int runs;     /* how many there were */

    /* Of the message that was received last. */
    bool had_headers;
    int redelivery_count; /* -1: it had none */
    char queue_header[PETISCO_TEXT_SIZE];
};

enum { PETISCO_WAIT_MS = 20000 };

/* Receive one message, which must come, let it succeed or fail, and acknowledge it. */
void petisco_consume(struct petisco_consumer *consumer, amqp_connection_state_t state);

#endif
