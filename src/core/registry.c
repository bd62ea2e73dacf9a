/* registry.c - the registry is built: from aggregates, whose tables are registered here,
 * then subscribers and sagas. */
#include "core/registry_builder.h"

#include "base/error.h"
#include "base/table.h"
#include "core/registry_endpoints.h"
#include "core/registry_subscribers.h"
#include "message/describe.h"

/* ---- aggregates: what each decides, and applies ------------------------------ */

/* A command that is decided twice is refused with both rows, because both may be in the
 * same table. */
static enum jangle_result add_decider(struct jn_registry_builder *builder,
                                      const struct jangle_aggregate *aggregate,
                                      size_t index)
{
    const struct jangle_decider *decider = &aggregate->commands.items[index];
    struct jn_map *routes = &builder->registry->routes;
    const struct jangle_message *command = decider->command;
    const char *row = JN_BUILDER_ROW(aggregate->name, "commands", index);
    const struct jn_route *other;
    struct jn_route *route;
    enum jangle_result result;

    result = jn_builder_check_type(builder, row, command, JANGLE_ROLE_COMMAND);
    if (result)
        return result;
    if (!decider->decide)
        return jn_fail(builder->error, JANGLE_INVALID, "%s: nothing decides %s", row,
                       command->name);
    other = jn_map_find(routes, jn_type_name(command));
    if (other)
        return jn_fail(builder->error, JANGLE_INVALID,
                       "the command %s is decided twice, by %s and by %s: leave one of "
                       "them out",
                       command->name,
                       JN_BUILDER_ROW(other->aggregate->name, "commands", other->index),
                       row);
    route = jn_arena_copy(&builder->registry->arena,
                          &(struct jn_route){.command = command,
                                             .aggregate = aggregate,
                                             .index = index,
                                             .decide = decider->decide},
                          sizeof *route);
    return jn_builder_put(builder, routes, jn_type_name(command), route);
}

/* The event is also noted as one that this program emits, so that a handler of an event
 * which nobody emits can be refused. */
static enum jangle_result add_applier(struct jn_registry_builder *builder,
                                      const struct jangle_aggregate *aggregate,
                                      size_t index)
{
    const struct jangle_applier *applier = &aggregate->events.items[index];
    struct jn_map *emitted = &builder->registry->emitted;
    const char *row = JN_BUILDER_ROW(aggregate->name, "events", index);
    const char *key;
    enum jangle_result result;

    result = jn_builder_add_event(builder, row, applier->event);
    if (result)
        return result;
    key = jn_builder_key(builder, aggregate->name, jn_type_name(applier->event));
    if (jn_map_find(&builder->registry->appliers, key))
        return jn_fail(builder->error, JANGLE_INVALID, "%s: %s lists the event %s twice",
                       row, aggregate->name, applier->event->name);
    if (!jn_map_find(emitted, jn_type_name(applier->event)))
        result = jn_builder_put(builder, emitted, jn_type_name(applier->event),
                                jn_builder_unconst(aggregate));
    return result ? result
                  : jn_builder_put(builder, &builder->registry->appliers, key,
                                   jn_builder_unconst(applier));
}

/* A state before the first event, made once: jangle_state_of hands it out even if there
 * is no memory left. */
static enum jangle_result add_initial(struct jn_registry_builder *builder,
                                      const struct jangle_aggregate *aggregate)
{
    void *state = jangle_alloc(&builder->registry->arena, aggregate->state->size);

    if (state)
        jn_type_clear(aggregate->state, state);
    return jn_builder_put(builder, &builder->registry->initials, aggregate->name, state);
}

static enum jangle_result add_aggregate(struct jn_registry_builder *builder, size_t index)
{
    const struct jangle_aggregate *aggregate = builder->config->aggregates.items[index];
    enum jangle_result result;

    if (!aggregate)
        return jn_builder_no_entry(builder, "aggregates", index);
    if (jn_builder_check_name(builder, "an aggregate", aggregate->name))
        return JANGLE_INVALID;
    if (jn_map_find(&builder->registry->aggregates, aggregate->name))
        return jn_fail(builder->error, JANGLE_INVALID, "two aggregates are called %s",
                       aggregate->name);
    if (JN_TABLE_CHECK(aggregate->name, aggregate, commands, builder->error) ||
        JN_TABLE_CHECK(aggregate->name, aggregate, events, builder->error))
        return JANGLE_INVALID;
    if (!aggregate->state || !aggregate->events.count)
        return jn_fail(builder->error, JANGLE_INVALID, "%s has no %s", aggregate->name,
                       aggregate->state ? "events" : "state");
    if (aggregate->snapshot_every < 0)
        return jn_fail(builder->error, JANGLE_INVALID, "%s.snapshot_every is below zero",
                       aggregate->name);
    result = jn_builder_check_type(builder, aggregate->name, aggregate->state,
                                   JANGLE_ROLE_STRUCT);
    if (!result)
        result = jn_builder_put(builder, &builder->registry->aggregates, aggregate->name,
                                jn_builder_unconst(aggregate));
    if (!result)
        result = add_initial(builder, aggregate);
    for (size_t i = 0; !result && i < aggregate->events.count; i++)
        result = add_applier(builder, aggregate, i);
    for (size_t i = 0; !result && i < aggregate->commands.count; i++)
        result = add_decider(builder, aggregate, i);
    return result;
}

/* ---- all of it --------------------------------------------------------------- */

static enum jangle_result check_former_names(struct jn_registry_builder *builder)
{
    const struct jangle_subscriber *subscriber;
    enum jangle_result result = JANGLE_OK;
    size_t at = 0;

    while (!result && (subscriber = jn_map_next(&builder->registry->subscribers, &at)))
        result = jn_builder_check_former(builder, subscriber->name, subscriber->formerly);
    return result ? result : jn_builder_check_former_endpoints(builder);
}

/* Aggregates come first, because what subscribers and sagas handle is compared with the
 * events that aggregates emit. A bare array in the place of JANGLE_SUBSCRIBERS(...) has
 * items and no count. */
static enum jangle_result add_all_entries(struct jn_registry_builder *builder)
{
    const struct jangle_config *config = builder->config;
    enum jangle_result result = JANGLE_OK;

    if (JN_TABLE_CHECK("config", config, aggregates, builder->error) ||
        JN_TABLE_CHECK("config", config, subscribers, builder->error) ||
        JN_TABLE_CHECK("config", config, sagas, builder->error) ||
        JN_TABLE_CHECK("config", config, publishers, builder->error) ||
        JN_TABLE_CHECK("config", config, consumers, builder->error))
        return JANGLE_INVALID;
    for (size_t i = 0; !result && i < config->aggregates.count; i++)
        result = add_aggregate(builder, i);
    for (size_t i = 0; !result && i < config->subscribers.count; i++)
        result = jn_builder_add_subscriber(builder, i);
    for (size_t i = 0; !result && i < config->sagas.count; i++)
        result = jn_builder_add_saga(builder, i);
    for (size_t i = 0; !result && i < config->publishers.count; i++)
        result = jn_builder_add_publisher(builder, i);
    for (size_t i = 0; !result && i < config->consumers.count; i++)
        result = jn_builder_add_consumer(builder, i);
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
    jn_map_init(&registry->publishers, allocator);
    jn_map_init(&registry->consumers, allocator);
    jn_map_init(&registry->posted, allocator);
    jn_map_init(&registry->stored, allocator);
    jn_map_init(&registry->received, allocator);
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
    jn_map_finish(&registry->publishers);
    jn_map_finish(&registry->consumers);
    jn_map_finish(&registry->posted);
    jn_map_finish(&registry->stored);
    jn_map_finish(&registry->received);
    jn_arena_finish(&registry->arena);
}
