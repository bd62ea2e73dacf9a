/* bus.c - messages inside one program: each is given to its listeners at once, on the
 * thread that publishes it. */
#include "messaging/bus.h"

#include "base/host.h"
#include "base/queue.h"
#include "message/check.h"
#include "message/copy.h"

#include <assert.h>

struct listener {
    const struct jangle_message *type; /* NULL: every type */
    jangle_listen_fn *listen;
    void *context;
};

/* A message that a listener has published, until its own listeners are called. */
struct waiting {
    struct jn_link link;
    const struct jangle_message *type;
    void *data; /* a copy, because the publisher's struct is gone by then */
    struct jangle_arena arena; /* holds `data`, and all that it points to */
};

struct jangle_bus {
    struct jangle_allocator allocator;
    enum jangle_nesting nesting;
    struct listener *listeners; /* nobody adds or removes one while they are called */
    size_t count, capacity;
    int depth; /* so many messages have listeners that are being called, each but the
                  first published by a listener of the one before */
    struct jn_queue waiting; /* empty unless a message is being published */
};

/* ---- open and close ------------------------------------------------------- */

struct jangle_bus *jn_bus_open(enum jangle_nesting nesting,
                               const struct jangle_allocator *allocator)
{
    struct jangle_bus *bus = jn_new(allocator, sizeof *bus);

    if (!bus)
        return NULL;
    bus->allocator = *allocator;
    bus->nesting = nesting;
    return bus;
}

/* Of the system's host a bus needs the allocator alone. */
struct jangle_bus *jangle_bus_open(enum jangle_nesting nesting)
{
    struct jangle_bus *bus;
    struct jn_host host;

    if (jn_host_init(&host, &(struct jangle_host){0}))
        return NULL;
    bus = jn_bus_open(nesting, &host.host.allocator);
    jn_host_finish(&host);
    return bus;
}

bool jangle_bus_is_publishing(const struct jangle_bus *bus)
{
    return bus->depth > 0;
}

bool jangle_bus_close(struct jangle_bus *bus)
{
    struct jangle_allocator allocator;

    if (!bus)
        return true;
    if (jangle_bus_is_publishing(bus))
        return false;
    assert(!bus->waiting.first);
    allocator = bus->allocator;
    jn_free(&allocator, bus->listeners);
    jn_free(&allocator, bus);
    return true;
}

/* ---- who listens ---------------------------------------------------------- */

static struct listener *find_listener(const struct jangle_bus *bus,
                                      const struct listener *wanted)
{
    for (size_t i = 0; i < bus->count; i++) {
        struct listener *at = &bus->listeners[i];

        if (at->type == wanted->type && at->listen == wanted->listen &&
            at->context == wanted->context)
            return at;
    }
    return NULL;
}

static bool has_room_for_listener(struct jangle_bus *bus)
{
    size_t capacity = bus->capacity ? bus->capacity * 2 : 8;
    struct listener *listeners;

    if (bus->count < bus->capacity)
        return true;
    listeners =
        jn_resize(&bus->allocator, bus->listeners, capacity * sizeof *bus->listeners);
    if (!listeners)
        return false;
    bus->listeners = listeners;
    bus->capacity = capacity;
    return true;
}

enum jangle_result jangle_bus_listen(struct jangle_bus *bus,
                                     const struct jangle_message *type,
                                     jangle_listen_fn *listen,
                                     void *context)
{
    struct listener added = {type, listen, context};

    if (jangle_bus_is_publishing(bus) || !listen || (type && jn_type_check(type, NULL)))
        return JANGLE_INVALID;
    if (find_listener(bus, &added))
        return JANGLE_OK;
    if (!has_room_for_listener(bus))
        return JANGLE_NO_MEMORY;
    bus->listeners[bus->count++] = added;
    return JANGLE_OK;
}

enum jangle_result jangle_bus_unlisten(struct jangle_bus *bus,
                                       const struct jangle_message *type,
                                       jangle_listen_fn *listen,
                                       void *context)
{
    struct listener *found;

    if (jangle_bus_is_publishing(bus))
        return JANGLE_INVALID;
    found = find_listener(bus, &(struct listener){type, listen, context});
    if (!found)
        return JANGLE_NOT_FOUND;
    bus->count--;
    memmove(found, found + 1,
            (size_t)(bus->listeners + bus->count - found) * sizeof *found);
    return JANGLE_OK;
}

/* ---- publish -------------------------------------------------------------- */

/* With JANGLE_NESTED_AFTER a nested message waits, so the depth never exceeds 1. */
static bool is_too_deep(const struct jangle_bus *bus)
{
    static const int nested_max[] = {
        [JANGLE_NESTED_AFTER] = 1,
        [JANGLE_NESTED_NOW] = 16,
        [JANGLE_NESTED_NEVER] = 0,
    };

    return bus->depth > nested_max[bus->nesting];
}

static enum jangle_result call_listeners(struct jangle_bus *bus,
                                         const struct jangle_message *type,
                                         const void *data)
{
    enum jangle_result first = JANGLE_OK;

    bus->depth++;
    for (size_t i = 0; i < bus->count; i++) {
        const struct listener *at = &bus->listeners[i];
        enum jangle_result result = JANGLE_OK;

        if (!at->type || at->type == type)
            result = at->listen(at->context, type, data);
        if (!first)
            first = result;
    }
    bus->depth--;
    return first;
}

static void free_waiting(struct jangle_bus *bus, struct waiting *waiting)
{
    jn_arena_finish(&waiting->arena);
    jn_free(&bus->allocator, waiting);
}

/* Let a copy of the message wait until the earlier ones are through. */
static enum jangle_result
add_waiting(struct jangle_bus *bus, const struct jangle_message *type, const void *data)
{
    struct waiting *waiting = jn_new(&bus->allocator, sizeof *waiting);

    if (!waiting)
        return JANGLE_NO_MEMORY;
    waiting->type = type;
    jn_arena_init(&waiting->arena, &bus->allocator);
    waiting->data = jn_arena_room(&waiting->arena, type->size);
    if (!waiting->data || jn_type_copy(&waiting->arena, type, waiting->data, data)) {
        free_waiting(bus, waiting);
        return JANGLE_NO_MEMORY;
    }
    jn_queue_put(&bus->waiting, &waiting->link);
    return JANGLE_OK;
}

/* Their listeners may add more. Returns the first result that was not OK. */
static enum jangle_result call_waiting(struct jangle_bus *bus)
{
    enum jangle_result first = JANGLE_OK;
    struct waiting *waiting;

    while ((waiting = jn_queue_take(&bus->waiting))) {
        enum jangle_result result = call_listeners(bus, waiting->type, waiting->data);

        free_waiting(bus, waiting);
        if (!first)
            first = result;
    }
    return first;
}

enum jangle_result jangle_bus_publish_(struct jangle_bus *bus,
                                       const struct jangle_message *type,
                                       const void *data)
{
    bool nested = jangle_bus_is_publishing(bus);
    enum jangle_result result, later;

    if (is_too_deep(bus) || jn_check_run(type, data, NULL))
        return JANGLE_INVALID;
    if (nested && bus->nesting == JANGLE_NESTED_AFTER)
        return add_waiting(bus, type, data);
    result = call_listeners(bus, type, data);
    later = nested ? JANGLE_OK : call_waiting(bus);
    return result ? result : later;
}
