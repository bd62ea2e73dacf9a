/* received.h - what is stored of a message that was received, besides its data: it is in
 * the `meta` of a record, together with the origin. */
#ifndef JN_RECEIVED_H
#define JN_RECEIVED_H

#include "message/codec.h"

#include <jangle/messaging.h>
#include <jangle/plugin/store.h>

/* What is stored of a message that was received, besides its data and its origin. */
struct jn_received {
    struct jangle_received base;
    const char *subject; /* whom it is about: the event's aggregate_id */
    int64_t version;     /* in the sender's stream; 0: the message does not say */
    jangle_time at;      /* of the sender; zero: the message does not say */
    jangle_time stored_at;
};

/* The JSON of an origin, as jn_meta_write writes it, and of a message that was received:
 * of `received` all but its consumer, its attempt and `stored_at`. */
enum jangle_result jn_meta_write_received(struct jangle_arena *arena,
                                          const struct jangle_origin *origin,
                                          const struct jn_received *received,
                                          const struct jn_limits *limits,
                                          const char **meta,
                                          struct jangle_error *error);

/* The origin of such JSON, and what is stored of a message that was received; `received`
 * is NULL if it is none. */
enum jangle_result jn_meta_read_received(struct jangle_arena *arena,
                                         const struct jangle_record *record,
                                         const struct jn_limits *limits,
                                         struct jangle_origin *origin,
                                         const struct jn_received **received,
                                         struct jangle_error *error);

/* The origin of such JSON. NULL and "" are an origin of which nothing is known. */
enum jangle_result jn_meta_read(struct jangle_arena *arena,
                                const char *meta,
                                const struct jn_limits *limits,
                                struct jangle_origin *origin,
                                struct jangle_error *error);

#endif
