/* catalogue.c - the store is told what this program is made of: its messages, with those
 * that these hold, its aggregates, and who follows its events. */
#include "engine/catalogue.h"

#include "base/error.h"
#include "engine/catalogue_facts.h"
#include "message/describe.h"

#include <string.h>

struct catalogue {
    const struct jangle_config *config;
    struct jangle_arena arena; /* of the entries, and of their facts */
    struct {
        struct jangle_catalogue_entry *items; /* in the order that ST-36 asks for */
        size_t count;
    } entries;
};

/* ---- entries in order --------------------------------------------------------- */

static int compare(const struct jangle_catalogue_entry *entry,
                   const struct jangle_catalogue_entry *other)
{
    int order;

    if (entry->kind != other->kind)
        return entry->kind < other->kind ? -1 : 1;
    order = strcmp(entry->name, other->name);
    if (order)
        return order;
    return (entry->version > other->version) - (entry->version < other->version);
}

static bool has(const struct catalogue *catalogue,
                const struct jangle_catalogue_entry *entry)
{
    for (size_t i = 0; i < catalogue->entries.count; i++)
        if (compare(&catalogue->entries.items[i], entry) == 0)
            return true;
    return false;
}

/* Add what is not there yet, in its place. A program has few entries, so they are moved
 * one by one. A failure stays in the arena. */
static void add(struct catalogue *catalogue, const struct jangle_catalogue_entry *entry)
{
    struct jangle_catalogue_entry *at;

    if (!entry->facts ||
        !jangle_list_add_(&catalogue->arena, &catalogue->entries, sizeof *entry, entry))
        return;
    at = &catalogue->entries.items[catalogue->entries.count - 1];
    for (; at > catalogue->entries.items && compare(&at[-1], entry) > 0; at--)
        *at = at[-1];
    *at = *entry;
}

/* ---- messages ------------------------------------------------------------------ */

static enum jangle_catalogue_kind kind_of(const struct jangle_message *type)
{
    switch (type->role) {
    case JANGLE_ROLE_COMMAND:
        return JANGLE_CATALOGUE_COMMAND;
    case JANGLE_ROLE_EVENT:
        return JANGLE_CATALOGUE_EVENT;
    case JANGLE_ROLE_QUERY:
        return JANGLE_CATALOGUE_QUERY;
    case JANGLE_ROLE_STRUCT:
        break;
    }
    return JANGLE_CATALOGUE_STRUCT;
}

/* A type, and those of its members: no type holds itself, and none is nested deeper than
 * JN_NESTING_MAX (describe.h). Of two descriptions of one name the first counts. */
static void add_type(struct catalogue *catalogue, const struct jangle_message *type)
{
    struct jangle_catalogue_entry entry;

    if (!type)
        return;
    entry = (struct jangle_catalogue_entry){.kind = kind_of(type),
                                            .name = jn_type_name(type),
                                            .version = jn_type_version(type)};
    if (has(catalogue, &entry))
        return;
    entry.facts = jn_facts_of_message(&catalogue->arena, type);
    add(catalogue, &entry);
    for (const struct jangle_field *field = type->fields; field->kind; field++)
        add_type(catalogue, field->type);
    add_type(catalogue, type->answer);
}

/* The types in one member of a table's rows. */
#define ADD_TYPES(catalogue, table, member)                                              \
    do {                                                                                 \
        for (size_t n = 0; n < (table).count; n++)                                       \
            add_type(catalogue, (table).items[n].member);                                \
    } while (0)

/* ---- who decides and follows -------------------------------------------------- */

static void add_named(struct catalogue *catalogue,
                      enum jangle_catalogue_kind kind,
                      const char *name,
                      const char *facts)
{
    add(catalogue, &(const struct jangle_catalogue_entry){
                       .kind = kind, .name = name, .facts = facts});
}

static void add_aggregate(struct catalogue *catalogue,
                          const struct jangle_aggregate *aggregate)
{
    add_type(catalogue, aggregate->state);
    ADD_TYPES(catalogue, aggregate->commands, command);
    ADD_TYPES(catalogue, aggregate->events, event);
    add_named(catalogue, JANGLE_CATALOGUE_AGGREGATE, aggregate->name,
              jn_facts_of_aggregate(&catalogue->arena, aggregate));
}

static void add_subscriber(struct catalogue *catalogue,
                           const struct jangle_subscriber *subscriber)
{
    ADD_TYPES(catalogue, subscriber->handlers, event);
    ADD_TYPES(catalogue, subscriber->answerers, query);
    add_named(
        catalogue,
        jn_is_view(subscriber) ? JANGLE_CATALOGUE_VIEW : JANGLE_CATALOGUE_HANDLER,
        subscriber->name,
        jn_facts_of_subscriber(&catalogue->arena, subscriber, &catalogue->config->retry));
}

static void add_saga(struct catalogue *catalogue, const struct jangle_saga *saga)
{
    add_type(catalogue, saga->state);
    ADD_TYPES(catalogue, saga->events, event);
    ADD_TYPES(catalogue, saga->reactions, event);
    add_named(catalogue, JANGLE_CATALOGUE_SAGA, saga->name,
              jn_facts_of_saga(&catalogue->arena, saga, &catalogue->config->saga_retry));
}

static void add_endpoints(struct catalogue *catalogue)
{
    const struct jangle_config *config = catalogue->config;

    for (size_t i = 0; i < config->publishers.count; i++) {
        const struct jangle_publisher *publisher = config->publishers.items[i];

        ADD_TYPES(catalogue, publisher->routes, type);
        add_named(catalogue, JANGLE_CATALOGUE_PUBLISHER, publisher->name,
                  jn_facts_of_publisher(&catalogue->arena, publisher));
    }
    for (size_t i = 0; i < config->consumers.count; i++) {
        const struct jangle_consumer *consumer = config->consumers.items[i];

        ADD_TYPES(catalogue, consumer->routes, type);
        add_named(catalogue, JANGLE_CATALOGUE_CONSUMER, consumer->name,
                  jn_facts_of_consumer(&catalogue->arena, consumer));
    }
}

static void add_all(struct catalogue *catalogue)
{
    const struct jangle_config *config = catalogue->config;

    for (size_t i = 0; i < config->aggregates.count; i++)
        add_aggregate(catalogue, config->aggregates.items[i]);
    for (size_t i = 0; i < config->subscribers.count; i++)
        add_subscriber(catalogue, config->subscribers.items[i]);
    for (size_t i = 0; i < config->sagas.count; i++)
        add_saga(catalogue, config->sagas.items[i]);
    add_endpoints(catalogue);
}

/* ---- in the store ------------------------------------------------------------- */

static enum jangle_result store_entries(struct jangle *jangle,
                                        const struct catalogue *catalogue,
                                        struct jangle_error *error)
{
    struct jangle_store *store = jangle->store;
    struct jangle_error why = {0};
    enum jangle_result result = store->ops->set_catalogue(
        store, jangle->config.program, catalogue->entries.items, catalogue->entries.count,
        jn_host_now(&jangle->host), &why);

    if (result == JANGLE_NO_MEMORY)
        return jn_fail_as(error, &why);
    if (result)
        JN_LOG_STORE(&jangle->log, result, NULL, 0,
                     "what this program is made of is not in the store's catalogue: %s",
                     why.message);
    return JANGLE_OK;
}

enum jangle_result jn_catalogue_write(struct jangle *jangle, struct jangle_error *error)
{
    struct catalogue catalogue = {.config = &jangle->config};
    enum jangle_result result;

    if (jangle->config.follower)
        return JANGLE_OK;
    jn_arena_init(&catalogue.arena, &jangle->host.host.allocator);
    add_all(&catalogue);
    result = jn_arena_check(&catalogue.arena, error);
    if (!result)
        result = store_entries(jangle, &catalogue, error);
    jn_arena_finish(&catalogue.arena);
    return result;
}
