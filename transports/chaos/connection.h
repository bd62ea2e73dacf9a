/* connection.h - how a connection ends, and is made again. */
#ifndef JN_CHAOS_CONNECTION_H
#define JN_CHAOS_CONNECTION_H

#include "chaos/chaos.h"

/* Begin a call, unless it is `spared`: perhaps the connection ends, and the call is BUSY.
 */
enum jangle_result jn_chaos_enter(struct jn_chaos_transport *transport,
                                  bool spared,
                                  struct jangle_error *error);

/* Does the program receive, and only from queues without faults? */
bool jn_chaos_receives_spared(const struct jn_chaos_transport *transport);

/* Attach where the connection has ended. NOT_FOUND: a queue was removed; it is no longer
 * attached. */
enum jangle_result jn_chaos_attach_again(struct jn_chaos_transport *transport,
                                         struct jangle_error *error);

/* The inner transport has given back what came from a queue: let go of what is held of
 * it. */
void jn_chaos_drop_held(struct jn_chaos_transport *transport, const char *queue);

/* Settle a parcel as AGAIN, at once. `attempts` count as made. */
void jn_chaos_return(struct jn_chaos_transport *transport,
                     const struct jangle_parcel *parcel,
                     int attempts);

#endif
