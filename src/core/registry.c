/* registry.c - who decides, applies, handles and answers what. */
#include "core/filling.h"

#include "base/error.h"
#include "message/describe.h"

static enum jangle_result no_memory(struct jn_filling *filling)
{
    return jn_fail(filling->error, JANGLE_NO_MEMORY, "out of memory: nothing is open");
}

enum jangle_result
jn_filling_check_name(struct jn_filling *filling, const char *what, const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyz"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

    if (!name || !*name)
        return jn_fail(filling->error, JANGLE_INVALID, "%s has no name", what);
    if (strlen(name) > JN_TABLE_NAME_MAX)
        return jn_fail(filling->error, JANGLE_INVALID,
                       "%s \"%s\": a name has %d bytes at most", what, JN_SHOWN(24, name),
                       JN_TABLE_NAME_MAX);
    if (name[strspn(name, allowed)])
        return jn_fail(filling->error, JANGLE_INVALID,
                       "%s \"%s\": a name is made of letters, digits, _ and -", what,
                       name);
    return JANGLE_OK;
}

enum jangle_result jn_filling_check_type(struct jn_filling *filling,
                                         const char *owner,
                                         const struct jangle_message *type,
                                         enum jangle_role role)
{
    static const char *const roles[] = {"a struct", "a command", "an event", "a query"};
    struct jangle_error error = {0};

    if (jn_type_check(type, &error))
        return jn_fail(filling->error, error.result, "%s: %s", owner, error.message);
    if (type->role != role)
        return jn_fail(filling->error, JANGLE_INVALID, "%s: %s is %s, not %s", owner,
                       type->name, roles[type->role], roles[role]);
    return JANGLE_OK;
}

const char *
jn_filling_key(struct jn_filling *filling, const char *owner, const char *name)
{
    return jangle_text(&filling->registry->arena, "%s/%s", owner, name);
}

enum jangle_result jn_filling_put(struct jn_filling *filling,
                                  struct jn_map *map,
                                  const char *key,
                                  void *value)
{
    if (!value || jn_arena_check(&filling->registry->arena, NULL) ||
        jn_map_put(map, key, value))
        return no_memory(filling);
    return JANGLE_OK;
}

void *jn_filling_unconst(const void *table)
{
    void *pointer;

    memcpy(&pointer, &table, sizeof pointer);
    return pointer;
}

enum jangle_result jn_filling_add_event(struct jn_filling *filling,
                                        const char *owner,
                                        const struct jangle_message *type)
{
    struct jn_map *events = &filling->registry->events;
    unsigned char hash[JN_HASH_SIZE], other_hash[JN_HASH_SIZE];
    const struct jangle_message *other;
    enum jangle_result result =
        jn_filling_check_type(filling, owner, type, JANGLE_ROLE_EVENT);

    if (result)
        return result;
    other = jn_map_find(events, jn_type_name(type));
    if (other == type)
        return JANGLE_OK;
    if (!other)
        return jn_filling_put(filling, events, jn_type_name(type),
                              jn_filling_unconst(type));
    jn_type_hash(type, hash);
    jn_type_hash(other, other_hash);
    if (memcmp(hash, other_hash, sizeof hash) == 0 && type->size == other->size &&
        jn_type_version(type) == jn_type_version(other))
        return JANGLE_OK;
    return jn_fail(filling->error, JANGLE_INVALID,
                   "%s: the event %s is stored as \"%s\", and so is another %s that is "
                   "described differently",
                   owner, type->name, jn_type_name(type), other->name);
}

/* ---- aggregates -------------------------------------------------------------- */

static enum jangle_result add_decider(struct jn_filling *filling,
                                      const struct jangle_aggregate *aggregate,
                                      const struct jangle_decider *decider)
{
    struct jn_map *routes = &filling->registry->routes;
    const struct jangle_message *command = decider->command;
    const struct jn_route *other;
    struct jn_route *route;
    enum jangle_result result =
        jn_filling_check_type(filling, aggregate->name, command, JANGLE_ROLE_COMMAND);

    if (result)
        return result;
    if (!decider->decide)
        return jn_fail(filling->error, JANGLE_INVALID, "%s: nothing decides %s",
                       aggregate->name, command->name);
    other = jn_map_find(routes, jn_type_name(command));
    if (other)
        return jn_fail(filling->error, JANGLE_INVALID,
                       "the command %s is decided by %s and by %s", command->name,
                       other->aggregate->name, aggregate->name);
    route = jn_arena_copy(&filling->registry->arena,
                          &(struct jn_route){.command = command,
                                             .aggregate = aggregate,
                                             .decide = decider->decide},
                          sizeof *route);
    return jn_filling_put(filling, routes, jn_type_name(command), route);
}

static enum jangle_result add_applier(struct jn_filling *filling,
                                      const struct jangle_aggregate *aggregate,
                                      const struct jangle_applier *applier)
{
    enum jangle_result result =
        jn_filling_add_event(filling, aggregate->name, applier->event);
    const char *key;

    if (result)
        return result;
    key = jn_filling_key(filling, aggregate->name, jn_type_name(applier->event));
    if (jn_map_find(&filling->registry->appliers, key))
        return jn_fail(filling->error, JANGLE_INVALID, "%s lists the event %s twice",
                       aggregate->name, applier->event->name);
    return jn_filling_put(filling, &filling->registry->appliers, key,
                          jn_filling_unconst(applier));
}

static enum jangle_result add_aggregate(struct jn_filling *filling,
                                        const struct jangle_aggregate *aggregate)
{
    enum jangle_result result =
        jn_filling_check_name(filling, "an aggregate", aggregate->name);

    if (!result && jn_map_find(&filling->registry->aggregates, aggregate->name))
        result = jn_fail(filling->error, JANGLE_INVALID, "two aggregates are called %s",
                         aggregate->name);
    if (!result && (!aggregate->state || !aggregate->events))
        result = jn_fail(filling->error, JANGLE_INVALID, "%s has no %s", aggregate->name,
                         aggregate->state ? "events" : "state");
    if (!result && aggregate->snapshot_every < 0)
        result = jn_fail(filling->error, JANGLE_INVALID,
                         "%s.snapshot_every is below zero", aggregate->name);
    if (!result)
        result = jn_filling_check_type(filling, aggregate->name, aggregate->state,
                                       JANGLE_ROLE_STRUCT);
    if (!result)
        result = jn_filling_put(filling, &filling->registry->aggregates, aggregate->name,
                                jn_filling_unconst(aggregate));
    for (const struct jangle_applier *applier = aggregate->events;
         !result && applier->event; applier++)
        result = add_applier(filling, aggregate, applier);
    for (const struct jangle_decider *decider = aggregate->commands;
         !result && decider && decider->command; decider++)
        result = add_decider(filling, aggregate, decider);
    return result;
}

/* ---- subscribers ------------------------------------------------------------- */

static enum jangle_result add_handler(struct jn_filling *filling,
                                      const struct jangle_subscriber *subscriber,
                                      const struct jangle_handler *handler)
{
    enum jangle_result result =
        jn_filling_add_event(filling, subscriber->name, handler->event);
    const char *key;

    if (result)
        return result;
    if (!handler->handle)
        return jn_fail(filling->error, JANGLE_INVALID, "%s: nothing handles %s",
                       subscriber->name, handler->event->name);
    key = jn_filling_key(filling, subscriber->name, jn_type_name(handler->event));
    if (jn_map_find(&filling->registry->handlers, key))
        return jn_fail(filling->error, JANGLE_INVALID, "%s handles %s twice",
                       subscriber->name, handler->event->name);
    return jn_filling_put(filling, &filling->registry->handlers, key,
                          jn_filling_unconst(handler));
}

static enum jangle_result add_answerer(struct jn_filling *filling,
                                       const struct jangle_subscriber *subscriber,
                                       const struct jangle_answerer *answerer)
{
    struct jn_map *answerers = &filling->registry->answerers;
    const struct jangle_message *query = answerer->query;
    const struct jn_answerer *other;
    enum jangle_result result =
        jn_filling_check_type(filling, subscriber->name, query, JANGLE_ROLE_QUERY);

    if (result)
        return result;
    if (!answerer->answer || !query->answer)
        return jn_fail(filling->error, JANGLE_INVALID, "%s: %s %s", subscriber->name,
                       query->name,
                       answerer->answer ? "does not say what it is answered with"
                                        : "has no answerer");
    result = jn_filling_check_type(filling, subscriber->name, query->answer,
                                   JANGLE_ROLE_STRUCT);
    if (result)
        return result;
    other = jn_map_find(answerers, jn_type_name(query));
    if (other)
        return jn_fail(filling->error, JANGLE_INVALID,
                       "the query %s is answered by %s and by %s", query->name,
                       other->subscriber->name, subscriber->name);
    return jn_filling_put(filling, answerers, jn_type_name(query),
                          jn_arena_copy(&filling->registry->arena,
                                        &(struct jn_answerer){.query = query,
                                                              .subscriber = subscriber,
                                                              .answer = answerer->answer},
                                        sizeof(struct jn_answerer)));
}

static enum jangle_result check_subscriber(struct jn_filling *filling,
                                           const struct jangle_subscriber *subscriber)
{
    const char *wrong = NULL;
    enum jangle_result result =
        jn_filling_check_name(filling, "a subscriber", subscriber->name);

    if (result)
        return result;
    if (jn_map_find(&filling->registry->subscribers, subscriber->name))
        wrong = "is the name of two subscribers";
    else if (subscriber->formerly && strcmp(subscriber->formerly, subscriber->name) == 0)
        wrong = "was formerly called the same";
    else if (!subscriber->handlers || !subscriber->handlers->event)
        wrong = "handles nothing";
    else if (subscriber->threads < 0 || subscriber->threads > JN_THREADS_MAX)
        wrong = "has a number of threads that is not in 0..64";
    else if (jn_is_view(subscriber) && subscriber->threads > 1)
        wrong = "is a view: it has one thread";
    else if (subscriber->threads > 1 && subscriber->marking == JANGLE_AT_ONCE)
        wrong = "marks at once, one event after the other: it has one thread";
    else if (!jn_is_view(subscriber) && (subscriber->file || subscriber->schema_version))
        wrong = "has a file or a schema_version, but no schema";
    else if (jn_is_view(subscriber) && subscriber->schema_version < 0)
        wrong = "has a schema_version below zero";
    return wrong ? jn_fail(filling->error, JANGLE_INVALID, "\"%s\" %s", subscriber->name,
                           wrong)
                 : JANGLE_OK;
}

static enum jangle_result add_subscriber(struct jn_filling *filling,
                                         const struct jangle_subscriber *subscriber)
{
    enum jangle_result result = check_subscriber(filling, subscriber);

    if (!result)
        result = jn_filling_put(filling, &filling->registry->subscribers,
                                subscriber->name, jn_filling_unconst(subscriber));
    for (const struct jangle_handler *handler = subscriber->handlers;
         !result && handler->event; handler++)
        result = add_handler(filling, subscriber, handler);
    for (const struct jangle_answerer *answerer = subscriber->answerers;
         !result && answerer && answerer->query; answerer++)
        result = add_answerer(filling, subscriber, answerer);
    return result;
}

/* A former name must be nobody's present one. */
static enum jangle_result check_former_names(struct jn_filling *filling)
{
    const struct jangle_subscriber *subscriber;

    for (size_t at = 0; (subscriber = jn_map_next(&filling->registry->subscribers, &at));)
        if (subscriber->formerly &&
            jn_map_find(&filling->registry->subscribers, subscriber->formerly))
            return jn_fail(filling->error, JANGLE_INVALID,
                           "\"%s\" was formerly called %s, but another is called so now",
                           subscriber->name, subscriber->formerly);
    return JANGLE_OK;
}

static enum jangle_result fill(struct jn_filling *filling)
{
    const struct jangle_config *config = filling->config;
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && config->aggregates && config->aggregates[i]; i++)
        result = add_aggregate(filling, config->aggregates[i]);
    for (size_t i = 0; !result && config->subscribers && config->subscribers[i]; i++)
        result = add_subscriber(filling, config->subscribers[i]);
    for (size_t i = 0; !result && config->sagas && config->sagas[i]; i++)
        result = jn_filling_add_saga(filling, config->sagas[i]);
    if (!result)
        result = check_former_names(filling);
    return result;
}

enum jangle_result jn_registry_init(struct jn_registry *registry,
                                    const struct jangle_config *config,
                                    const struct jangle_allocator *allocator,
                                    struct jangle_error *error)
{
    struct jn_filling filling = {.registry = registry, .config = config, .error = error};
    enum jangle_result result;

    jn_arena_init(&registry->arena, allocator);
    jn_map_init(&registry->routes, allocator);
    jn_map_init(&registry->answerers, allocator);
    jn_map_init(&registry->aggregates, allocator);
    jn_map_init(&registry->appliers, allocator);
    jn_map_init(&registry->subscribers, allocator);
    jn_map_init(&registry->handlers, allocator);
    jn_map_init(&registry->events, allocator);
    jn_map_init(&registry->sagas, allocator);
    result = fill(&filling);
    if (result)
        jn_registry_finish(registry);
    return result;
}

void jn_registry_finish(struct jn_registry *registry)
{
    jn_map_finish(&registry->routes);
    jn_map_finish(&registry->answerers);
    jn_map_finish(&registry->aggregates);
    jn_map_finish(&registry->appliers);
    jn_map_finish(&registry->subscribers);
    jn_map_finish(&registry->handlers);
    jn_map_finish(&registry->events);
    jn_map_finish(&registry->sagas);
    jn_arena_finish(&registry->arena);
}

/* ---- finding ----------------------------------------------------------------- */

const struct jn_route *jn_registry_route(const struct jn_registry *registry,
                                         const char *command)
{
    return jn_map_find(&registry->routes, command);
}

const struct jn_answerer *jn_registry_answerer(const struct jn_registry *registry,
                                               const char *query)
{
    return jn_map_find(&registry->answerers, query);
}

const struct jangle_aggregate *jn_registry_aggregate(const struct jn_registry *registry,
                                                     const char *name)
{
    return jn_map_find(&registry->aggregates, name);
}

/* Of "owner/name"; a name that is too long for a key is nobody's. */
static void *find_pair(const struct jn_map *map, const char *owner, const char *name)
{
    char key[JN_TABLE_NAME_MAX + 1 + 201];
    size_t owner_size = strlen(owner), name_size = strlen(name);

    if (owner_size + name_size + 2 > sizeof key)
        return NULL;
    memcpy(key, owner, owner_size);
    key[owner_size] = '/';
    memcpy(key + owner_size + 1, name, name_size + 1);
    return jn_map_find(map, key);
}

const struct jangle_applier *jn_registry_applier(const struct jn_registry *registry,
                                                 const struct jangle_aggregate *aggregate,
                                                 const char *event)
{
    return find_pair(&registry->appliers, aggregate->name, event);
}

const struct jangle_subscriber *jn_registry_subscriber(const struct jn_registry *registry,
                                                       const char *name)
{
    return jn_map_find(&registry->subscribers, name);
}

const struct jangle_handler *
jn_registry_handler(const struct jn_registry *registry,
                    const struct jangle_subscriber *subscriber,
                    const char *event)
{
    return find_pair(&registry->handlers, subscriber->name, event);
}

const struct jangle_message *jn_registry_event(const struct jn_registry *registry,
                                               const char *event)
{
    return jn_map_find(&registry->events, event);
}

const struct jn_saga_type *jn_registry_saga(const struct jn_registry *registry,
                                            const char *saga)
{
    return jn_map_find(&registry->sagas, saga);
}

/* The sum of the names' hashes, byte by byte: the order does not matter, and no name is
 * listed twice. */
void jn_registry_types_hash(const struct jangle_subscriber *subscriber,
                            unsigned char hash[JN_HASH_SIZE])
{
    unsigned char one[JN_HASH_SIZE];

    memset(hash, 0, JN_HASH_SIZE);
    for (const struct jangle_handler *handler = subscriber->handlers; handler->event;
         handler++) {
        const char *name = jn_type_name(handler->event);

        jn_hash_bytes(one, name, strlen(name));
        for (size_t i = 0; i < JN_HASH_SIZE; i++)
            hash[i] = (unsigned char)(hash[i] + one[i]);
    }
}
