/* registry.h - who decides, applies, handles and answers what: built once, at open, from
 * the tables of the configuration, each of which is checked. Read by any thread. */
#ifndef JN_REGISTRY_H
#define JN_REGISTRY_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/map.h"

#include <jangle/config.h>

/* Where a command goes. */
struct jn_route {
    const struct jangle_message *command;
    const struct jangle_aggregate *aggregate;
    jangle_decide_fn *decide;
};

/* Who answers a query. */
struct jn_answerer {
    const struct jangle_message *query;
    const struct jangle_subscriber *subscriber;
    jangle_answer_fn *answer;
};

/* A saga, and the subscriber that dispatch follows it as: its handlers handle nothing,
 * they only say which events it is for. */
struct jn_saga_type {
    const struct jangle_saga *saga;
    struct jangle_subscriber subscriber;
};

struct jn_registry {
    struct jangle_arena arena; /* keys and entries */
    struct jn_map routes;      /* command's stored name -> struct jn_route */
    struct jn_map answerers;   /* query's stored name -> struct jn_answerer */
    struct jn_map aggregates;  /* name -> struct jangle_aggregate */
    struct jn_map initials;    /* name -> a state before its first event */
    struct jn_map appliers; /* aggregate/event's stored name -> struct jangle_applier */
    struct jn_map subscribers; /* name -> struct jangle_subscriber */
    struct jn_map handlers; /* subscriber/event's stored name -> struct jangle_handler */
    struct jn_map events;   /* event's stored name -> struct jangle_message */
    struct jn_map emitted;  /* event's stored name -> an aggregate that lists it */
    struct jn_map sagas;    /* name -> struct jn_saga_type */
};

/* INVALID names both places of a duplicate, the table and what is wrong with it: a
 * command decided twice, an event described twice, a handler missing, a bad or taken
 * name, a view without handlers, a query answered twice... NO_MEMORY. On failure there is
 * nothing to finish. */
enum jangle_result jn_registry_init(struct jn_registry *registry,
                                    const struct jangle_config *config,
                                    const struct jangle_allocator *allocator,
                                    struct jangle_error *error);
void jn_registry_finish(struct jn_registry *registry);

/* INVALID names a row, and its event, that nothing here will ever be called for: no
 * aggregate lists the event, and the subscriber or saga does not say that another program
 * emits it. */
enum jangle_result jn_registry_check_emitters(const struct jn_registry *registry,
                                              const struct jangle_config *config,
                                              struct jangle_error *error);

/* Each by stored name; NULL if there is none. */
const struct jn_route *jn_registry_route(const struct jn_registry *registry,
                                         const char *command);
const struct jn_answerer *jn_registry_answerer(const struct jn_registry *registry,
                                               const char *query);
const struct jangle_aggregate *jn_registry_aggregate(const struct jn_registry *registry,
                                                     const char *name);
/* The state of an aggregate before its first event: one for all, so that it can be handed
 * out when there is no memory. NULL if it is not the one of that name. */
const void *jn_registry_initial(const struct jn_registry *registry,
                                const struct jangle_aggregate *aggregate);
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

/* Of the set of event types that it handles, whatever their order. */
void jn_registry_types_hash(const struct jangle_subscriber *subscriber,
                            unsigned char hash[JN_HASH_SIZE]);

/* Is it a view? */
static inline bool jn_is_view(const struct jangle_subscriber *subscriber)
{
    return subscriber->schema != NULL;
}

#endif
