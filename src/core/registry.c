/* registry.c - the registry is built: from aggregates, subscribers and sagas, in this
 * order. */
#include "core/registry_builder.h"

#include "base/error.h"
#include "base/table.h"
#include "core/registry_aggregates.h"
#include "core/registry_sagas.h"
#include "core/registry_subscribers.h"
#include "message/describe.h"

/* A former name must not be the present name of another subscriber: the two would share
 * one checkpoint. This can be asked only when all are registered. */
static enum jangle_result check_former_names(struct jn_registry_builder *builder)
{
    const struct jangle_subscriber *subscriber;

    for (size_t at = 0; (subscriber = jn_map_next(&builder->registry->subscribers, &at));)
        if (subscriber->formerly &&
            jn_map_find(&builder->registry->subscribers, subscriber->formerly))
            return jn_fail(builder->error, JANGLE_INVALID,
                           "\"%s\" was formerly called %s, but another is called so now",
                           subscriber->name, subscriber->formerly);
    return JANGLE_OK;
}

/* A bare array in the place of JANGLE_SUBSCRIBERS(...) has items and no count. */
static enum jangle_result check_lists(const struct jangle_config *config,
                                      struct jangle_error *error)
{
    enum jangle_result result =
        jn_table_check("config", "aggregates", config->aggregates.items,
                       config->aggregates.count, error);

    if (!result)
        result = jn_table_check("config", "subscribers", config->subscribers.items,
                                config->subscribers.count, error);
    return result ? result
                  : jn_table_check("config", "sagas", config->sagas.items,
                                   config->sagas.count, error);
}

/* Aggregates come first, because what subscribers and sagas handle is compared with the
 * events that aggregates emit. */
static enum jangle_result add_all_entries(struct jn_registry_builder *builder)
{
    const struct jangle_config *config = builder->config;
    enum jangle_result result = check_lists(config, builder->error);

    for (size_t i = 0; !result && i < config->aggregates.count; i++)
        result = jn_registry_builder_add_aggregate(builder, i);
    for (size_t i = 0; !result && i < config->subscribers.count; i++)
        result = jn_registry_builder_add_subscriber(builder, i);
    for (size_t i = 0; !result && i < config->sagas.count; i++)
        result = jn_registry_builder_add_saga(builder, i);
    if (!result)
        result = check_former_names(builder);
    return result;
}

enum jangle_result jn_registry_init(struct jn_registry *registry,
                                    const struct jangle_config *config,
                                    const struct jangle_allocator *allocator,
                                    struct jangle_error *error)
{
    struct jn_registry_builder builder = {
        .registry = registry, .config = config, .error = error};
    enum jangle_result result;

    jn_arena_init(&registry->arena, allocator);
    jn_map_init(&registry->routes, allocator);
    jn_map_init(&registry->answerers, allocator);
    jn_map_init(&registry->aggregates, allocator);
    jn_map_init(&registry->initials, allocator);
    jn_map_init(&registry->appliers, allocator);
    jn_map_init(&registry->subscribers, allocator);
    jn_map_init(&registry->handlers, allocator);
    jn_map_init(&registry->events, allocator);
    jn_map_init(&registry->emitted, allocator);
    jn_map_init(&registry->sagas, allocator);
    result = add_all_entries(&builder);
    if (result)
        jn_registry_finish(registry);
    return result;
}

void jn_registry_finish(struct jn_registry *registry)
{
    jn_map_finish(&registry->routes);
    jn_map_finish(&registry->answerers);
    jn_map_finish(&registry->aggregates);
    jn_map_finish(&registry->initials);
    jn_map_finish(&registry->appliers);
    jn_map_finish(&registry->subscribers);
    jn_map_finish(&registry->handlers);
    jn_map_finish(&registry->events);
    jn_map_finish(&registry->emitted);
    jn_map_finish(&registry->sagas);
    jn_arena_finish(&registry->arena);
}
