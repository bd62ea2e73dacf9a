/* plain_rabbitmq.h - what a program does with librabbitmq alone. */
#ifndef BENCH_PLAIN_RABBITMQ_H
#define BENCH_PLAIN_RABBITMQ_H

#include "rows/plain.h"

#include <amqp.h>
#include <stdbool.h>

/* A connection with one channel. */
struct rabbit {
    amqp_connection_state_t state;
};

/* Of all functions here: the program ends if anything fails. */
void rabbit_open(struct rabbit *rabbit);
void rabbit_close(struct rabbit *rabbit);

/* A durable topic, and a durable queue of the same name that gets all of it. */
void rabbit_declare(struct rabbit *rabbit, const char *name, bool classic);
void rabbit_remove(struct rabbit *rabbit, const char *name);

/* How many messages the queue has that nobody has received. */
int64_t rabbit_left(struct rabbit *rabbit, const char *queue);

/* Publish to the topic MESSAGES_NAME: persistent, and each confirmed. */
void rabbit_publish(struct rabbit *rabbit, const struct plain_load *load);

/* Send the message of that number, and wait for nothing. */
void rabbit_send(struct rabbit *rabbit, const struct plain_load *load, int64_t number);

/* Begin to receive, 256 messages at most that are not acknowledged. */
void rabbit_consume(struct rabbit *rabbit, const char *queue);

/* Take so many of them, acknowledging 64 at a time, and count each in the tally. */
void rabbit_take(struct rabbit *rabbit, int64_t count, struct tally *tally);

#endif
