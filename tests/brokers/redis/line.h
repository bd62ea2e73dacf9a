/* line.h - a transport of Redis in a test: opened, declared, published to, received from.
 * What must not fail is asserted here. */
#ifndef REDIS_LINE_H
#define REDIS_LINE_H

#include "brokers/line.h"
#include "brokers/redis/server.h"

#include <jangle/transport/redis.h>

/* The queue that most tests use, bound to the topic "orders". */
extern const struct jangle_queue line_queue;

struct jangle_transport *line_open_url(const char *url,
                                       const struct jangle_redis_options *options);
struct jangle_transport *line_open(const struct redis_server *server);

/* Declare the topic and the queue, which are removed first. */
void line_declare(struct jangle_transport *transport);

/* A transport with both. */
struct jangle_transport *line_fresh(const struct redis_server *server);

void line_attach(struct jangle_transport *transport);

/* Publish one parcel with that text: its own result. */
enum jangle_result line_publish(struct jangle_transport *transport,
                                const char *body,
                                int64_t timeout_ms,
                                struct jangle_error *error);

/* Receive once, and wait so long at most: at most one parcel. */
size_t line_receive_once(struct jangle_transport *transport,
                         int64_t wait_ms,
                         struct jangle_parcel *parcel);

#endif
