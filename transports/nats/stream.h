/* stream.h - streams and consumers are made as we need them. */
#ifndef JN_NATS_STREAM_H
#define JN_NATS_STREAM_H

#include "nats/jetstream.h"

enum { JN_NATS_NS_PER_MS = 1000000, JN_NATS_DESCRIPTION_SIZE = 2048 };

/* The sentence of a declaration that has failed; `kind` is "topic" or "queue". */
enum jangle_result jn_nats_declare_fail(struct jn_nats *nats,
                                        const char *kind,
                                        const char *name,
                                        natsStatus status,
                                        jsErrCode code,
                                        struct jangle_error *error);

/* INVALID: the stream would lose something, or is that of another name. NOT_FOUND: there
 * is none. */
enum jangle_result jn_nats_stream_look(struct jn_nats *nats,
                                       const char *stream,
                                       const char *kind,
                                       const char *name,
                                       struct jangle_error *error);

/* Make a stream of which name, description, subjects and retention are set. */
enum jangle_result jn_nats_stream_make(struct jn_nats *nats,
                                       jsStreamConfig *config,
                                       const char *kind,
                                       const char *name,
                                       struct jangle_error *error);

/* A consumer as ours are. `filter` may be NULL. */
void jn_nats_consumer_describe(const struct jn_nats *nats,
                               jsConsumerConfig *config,
                               const char *consumer,
                               const char *filter);

#endif
