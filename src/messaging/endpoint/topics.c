/* topics.c - the topics of a publisher. */
#include "messaging/endpoint/topics.h"

#include "base/error.h"
#include "core/registry_endpoints.h"

enum jangle_result jn_topics_name(const struct jangle_publisher *publisher,
                                  size_t index,
                                  const struct jangle_naming *naming,
                                  struct jangle_names *names,
                                  struct jangle_error *error)
{
    const struct jangle_route *route = &publisher->routes.items[index];
    const struct jangle_named named = {
        .role = route->type->role,
        .type = route->type == &jangle_any ? "" : jn_route_name(route),
        .version = route->type->version,
        .topic = route->topic ? route->topic : publisher->topic,
        .queue = publisher->queue,
    };

    *names = (struct jangle_names){0};
    return naming->name(naming, &named, names, error);
}

enum jangle_result jn_topics_check(const struct jangle_publisher *publisher,
                                   const struct jangle_naming *naming,
                                   struct jangle_error *error)
{
    for (size_t i = 0; i < publisher->routes.count; i++) {
        struct jangle_error why = {0};
        struct jangle_names names;

        if (jn_topics_name(publisher, i, naming, &names, &why))
            return jn_fail(error, why.result, "%s.routes[%zu]: %s", publisher->name, i,
                           why.message);
        if (!*(publisher->queue ? names.queue : names.topic))
            return jn_fail(error, JANGLE_INVALID,
                           "%s.routes[%zu]: config.naming has no %s for it",
                           publisher->name, i, publisher->queue ? "queue" : "topic");
    }
    return JANGLE_OK;
}

enum jangle_result jn_topics_visit(const struct jangle_publisher *publisher,
                                   const struct jangle_naming *naming,
                                   struct jangle_transport *transport,
                                   jn_topic_fn *visit,
                                   struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;
    struct jangle_names names;

    for (size_t i = 0; !result && !publisher->queue && i < publisher->routes.count; i++) {
        result = jn_topics_name(publisher, i, naming, &names, error);
        if (!result && names.topic[0])
            result = visit(transport, names.topic, error);
    }
    return result;
}
