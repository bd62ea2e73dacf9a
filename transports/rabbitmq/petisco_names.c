/* petisco_names.c - what petisco calls its exchanges, routing keys and queues. */
#include <jangle/transport/rabbitmq.h>

#include <stdio.h>
#include <string.h>

enum { RETRY_MS = 5000, VERSION_SIZE = 12 };

/* What the names are made of. */
struct parts {
    const char *organization;
    const char *service;
    const char *role;            /* "event" or "command" */
    char version[VERSION_SIZE];  /* in decimal */
    char type[JANGLE_NAME_SIZE]; /* as in user_created; "": every type */
};

/* ---- texts ------------------------------------------------------------------- */

static bool is_given(const char *text)
{
    return text && *text;
}

/* Put the texts behind each other, in a name that is zeroed; the last one is NULL. */
static enum jangle_result join_texts(char name[JANGLE_NAME_SIZE],
                                     const char *what,
                                     const char *const *texts,
                                     struct jangle_error *error)
{
    size_t used = 0;

    for (; *texts; texts++) {
        size_t length = strlen(*texts);

        if (used + length >= JANGLE_NAME_SIZE)
            return jangle_error_set(error, JANGLE_INVALID,
                                    "petisco's %s has more than %d bytes: use shorter "
                                    "names. It begins with \"%s\"",
                                    what, JANGLE_NAME_SIZE - 1, name);
        memcpy(name + used, *texts, length);
        used += length;
    }
    return JANGLE_OK;
}

#define JOIN(name, what, error, ...)                                                     \
    join_texts(name, what, (const char *const[]){__VA_ARGS__, NULL}, error)

/* The text becomes a part of a routing key, in which * and # stand for other words. */
static enum jangle_result
check_part(const char *what, const char *text, struct jangle_error *error)
{
    if (!is_given(text))
        return jangle_error_set(error, JANGLE_INVALID,
                                "petisco's names need the %s, which is missing", what);
    if (strpbrk(text, "*#"))
        return jangle_error_set(error, JANGLE_INVALID,
                                "the %s \"%s\" has a * or #, which RabbitMQ takes for "
                                "other words",
                                what, text);
    return JANGLE_OK;
}

/* ---- parts ------------------------------------------------------------------- */

/* A table's topic may be that of another service of the organization. */
static enum jangle_result find_service(struct parts *parts,
                                       const struct jangle_naming *naming,
                                       const char *topic,
                                       struct jangle_error *error)
{
    size_t length = strlen(parts->organization);

    parts->service = naming->service;
    if (!is_given(topic))
        return JANGLE_OK;
    if (strncmp(topic, parts->organization, length) != 0 || topic[length] != '.')
        return jangle_error_set(error, JANGLE_INVALID,
                                "the topic \"%s\" is not called %s.SERVICE, as petisco "
                                "calls its topics",
                                topic, parts->organization);
    parts->service = topic + length + 1;
    return JANGLE_OK;
}

/* petisco writes user.created in the message, and user_created in a routing key. */
static enum jangle_result
find_type(struct parts *parts, const char *type, struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    if (*type)
        result = check_part("name of the type", type, error);
    if (!result)
        result = JOIN(parts->type, "name of a type", error, type);
    for (char *at = parts->type; (at = strchr(at, '.'));)
        *at = '_';
    return result;
}

/* A publisher of every type has no route, and so no role is needed for it. */
static enum jangle_result find_role(struct parts *parts,
                                    const struct jangle_named *named,
                                    struct jangle_error *error)
{
    static const char *const roles[] = {
        [JANGLE_ROLE_EVENT] = "event",
        [JANGLE_ROLE_COMMAND] = "command",
        [JANGLE_ROLE_QUERY] = NULL,
    };

    parts->role = roles[named->role];
    if (parts->role || (!*named->type && !named->consumer))
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_INVALID,
                            "%s is neither an event nor a command: petisco has names for "
                            "these alone",
                            *named->type ? named->type : "a row for every type");
}

static enum jangle_result find_parts(struct parts *parts,
                                     const struct jangle_naming *naming,
                                     const struct jangle_named *named,
                                     struct jangle_error *error)
{
    enum jangle_result result = check_part("organization", naming->organization, error);

    parts->organization = naming->organization;
    snprintf(parts->version, VERSION_SIZE, "%d", named->version ? named->version : 1);
    if (!result)
        result = find_service(parts, naming, named->topic, error);
    if (!result)
        result = check_part("service", parts->service, error);
    if (!result)
        result = find_type(parts, named->type, error);
    if (!result)
        result = find_role(parts, named, error);
    if (!result && named->consumer)
        result = check_part("name of the consumer", named->consumer, error);
    return result;
}

/* ---- names ------------------------------------------------------------------- */

/* A queue that a table names without a topic is bound to none. */
static enum jangle_result name_topic(const struct parts *parts,
                                     const struct jangle_named *named,
                                     struct jangle_names *names,
                                     struct jangle_error *error)
{
    if (is_given(named->queue) && !is_given(named->topic))
        return JANGLE_OK;
    return JOIN(names->topic, "topic", error, parts->organization, ".", parts->service);
}

static enum jangle_result name_route(const struct parts *parts,
                                     const struct jangle_named *named,
                                     struct jangle_names *names,
                                     struct jangle_error *error)
{
    if (*parts->type)
        return JOIN(names->route, "route", error, parts->organization, ".",
                    parts->service, ".", parts->version, ".", parts->role, ".",
                    parts->type);
    if (named->consumer)
        return JOIN(names->route, "route", error, "*.*.*.", parts->role, ".*");
    return JANGLE_OK;
}

static enum jangle_result name_store(const struct parts *parts,
                                     const struct jangle_petisco_options *options,
                                     char store[JANGLE_NAME_SIZE],
                                     struct jangle_error *error)
{
    if (options && options->unscoped_store)
        return JOIN(store, "queue", error, "store");
    return JOIN(store, "queue", error, parts->organization, ".", parts->service,
                ".store");
}

static enum jangle_result name_queue(const struct jangle_named *named,
                                     const char *store,
                                     struct jangle_names *names,
                                     struct jangle_error *error)
{
    if (is_given(named->queue))
        return JOIN(names->queue, "queue", error, named->queue);
    if (!named->consumer)
        return JANGLE_OK;
    if (!*named->type)
        return JOIN(names->queue, "queue", error, store);
    return JOIN(names->queue, "queue", error, names->route, ".", named->consumer);
}

/* A consumer may take the queue dead_letter.Q of another one: then what it fails at goes
 * where that of Q goes. */
static const char *without_prefix(const char *queue)
{
    static const char *const prefixes[] = {"retry.", "dead_letter."};

    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t length = strlen(prefixes[i]);

        if (strncmp(queue, prefixes[i], length) == 0)
            return queue + length;
    }
    return queue;
}

/* The retry queue, the dead-letter queue and their exchanges; those of a store queue
 * belong to no service. */
static enum jangle_result name_failures(const struct parts *parts,
                                        const char *store,
                                        struct jangle_names *names,
                                        struct jangle_error *error)
{
    const char *queue = without_prefix(names->queue);
    bool is_store = strcmp(queue, store) == 0 || strcmp(queue, "store") == 0;
    const char *service = is_store ? "store" : parts->service;
    enum jangle_result result = JOIN(names->retry, "retry queue", error, "retry.", queue);

    if (!result)
        result = JOIN(names->dead, "dead-letter queue", error, "dead_letter.", queue);
    if (!result)
        result = JOIN(names->retry_topic, "exchange", error, "retry.",
                      parts->organization, ".", service);
    if (!result)
        result = JOIN(names->dead_topic, "exchange", error, "dead_letter.",
                      parts->organization, ".", service);
    return result;
}

/* In a dead-letter queue nothing expires. */
static enum jangle_result find_times(const struct jangle_petisco_options *options,
                                     struct jangle_names *names,
                                     struct jangle_error *error)
{
    names->retry_ms = RETRY_MS;
    if (!options)
        return JANGLE_OK;
    if (options->retry_ms < 0 || options->main_ms < 0)
        return jangle_error_set(error, JANGLE_INVALID,
                                "%s of the options of petisco's names is negative",
                                options->retry_ms < 0 ? "retry_ms" : "main_ms");
    if (options->retry_ms)
        names->retry_ms = options->retry_ms;
    if (without_prefix(names->queue) == names->queue)
        names->expire_ms = options->main_ms;
    return JANGLE_OK;
}

static enum jangle_result name_as_petisco(const struct jangle_naming *naming,
                                          const struct jangle_named *named,
                                          struct jangle_names *names,
                                          struct jangle_error *error)
{
    const struct jangle_petisco_options *options = naming->options;
    struct parts parts = {0};
    char store[JANGLE_NAME_SIZE] = "";
    enum jangle_result result = find_parts(&parts, naming, named, error);

    if (!result)
        result = name_topic(&parts, named, names, error);
    if (!result)
        result = name_route(&parts, named, names, error);
    if (!result)
        result = name_store(&parts, options, store, error);
    if (!result)
        result = name_queue(named, store, names, error);
    if (!result && *names->queue)
        result = name_failures(&parts, store, names, error);
    if (!result && *names->queue)
        result = find_times(options, names, error);
    return result;
}

struct jangle_naming jangle_petisco_names(const char *organization,
                                          const char *service,
                                          const struct jangle_petisco_options *options)
{
    return (struct jangle_naming){name_as_petisco, organization, service, options};
}
