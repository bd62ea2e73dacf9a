/* left_behind.h - endpoints that this program no longer has, and whose queues may still
 * fill at the broker. The store knows what was declared for them. */
#ifndef JN_LEFT_BEHIND_H
#define JN_LEFT_BEHIND_H

#include "core/engine.h"

#include <jangle/messaging.h>

/* Remove what was declared for an endpoint that this program lacks, through
 * config.broker. NOT_FOUND: the store knows of no such endpoint. INVALID: config.broker
 * is not the broker where it was declared; or a consumer of this program has one of the
 * queues; or this process is a follower. BUSY: another process runs the endpoint; or the
 * broker is away; or a queue is bound to the topic, which stays. */
enum jangle_result jn_left_behind_remove(struct jangle *jangle,
                                         const char *name,
                                         enum jangle_removal what,
                                         struct jangle_error *error);

/* The figures of an endpoint that this program lacks; messages that wait are counted if
 * the broker can be asked now. NOT_FOUND: the store knows of none. */
enum jangle_result jn_left_behind_measure(struct jangle *jangle,
                                          const char *name,
                                          struct jangle_endpoint_stats *stats,
                                          struct jangle_error *error);

#endif
