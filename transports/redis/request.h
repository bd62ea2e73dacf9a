/* request.h - a command for Redis, written as its protocol RESP wants it: an array of
 * byte strings. */
#ifndef JN_REDIS_REQUEST_H
#define JN_REDIS_REQUEST_H

#include "redis/state.h"

struct jn_redis_request {
    const struct jangle_allocator *allocator;
    char *bytes;
    size_t used;
    size_t room;
    size_t count; /* of its words */
    bool failed;  /* no memory */
    char key[80]; /* the first one, to be shown; empty: none */
};

/* Begin one. It is always to be finished. A lack of memory is noticed when it is sent. */
void jn_redis_request_init(struct jn_redis_request *request,
                           const struct jangle_allocator *allocator);
void jn_redis_request_finish(struct jn_redis_request *request);

/* Add a word. */
void jn_redis_request_add(struct jn_redis_request *request,
                          const void *bytes,
                          size_t size);
void jn_redis_request_text(struct jn_redis_request *request, const char *text);
void jn_redis_request_number(struct jn_redis_request *request, int64_t number);

/* A word of two parts. */
void jn_redis_request_header(struct jn_redis_request *request,
                             const char *prefix,
                             const char *name);

/* A key: the prefix of all keys, what kind of key it is, and a name. */
void jn_redis_request_key(struct jn_redis_request *request,
                          const struct jn_redis *redis,
                          const char *kind,
                          const char *name);

/* Write a long word in pieces, into a request of its own; then add that word to another
 * request. */
void jn_redis_request_append(struct jn_redis_request *word, const char *piece);
void jn_redis_request_join(struct jn_redis_request *request,
                           const struct jn_redis_request *word);

/* All words with their count before them; NULL: no memory. */
const char *jn_redis_request_bytes(struct jn_redis_request *request, size_t *size);

#endif
