/* registry_find.h - the registry is asked: who decides, applies, handles and answers
 * what? */
#ifndef JN_REGISTRY_FIND_H
#define JN_REGISTRY_FIND_H

#include "core/registry.h"

/* What goes by that stored name; NULL if there is none. */
const struct jn_route *jn_registry_route(const struct jn_registry *registry,
                                         const char *command);
const struct jn_answerer *jn_registry_answerer(const struct jn_registry *registry,
                                               const char *query);
const struct jangle_aggregate *jn_registry_aggregate(const struct jn_registry *registry,
                                                     const char *name);
const struct jangle_applier *jn_registry_applier(const struct jn_registry *registry,
                                                 const struct jangle_aggregate *aggregate,
                                                 const char *event);
const struct jangle_subscriber *jn_registry_subscriber(const struct jn_registry *registry,
                                                       const char *name);
const struct jangle_handler *
jn_registry_handler(const struct jn_registry *registry,
                    const struct jangle_subscriber *subscriber,
                    const char *event);
const struct jangle_message *jn_registry_event(const struct jn_registry *registry,
                                               const char *event);
const struct jn_saga_type *jn_registry_saga(const struct jn_registry *registry,
                                            const char *saga);

/* The state of an aggregate before its first event: one for all, so that it can be handed
 * out when there is no memory. NULL if another aggregate is registered under that name.
 */
const void *jn_registry_initial(const struct jn_registry *registry,
                                const struct jangle_aggregate *aggregate);

/* The hash of the set of event types that the subscriber handles, whatever their order.
 */
void jn_registry_types_hash(const struct jangle_subscriber *subscriber,
                            unsigned char hash[JN_HASH_SIZE]);

#endif
