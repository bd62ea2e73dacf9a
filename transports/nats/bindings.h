/* bindings.h - what the server knows of a queue: how it was declared, and its bindings.
 */
#ifndef JN_NATS_BINDINGS_H
#define JN_NATS_BINDINGS_H

#include "nats/jetstream.h"

struct jn_nats_binding {
    char *stream; /* of the topic */
    char *route;  /* as it stands in a subject; or JN_NATS_ALL_ROUTES */
};

struct jn_nats_known {
    char name[3 * JN_NATS_NAME_SIZE]; /* empty: it was declared by somebody else */
    char dead[3 * JN_NATS_NAME_SIZE]; /* empty: none */
    bool in_order;
    int64_t born;
    struct jn_nats_binding *bindings;
    size_t count;
};

/* Ask for the queue whose stream that is. NOT_FOUND if there is none. Finish it in any
 * case. */
enum jangle_result jn_nats_known_read(struct jn_nats *nats,
                                      const char *stream,
                                      const char *queue,
                                      struct jn_nats_known *known,
                                      struct jangle_error *error);
void jn_nats_known_finish(struct jn_nats *nats, struct jn_nats_known *known);

/* Does a queue with these bindings take that route of the topic? */
bool jn_nats_known_takes(const struct jn_nats_known *known,
                         const char *stream,
                         const char *route);

/* How many bindings to the topic there are. With one, `*only` is its route. */
size_t jn_nats_known_routes(const struct jn_nats_known *known,
                            const char *stream,
                            const char **only);

/* The value of a word such as "queue=" in a description, read; false: it has none. */
bool jn_nats_described(const char *description,
                       const char *word,
                       char *value,
                       size_t size);

/* Does any queue of the topic take that route? */
enum jangle_result jn_nats_is_taken(struct jn_nats *nats,
                                    const char *stream,
                                    const char *route,
                                    bool *taken,
                                    struct jangle_error *error);

#endif
