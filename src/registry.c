/* registry.c - who decides, applies, handles and answers what. */
#include "registry.h"

#include "describe.h"
#include "error.h"
#include "saga.h"

enum { NAME_LIMIT = 64, THREADS_LIMIT = 64 };

struct filling {
    struct jn_registry *registry;
    const struct jangle_config *config;
    struct jangle_error *error;
};

static enum jangle_result no_memory(struct filling *filling)
{
    return jn_fail(filling->error, JANGLE_NO_MEMORY, "out of memory: nothing is open");
}

/* Names of aggregates and subscribers become names of streams and files. */
static enum jangle_result
check_name(struct filling *filling, const char *what, const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyz"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

    if (!name || !*name)
        return jn_fail(filling->error, JANGLE_INVALID, "%s has no name", what);
    if (strlen(name) > NAME_LIMIT)
        return jn_fail(filling->error, JANGLE_INVALID,
                       "%s \"%.20s...\": a name has %d bytes at most", what, name,
                       NAME_LIMIT);
    if (name[strspn(name, allowed)])
        return jn_fail(filling->error, JANGLE_INVALID,
                       "%s \"%s\": a name is made of letters, digits, _ and -", what,
                       name);
    return JANGLE_OK;
}

static enum jangle_result check_type(struct filling *filling,
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

/* "owner/name", in the registry's arena. */
static const char *make_key(struct filling *filling, const char *owner, const char *name)
{
    return jangle_text(&filling->registry->arena, "%s/%s", owner, name);
}

static enum jangle_result
put(struct filling *filling, struct jn_map *map, const char *key, void *value)
{
    if (!value || jn_arena_check(&filling->registry->arena, NULL) ||
        jn_map_put(map, key, value))
        return no_memory(filling);
    return JANGLE_OK;
}

/* Tables are constants; maps hold pointers to anything. They are read through
 * const-restoring functions only. */
static void *unconst(const void *table)
{
    void *pointer;

    memcpy(&pointer, &table, sizeof pointer);
    return pointer;
}

/* The same event may be described in two places, if both say the same. */
static enum jangle_result
add_event(struct filling *filling, const char *owner, const struct jangle_message *type)
{
    struct jn_map *events = &filling->registry->events;
    unsigned char hash[JN_HASH_SIZE], other_hash[JN_HASH_SIZE];
    const struct jangle_message *other;
    enum jangle_result result = check_type(filling, owner, type, JANGLE_ROLE_EVENT);

    if (result)
        return result;
    other = jn_map_find(events, jn_type_name(type));
    if (other == type)
        return JANGLE_OK;
    if (!other)
        return put(filling, events, jn_type_name(type), unconst(type));
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

static enum jangle_result add_decider(struct filling *filling,
                                      const struct jangle_aggregate *aggregate,
                                      const struct jangle_decider *decider)
{
    struct jn_map *routes = &filling->registry->routes;
    const struct jangle_message *command = decider->command;
    const struct jn_route *other;
    struct jn_route *route;
    enum jangle_result result =
        check_type(filling, aggregate->name, command, JANGLE_ROLE_COMMAND);

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
    return put(filling, routes, jn_type_name(command), route);
}

static enum jangle_result add_applier(struct filling *filling,
                                      const struct jangle_aggregate *aggregate,
                                      const struct jangle_applier *applier)
{
    enum jangle_result result = add_event(filling, aggregate->name, applier->event);
    const char *key;

    if (result)
        return result;
    key = make_key(filling, aggregate->name, jn_type_name(applier->event));
    if (jn_map_find(&filling->registry->appliers, key))
        return jn_fail(filling->error, JANGLE_INVALID, "%s lists the event %s twice",
                       aggregate->name, applier->event->name);
    return put(filling, &filling->registry->appliers, key, unconst(applier));
}

static enum jangle_result add_aggregate(struct filling *filling,
                                        const struct jangle_aggregate *aggregate)
{
    enum jangle_result result = check_name(filling, "an aggregate", aggregate->name);

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
        result =
            check_type(filling, aggregate->name, aggregate->state, JANGLE_ROLE_STRUCT);
    if (!result)
        result = put(filling, &filling->registry->aggregates, aggregate->name,
                     unconst(aggregate));
    for (const struct jangle_applier *applier = aggregate->events;
         !result && applier->event; applier++)
        result = add_applier(filling, aggregate, applier);
    for (const struct jangle_decider *decider = aggregate->commands;
         !result && decider && decider->command; decider++)
        result = add_decider(filling, aggregate, decider);
    return result;
}

/* ---- subscribers ------------------------------------------------------------- */

static enum jangle_result add_handler(struct filling *filling,
                                      const struct jangle_subscriber *subscriber,
                                      const struct jangle_handler *handler)
{
    enum jangle_result result = add_event(filling, subscriber->name, handler->event);
    const char *key;

    if (result)
        return result;
    if (!handler->handle)
        return jn_fail(filling->error, JANGLE_INVALID, "%s: nothing handles %s",
                       subscriber->name, handler->event->name);
    key = make_key(filling, subscriber->name, jn_type_name(handler->event));
    if (jn_map_find(&filling->registry->handlers, key))
        return jn_fail(filling->error, JANGLE_INVALID, "%s handles %s twice",
                       subscriber->name, handler->event->name);
    return put(filling, &filling->registry->handlers, key, unconst(handler));
}

static enum jangle_result add_answerer(struct filling *filling,
                                       const struct jangle_subscriber *subscriber,
                                       const struct jangle_answerer *answerer)
{
    struct jn_map *answerers = &filling->registry->answerers;
    const struct jangle_message *query = answerer->query;
    const struct jn_answerer *other;
    enum jangle_result result =
        check_type(filling, subscriber->name, query, JANGLE_ROLE_QUERY);

    if (result)
        return result;
    if (!answerer->answer || !query->answer)
        return jn_fail(filling->error, JANGLE_INVALID, "%s: %s %s", subscriber->name,
                       query->name,
                       answerer->answer ? "does not say what it is answered with"
                                        : "has no answerer");
    result = check_type(filling, subscriber->name, query->answer, JANGLE_ROLE_STRUCT);
    if (result)
        return result;
    other = jn_map_find(answerers, jn_type_name(query));
    if (other)
        return jn_fail(filling->error, JANGLE_INVALID,
                       "the query %s is answered by %s and by %s", query->name,
                       other->subscriber->name, subscriber->name);
    return put(filling, answerers, jn_type_name(query),
               jn_arena_copy(&filling->registry->arena,
                             &(struct jn_answerer){.query = query,
                                                   .subscriber = subscriber,
                                                   .answer = answerer->answer},
                             sizeof(struct jn_answerer)));
}

static enum jangle_result check_subscriber(struct filling *filling,
                                           const struct jangle_subscriber *subscriber)
{
    const char *wrong = NULL;
    enum jangle_result result = check_name(filling, "a subscriber", subscriber->name);

    if (result)
        return result;
    if (jn_map_find(&filling->registry->subscribers, subscriber->name))
        wrong = "is the name of two subscribers";
    else if (subscriber->formerly && strcmp(subscriber->formerly, subscriber->name) == 0)
        wrong = "was formerly called the same";
    else if (!subscriber->handlers || !subscriber->handlers->event)
        wrong = "handles nothing";
    else if (subscriber->threads < 0 || subscriber->threads > THREADS_LIMIT)
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

static enum jangle_result add_subscriber(struct filling *filling,
                                         const struct jangle_subscriber *subscriber)
{
    enum jangle_result result = check_subscriber(filling, subscriber);

    if (!result)
        result = put(filling, &filling->registry->subscribers, subscriber->name,
                     unconst(subscriber));
    for (const struct jangle_handler *handler = subscriber->handlers;
         !result && handler->event; handler++)
        result = add_handler(filling, subscriber, handler);
    for (const struct jangle_answerer *answerer = subscriber->answerers;
         !result && answerer && answerer->query; answerer++)
        result = add_answerer(filling, subscriber, answerer);
    return result;
}

/* ---- sagas ------------------------------------------------------------------- */

/* As a handler of the saga's own subscriber: it only says that the event is wanted. */
static enum jangle_result listen(struct filling *filling,
                                 const struct jangle_saga *saga,
                                 const struct jangle_message *event)
{
    struct jn_registry *registry = filling->registry;
    enum jangle_result result = add_event(filling, saga->name, event);
    const char *key;
    struct jangle_handler *handler;

    if (result)
        return result;
    key = make_key(filling, saga->name, jn_type_name(event));
    if (jn_map_find(&registry->handlers, key))
        return JANGLE_OK;
    handler = jangle_alloc(&registry->arena, sizeof *handler);
    if (handler)
        handler->event = event;
    return put(filling, &registry->handlers, key, handler);
}

static enum jangle_result add_saga_event(struct filling *filling,
                                         const struct jangle_saga *saga,
                                         const struct jangle_applier *applier)
{
    for (const struct jangle_applier *other = saga->events; other != applier; other++)
        if (!strcmp(jn_type_name(other->event), jn_type_name(applier->event)))
            return jn_fail(filling->error, JANGLE_INVALID, "%s lists the event %s twice",
                           saga->name, applier->event->name);
    if (!jn_saga_has_id(saga, applier->event)) /* a note, told by the saga to itself */
        return check_type(filling, saga->name, applier->event, JANGLE_ROLE_EVENT);
    return listen(filling, saga, applier->event);
}

static enum jangle_result add_reaction(struct filling *filling,
                                       const struct jangle_saga *saga,
                                       const struct jangle_reaction *reaction)
{
    const char *name = reaction->event->name;

    for (const struct jangle_reaction *other = saga->reactions; other != reaction;
         other++)
        if (!strcmp(jn_type_name(other->event), jn_type_name(reaction->event)))
            return jn_fail(filling->error, JANGLE_INVALID, "%s reacts to %s twice",
                           saga->name, name);
    if (!reaction->react)
        return jn_fail(filling->error, JANGLE_INVALID, "%s: nothing reacts to %s",
                       saga->name, name);
    if (!jn_saga_has_id(saga, reaction->event))
        return jn_fail(filling->error, JANGLE_INVALID,
                       "%s: %s has no text member %s, which would say which saga it is "
                       "for",
                       saga->name, name, saga->id_member);
    return listen(filling, saga, reaction->event);
}

static enum jangle_result check_saga(struct filling *filling,
                                     const struct jangle_saga *saga)
{
    const char *wrong = NULL;
    enum jangle_result result = check_name(filling, "a saga", saga->name);

    if (result)
        return result;
    if (jn_map_find(&filling->registry->subscribers, saga->name))
        wrong = "is the name of two subscribers or sagas";
    else if (saga->formerly && strcmp(saga->formerly, saga->name) == 0)
        wrong = "was formerly called the same";
    else if (!saga->state)
        wrong = "has no state";
    else if (!saga->id_of && !saga->id_member)
        wrong = "has neither an id_member nor an id_of";
    else if (!saga->reactions || !saga->reactions->event)
        wrong = "reacts to nothing";
    if (wrong)
        return jn_fail(filling->error, JANGLE_INVALID, "\"%s\" %s", saga->name, wrong);
    return check_type(filling, saga->name, saga->state, JANGLE_ROLE_STRUCT);
}

static enum jangle_result check_beginning(struct filling *filling,
                                          const struct jangle_saga *saga)
{
    const struct jangle_message *begins = saga->begins_with;

    if (!begins || jn_registry_handler(filling->registry,
                                       &(struct jangle_subscriber){.name = saga->name},
                                       jn_type_name(begins)))
        return JANGLE_OK;
    return jn_fail(filling->error, JANGLE_INVALID,
                   "%s begins with %s, but neither applies it nor reacts to it",
                   saga->name, begins->name);
}

static enum jangle_result add_saga(struct filling *filling,
                                   const struct jangle_saga *saga)
{
    struct jn_registry *registry = filling->registry;
    struct jn_saga_type *type = jangle_alloc(&registry->arena, sizeof *type);
    enum jangle_result result = check_saga(filling, saga);

    if (!result && !type)
        return no_memory(filling);
    for (const struct jangle_applier *applier = saga->events;
         !result && applier && applier->event; applier++)
        result = add_saga_event(filling, saga, applier);
    for (const struct jangle_reaction *reaction = saga->reactions;
         !result && reaction->event; reaction++)
        result = add_reaction(filling, saga, reaction);
    if (!result)
        result = check_beginning(filling, saga);
    if (result)
        return result;
    *type = (struct jn_saga_type){.saga = saga,
                                  .subscriber = {.name = saga->name,
                                                 .formerly = saga->formerly,
                                                 .start = saga->start,
                                                 .retry = saga->retry,
                                                 .threads = THREADS_LIMIT}};
    result = put(filling, &registry->subscribers, saga->name, &type->subscriber);
    return result ? result : put(filling, &registry->sagas, saga->name, type);
}

/* A former name must be nobody's present one. */
static enum jangle_result check_former_names(struct filling *filling)
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

static enum jangle_result fill(struct filling *filling)
{
    const struct jangle_config *config = filling->config;
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && config->aggregates && config->aggregates[i]; i++)
        result = add_aggregate(filling, config->aggregates[i]);
    for (size_t i = 0; !result && config->subscribers && config->subscribers[i]; i++)
        result = add_subscriber(filling, config->subscribers[i]);
    for (size_t i = 0; !result && config->sagas && config->sagas[i]; i++)
        result = add_saga(filling, config->sagas[i]);
    if (!result)
        result = check_former_names(filling);
    return result;
}

enum jangle_result jn_registry_init(struct jn_registry *registry,
                                    const struct jangle_config *config,
                                    const struct jangle_allocator *allocator,
                                    struct jangle_error *error)
{
    struct filling filling = {.registry = registry, .config = config, .error = error};
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
    char key[NAME_LIMIT + 1 + 201];
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
