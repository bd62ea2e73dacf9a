/* sources.h - where an attached queue is read: its own stream, and those of its topics.
 */
#ifndef JN_NATS_SOURCES_H
#define JN_NATS_SOURCES_H

#include "nats/jetstream.h"

/* A queue that is to be attached. NULL: no memory, and `error` says so. */
struct jn_nats_attached *jn_nats_sources_make(struct jn_nats *nats,
                                              const struct jangle_queue *queue,
                                              struct jangle_error *error);
void jn_nats_sources_free(struct jn_nats *nats, struct jn_nats_attached *attached);

/* Ask the server. NOT_FOUND: there is no such queue. */
enum jangle_result jn_nats_sources_read(struct jn_nats *nats,
                                        struct jn_nats_attached *attached,
                                        struct jangle_error *error);

/* Does the queue take a message of that subject? Its bindings are read again if they may
 * have become more since they were read. */
bool jn_nats_sources_take(struct jn_nats *nats,
                          struct jn_nats_attached *attached,
                          const struct jn_nats_source *source,
                          const char *subject);

#endif
