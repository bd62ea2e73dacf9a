/* topic.c - topics and bindings. */
#include "hub/topic.h"

#include "hub/log.h"
#include "hub/queue.h"

struct jn_hub_topic *jn_hub_topic_make(struct jn_hub_broker *broker, const char *name)
{
    const struct jangle_allocator *allocator = jn_hub_memory(broker);
    struct jn_hub_topic *topic = jn_hub_find_topic(broker, name);

    if (topic)
        return topic;
    topic = jn_new(allocator, sizeof *topic);
    if (!topic)
        return NULL;
    jn_hub_list_init(&topic->bindings);
    topic->name.text = jn_copy_text(allocator, name);
    if (!topic->name.text || jn_hub_log_init(&topic->log, allocator, "topic", name)) {
        jn_free(allocator, (char *)(uintptr_t)topic->name.text);
        jn_free(allocator, topic);
        return NULL;
    }
    jn_hub_names_add(&broker->topics, &topic->name);
    return topic;
}

void jn_hub_topic_free(struct jn_hub_broker *broker, struct jn_hub_topic *topic)
{
    const struct jangle_allocator *allocator = jn_hub_memory(broker);

    jn_hub_names_remove(&broker->topics, &topic->name);
    jn_hub_log_finish(&topic->log, allocator);
    jn_free(allocator, (char *)(uintptr_t)topic->name.text);
    jn_free(allocator, topic);
}

/* ---- bindings ------------------------------------------------------------------ */

static void free_routes(const struct jangle_allocator *allocator, char **routes)
{
    for (char **route = routes; route && *route; route++)
        jn_free(allocator, *route);
    jn_free(allocator, routes);
}

bool jn_hub_binding_wants(const struct jn_hub_binding *binding, const char *route)
{
    char **wanted = binding->routes;

    if (!wanted)
        return true;
    while (*wanted && (!route || strcmp(*wanted, route) != 0))
        wanted++;
    return *wanted != NULL;
}

static size_t count_routes(char **routes)
{
    size_t count = 0;

    while (routes && routes[count])
        count++;
    return count;
}

/* Add one route to those of a binding. */
static enum jangle_result add_route(struct jn_hub_binding *binding,
                                    const struct jangle_allocator *allocator,
                                    const char *route)
{
    size_t count = count_routes(binding->routes);
    char *copy = jn_copy_text(allocator, route);
    char **routes = jn_resize(allocator, binding->routes, (count + 2) * sizeof *routes);

    if (routes) {
        binding->routes = routes;
        routes[count] = copy;
        routes[count + 1] = NULL;
    }
    if (copy && routes)
        return JANGLE_OK;
    jn_free(allocator, routes ? NULL : copy);
    return JANGLE_NO_MEMORY;
}

static struct jn_hub_binding *find_binding(const struct jn_hub_queue *queue,
                                           const struct jn_hub_topic *topic)
{
    struct jn_hub_link *at;

    for (at = queue->bindings.next; at != &queue->bindings; at = at->next) {
        struct jn_hub_binding *binding = JN_HUB_OF(at, struct jn_hub_binding, in_queue);

        if (binding->topic == topic)
            return binding;
    }
    return NULL;
}

/* A binding without routes would want everything, so one that does not gets an empty
 * list. */
static struct jn_hub_binding *
make_binding(struct jn_hub_topic *topic, struct jn_hub_queue *queue, bool wants_all)
{
    const struct jangle_allocator *allocator = jn_hub_memory(queue->broker);
    struct jn_hub_binding *binding = jn_new(allocator, sizeof *binding);

    if (!binding)
        return NULL;
    binding->routes = wants_all ? NULL : jn_new(allocator, sizeof *binding->routes);
    if (!wants_all && !binding->routes) {
        jn_free(allocator, binding);
        return NULL;
    }
    binding->topic = topic;
    binding->queue = queue;
    binding->floor = 1;
    jn_hub_link_before(&binding->in_topic, &topic->bindings);
    jn_hub_link_before(&binding->in_queue, &queue->bindings);
    return binding;
}

enum jangle_result jn_hub_topic_bind(struct jn_hub_topic *topic,
                                     struct jn_hub_queue *queue,
                                     const char *const *routes)
{
    const struct jangle_allocator *allocator = jn_hub_memory(queue->broker);
    struct jn_hub_binding *binding = find_binding(queue, topic);

    if (!binding)
        binding = make_binding(topic, queue, !routes);
    if (!binding)
        return JANGLE_NO_MEMORY;
    if (!routes) {
        free_routes(allocator, binding->routes);
        binding->routes = NULL;
    }
    for (; binding->routes && *routes; routes++)
        if (!jn_hub_binding_wants(binding, *routes) &&
            add_route(binding, allocator, *routes))
            return JANGLE_NO_MEMORY;
    return JANGLE_OK;
}

void jn_hub_topic_unbind(struct jn_hub_binding *binding)
{
    const struct jangle_allocator *allocator = jn_hub_memory(binding->queue->broker);

    jn_hub_unlink(&binding->in_topic);
    jn_hub_unlink(&binding->in_queue);
    free_routes(allocator, binding->routes);
    jn_free(allocator, binding);
}

/* ---- publishing ---------------------------------------------------------------- */

static void free_items(struct jn_hub_link *items)
{
    while (!jn_hub_list_is_empty(items)) {
        struct jn_hub_item *item = JN_HUB_OF(items->next, struct jn_hub_item, link);

        jn_hub_unlink(&item->link);
        jn_hub_item_free(item);
    }
}

/* All items are made before the first one is put into its queue. */
static enum jangle_result put_items(struct jn_hub_topic *topic,
                                    const struct jn_hub_broker *broker,
                                    struct jn_hub_contents *contents,
                                    int attempt)
{
    const char *route = contents->parcel.route;
    struct jn_hub_link items, *at;

    jn_hub_list_init(&items);
    for (at = topic->bindings.next; at != &topic->bindings; at = at->next) {
        struct jn_hub_binding *binding = JN_HUB_OF(at, struct jn_hub_binding, in_topic);
        struct jn_hub_item *item;

        if (!jn_hub_binding_wants(binding, route))
            continue;
        item = jn_hub_item_new(binding->queue, contents, attempt);
        if (!item) {
            free_items(&items);
            return JANGLE_NO_MEMORY;
        }
        jn_hub_link_before(&item->link, &items);
    }
    while (!jn_hub_list_is_empty(&items)) {
        struct jn_hub_item *item = JN_HUB_OF(items.next, struct jn_hub_item, link);

        jn_hub_unlink(&item->link);
        jn_hub_queue_add(item, jn_hub_now_us(broker));
    }
    return JANGLE_OK;
}

static bool is_wanted(const struct jn_hub_topic *topic, const char *route)
{
    struct jn_hub_link *at;

    for (at = topic->bindings.next; at != &topic->bindings; at = at->next)
        if (jn_hub_binding_wants(JN_HUB_OF(at, struct jn_hub_binding, in_topic), route))
            return true;
    return false;
}

enum jangle_result jn_hub_topic_put(struct jn_hub_topic *topic,
                                    struct jn_hub_broker *broker,
                                    struct jn_hub_contents *contents,
                                    int attempt,
                                    bool must_be_queued)
{
    if (must_be_queued && !is_wanted(topic, contents->parcel.route))
        return JANGLE_NOT_FOUND;
    if (broker->keeps_logs)
        return jn_hub_log_append(&topic->log, jn_hub_memory(broker), contents, attempt);
    return put_items(topic, broker, contents, attempt);
}
