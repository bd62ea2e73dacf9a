/* line.h - a transport of NATS in a test: opened, declared, published to, received from.
 * What must not fail is asserted here. */
#ifndef NATS_LINE_H
#define NATS_LINE_H

#include "brokers/line.h"
#include "brokers/nats/server.h"

#include <jangle/transport/nats.h>

/* The queue that most tests use, bound to the topic "orders". */
extern const struct jangle_queue line_queue;

struct jangle_transport *line_open(const char *url,
                                   const struct jangle_nats_options *options);

/* With the topic and the queue, which are removed first. */
struct jangle_transport *line_fresh(const char *url,
                                    const struct jangle_nats_options *options);

void line_attach(struct jangle_transport *transport, const struct jangle_queue *queue);

/* Publish a parcel with that id to the topic "orders". Returns its result. */
enum jangle_result line_publish(struct jangle_transport *transport,
                                const char *id,
                                const char *body,
                                size_t body_size,
                                int64_t timeout_ms,
                                struct jangle_error *error);

#endif
