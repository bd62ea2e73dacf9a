/* ownership.c - one process at a time receives for a consumer of a store. */
#include "messaging/consumer/ownership.h"

#include "messaging/consumer/consumer_row.h"

static struct jangle *jangle_of(const struct jn_consuming *consuming)
{
    return consuming->endpoint.jangle;
}

enum jangle_result jn_consuming_own(struct jn_consuming *consuming,
                                    struct jangle_error *error)
{
    struct jangle *jangle = jangle_of(consuming);
    struct jangle_store *store = jangle->store;
    const char *name = consuming->consumer->name;
    bool unclean = false;
    enum jangle_result result = store->ops->own(store, name, &unclean, error);

    if (result)
        return result;
    if (!jn_consumer_row_make(jangle, consuming->consumer, &consuming->inboxes, error) &&
        !jn_consumer_row_declare(jangle, consuming->consumer, &consuming->inboxes,
                                 consuming->endpoint.transport->ops->name, error) &&
        !jn_pauses_read(jangle->dispatch, error) &&
        !jn_handling_own(&consuming->handling, unclean, error))
        return JANGLE_OK;
    store->ops->disown(store, name, unclean);
    return error->result;
}

void jn_consuming_disown(struct jn_consuming *consuming)
{
    struct jangle_store *store = jangle_of(consuming)->store;

    store->ops->disown(store, consuming->consumer->name,
                       jn_attempts_are_guarded(&consuming->attempts));
}
