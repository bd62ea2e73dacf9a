/* catalogue_facts.h - the facts of what a program is made of, as JSON objects. Their
 * members are in docs/operations.md. */
#ifndef JN_CATALOGUE_FACTS_H
#define JN_CATALOGUE_FACTS_H

#include "base/arena.h"

#include <jangle/config.h>

/* Each is written in the arena; NULL: there is no memory. The same tables give the same
 * bytes, because a store is written when they differ. */
const char *jn_facts_of_message(struct jangle_arena *arena,
                                const struct jangle_message *type);
const char *jn_facts_of_aggregate(struct jangle_arena *arena,
                                  const struct jangle_aggregate *aggregate);
const char *jn_facts_of_subscriber(struct jangle_arena *arena,
                                   const struct jangle_subscriber *subscriber,
                                   const struct jangle_retry *retry);
const char *jn_facts_of_saga(struct jangle_arena *arena,
                             const struct jangle_saga *saga,
                             const struct jangle_retry *retry);
const char *jn_facts_of_publisher(struct jangle_arena *arena,
                                  const struct jangle_publisher *publisher);
const char *jn_facts_of_consumer(struct jangle_arena *arena,
                                 const struct jangle_consumer *consumer);

#endif
