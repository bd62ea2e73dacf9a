/* attached.h - the queues that a transport is attached to. */
#ifndef JN_REDIS_ATTACHED_H
#define JN_REDIS_ATTACHED_H

#include "redis/state.h"

jangle_transport_attach_fn jn_redis_attached_attach;
jangle_transport_detach_fn jn_redis_attached_detach;

/* Give back what is not settled, and detach from all queues. If Redis cannot be told, the
 * lease ends it, or somebody who sees that the connection has ended. */
void jn_redis_attached_leave(struct jn_redis *redis);

/* Detach from all, and tell nobody. */
void jn_redis_attached_finish(struct jn_redis *redis);

#endif
