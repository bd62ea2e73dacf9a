/* attached.h - the queues that a transport is attached to. */
#ifndef JN_NATS_ATTACHED_H
#define JN_NATS_ATTACHED_H

#include "nats/jetstream.h"

jangle_transport_attach_fn jn_nats_attach;
jangle_transport_detach_fn jn_nats_detach;

/* Connect, and attach again to what was attached by an earlier connection, or may have
 * changed: what was received before is given back. NOT_FOUND: a queue was removed. */
enum jangle_result jn_nats_refresh(struct jn_nats *nats, struct jangle_error *error);

/* Free all, when nothing is to be told to the server any more. */
void jn_nats_attached_finish(struct jn_nats *nats);

#endif
