/* registry_aggregates.c - aggregates are registered: what each decides, and applies. */

#include "core/registry_aggregates.h"

#include "base/error.h"
#include "base/table.h"
#include "message/describe.h"
#include "message/texts.h"

/* The sentence names both rows, because both may be in the same table. */
static enum jangle_result refuse_second_decider(struct jn_registry_builder *builder,
                                                const struct jangle_aggregate *first,
                                                const struct jangle_message *command,
                                                const char *row)
{
    char first_row[JN_ROW_SIZE];
    size_t index = 0;

    while (strcmp(jn_type_name(first->commands.items[index].command),
                  jn_type_name(command)) != 0)
        index++;
    jn_registry_builder_row(first_row, first->name, "commands", index);
    return jn_fail(builder->error, JANGLE_INVALID,
                   "the command %s is decided twice, by %s and by %s: leave one of them "
                   "out",
                   command->name, first_row, row);
}

static enum jangle_result add_decider(struct jn_registry_builder *builder,
                                      const struct jangle_aggregate *aggregate,
                                      size_t index)
{
    const struct jangle_decider *decider = &aggregate->commands.items[index];
    struct jn_map *routes = &builder->registry->routes;
    const struct jangle_message *command = decider->command;
    char row[JN_ROW_SIZE];
    const struct jn_route *other;
    struct jn_route *route;
    enum jangle_result result;

    jn_registry_builder_row(row, aggregate->name, "commands", index);
    result = jn_registry_builder_check_type(builder, row, command, JANGLE_ROLE_COMMAND);
    if (result)
        return result;
    if (!decider->decide)
        return jn_fail(builder->error, JANGLE_INVALID, "%s: nothing decides %s", row,
                       command->name);
    other = jn_map_find(routes, jn_type_name(command));
    if (other)
        return refuse_second_decider(builder, other->aggregate, command, row);
    route = jn_arena_copy(&builder->registry->arena,
                          &(struct jn_route){.command = command,
                                             .aggregate = aggregate,
                                             .decide = decider->decide},
                          sizeof *route);
    return jn_registry_builder_put(builder, routes, jn_type_name(command), route);
}

/* The event is also noted as one that this program emits, so that a handler of an event
 * which nobody emits can be refused. */
static enum jangle_result add_applier(struct jn_registry_builder *builder,
                                      const struct jangle_aggregate *aggregate,
                                      size_t index)
{
    const struct jangle_applier *applier = &aggregate->events.items[index];
    struct jn_map *emitted = &builder->registry->emitted;
    char row[JN_ROW_SIZE];
    const char *key;
    enum jangle_result result;

    jn_registry_builder_row(row, aggregate->name, "events", index);
    result = jn_registry_builder_add_event(builder, row, applier->event);
    if (result)
        return result;
    key = jn_registry_builder_key(builder, aggregate->name, jn_type_name(applier->event));
    if (jn_map_find(&builder->registry->appliers, key))
        return jn_fail(builder->error, JANGLE_INVALID, "%s: %s lists the event %s twice",
                       row, aggregate->name, applier->event->name);
    if (!jn_map_find(emitted, jn_type_name(applier->event)))
        result = jn_registry_builder_put(builder, emitted, jn_type_name(applier->event),
                                         jn_registry_builder_unconst(aggregate));
    return result ? result
                  : jn_registry_builder_put(builder, &builder->registry->appliers, key,
                                            jn_registry_builder_unconst(applier));
}

static enum jangle_result check_tables(struct jn_registry_builder *builder,
                                       const struct jangle_aggregate *aggregate)
{
    enum jangle_result result =
        jn_table_check(aggregate->name, "commands", aggregate->commands.items,
                       aggregate->commands.count, builder->error);

    return result ? result
                  : jn_table_check(aggregate->name, "events", aggregate->events.items,
                                   aggregate->events.count, builder->error);
}

/* A state before the first event, made once: jangle_state_of hands it out even if there
 * is no memory left. */
static enum jangle_result add_initial(struct jn_registry_builder *builder,
                                      const struct jangle_aggregate *aggregate)
{
    void *state = jangle_alloc(&builder->registry->arena, aggregate->state->size);

    if (state)
        jn_type_clear(aggregate->state, state);
    return jn_registry_builder_put(builder, &builder->registry->initials, aggregate->name,
                                   state);
}

enum jangle_result jn_registry_builder_add_aggregate(struct jn_registry_builder *builder,
                                                     size_t index)
{
    const struct jangle_aggregate *aggregate = builder->config->aggregates.items[index];
    enum jangle_result result;

    if (!aggregate)
        return jn_registry_builder_no_entry(builder, "aggregates", index);
    result = jn_registry_builder_check_name(builder, "an aggregate", aggregate->name);
    if (!result && jn_map_find(&builder->registry->aggregates, aggregate->name))
        result = jn_fail(builder->error, JANGLE_INVALID, "two aggregates are called %s",
                         aggregate->name);
    if (!result)
        result = check_tables(builder, aggregate);
    if (!result && (!aggregate->state || !aggregate->events.count))
        result = jn_fail(builder->error, JANGLE_INVALID, "%s has no %s", aggregate->name,
                         aggregate->state ? "events" : "state");
    if (!result && aggregate->snapshot_every < 0)
        result = jn_fail(builder->error, JANGLE_INVALID,
                         "%s.snapshot_every is below zero", aggregate->name);
    if (!result)
        result = jn_registry_builder_check_type(builder, aggregate->name,
                                                aggregate->state, JANGLE_ROLE_STRUCT);
    if (!result)
        result = jn_registry_builder_put(builder, &builder->registry->aggregates,
                                         aggregate->name,
                                         jn_registry_builder_unconst(aggregate));
    if (!result)
        result = add_initial(builder, aggregate);
    for (size_t i = 0; !result && i < aggregate->events.count; i++)
        result = add_applier(builder, aggregate, i);
    for (size_t i = 0; !result && i < aggregate->commands.count; i++)
        result = add_decider(builder, aggregate, i);
    return result;
}
