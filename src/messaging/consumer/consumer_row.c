/* consumer_row.c - what the store knows of a consumer by its name: a row for itself, and
 * one for each log that it reads. */
#include "messaging/consumer/consumer_row.h"

#include "messaging/consumer/offset_names.h"
#include "messaging/endpoint/declared.h"
#include "subscription/checkpoint.h"

static enum jangle_result take_over(struct jangle *jangle,
                                    const struct jangle_consumer *consumer,
                                    const struct jn_inboxes *inboxes,
                                    struct jangle_error *error)
{
    struct jangle_store *store = jangle->store;
    enum jangle_result result;

    if (!consumer->formerly)
        return JANGLE_NOT_FOUND;
    result = jn_offset_names_take_over(jangle, consumer, inboxes, error);
    return result ? result
                  : store->ops->rename(store, consumer->formerly, consumer->name, error);
}

enum jangle_result jn_consumer_row_make(struct jangle *jangle,
                                        const struct jangle_consumer *consumer,
                                        const struct jn_inboxes *inboxes,
                                        struct jangle_error *error)
{
    struct jangle_store *store = jangle->store;
    struct jangle_checkpoint checkpoint = {.subscriber = consumer->name, .from = -1};
    struct jangle_error why = {0};
    enum jangle_result result =
        store->ops->find_checkpoint(store, consumer->name, &checkpoint, &why);

    if (result == JANGLE_NOT_FOUND) {
        jn_error_clear(&why);
        result = take_over(jangle, consumer, inboxes, &why);
    }
    if (result != JANGLE_NOT_FOUND)
        return result ? jn_fail_as(error, &why) : JANGLE_OK;
    checkpoint = (struct jangle_checkpoint){.subscriber = consumer->name, .from = -1};
    return jn_checkpoint_store(jangle, &checkpoint, error);
}

enum jangle_result jn_consumer_row_declare(struct jangle *jangle,
                                           const struct jangle_consumer *consumer,
                                           const struct jn_inboxes *inboxes,
                                           const char *transport,
                                           struct jangle_error *error)
{
    struct jn_declared declared;
    struct jangle_arena arena;
    enum jangle_result result;

    jn_arena_init(&arena, &jangle->host.host.allocator);
    result = jn_declared_by_consumer(&declared, consumer, inboxes, &arena, error);
    declared.transport = transport;
    if (!result)
        result = jn_declared_store(jangle, consumer->name, &declared, error);
    jn_arena_finish(&arena);
    return result;
}
