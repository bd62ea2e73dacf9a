/* endpoint_list.c - all endpoints are listed: those of this program, and those that it no
 * longer has. */
#include "core/call.h"
#include "core/instance.h"
#include "messaging/consumer/consumer.h"
#include "messaging/endpoint/declared.h"
#include "messaging/endpoint/endpoint.h"
#include "subscription/subscription.h"

#include <string.h>

struct listing {
    struct jangle *jangle;
    struct jangle_arena arena; /* of one endpoint */
    struct jangle_arena names_arena;
    struct {
        const char **items;
        size_t count;
    } names;
    jangle_endpoint_fn *visit;
    void *context;
    struct jangle_error *error;
};

/* ---- one endpoint --------------------------------------------------------- */

static enum jangle_result show(struct listing *listing,
                               const char *name,
                               const struct jn_declared *declared,
                               bool left_behind)
{
    struct {
        const char **items;
        size_t count;
    } queues = {0}, topics = {0};
    struct jangle_endpoint_info info = {
        .name = name, .consumer = declared->consumer, .left_behind = left_behind};

    for (size_t i = 0; i < declared->queues.count; i++)
        jangle_list_add_(&listing->arena, &queues, sizeof *queues.items,
                         &declared->queues.items[i].name);
    for (size_t i = 0; i < declared->topics.count; i++)
        jangle_list_add_(&listing->arena, &topics, sizeof *topics.items,
                         &declared->topics.items[i].name);
    if (jn_arena_check(&listing->arena, listing->error))
        return JANGLE_NO_MEMORY;
    info.queues = queues.items;
    info.queue_count = queues.count;
    info.topics = topics.items;
    info.topic_count = topics.count;
    return jn_call_visited(listing->visit(listing->context, &info), listing->error);
}

static enum jangle_result show_publisher(struct listing *listing,
                                         const struct jangle_publisher *publisher)
{
    struct jn_declared declared;
    enum jangle_result result;

    jn_arena_reset(&listing->arena);
    result = jn_declared_by_publisher(&declared, publisher, jn_naming_of(listing->jangle),
                                      &listing->arena, listing->error);
    return result ? result : show(listing, publisher->name, &declared, false);
}

static enum jangle_result show_consumer(struct listing *listing,
                                        const struct jangle_consumer *consumer)
{
    struct jn_declared declared;
    struct jn_inboxes inboxes;
    enum jangle_result result;

    jn_arena_reset(&listing->arena);
    result = jn_inboxes_make(&inboxes, consumer, &listing->arena,
                             jn_naming_of(listing->jangle), listing->error);
    if (!result)
        result = jn_declared_by_consumer(&declared, consumer, &inboxes, &listing->arena,
                                         listing->error);
    return result ? result : show(listing, consumer->name, &declared, false);
}

/* Most names are those of subscribers, for which nothing was declared. */
static enum jangle_result show_stored(struct listing *listing, const char *name)
{
    struct jn_declared declared;
    struct jangle_error why = {0};
    enum jangle_result result;

    jn_arena_reset(&listing->arena);
    result = jn_declared_read(listing->jangle, name, &listing->arena, &declared, &why);
    if (result == JANGLE_NOT_FOUND)
        return JANGLE_OK;
    return result ? jn_fail_as(listing->error, &why)
                  : show(listing, name, &declared, true);
}

/* ---- all ------------------------------------------------------------------ */

static enum jangle_result keep_name(void *context,
                                    const struct jangle_checkpoint *checkpoint)
{
    struct listing *listing = context;
    const char *name = checkpoint->subscriber;

    if (!jn_name_is_of_table(name) || jn_consumer_find(listing->jangle, name) ||
        jn_map_find(&listing->jangle->registry.publishers, name))
        return JANGLE_OK;
    name = jn_arena_copy_text(&listing->names_arena, name);
    jangle_list_add_(&listing->names_arena, &listing->names, sizeof name, &name);
    return listing->names_arena.failed ? JANGLE_NO_MEMORY : JANGLE_OK;
}

static enum jangle_result show_all(struct listing *listing)
{
    struct jangle *jangle = listing->jangle;
    const struct jangle_config *config = &jangle->config;
    struct jangle_store *store = jangle->store;
    enum jangle_result result =
        store->ops->read_checkpoints(store, keep_name, listing, listing->error);

    if (listing->names_arena.failed)
        result = jn_arena_check(&listing->names_arena, listing->error);
    for (size_t i = 0; !result && i < config->publishers.count; i++)
        result = show_publisher(listing, config->publishers.items[i]);
    for (size_t i = 0; !result && i < config->consumers.count; i++)
        result = show_consumer(listing, config->consumers.items[i]);
    for (size_t i = 0; !result && i < listing->names.count; i++)
        result = show_stored(listing, listing->names.items[i]);
    return result;
}

enum jangle_result jangle_endpoint_visit(struct jangle *jangle,
                                         jangle_endpoint_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    struct jangle_error why = {0};
    struct listing listing = {
        .jangle = jangle, .visit = visit, .context = context, .error = &why};
    enum jangle_result result = jn_check_process(jangle, &why);

    if (!result) {
        jn_arena_init(&listing.arena, &jangle->host.host.allocator);
        jn_arena_init(&listing.names_arena, &jangle->host.host.allocator);
        result = show_all(&listing);
        jn_arena_finish(&listing.arena);
        jn_arena_finish(&listing.names_arena);
    }
    return jn_call_end(jangle, "jangle_endpoint_visit", result, &why, error);
}
