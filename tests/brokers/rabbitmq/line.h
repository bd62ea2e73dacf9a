/* line.h - a transport of RabbitMQ in a test: opened, declared, published to,
 * received from. What must not fail is asserted here. */
#ifndef RABBITMQ_LINE_H
#define RABBITMQ_LINE_H

#include "brokers/line.h"
#include "brokers/rabbitmq/server.h"

#include <jangle/transport/rabbitmq.h>

/* The queue that most tests use, bound to the topic "orders". */
extern const struct jangle_queue line_queue;

struct jangle_transport *line_open_url(const char *url,
                                       const struct jangle_rabbitmq_options *options);
struct jangle_transport *line_open(const struct rabbitmq_server *server);

/* A user whose password is its name, with regular expressions of what it may configure,
 * write and read; and a transport of that user. */
void line_add_user(struct rabbitmq_server *server,
                   const char *name,
                   const char *configure,
                   const char *write,
                   const char *read);
struct jangle_transport *line_open_as(const struct rabbitmq_server *server,
                                      const char *name);

/* With the topic and the queue, which are removed first. */
struct jangle_transport *line_fresh(const struct rabbitmq_server *server);

void line_attach(struct jangle_transport *transport);
enum jangle_result line_publish(struct jangle_transport *transport,
                                const char *topic,
                                const char *body,
                                int64_t timeout_ms,
                                struct jangle_error *error);

#endif
