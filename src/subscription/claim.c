/* claim.c - a process begins to run a subscriber: it owns the name, and finds or stores
 * where the subscriber begins. */
#include "subscription/claim.h"

#include "subscription/checkpoint.h"
#include "subscription/crash_guard.h"

/* ---- the first checkpoint ---------------------------------------------------- */

static enum jangle_result first_position(const struct jn_subscription *subscription,
                                         int64_t *position,
                                         struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    enum jangle_start start = subscription->subscriber->start;

    *position = 0;
    if (start == JANGLE_FROM_DEFAULT)
        start = subscription->kind->start;
    if (start == JANGLE_FROM_FIRST)
        return JANGLE_OK;
    return jangle->store->ops->head(jangle->store, position, error);
}

/* A view has one in the store, too, though its own file tells how far it has come: the
 * store's says that there is such a name, and where it began. CONFLICT is no failure: the
 * checkpoint is there. */
static enum jangle_result
store_first_checkpoint(const struct jn_subscription *subscription,
                       struct jangle_error *error)
{
    struct jangle_checkpoint checkpoint = {.subscriber = jn_name_of(subscription),
                                           .from = -1};
    enum jangle_result result = first_position(subscription, &checkpoint.position, error);

    if (!result)
        result = jn_checkpoint_store(jn_jangle_of(subscription), &checkpoint, error);
    if (!result && checkpoint.error.result && checkpoint.error.result != JANGLE_CONFLICT)
        return jn_fail(error, checkpoint.error.result,
                       "the first checkpoint of \"%s\" could not be stored: %s",
                       checkpoint.subscriber, checkpoint.error.message);
    return result;
}

/* Give the rows of its former name to it. NOT_FOUND if there are none. A crash after this
 * leaves the new name with all that the old one had. */
static enum jangle_result take_over(struct jn_subscription *subscription,
                                    struct jangle_error *error)
{
    struct jangle_store *store = jn_jangle_of(subscription)->store;
    const struct jangle_subscriber *subscriber = subscription->subscriber;
    bool unclean = false;
    enum jangle_result result;

    if (!subscriber->formerly)
        return JANGLE_NOT_FOUND;
    result = store->ops->own(store, subscriber->formerly, &unclean, error);
    if (result)
        return result;
    subscription->unclean |= unclean;
    result = store->ops->rename(store, subscriber->formerly, subscriber->name, error);
    store->ops->disown(store, subscriber->formerly, unclean);
    return result;
}

static enum jangle_result find_or_store_checkpoint(struct jn_subscription *subscription,
                                                   struct jangle_error *error)
{
    struct jangle_store *store = jn_jangle_of(subscription)->store;
    struct jangle_checkpoint checkpoint = {0};
    struct jangle_error ignored = {0};
    enum jangle_result result = store->ops->find_checkpoint(
        store, jn_name_of(subscription), &checkpoint, &ignored);

    if (result == JANGLE_NOT_FOUND) {
        ignored = (struct jangle_error){0};
        result = take_over(subscription, &ignored);
    }
    if (result == JANGLE_NOT_FOUND)
        return store_first_checkpoint(subscription, error);
    return jn_fail_as(error, &ignored);
}

/* ---- owning it --------------------------------------------------------------- */

enum jangle_result jn_subscription_claim(struct jn_subscription *subscription,
                                         struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    struct jangle_store *store = jangle->store;
    const char *name = jn_name_of(subscription);
    struct jangle_error busy = {0};
    bool unclean = false;
    enum jangle_result result = JANGLE_BUSY;

    if (!jangle->config.follower)
        result = store->ops->own(store, name, &unclean, &busy);
    if (!result) {
        subscription->unclean = unclean;
        result = find_or_store_checkpoint(subscription, &busy);
        if (!result)
            result = jn_checkpoint_read(subscription, &busy);
        if (!result && subscription->unclean && !subscription->kind->is_unguarded)
            result = jn_crash_guard_begin(subscription, &busy);
        if (!result) /* a pause may have come with the former name */
            result = jn_pauses_read(subscription->dispatch, &busy);
        if (result)
            store->ops->disown(store, name, subscription->unclean);
    }
    if (result == JANGLE_BUSY)
        return JANGLE_OK;
    if (result)
        return jn_fail_as(error, &busy);
    jn_subscription_lock(subscription);
    subscription->owned = true;
    jn_subscription_unlock(subscription);
    JN_LOG(&jangle->log, SUBSCRIBER_TAKEN,
           JN_PAIRS(JN_TEXT("subscriber", name),
                    JN_NUMBER("position", subscription->position)),
           "%s goes on after event %lld", name, (long long)subscription->position);
    jn_pause_tell(subscription);
    return JANGLE_OK;
}
