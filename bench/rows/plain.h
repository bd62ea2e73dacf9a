/* plain.h - what a program does with librabbitmq alone: the loops that rows of jangle are
 * beside. They store nothing, know no message again and connect once. */
#ifndef BENCH_PLAIN_H
#define BENCH_PLAIN_H

#include "rows/body.h"
#include "rows/tally.h"

#include <amqp.h>
#include <stdbool.h>

/* A connection with one channel. */
struct plain {
    amqp_connection_state_t state;
};

/* Of all functions here: the program ends if anything fails. */
void plain_open(struct plain *plain);
void plain_close(struct plain *plain);

/* A durable topic, and a durable queue of the same name that gets all of it. */
void plain_declare(struct plain *plain, const char *name, bool classic);
void plain_remove(struct plain *plain, const char *name);

/* How many messages the queue has that nobody has received. */
int64_t plain_left(struct plain *plain, const char *queue);

/* Publish so many messages, from the first one on: persistent, each confirmed, and
 * `window` of them under way at most. They go to a topic, or straight into a queue. */
struct plain_load {
    const char *topic; /* NULL: into the queue */
    const char *queue;
    enum body body;
    int64_t count;
    int64_t streams;
    int64_t window;
};
void plain_publish(struct plain *plain, const struct plain_load *load);

/* Send the message of that number, and wait for nothing. */
void plain_send(struct plain *plain, const struct plain_load *load, int64_t number);

/* Begin to receive, 256 messages at most that are not acknowledged. */
void plain_consume(struct plain *plain, const char *queue);

/* Take so many of them, acknowledging 64 at a time, and count each in the tally. */
void plain_take(struct plain *plain, int64_t count, struct tally *tally);

#endif
