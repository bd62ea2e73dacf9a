/* texts.h - the scripts that Redis carries out. */
#ifndef JN_REDIS_TEXTS_H
#define JN_REDIS_TEXTS_H

#include "redis/state.h"

/* The pieces of a script, which end with NULL. All scripts are called without keys; their
 * first argument is the prefix of all keys.
 *
 *     topic:TOPIC      stream: what was published to the topic
 *     queue:QUEUE      stream: what was put straight into the queue, or comes again
 *     about:QUEUE      hash: how the queue was declared; it exists as long as the queue
 *     bindings:QUEUE   set: "*TOPIC" (all routes), or "=TOPIC", a zero byte, and a route
 *     due:QUEUE        sorted set: what comes again later, packed, by its time
 *     owner:QUEUE      of a queue in order: the token of the one who receives
 *     alive:TOKEN      there while the lease of that receiver lasts
 *     expiring         set: the queues that have an `expire_ms`
 *     seen:MESSAGE     of a dedup: "begun" and a token, or "done"
 *
 * Each queue is a consumer group of its name, in its own stream and in those of its
 * topics. What a receiver has is pending for the consumer of its token, and what was
 * given back is pending for the consumer "free". */
const char *const *jn_redis_texts_of(enum jn_redis_script script);

#endif
