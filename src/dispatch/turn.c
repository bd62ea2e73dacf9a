/* turn.c - whose turn it is: what is due, who may run, who is held. */
#include "dispatch/dispatch.h"
#include "subscription/subscription.h"

#include <assert.h>

/* ---- what is to be done: under the mutex ------------------------------------- */

bool jn_turn_has_new(const struct jn_subscription *subscription)
{
    return subscription->halt.kind != JN_TOO_NEW &&
           subscription->position < subscription->dispatch->head;
}

bool jn_turn_has_timers(const struct jn_subscription *subscription)
{
    const struct jn_timers *timers = &subscription->timers;

    return timers->scan_due || (timers->due && subscription->position >= timers->head);
}

/* At once if there is room again. */
static int64_t due_when_full(const struct jn_subscription *subscription)
{
    const struct jn_parked_set *set = &subscription->parked;
    const struct jn_parked *first = jn_parked_first(set);
    int64_t due_us = subscription->halt.due_us;

    if (set->waiting + set->dead < jn_jangle_of(subscription)->config.parked_limit)
        return 0;
    return first && first->row.due_us < due_us ? first->row.due_us : due_us;
}

/* When there will be something to do, of what is known now; INT64_MAX: never. */
int64_t jn_turn_due_us(const struct jn_subscription *subscription)
{
    const struct jn_parked *first = jn_parked_first(&subscription->parked);
    int64_t due_us = INT64_MAX;

    if (!subscription->owned || subscription->held || subscription->halt.kind == JN_STALE)
        return INT64_MAX;
    if (subscription->reread)
        due_us = 0;
    else if (subscription->halt.kind == JN_OUTAGE)
        due_us = subscription->halt.due_us;
    else if (jn_turn_has_timers(subscription))
        due_us = 0;
    else if (subscription->halt.kind == JN_FULL)
        due_us = due_when_full(subscription);
    else if (jn_turn_has_new(subscription))
        due_us = 0;
    else if (first)
        due_us = first->row.due_us;
    return due_us > subscription->stalled_until_us ? due_us
                                                   : subscription->stalled_until_us;
}

bool jn_turn_is_due(const struct jn_subscription *subscription)
{
    return jn_turn_due_us(subscription) <=
           jn_host_monotonic_us(&jn_jangle_of(subscription)->host);
}

/* One worker is kept free of handlers that may block, so that views go on. */
bool jn_turn_may_begin(const struct jn_subscription *subscription)
{
    const struct jn_dispatch *dispatch = subscription->dispatch;
    int workers = dispatch->jangle->config.workers;

    return !subscription->running &&
           (subscription->file || workers <= 1 || dispatch->inside < workers - 1);
}

static bool may_help(const struct jn_subscription *subscription)
{
    const struct jn_dispatch *dispatch = subscription->dispatch;

    return jn_share_wants_help(subscription) && !jn_turn_is_mine(subscription) &&
           dispatch->inside < dispatch->jangle->config.workers - 1;
}

/* The one that waited longest. */
static struct jn_subscription *next_of(struct jn_dispatch *dispatch, bool helping)
{
    struct jn_subscription *next = NULL;

    for (size_t i = 0; i < dispatch->count; i++) {
        struct jn_subscription *subscription = &dispatch->subscriptions[i];
        bool begins = jn_turn_may_begin(subscription) && jn_turn_is_due(subscription);

        if ((begins || (helping && may_help(subscription))) &&
            (!next || subscription->turn < next->turn))
            next = subscription;
    }
    return next;
}

struct jn_subscription *jn_turn_next(struct jn_dispatch *dispatch)
{
    return next_of(dispatch, true);
}

static void begin(struct jn_subscription *subscription)
{
    struct jn_dispatch *dispatch = subscription->dispatch;

    subscription->running = true;
    subscription->runner = pthread_self();
    subscription->turn = ++dispatch->turns;
    dispatch->inside += !subscription->file;
}

struct jn_subscription *jn_turn_take(struct jn_dispatch *dispatch)
{
    struct jn_subscription *subscription;

    jn_mutex_lock(&dispatch->mutex);
    subscription = next_of(dispatch, false);
    if (subscription) {
        begin(subscription);
        if (jn_turn_next(dispatch))
            jn_cond_signal(&dispatch->work);
    }
    jn_mutex_unlock(&dispatch->mutex);
    return subscription;
}

void jn_turn_end(struct jn_subscription *subscription)
{
    struct jn_dispatch *dispatch = subscription->dispatch;

    jn_mutex_lock(&dispatch->mutex);
    subscription->running = false;
    dispatch->inside -= !subscription->file;
    jn_cond_signal(&dispatch->work);
    jn_cond_broadcast(&dispatch->changed);
    jn_mutex_unlock(&dispatch->mutex);
}

/* ---- holding ----------------------------------------------------------------- */

bool jn_turn_is_mine(const struct jn_subscription *subscription)
{
    pthread_t self = pthread_self();

    return subscription->running && (pthread_equal(subscription->runner, self) ||
                                     jn_share_is_helper(subscription, self));
}

/* Then it is in a handler, and must not wait for another to return. */
bool jn_turn_is_inside(const struct jn_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        if (jn_turn_is_mine(&dispatch->subscriptions[i]))
            return true;
    }
    return false;
}

static bool is_busy(const struct jn_subscription *subscription)
{
    return subscription->running || subscription->marking;
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
    jn_mutex_lock(&dispatch->mutex);
    if (!subscription->owned)
        result = jn_fail(error, JANGLE_BUSY, "\"%s\" is run by another process", name);
    else if (subscription->held)
        result = jn_fail(error, JANGLE_BUSY, "\"%s\" is being replayed or reset", name);
    else if (subscription->running && jn_turn_is_inside(dispatch))
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
    enum jangle_result result = jn_place_read(subscription, error);
    struct jn_dispatch *dispatch = subscription->dispatch;

    jn_mutex_lock(&dispatch->mutex);
    subscription->reread |= result != JANGLE_OK;
    jn_mutex_unlock(&dispatch->mutex);
    jn_subscription_let_go(subscription);
    return result;
}
