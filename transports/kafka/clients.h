/* clients.h - the clients of librdkafka that a transport has. Each of them connects in
 * threads of its own. */
#ifndef JN_KAFKA_CLIENTS_H
#define JN_KAFKA_CLIENTS_H

#include "kafka/kafka.h"

/* Make the client that asks (for topics, offsets, and to make and remove topics), or the
 * one that publishes, unless there is one. BUSY: the system has no room for its threads.
 */
enum jangle_result jn_kafka_need_asker(struct jn_kafka *kafka,
                                       struct jangle_error *error);
enum jangle_result jn_kafka_need_producer(struct jn_kafka *kafka,
                                          struct jangle_error *error);

/* Throw the asker away, with the questions that have no answer yet. The next question
 * makes another one. */
void jn_kafka_drop_asker(struct jn_kafka *kafka);

/* Throw the producer away, with what it has not sent. What it has sent may still arrive:
 * whoever publishes next begins with what was not confirmed. */
void jn_kafka_drop_producer(struct jn_kafka *kafka);

/* A client that reads for a queue; its offsets are committed to the group of that name.
 * NULL: see above. */
rd_kafka_t *jn_kafka_make_reader(struct jn_kafka *kafka,
                                 const char *queue,
                                 struct jangle_error *error);

/* All objects of the client were freed before: one that is left would make this wait
 * without end. */
void jn_kafka_free_reader(rd_kafka_t *reader);

/* Take in what a client reports, such as that no broker answers. */
void jn_kafka_hear(rd_kafka_t *client);

/* Free all clients. In a child of fork, close their sockets alone: the threads that would
 * have to end are the parent's. */
void jn_kafka_free_clients(struct jn_kafka *kafka);
void jn_kafka_disown_clients(struct jn_kafka *kafka);

#endif
