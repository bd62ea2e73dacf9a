/* messages.h - what rows of the group "messaging" share, and their functions. */
#ifndef BENCH_MESSAGES_H
#define BENCH_MESSAGES_H

#include "bench.h"

#include <jangle/jangle.h>

/* The topic, the queue, the publisher and the consumer all have this name. */
#define MESSAGES_NAME "bench"

enum {
    MESSAGES_WAIT_MS = 600000,
    MESSAGES_STREAM = 5 /* events of a stream, of rows with many streams */
};

/* Publishes deposits from the first event on; and takes them. */
extern const struct jangle_publisher messages_publisher;
extern const struct jangle_consumer messages_events, messages_commands;

/* Store so many deposits in so many streams, without a publisher. */
void messages_store(const struct bench_work *work, int64_t count, int64_t streams);

/* Wait until the broker has confirmed all that is stored. */
void messages_wait_published(struct jangle *app);

/* Wait until so many messages are stored, and the broker knows it. */
void messages_wait_taken(struct jangle *app, int64_t count);

/* Remove the queues and the topic of an instance that has no workers. */
void messages_remove(struct jangle *app);

/* End the program unless so many messages were taken, each once, and as many events are
 * stored. */
void messages_check_taken(struct jangle *app, int64_t count);

/* The rows' functions; those of a broker are there if its library was. */
#define MESSAGES_FUNCTIONS(X)                                                            \
    X(publish)                                                                           \
    X(publish_hot)                                                                       \
    X(publish_hot_classic)                                                               \
    X(plain_publish)                                                                     \
    X(plain_publish_one)                                                                 \
    X(take_events)                                                                       \
    X(take_commands)                                                                     \
    X(plain_take)                                                                        \
    X(inbox)                                                                             \
    X(outbox)                                                                            \
    X(end_to_end)                                                                        \
    X(plain_end_to_end)                                                                  \
    X(hub)

#define MESSAGES_FUNCTIONS_(name)                                                        \
    void name##_set_up(struct bench_work *work);                                         \
    void name##_run(struct bench_work *work);                                            \
    void name##_tear_down(struct bench_work *work);
MESSAGES_FUNCTIONS(MESSAGES_FUNCTIONS_)
#undef MESSAGES_FUNCTIONS_

#endif
