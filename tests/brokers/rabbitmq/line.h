/* line.h - a transport of RabbitMQ in a test: opened, declared, published to,
 * received from. What must not fail is asserted here. */
#ifndef RABBITMQ_LINE_H
#define RABBITMQ_LINE_H

#include "brokers/rabbitmq/server.h"
#include "support/test.h"

#include <jangle/transport/rabbitmq.h>

#include <string.h>

enum { LINE_WAIT_MS = 20000, LINE_BYTES = 1 << 20 };

/* The queue that most tests use, bound to the topic "orders". */
extern const struct jangle_queue line_queue;

struct jangle_transport *line_open_url(const char *url,
                                       const struct jangle_rabbitmq_options *options);
struct jangle_transport *line_open(const struct rabbitmq_server *server);
void line_close(struct jangle_transport *transport);

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

/* One parcel, which must come. */
struct jangle_parcel line_receive(struct jangle_transport *transport);

/* The settlement's own result. */
enum jangle_result line_settle(struct jangle_transport *transport,
                               const struct jangle_parcel *parcel,
                               enum jangle_disposition disposition);
int64_t line_count(struct jangle_transport *transport, const char *queue);
const char *line_header(const struct jangle_parcel *parcel, const char *name);

#endif
