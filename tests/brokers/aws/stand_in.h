/* stand_in.h - a server of the test's own that stands in for Amazon: it notes every
 * request, recomputes its signature, and answers what the test says. */
#ifndef AWS_STAND_IN_H
#define AWS_STAND_IN_H

#include <stdbool.h>
#include <stddef.h>

enum { STAND_IN_SILENT = -1, STAND_IN_HANGS_UP = 0 }; /* in place of an HTTP status */

struct stand_in;

struct stand_in_request {
    const char *head; /* the request line and the headers */
    const char *body;
    size_t body_size;
    const char *fault; /* what is wrong with its signature; NULL: nothing */
};

/* Listen on a free port of 127.0.0.1. Signatures are checked against this key. */
struct stand_in *stand_in_start(const char *secret_access_key);
void stand_in_stop(struct stand_in *server);
const char *stand_in_endpoint(const struct stand_in *server);

/* The answer to the next request that has none yet. Without one it is 200, and "{}" or an
 * XML document without anything. The text is borrowed. */
void stand_in_answer(struct stand_in *server, int status, const char *body);

/* How many requests came, and one of them, which lives until the end. */
size_t stand_in_count(struct stand_in *server);
struct stand_in_request stand_in_request(struct stand_in *server, size_t number);

/* The value of a header, of a request that has it; NULL: it has none. The caller frees
 * it. */
char *stand_in_header(const char *head, const char *name);

#endif
