/* registry.h - who decides, applies, handles and answers what. Built once, at open, from
 * the tables of the configuration, which are all checked. Then any thread reads it,
 * without a lock. */
#ifndef JN_REGISTRY_H
#define JN_REGISTRY_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/map.h"

#include <jangle/config.h>

/* Who decides a command. */
struct jn_route {
    const struct jangle_message *command;
    const struct jangle_aggregate *aggregate;
    size_t index; /* of its row in aggregate->commands */
    jangle_decide_fn *decide;
};

/* Who answers a query. */
struct jn_answerer {
    const struct jangle_message *query;
    const struct jangle_subscriber *subscriber;
    size_t index; /* of its row in subscriber->answerers */
    jangle_answer_fn *answer;
};

/* A saga, and the subscriber that stands for it in dispatch. Its handlers handle nothing:
 * they say which events the saga wants. */
struct jn_saga_type {
    const struct jangle_saga *saga;
    struct jangle_subscriber subscriber;
};

/* A publisher, and the subscriber that stands for it in dispatch. Its handlers handle
 * nothing: they say which events the publisher has rows for. */
struct jn_publisher_type {
    const struct jangle_publisher *publisher;
    struct jangle_subscriber subscriber;
    const char *first_name; /* the kind of the streams of what is posted for it */
};

struct jn_consumer_type {
    const struct jangle_consumer *consumer;
    const char *first_name; /* the kind of the streams of what it stores */
};

/* Ask a map with jn_map_find. The keys of appliers and handlers are made of two names:
 * registry_find.h asks for these. */
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
    struct jn_map publishers; /* name -> struct jn_publisher_type */
    struct jn_map consumers;  /* name -> struct jn_consumer_type */
    struct jn_map posted;     /* first name -> struct jn_publisher_type */
    struct jn_map stored;     /* first name -> struct jn_consumer_type */
    struct jn_map received;   /* event's stored name -> the consumer that stores it */
};

/* INVALID names the table and what is wrong with it, and both rows of a duplicate: a
 * command that is decided twice, an event that is described twice, a handler that is
 * missing, a name that is not allowed or taken, a view without handlers, a query that is
 * answered twice... NO_MEMORY. On failure there is nothing to finish. */
enum jangle_result jn_registry_init(struct jn_registry *registry,
                                    const struct jangle_config *config,
                                    const struct jangle_allocator *allocator,
                                    struct jangle_error *error);
void jn_registry_finish(struct jn_registry *registry);

/* Is it a view? */
static inline bool jn_is_view(const struct jangle_subscriber *subscriber)
{
    return subscriber->schema != NULL;
}

#endif
