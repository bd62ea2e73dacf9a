/* inbox.c - the queues of a consumer, as they are declared at its broker. */
#include "messaging/consumer/inbox.h"

#include "base/error.h"
#include "core/registry_endpoints.h"

#include <string.h>

static struct jn_inbox *find_inbox(const struct jn_inboxes *inboxes, const char *queue)
{
    for (size_t i = 0; i < inboxes->count; i++)
        if (!strcmp(inboxes->items[i].names.queue, queue))
            return &inboxes->items[i];
    return NULL;
}

static struct jn_inbox *add_inbox(struct jn_inboxes *inboxes,
                                  const struct jangle_consumer *consumer,
                                  struct jangle_arena *arena,
                                  const struct jangle_names *names)
{
    struct jn_inbox *inbox = &inboxes->items[inboxes->count++];

    inbox->names = *names;
    inbox->routes =
        jangle_alloc(arena, (2 * consumer->routes.count + 1) * sizeof *inbox->routes);
    return inbox;
}

/* A naming that has no route for a row of jangle_any wants every route of the topic. */
static void
add_route(struct jn_inbox *inbox, const char *name, struct jangle_arena *arena)
{
    size_t count = 0;

    if (!inbox->routes)
        return;
    while (inbox->routes[count])
        count++;
    inbox->routes[count] = jn_arena_copy_text(arena, name);
    if (!*name)
        inbox->routes = NULL;
}

static enum jangle_result add_named(struct jn_inboxes *inboxes,
                                    const struct jangle_consumer *consumer,
                                    const struct jangle_named *named,
                                    struct jangle_arena *arena,
                                    const struct jangle_naming *naming,
                                    struct jangle_error *error)
{
    struct jangle_names names = {0};
    enum jangle_result result = naming->name(naming, named, &names, error);
    struct jn_inbox *inbox;

    if (result)
        return result;
    if (!*names.queue)
        return jn_fail(error, JANGLE_INVALID, "config.naming has no queue for it");
    inbox = find_inbox(inboxes, names.queue);
    if (!inbox)
        inbox = add_inbox(inboxes, consumer, arena, &names);
    if (!jn_arena_check(arena, error))
        add_route(inbox, names.route, arena);
    return jn_arena_check(arena, error);
}

/* What comes for a row of jangle_any may be an event or a command, so the naming is asked
 * about both. */
static enum jangle_result add_row(struct jn_inboxes *inboxes,
                                  const struct jangle_consumer *consumer,
                                  const struct jangle_route *route,
                                  struct jangle_arena *arena,
                                  const struct jangle_naming *naming,
                                  struct jangle_error *error)
{
    bool any = route->type == &jangle_any;
    struct jangle_named named = {
        .role = route->type->role,
        .type = any ? "" : jn_route_name(route),
        .version = route->type->version,
        .topic = consumer->topic,
        .queue = consumer->queue,
        .consumer = consumer->name,
    };
    struct jangle_error why = {0};
    enum jangle_result result = add_named(inboxes, consumer, &named, arena, naming, &why);

    named.role = JANGLE_ROLE_COMMAND;
    if (!result && any)
        result = add_named(inboxes, consumer, &named, arena, naming, &why);
    if (!result)
        return JANGLE_OK;
    return jn_fail(error, result, "%s.routes[%zu]: %s", consumer->name,
                   (size_t)(route - consumer->routes.items), why.message);
}

static void describe_queue(struct jn_inbox *inbox, const struct jangle_consumer *consumer)
{
    const struct jangle_names *names = &inbox->names;

    inbox->queue = (struct jangle_queue){
        .name = names->queue,
        .topic = jn_name_or_null(names->topic),
        .routes = inbox->routes,
        .retry = jn_name_or_null(names->retry),
        .retry_topic = jn_name_or_null(names->retry_topic),
        .dead = jn_name_or_null(names->dead),
        .dead_topic = jn_name_or_null(names->dead_topic),
        .in_order = consumer->order == JANGLE_IN_ORDER,
        .retry_ms = names->retry_ms,
        .expire_ms = names->expire_ms,
    };
}

enum jangle_result jn_inboxes_make(struct jn_inboxes *inboxes,
                                   const struct jangle_consumer *consumer,
                                   struct jangle_arena *arena,
                                   const struct jangle_naming *naming,
                                   struct jangle_error *error)
{
    enum jangle_result result;

    *inboxes =
        (struct jn_inboxes){.items = jangle_alloc(arena, 2 * consumer->routes.count *
                                                             sizeof *inboxes->items)};
    result = jn_arena_check(arena, error);
    for (size_t i = 0; !result && i < consumer->routes.count; i++)
        result =
            add_row(inboxes, consumer, &consumer->routes.items[i], arena, naming, error);
    for (size_t i = 0; !result && i < inboxes->count; i++)
        describe_queue(&inboxes->items[i], consumer);
    return result;
}

enum jangle_result jn_inbox_declare(const struct jn_inbox *inbox,
                                    struct jangle_transport *transport,
                                    struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    if (inbox->queue.topic)
        result = transport->ops->declare_topic(transport, inbox->queue.topic, error);
    return result ? result
                  : transport->ops->declare_queue(transport, &inbox->queue, error);
}
