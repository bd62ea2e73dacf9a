/* registry_aggregates.c - aggregates are taken in: what each decides, and applies. */
#include "core/filling.h"

#include "base/error.h"
#include "message/describe.h"

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

enum jangle_result jn_filling_add_aggregate(struct jn_filling *filling,
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
