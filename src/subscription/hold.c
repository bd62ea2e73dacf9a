/* hold.c - a subscription is taken out of dispatch, so that a replay, a reset or an
 * operator may change its checkpoint and its parked keys. */
#include "subscription/hold.h"

#include "subscription/checkpoint.h"
#include "subscription/ends.h"

#include <assert.h>

static bool is_helper(const struct jn_subscription *subscription, pthread_t thread)
{
    const struct jn_helper *helper =
        subscription->parallel ? subscription->parallel->helpers : NULL;

    while (helper && !pthread_equal(helper->thread, thread))
        helper = helper->next;
    return helper != NULL;
}

bool jn_thread_is_in_run(const struct jn_subscription *subscription)
{
    pthread_t self = pthread_self();

    return subscription->running &&
           (pthread_equal(subscription->runner, self) || is_helper(subscription, self));
}

/* Then it is in a handler, and must not wait for another to return. */
static bool is_in_any_run(const struct jn_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        if (jn_thread_is_in_run(&dispatch->subscriptions[i]))
            return true;
    }
    return false;
}

const char *jn_thread_callback(struct jangle *jangle)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    struct jn_within within = jn_inside_look(&jangle->insides, NULL);
    bool handling;

    jn_mutex_lock(&dispatch->mutex);
    handling = within.handling || within.receiving || is_in_any_run(dispatch);
    jn_mutex_unlock(&dispatch->mutex);
    if (within.depth)
        return "an answerer";
    return handling ? "a handler" : NULL;
}

enum jangle_result jn_thread_check_wait(struct jangle *jangle, struct jangle_error *error)
{
    const char *callback = jn_thread_callback(jangle);

    if (!callback)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_BUSY,
                   "%s cannot wait here, because other work may wait for it", callback);
}

/* For the sentence of BUSY, after the subscriber's name. */
static const char *const holders[] = {
    [JN_NOT_HELD] = "is held by nobody",
    [JN_HELD_BY_REPLAY] = "is being replayed",
    [JN_HELD_BY_RESET] = "is being reset to another position",
    [JN_HELD_BY_DEAD_LETTERS] = "has a parked event that is being retried or skipped",
    [JN_HELD_BY_SAGAS] = "has a saga that is being retried, resumed or finished",
};

/* OK, or what is in the way of a hold. Under the mutex. */
static enum jangle_result check_holdable(const struct jn_subscription *subscription,
                                         const struct jn_within *within,
                                         struct jangle_error *error)
{
    const char *name = jn_name_of(subscription);
    enum jn_subscription_state state = jn_subscription_state_of(subscription);

    if (state == JN_STATE_ELSEWHERE)
        return jn_fail(error, JANGLE_BUSY, "\"%s\" is run by another process", name);
    if (state == JN_STATE_HELD)
        return jn_fail(error, JANGLE_BUSY, "\"%s\" %s: try again when that is done", name,
                       holders[subscription->hold]);
    if (subscription->running &&
        (within->receiving || is_in_any_run(subscription->dispatch)))
        return jn_fail(
            error, JANGLE_BUSY,
            "\"%s\" is running, and a handler must not wait until it is not: call "
            "this from a thread that is in no handler",
            name);
    return JANGLE_OK;
}

enum jangle_result jn_subscription_hold(struct jn_subscription *subscription,
                                        enum jn_hold hold,
                                        struct jangle_error *error)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    const char *name = jn_name_of(subscription);
    struct jn_within within = jn_inside_look(&dispatch->jangle->insides, NULL);
    enum jangle_result result;

    if (within.depth)
        return jn_fail(
            error, JANGLE_BUSY,
            "\"%s\": an answerer must not wait for a subscriber: call this from a "
            "thread that is in no answerer",
            name);
    if (dispatch->jangle->config.follower)
        return jn_fail(error, JANGLE_BUSY,
                       "\"%s\": this jangle is a follower, which runs no subscribers: do "
                       "this in the program that runs it",
                       name);
    jn_mutex_lock(&dispatch->mutex);
    result = check_holdable(subscription, &within, error);
    if (!result)
        subscription->hold = hold; /* from here on no run begins, and no second hold */
    /* A commit that carries the checkpoint counts, too: it would store, after a reset,
     * where the subscription was before. */
    while (!result && (subscription->running || subscription->submitting))
        jn_cond_wait(&dispatch->changed, &dispatch->mutex);
    jn_mutex_unlock(&dispatch->mutex);
    if (!result) /* what cannot be stored is forgotten, and handled again */
        (void)jn_ends_store(subscription);
    return result;
}

void jn_subscription_let_go(struct jn_subscription *subscription)
{
    struct jn_dispatch *dispatch = subscription->dispatch;

    jn_mutex_lock(&dispatch->mutex);
    assert(subscription->hold);
    subscription->hold = JN_NOT_HELD;
    jn_dispatch_signal_work(dispatch);
    jn_dispatch_tell_change(dispatch);
    jn_mutex_unlock(&dispatch->mutex);
}

enum jangle_result jn_subscription_release(struct jn_subscription *subscription,
                                           struct jangle_error *error)
{
    enum jangle_result result = jn_checkpoint_read(subscription, error);

    jn_subscription_lock(subscription);
    subscription->must_reload |= result != JANGLE_OK;
    jn_subscription_unlock(subscription);
    jn_subscription_let_go(subscription);
    return result;
}
