/* subscription.c - one subscriber of this program at run time: made, and found
 * by its name. */
#include "subscription/subscription.h"

#include "subscription/completed.h"
#include "subscription/ends.h"

/* No commit has carried a checkpoint yet, so `submitted` is no position. A streak has a
 * number above 0, because a parked key of streak 0 was counted in none. */
void jn_subscription_init(struct jn_subscription *subscription,
                          struct jn_dispatch *dispatch,
                          const struct jn_kind *kind,
                          const struct jangle_subscriber *subscriber)
{
    const struct jangle_allocator *allocator = &dispatch->jangle->host.host.allocator;

    *subscription = (struct jn_subscription){
        .dispatch = dispatch,
        .kind = kind,
        .subscriber = subscriber,
        .retry = subscriber->retry,
        .page_limit = (size_t)dispatch->jangle->config.batch_count,
        .submitted = -1,
        .streak = 1,
    };
    jn_parked_init(&subscription->parked, allocator, !kind->has_own_checkpoint);
    jn_arena_init(&subscription->checkpoint_arena, allocator);
}

void jn_subscription_cast_shadow(const struct jn_subscription *subscription,
                                 struct jn_subscription *shadow,
                                 struct jangle_view_file *file)
{
    jn_subscription_init(shadow, subscription->dispatch, subscription->kind,
                         subscription->subscriber);
    shadow->retry = subscription->retry;
    shadow->file = file;
    shadow->owned = shadow->running = shadow->replaying = true;
}

void jn_subscription_finish(struct jn_subscription *subscription)
{
    jn_ends_forget(subscription);
    jn_completed_forget(subscription);
    jn_parked_finish(&subscription->parked);
    jn_arena_finish(&subscription->checkpoint_arena);
}

/* Who runs it comes first, then who holds it, then whether it is paused: only after these
 * does its suspension matter. A stale view is not read again before it is replayed. */
enum jn_subscription_state
jn_subscription_state_of(const struct jn_subscription *subscription)
{
    static const enum jn_subscription_state states[] = {
        [JN_GOING] = JN_STATE_GOING,     [JN_OUTAGE] = JN_STATE_OUTAGE,
        [JN_FULL] = JN_STATE_FULL,       [JN_STALE] = JN_STATE_STALE,
        [JN_TOO_NEW] = JN_STATE_TOO_NEW,
    };
    enum jn_subscription_state state = states[subscription->suspension.kind];

    if (!subscription->owned)
        return JN_STATE_ELSEWHERE;
    if (subscription->hold)
        return JN_STATE_HELD;
    if (subscription->pause.paused)
        return JN_STATE_PAUSED;
    if (subscription->must_reload && state != JN_STATE_STALE)
        return JN_STATE_MUST_RELOAD;
    return state;
}

bool jn_subscription_is_here(const struct jn_subscription *subscription)
{
    bool here;

    jn_subscription_lock(subscription);
    here = subscription->owned;
    jn_subscription_unlock(subscription);
    return here;
}

/* A program has few subscribers, so no map of their names is kept. */
struct jn_subscription *jn_subscription_find(struct jangle *jangle,
                                             const char *subscriber)
{
    struct jn_dispatch *dispatch = jangle->dispatch;

    for (size_t i = 0; subscriber && i < dispatch->count; i++) {
        struct jn_subscription *subscription = &dispatch->subscriptions[i];

        if (!strcmp(jn_name_of(subscription), subscriber))
            return subscription;
    }
    return NULL;
}

enum jangle_result jn_subscription_fail_unknown(const char *subscriber,
                                                struct jangle_error *error)
{
    if (!subscriber)
        return jn_fail(error, JANGLE_NOT_FOUND, "no subscriber is named: NULL was given");
    return jn_fail(error, JANGLE_NOT_FOUND, "no subscriber is called \"%s\"",
                   JN_SHOWN(80, subscriber));
}

enum jangle_result jn_subscription_find_stored(struct jangle *jangle,
                                               const char *subscriber,
                                               struct jangle_checkpoint *checkpoint,
                                               struct jangle_error *error)
{
    struct jangle_store *store = jangle->store;
    struct jangle_error why = {0};
    enum jangle_result result = JANGLE_NOT_FOUND;

    if (subscriber && jn_name_is_of_table(subscriber))
        result = store->ops->find_checkpoint(store, subscriber, checkpoint, &why);
    if (result == JANGLE_NOT_FOUND)
        return jn_subscription_fail_unknown(subscriber, error);
    return jn_fail_as(error, &why);
}

struct jn_subscription *jn_subscription_find_or_fail(struct jangle *jangle,
                                                     const char *subscriber,
                                                     struct jangle_error *error)
{
    struct jn_subscription *subscription = jn_subscription_find(jangle, subscriber);

    if (!subscription)
        jn_subscription_fail_unknown(subscriber, error);
    return subscription;
}

struct jn_subscription *jn_subscription_next(struct jangle *jangle,
                                             const struct jn_subscription *subscription)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    size_t at = subscription ? (size_t)(subscription - dispatch->subscriptions) + 1 : 0;

    return at < dispatch->count ? &dispatch->subscriptions[at] : NULL;
}
