/* offset_names.c - the names of the checkpoints of logs: made, read, and changed together
 * with the name of their consumer. */
#include "messaging/consumer/offset_names.h"

#include "base/error.h"

#include <jangle/subscriber.h>

#include <stdlib.h>
#include <string.h>

const char *jn_offset_name_make(struct jangle_arena *arena,
                                const char *consumer,
                                const char *queue,
                                const char *log)
{
    if (!strcmp(queue, consumer) && *log != '#')
        return jangle_text(arena, "%s#%s", consumer, log);
    return jangle_text(arena, "%s##%zu#%s#%s", consumer, strlen(queue), queue, log);
}

/* "5#store#orders/3" */
static bool read_other(const char *text, struct jn_offset_name *read)
{
    char *end;
    unsigned long size = strtoul(text, &end, 10);

    if (end == text || *end != '#' || size >= strlen(end + 1) || end[1 + size] != '#')
        return false;
    *read = (struct jn_offset_name){
        .queue = end + 1, .queue_size = size, .log = end + 2 + size};
    return true;
}

bool jn_offset_name_read(const char *name,
                         const char *consumer,
                         struct jn_offset_name *read)
{
    size_t size = strlen(consumer);

    if (strncmp(name, consumer, size) != 0 || name[size] != '#')
        return false;
    if (name[size + 1] == '#')
        return read_other(name + size + 2, read);
    *read = (struct jn_offset_name){
        .queue = consumer, .queue_size = size, .log = name + size + 1};
    return true;
}

/* ---- all of one consumer -------------------------------------------------- */

struct reading {
    const char *consumer;
    struct jangle_arena arena;
    struct {
        struct jangle_checkpoint *items;
        size_t count;
    } list;
};

static enum jangle_result visit_checkpoint(void *context,
                                           const struct jangle_checkpoint *checkpoint)
{
    struct reading *reading = context;
    struct jangle_checkpoint copy = *checkpoint;
    struct jn_offset_name name;

    if (!jn_offset_name_read(checkpoint->subscriber, reading->consumer, &name))
        return JANGLE_OK;
    copy.subscriber = jn_arena_copy_text(&reading->arena, checkpoint->subscriber);
    jangle_list_add_(&reading->arena, &reading->list, sizeof copy, &copy);
    return reading->arena.failed ? JANGLE_NO_MEMORY : JANGLE_OK;
}

enum jangle_result jn_offset_names_visit(struct jangle *jangle,
                                         const char *consumer,
                                         jangle_checkpoint_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    struct jangle_store *store = jangle->store;
    struct reading reading = {.consumer = consumer};
    enum jangle_result result;

    jn_arena_init(&reading.arena, &jangle->host.host.allocator);
    result = store->ops->read_checkpoints(store, visit_checkpoint, &reading, error);
    if (reading.arena.failed)
        result = jn_arena_check(&reading.arena, error);
    for (size_t i = 0; !result && i < reading.list.count; i++)
        result = visit(context, &reading.list.items[i]);
    jn_arena_finish(&reading.arena);
    return result;
}

/* ---- another name, or none ------------------------------------------------ */

struct renaming {
    struct jangle *jangle;
    const struct jangle_consumer *consumer; /* NULL: forget them */
    const struct jn_inboxes *inboxes;
    struct jangle_arena arena;
    struct jangle_error *error;
};

static bool has_queue(const struct jn_inboxes *inboxes, const char *name)
{
    for (size_t i = 0; i < inboxes->count; i++)
        if (!strcmp(inboxes->items[i].queue.name, name))
            return true;
    return false;
}

/* A queue that has the former name is either still there, as the queue of that name, or
 * it has got the new name, too. */
static const char *new_name(struct renaming *renaming, const char *stored)
{
    const struct jangle_consumer *consumer = renaming->consumer;
    struct jn_offset_name name;
    const char *queue;

    if (!jn_offset_name_read(stored, consumer->formerly, &name))
        return NULL;
    queue = jangle_text(&renaming->arena, "%.*s", (int)name.queue_size, name.queue);
    if (queue && !strcmp(queue, consumer->formerly) &&
        !has_queue(renaming->inboxes, queue))
        return jn_offset_name_make(&renaming->arena, consumer->name, consumer->name,
                                   name.log);
    return queue ? jn_offset_name_make(&renaming->arena, consumer->name, queue, name.log)
                 : NULL;
}

static enum jangle_result rename_one(void *context,
                                     const struct jangle_checkpoint *checkpoint)
{
    struct renaming *renaming = context;
    struct jangle_store *store = renaming->jangle->store;
    const char *name =
        renaming->consumer ? new_name(renaming, checkpoint->subscriber) : NULL;

    if (renaming->consumer && (!name || renaming->arena.failed))
        return jn_fail(renaming->error, JANGLE_NO_MEMORY, "out of memory");
    return store->ops->rename(store, checkpoint->subscriber, name, renaming->error);
}

static enum jangle_result rename_all(struct renaming *renaming, const char *consumer)
{
    struct jangle *jangle = renaming->jangle;
    enum jangle_result result;

    jn_arena_init(&renaming->arena, &jangle->host.host.allocator);
    result =
        jn_offset_names_visit(jangle, consumer, rename_one, renaming, renaming->error);
    jn_arena_finish(&renaming->arena);
    return result;
}

enum jangle_result jn_offset_names_take_over(struct jangle *jangle,
                                             const struct jangle_consumer *consumer,
                                             const struct jn_inboxes *inboxes,
                                             struct jangle_error *error)
{
    struct renaming renaming = {
        .jangle = jangle, .consumer = consumer, .inboxes = inboxes, .error = error};

    return rename_all(&renaming, consumer->formerly);
}

enum jangle_result jn_offset_names_forget(struct jangle *jangle,
                                          const char *consumer,
                                          struct jangle_error *error)
{
    struct renaming renaming = {.jangle = jangle, .error = error};

    return rename_all(&renaming, consumer);
}
