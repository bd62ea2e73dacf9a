/* names.h - what topics, queues and routes are called at the server.
 *
 * In a topic or a queue each "." becomes "_". Then T is a topic and Q a queue:
 *
 *     stream T          subjects T.ROUTE
 *     stream Q-queue    subject Q-queue: what was sent straight to it; Q-queue.turn: who
 *                       may pull; Q-queue.bind.T.ROUTE: its bindings, a message each
 *     consumer Q        of the stream T, and of Q-queue; Q-turn: of Q-queue */
#ifndef JN_NATS_NAMES_H
#define JN_NATS_NAMES_H

#include "nats/jetstream.h"

#define JN_NATS_QUEUE      "-queue"
#define JN_NATS_ALL_ROUTES "%all"

/* Write texts one after the other: JN_NATS_JOIN(subject, sizeof subject, stream, ".>").
 * False if they do not fit: then `out` is empty. */
#define JN_NATS_JOIN(out, size, ...)                                                     \
    jn_nats_join(out, size, (const char *const[]){__VA_ARGS__, NULL})
bool jn_nats_join(char *out, size_t size, const char *const *texts);

/* Write a name with an ending. INVALID says what is wrong with it. */
enum jangle_result jn_nats_name(char out[JN_NATS_NAME_SIZE],
                                const char *kind,
                                const char *name,
                                const char *ending,
                                struct jangle_error *error);

/* The route as the end of a subject: bytes that a subject cannot have are written as %XX,
 * no route as "%-", an empty one as "%0". False if it is too long. */
bool jn_nats_route_write(char *out, size_t size, const char *route);

/* The reverse, in place. NULL: there is no route. */
const char *jn_nats_route_read(char *text);

/* Any text for a description, in which quotes and blanks would do harm. */
bool jn_nats_text_write(char *out, size_t size, const char *text);
void jn_nats_text_read(char *text);

#endif
