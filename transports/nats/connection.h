/* connection.h - the connection to a server: made when it is needed, dropped when it
 * breaks, and never mended behind our back. */
#ifndef JN_NATS_CONNECTION_H
#define JN_NATS_CONNECTION_H

#include "nats/jetstream.h"

/* Make sure that there is a connection: each server is tried once, from the one on that
 * was reached last. BUSY: none of them can be reached, and `error` says why. */
enum jangle_result jn_nats_connect(struct jn_nats *nats, struct jangle_error *error);

/* False if there is none, or it has ended. One that has ended is dropped. */
bool jn_nats_is_connected(struct jn_nats *nats);

/* End it at once. What was received by it is no longer ours. */
void jn_nats_drop(struct jn_nats *nats);

/* In a child of fork, in which the threads of libnats do not run: close the socket and
 * leave the rest, which nobody can free there. */
void jn_nats_disown(struct jn_nats *nats);

/* What to call when the server has not answered or has refused: the sentence says
 * `what`, such as "declaring topic \"orders\"". A connection that broke is dropped. */
enum jangle_result jn_nats_fail(struct jn_nats *nats,
                                const char *what,
                                natsStatus status,
                                jsErrCode code,
                                struct jangle_error *error);

/* Forget what an error says, because it was none: what is missing is made, for example.
 * An error keeps the first sentence that it was given. */
void jn_nats_forgive(struct jangle_error *error);

/* The options of a question to the server, which wait no longer than a call may. */
jsOptions jn_nats_asking(void);

/* A new inbox, and what comes by it. The caller destroys the subscription. */
natsStatus jn_nats_subscribe(struct jn_nats *nats,
                             natsSubscription **subscription,
                             char inbox[JN_NATS_INBOX_SIZE]);

/* A new inbox for what is received, so that nothing comes by the old one. What had come
 * is in `old` if that is given: the caller destroys it. */
enum jangle_result jn_nats_renew_arrivals(struct jn_nats *nats,
                                          natsSubscription **old,
                                          struct jangle_error *error);

#endif
