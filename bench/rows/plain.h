/* plain.h - the loops that rows of jangle are beside: what a program does with a broker's
 * client alone. They connect once; and store nothing and know no message again, unless an
 * inbox or an outbox is there. */
#ifndef BENCH_PLAIN_H
#define BENCH_PLAIN_H

#include "rows/body.h"
#include "rows/outbox.h"
#include "rows/tally.h"

#include <jangle/jangle.h>

/* Messages to be published, from number 0 on, to the topic MESSAGES_NAME. */
struct plain_load {
    enum body body;
    int64_t count;
    int64_t streams; /* of which each message is about the next one, again and again */
    int64_t window;  /* so many are under way at most */
    struct outbox *outbox; /* has them; NULL: they are made up */
};

/* The body of the next message, which has that number. Returns how long it is. */
int plain_body(const struct plain_load *load, int64_t number, char text[BODY_SIZE]);

/* A client of one kind of broker. Of all functions: the program ends if anything fails.
 * Topic and queue have the name MESSAGES_NAME. */
struct plain_client {
    /* The same broker as jangle sees it. */
    struct jangle_broker (*broker)(bool classic);

    void *(*open)(void);
    void (*close)(void *client);

    /* A durable topic, and a durable queue that gets all of it; and the end of both.
     * NULL: jangle does it, so that all settings are those of its transport. */
    void (*declare)(void *client, bool classic);
    void (*remove)(void *client);

    /* Publish them, as durably as jangle does, and wait until all are confirmed. */
    void (*publish)(void *client, const struct plain_load *load);

    /* Take so many messages, acknowledge them, and count each in the tally. Once for each
     * client. */
    void (*take)(void *client, int64_t count, struct tally *tally);

    /* How many messages nobody has acknowledged, if nobody is taking any. */
    int64_t (*left)(void *client);
};

extern const struct plain_client plain_rabbitmq, plain_nats, plain_redis, plain_kafka;

/* That of the row's broker. */
const struct plain_client *plain_client(const struct bench_work *work);

/* Of how many streams so many messages are that are published. */
#define PLAIN_STREAMS(count) ((count) / MESSAGES_STREAM + 1)

/* Have a topic and a queue, and publish work->count messages to them. */
void plain_declare(const struct bench_work *work, bool classic);
void plain_fill(const struct bench_work *work, enum body body);

/* Publish work->count messages, so many of them under way: those of an outbox, or others
 * if it is NULL. */
void plain_publish(struct bench_work *work, int64_t window, struct outbox *outbox);

/* Take all that the queue has, into a tally for work->count; then end it. */
void plain_take_all(const struct bench_work *work, struct tally *tally);

/* End the queue and its topic, of which nothing may be left. */
void plain_remove(const struct bench_work *work);

#endif
