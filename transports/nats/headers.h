/* headers.h - the headers of a message that has come. */
#ifndef JN_NATS_HEADERS_H
#define JN_NATS_HEADERS_H

#include "nats/jetstream.h"

struct jn_nats_header {
    struct jn_nats_header *next;
    const char *place; /* of the value in the message */
    char *value;
    char name[];
};

/* Copy them all, each name with its first value. What two headers are confused by is
 * taken out of the message. False: there is no memory. */
bool jn_nats_headers_read(struct jn_nats *nats,
                          natsMsg *message,
                          struct jn_nats_header **headers);
void jn_nats_headers_free(struct jn_nats *nats, struct jn_nats_header *headers);

/* NULL: there is none of that name. */
const char *jn_nats_headers_find(const struct jn_nats_header *headers, const char *name);
size_t jn_nats_headers_count(const struct jn_nats_header *headers);

#endif
