/* registry_find.h - the registry is asked: who decides, applies, handles and answers
 * what? */
#ifndef JN_REGISTRY_FIND_H
#define JN_REGISTRY_FIND_H

#include "core/registry.h"

/* What goes by that stored name; NULL if there is none. */
const struct jangle_applier *jn_registry_applier(const struct jn_registry *registry,
                                                 const struct jangle_aggregate *aggregate,
                                                 const char *event);
const struct jangle_handler *
jn_registry_handler(const struct jn_registry *registry,
                    const struct jangle_subscriber *subscriber,
                    const char *event);

/* In place of a type's name: the handler that stands for every type without one of its
 * own. No name of a type may hold this character. */
#define JN_ANY_TYPE "#"

/* The state of an aggregate before its first event: one for all, so that it can be handed
 * out when there is no memory. NULL if another aggregate is registered under
 * that name. */
const void *jn_registry_initial(const struct jn_registry *registry,
                                const struct jangle_aggregate *aggregate);

/* The hash of the set of event types that the subscriber handles, whatever their order,
 * and of its filter. */
void jn_registry_types_hash(const struct jangle_subscriber *subscriber,
                            unsigned char hash[JN_HASH_SIZE]);

/* Each by the stored name of the row's message; NULL if the table has no such row. Tables
 * are short, so they are searched from the front. */
const struct jangle_applier *jn_row_applier(const struct jangle_appliers *table,
                                            const char *event);
const struct jangle_reaction *jn_row_reaction(const struct jangle_reactions *table,
                                              const char *event);

#endif
