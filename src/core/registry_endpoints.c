/* registry_endpoints.c - publishers and consumers are registered: what each publishes,
 * stores, sends and handles. A publisher is registered as a subscriber, too. */
#include "core/registry_endpoints.h"

#include "base/error.h"
#include "base/table.h"
#include "core/registry_find.h"
#include "core/registry_handles.h"
#include "message/describe.h"

#include <jangle/plugin/support.h>

/* ---- what both have in common -------------------------------------------------- */

/* All names are one set: each is a row of the store, and a publisher's or a consumer's is
 * the kind of a stream as well, so it must differ from those of aggregates, too. */
static const char *wrong_name(const struct jn_registry_builder *builder,
                              const char *name,
                              const char *formerly)
{
    const struct jn_registry *registry = builder->registry;

    if (jn_map_find(&registry->subscribers, name) ||
        jn_map_find(&registry->consumers, name))
        return "is the name of another subscriber, saga, publisher or consumer, too";
    if (jn_map_find(&registry->aggregates, name))
        return "is the name of an aggregate, too, so their streams would be mixed up";
    if (formerly && !strcmp(formerly, name))
        return "was formerly called the same";
    return NULL;
}

static const char *wrong_broker(const struct jn_registry_builder *builder,
                                const struct jangle_broker *broker)
{
    if (broker ? broker->open != NULL : builder->config->broker.open != NULL)
        return NULL;
    return "has no broker: set config.broker, or its own";
}

static enum jangle_result
refuse_endpoint(struct jn_registry_builder *builder, const char *name, const char *wrong)
{
    return wrong ? jn_fail(builder->error, JANGLE_INVALID, "\"%s\" %s", name, wrong)
                 : JANGLE_OK;
}

static enum jangle_result check_route(struct jn_registry_builder *builder,
                                      const char *row,
                                      const struct jangle_route *route)
{
    struct jangle_error error = {0};

    if (!route->type)
        return jn_fail(builder->error, JANGLE_INVALID, "%s has no type", row);
    if (jn_type_check(route->type, &error))
        return jn_fail(builder->error, error.result, "%s: %s", row, error.message);
    if (route->type->role != JANGLE_ROLE_EVENT &&
        route->type->role != JANGLE_ROLE_COMMAND)
        return jn_fail(builder->error, JANGLE_INVALID,
                       "%s: %s is neither an event nor a command", row,
                       route->type->name);
    if (jn_builder_check_filter(builder, row, &route->where))
        return JANGLE_INVALID;
    if (route->as && !*route->as)
        return jn_fail(builder->error, JANGLE_INVALID, "%s.as is empty", row);
    return JANGLE_OK;
}

const char *jn_route_name(const struct jangle_route *route)
{
    return route->as ? route->as : jn_type_name(route->type);
}

/* ---- publishers ------------------------------------------------------------------ */

/* A row without a filter takes every event of its type, so that a later row of that type
 * is never reached. */
static bool has_row_before(const struct jangle_routes *routes, size_t index)
{
    const char *name = jn_type_name(routes->items[index].type);

    for (size_t i = 0; i < index; i++)
        if (!strcmp(jn_type_name(routes->items[i].type), name) &&
            !routes->items[i].where.ops)
            return true;
    return false;
}

static bool lacks_topic(const struct jangle_publisher *publisher)
{
    for (size_t i = 0; !publisher->topic && i < publisher->routes.count; i++)
        if (!publisher->routes.items[i].topic)
            return true;
    return false;
}

static const char *wrong_publisher(const struct jn_registry_builder *builder,
                                   const struct jangle_publisher *publisher)
{
    const char *wrong = wrong_name(builder, publisher->name, publisher->formerly);

    if (wrong)
        return wrong;
    if (publisher->topic && publisher->queue)
        return "has a topic and a queue: give one of them";
    if (!publisher->routes.count)
        return "has no routes, so it would publish nothing";
    if (!publisher->queue && !builder->config->naming && lacks_topic(publisher))
        return "has neither a topic nor a queue";
    if ((unsigned)publisher->order > JANGLE_ANY_ORDER)
        return "has an order that is neither JANGLE_IN_ORDER nor JANGLE_ANY_ORDER";
    if ((unsigned)publisher->start > JANGLE_FROM_NOW)
        return "has a start that is none of JANGLE_FROM_DEFAULT, JANGLE_FROM_FIRST and "
               "JANGLE_FROM_NOW";
    if ((unsigned)publisher->dead > JANGLE_DEAD_PASSES)
        return "has a dead that is neither JANGLE_DEAD_PARKS nor JANGLE_DEAD_PASSES";
    return wrong_broker(builder, publisher->broker);
}

static enum jangle_result add_publisher_route(struct jn_registry_builder *builder,
                                              const struct jangle_publisher *publisher,
                                              size_t index)
{
    const struct jangle_route *route = &publisher->routes.items[index];
    const char *row = JN_BUILDER_ROW(publisher->name, "routes", index);
    struct jn_registry *registry = builder->registry;
    struct jangle_handler *handler;
    const char *key;
    enum jangle_result result = check_route(builder, row, route);

    if (result)
        return result;
    if (route->handle)
        return jn_fail(builder->error, JANGLE_INVALID,
                       "%s has a handle, which is for consumers", row);
    if (route->topic && publisher->queue)
        return jn_fail(builder->error, JANGLE_INVALID,
                       "%s has a topic, and its publisher a queue", row);
    if (has_row_before(&publisher->routes, index))
        return jn_fail(builder->error, JANGLE_INVALID,
                       "%s: an earlier row without a filter publishes every %s", row,
                       route->type->name);
    if (route->type->role == JANGLE_ROLE_EVENT && route->type != &jangle_any)
        result = jn_builder_add_event(builder, row, route->type);
    if (result)
        return result;
    key = jn_builder_key(builder, publisher->name,
                         route->type == &jangle_any ? JN_ANY_TYPE
                                                    : jn_type_name(route->type));
    if (key && jn_map_find(&registry->handlers, key))
        return JANGLE_OK;
    handler = jangle_alloc(&registry->arena, sizeof *handler);
    if (handler)
        handler->event = route->type;
    return jn_builder_put(builder, &registry->handlers, key, handler);
}

static enum jangle_result check_format(struct jn_registry_builder *builder,
                                       const char *owner,
                                       const struct jangle_format *format)
{
    if (format->abi == 1)
        return JANGLE_OK;
    return jn_fail(builder->error, JANGLE_INVALID,
                   "%s: its format was made for version %d of the contract, and this "
                   "jangle knows version 1",
                   owner, format->abi);
}

enum jangle_result jn_builder_add_publisher(struct jn_registry_builder *builder,
                                            size_t index)
{
    const struct jangle_publisher *publisher = builder->config->publishers.items[index];
    struct jn_registry *registry = builder->registry;
    struct jn_publisher_type *type;
    enum jangle_result result;

    if (!publisher)
        return jn_builder_no_entry(builder, "publishers", index);
    if (jn_builder_check_name(builder, "a publisher", publisher->name) ||
        JN_TABLE_CHECK(publisher->name, publisher, routes, builder->error) ||
        refuse_endpoint(builder, publisher->name, wrong_publisher(builder, publisher)) ||
        (publisher->format && check_format(builder, publisher->name, publisher->format)))
        return JANGLE_INVALID;
    type = jangle_alloc(&registry->arena, sizeof *type);
    if (type) {
        type->publisher = publisher;
        type->subscriber = (struct jangle_subscriber){.name = publisher->name,
                                                      .formerly = publisher->formerly,
                                                      .order = publisher->order,
                                                      .start = publisher->start,
                                                      .dead = publisher->dead,
                                                      .retry = publisher->retry};
    }
    result = jn_builder_put(builder, &registry->subscribers, publisher->name,
                            type ? &type->subscriber : NULL);
    if (!result)
        result = jn_builder_put(builder, &registry->publishers, publisher->name, type);
    for (size_t i = 0; !result && i < publisher->routes.count; i++)
        result = add_publisher_route(builder, publisher, i);
    return result;
}

/* ---- consumers ------------------------------------------------------------------- */

static const char *wrong_consumer(const struct jn_registry_builder *builder,
                                  const struct jangle_consumer *consumer)
{
    const char *wrong = wrong_name(builder, consumer->name, consumer->formerly);

    if (wrong)
        return wrong;
    if (!consumer->routes.count)
        return "has no routes, so it would take nothing";
    if ((unsigned)consumer->order > JANGLE_ANY_ORDER)
        return "has an order that is neither JANGLE_IN_ORDER nor JANGLE_ANY_ORDER";
    if (consumer->lag_limit < -1)
        return "has a lag_limit that is below -1";
    if (consumer->key_member && !*consumer->key_member)
        return "has an empty key_member";
    return wrong_broker(builder, consumer->broker);
}

/* An event that an aggregate here emits has happened here: if the same type came from
 * outside, too, nobody could tell the two apart. */
static enum jangle_result add_received(struct jn_registry_builder *builder,
                                       const struct jangle_consumer *consumer,
                                       const char *row,
                                       const struct jangle_message *type)
{
    struct jn_registry *registry = builder->registry;
    const char *name = jn_type_name(type);
    const struct jangle_aggregate *emitter = jn_map_find(&registry->emitted, name);

    if (emitter)
        return jn_fail(builder->error, JANGLE_INVALID,
                       "%s: %s happens in this program, too: the aggregate %s lists it. "
                       "Translate it into an event of another name",
                       row, name, emitter->name);
    if (jn_builder_add_event(builder, row, type))
        return builder->error->result;
    if (jn_map_find(&registry->received, name))
        return JANGLE_OK;
    return jn_builder_put(builder, &registry->received, name,
                          jn_builder_unconst(consumer));
}

/* What becomes of a message by a row that says nothing of it: an event is stored, and a
 * command sent. */
static bool acts_by_itself(const struct jangle_route *route, enum jangle_role role)
{
    return !route->translate && !route->handle && route->type->role == role;
}

/* A message is stored once, and its command sent once. Rows with filters may be meant for
 * different messages. */
static enum jangle_result check_rows_before(struct jn_registry_builder *builder,
                                            const struct jangle_consumer *consumer,
                                            const char *row,
                                            size_t index)
{
    const struct jangle_route *route = &consumer->routes.items[index];
    enum jangle_role role = route->type->role;

    for (size_t i = 0; i < index && acts_by_itself(route, role); i++) {
        const struct jangle_route *before = &consumer->routes.items[i];

        if (!acts_by_itself(before, role) || before->where.ops ||
            strcmp(jn_route_name(before), jn_route_name(route)) != 0)
            continue;
        return jn_fail(builder->error, JANGLE_INVALID,
                       "%s: %s.routes[%zu] %s every %s, and one row may", row,
                       consumer->name, i, role == JANGLE_ROLE_EVENT ? "stores" : "sends",
                       jn_route_name(route));
    }
    return JANGLE_OK;
}

static enum jangle_result check_command(struct jn_registry_builder *builder,
                                        const char *row,
                                        const struct jangle_route *route)
{
    if (!acts_by_itself(route, JANGLE_ROLE_COMMAND) ||
        jn_map_find(&builder->registry->routes, jn_type_name(route->type)))
        return JANGLE_OK;
    return jn_fail(builder->error, JANGLE_INVALID,
                   "%s: no aggregate of this program decides %s", row, route->type->name);
}

static enum jangle_result add_consumer_route(struct jn_registry_builder *builder,
                                             const struct jangle_consumer *consumer,
                                             size_t index)
{
    const struct jangle_route *route = &consumer->routes.items[index];
    const char *row = JN_BUILDER_ROW(consumer->name, "routes", index);
    enum jangle_result result = check_route(builder, row, route);

    if (result)
        return result;
    if (route->topic)
        return jn_fail(builder->error, JANGLE_INVALID,
                       "%s has a topic, which is for publishers", row);
    result = check_rows_before(builder, consumer, row, index);
    if (!result)
        result = check_command(builder, row, route);
    if (!result && acts_by_itself(route, JANGLE_ROLE_EVENT))
        result = add_received(builder, consumer, row, route->type);
    return result;
}

static const char *queue_of(const struct jangle_consumer *consumer)
{
    return consumer->queue ? consumer->queue : consumer->name;
}

/* A message would reach one of two consumers of a queue, whichever is faster, and be
 * taken again by the other one when it is repeated: each remembers its own. */
static enum jangle_result check_queue(struct jn_registry_builder *builder, size_t index)
{
    const struct jangle_consumer *const *items = builder->config->consumers.items;

    for (size_t i = 0; i < index && !builder->config->naming; i++)
        if (items[i]->broker == items[index]->broker &&
            !strcmp(queue_of(items[i]), queue_of(items[index])))
            return jn_fail(builder->error, JANGLE_INVALID,
                           "\"%s\" and \"%s\" have the same queue, \"%s\": give each "
                           "its own",
                           items[i]->name, items[index]->name,
                           JN_SHOWN(60, queue_of(items[i])));
    return JANGLE_OK;
}

static enum jangle_result check_formats(struct jn_registry_builder *builder,
                                        const struct jangle_consumer *consumer)
{
    const struct jangle_formats *formats = &consumer->formats;

    for (size_t i = 0; i < formats->count; i++) {
        if (!formats->items[i])
            return jn_fail(builder->error, JANGLE_INVALID, "%s is NULL",
                           JN_BUILDER_ROW(consumer->name, "formats", i));
        if (check_format(builder, JN_BUILDER_ROW(consumer->name, "formats", i),
                         formats->items[i]))
            return JANGLE_INVALID;
    }
    return JANGLE_OK;
}

enum jangle_result jn_builder_add_consumer(struct jn_registry_builder *builder,
                                           size_t index)
{
    const struct jangle_consumer *consumer = builder->config->consumers.items[index];
    struct jn_registry *registry = builder->registry;
    struct jn_consumer_type *type;
    enum jangle_result result;

    if (!consumer)
        return jn_builder_no_entry(builder, "consumers", index);
    if (jn_builder_check_name(builder, "a consumer", consumer->name) ||
        JN_TABLE_CHECK(consumer->name, consumer, routes, builder->error) ||
        JN_TABLE_CHECK(consumer->name, consumer, formats, builder->error) ||
        refuse_endpoint(builder, consumer->name, wrong_consumer(builder, consumer)) ||
        check_queue(builder, index))
        return JANGLE_INVALID;
    if (check_formats(builder, consumer))
        return JANGLE_INVALID;
    type = jangle_alloc(&registry->arena, sizeof *type);
    if (type)
        type->consumer = consumer;
    result = jn_builder_put(builder, &registry->consumers, consumer->name, type);
    for (size_t i = 0; !result && i < consumer->routes.count; i++)
        result = add_consumer_route(builder, consumer, i);
    return result ? result : jn_builder_check_handles(builder, consumer);
}

/* ---- former names ---------------------------------------------------------------- */

enum jangle_result jn_builder_check_former(struct jn_registry_builder *builder,
                                           const char *name,
                                           const char *formerly)
{
    const struct jn_registry *registry = builder->registry;

    if (!formerly || (!jn_map_find(&registry->subscribers, formerly) &&
                      !jn_map_find(&registry->consumers, formerly)))
        return JANGLE_OK;
    return jn_fail(builder->error, JANGLE_INVALID,
                   "\"%s\" was formerly called %s, but another is called so now", name,
                   formerly);
}

struct names {
    const char *name, *formerly;
};

/* Of the endpoint with that number: publishers come first. */
static struct names names_of(const struct jangle_config *config, size_t index)
{
    const struct jangle_consumer *consumer;

    if (index < config->publishers.count)
        return (struct names){config->publishers.items[index]->name,
                              config->publishers.items[index]->formerly};
    consumer = config->consumers.items[index - config->publishers.count];
    return (struct names){consumer->name, consumer->formerly};
}

/* The streams of an endpoint keep the name that it had at first. So no aggregate may have
 * that name: their streams would be mixed up. */
static enum jangle_result check_names(struct jn_registry_builder *builder, size_t index)
{
    struct names names = names_of(builder->config, index);

    if (!names.formerly)
        return JANGLE_OK;
    if (jn_map_find(&builder->registry->aggregates, names.formerly))
        return jn_fail(builder->error, JANGLE_INVALID,
                       "\"%s\" was formerly called %s, but an aggregate is called so "
                       "now, so their streams would be mixed up",
                       names.name, names.formerly);
    for (size_t i = 0; i < index; i++) {
        const char *other = names_of(builder->config, i).formerly;

        if (other && !strcmp(other, names.formerly))
            return jn_fail(builder->error, JANGLE_INVALID,
                           "\"%s\" was formerly called %s, and so was another",
                           names.name, names.formerly);
    }
    return jn_builder_check_former(builder, names.name, names.formerly);
}

enum jangle_result jn_builder_check_former_endpoints(struct jn_registry_builder *builder)
{
    const struct jangle_config *config = builder->config;
    size_t count = config->publishers.count + config->consumers.count;
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < count; i++)
        result = check_names(builder, i);
    return result;
}
