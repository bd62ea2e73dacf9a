/* hold.c - a subscription is taken out of dispatch, so that a replay, a reset or a person
 * may change where it stands. */
#include "subscription/hold.h"

#include "subscription/checkpoint.h"

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
    handling = within.handling || is_in_any_run(dispatch);
    jn_mutex_unlock(&dispatch->mutex);
    if (within.depth)
        return "an answerer";
    return handling ? "a handler" : NULL;
}

static bool is_busy(const struct jn_subscription *subscription)
{
    return subscription->running || subscription->submitting;
}

enum jangle_result jn_subscription_hold(struct jn_subscription *subscription,
                                        struct jangle_error *error)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    const char *name = jn_subscriber_of(subscription)->name;
    struct jn_within within = jn_inside_look(&dispatch->jangle->insides, NULL);
    enum jangle_result result = JANGLE_OK;

    if (within.depth)
        return jn_fail(error, JANGLE_BUSY, "\"%s\": an answerer cannot wait for it",
                       name);
    if (dispatch->jangle->config.follower)
        return jn_fail(error, JANGLE_BUSY,
                       "\"%s\": this jangle is a follower, which runs no subscribers: do "
                       "this in the program that runs it",
                       name);
    jn_mutex_lock(&dispatch->mutex);
    if (!subscription->owned)
        result = jn_fail(error, JANGLE_BUSY, "\"%s\" is run by another process", name);
    else if (subscription->held)
        result = jn_fail(error, JANGLE_BUSY, "\"%s\" is being replayed or reset", name);
    else if (subscription->running && is_in_any_run(dispatch))
        result = jn_fail(error, JANGLE_BUSY,
                         "\"%s\" is running: a handler cannot wait for it", name);
    if (!result)
        subscription->held = true;
    while (!result && is_busy(subscription))
        jn_cond_wait(&dispatch->changed, &dispatch->mutex);
    jn_mutex_unlock(&dispatch->mutex);
    return result;
}

void jn_subscription_let_go(struct jn_subscription *subscription)
{
    struct jn_dispatch *dispatch = subscription->dispatch;

    jn_mutex_lock(&dispatch->mutex);
    assert(subscription->held);
    subscription->held = false;
    jn_cond_signal(&dispatch->work);
    jn_cond_broadcast(&dispatch->changed);
    jn_mutex_unlock(&dispatch->mutex);
}

enum jangle_result jn_subscription_release(struct jn_subscription *subscription,
                                           struct jangle_error *error)
{
    enum jangle_result result = jn_checkpoint_read(subscription, error);
    struct jn_dispatch *dispatch = subscription->dispatch;

    jn_mutex_lock(&dispatch->mutex);
    subscription->must_reload |= result != JANGLE_OK;
    jn_mutex_unlock(&dispatch->mutex);
    jn_subscription_let_go(subscription);
    return result;
}
