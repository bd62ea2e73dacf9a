/* drain.c - until there is nothing left to do, and what was not waited for. */
#include "core/call.h"
#include "engine/waiting.h"
#include "saga/saga_dispatch.h"

/* Under the mutex: has it dealt with all that it can deal with now? */
static bool is_done(const struct jn_subscription *subscription)
{
    const struct jn_halt *halt = &subscription->halt;

    if (subscription->running || subscription->held || subscription->reread)
        return false;
    if (jn_turn_is_due(subscription))
        return false;
    return halt->kind || subscription->position >= subscription->dispatch->head;
}

static const struct jn_subscription *first_behind_here(struct jn_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        if (dispatch->subscriptions[i].owned && !is_done(&dispatch->subscriptions[i]))
            return &dispatch->subscriptions[i];
    }
    return NULL;
}

static int64_t head_of(struct jn_dispatch *dispatch)
{
    int64_t head;

    jn_mutex_lock(&dispatch->mutex);
    head = dispatch->head;
    jn_mutex_unlock(&dispatch->mutex);
    return head;
}

/* Those that other processes run, by what is stored. */
static enum jangle_result first_behind_elsewhere(struct jn_dispatch *dispatch,
                                                 const struct jn_subscription **behind,
                                                 struct jangle_error *error)
{
    *behind = NULL;
    for (size_t i = 0; i < dispatch->count; i++) {
        struct jn_subscription *subscription = &dispatch->subscriptions[i];
        int64_t position = 0;
        enum jangle_result result;

        if (jn_subscription_is_here(subscription))
            continue;
        result = jn_place_position(subscription, &position, error);
        if (result)
            return result;
        if (position < head_of(dispatch))
            *behind = subscription;
    }
    return JANGLE_OK;
}

static enum jangle_result count_row(void *context, const struct jangle_parked *parked)
{
    struct jangle_left *left = context;

    left->parked += !parked->dead;
    left->dead += parked->dead;
    return JANGLE_OK;
}

static enum jangle_result count_left_elsewhere(struct jn_subscription *subscription,
                                               struct jangle_left *left,
                                               struct jangle_error *error)
{
    struct jangle_mark mark;
    enum jangle_result result = jn_place_stored(subscription, &mark, error);

    left->suspended += mark.suspended_for != JANGLE_SUSPENDED_NOT;
    return result ? result : jn_place_visit_parked(subscription, count_row, left, error);
}

static enum jangle_result count_left(struct jn_dispatch *dispatch,
                                     struct jangle_left *left,
                                     struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    *left = (struct jangle_left){0};
    for (size_t i = 0; !result && i < dispatch->count; i++) {
        struct jn_subscription *subscription = &dispatch->subscriptions[i];

        if (!jn_subscription_is_here(subscription)) {
            result = count_left_elsewhere(subscription, left, error);
            continue;
        }
        jn_mutex_lock(&dispatch->mutex);
        left->parked += subscription->parked.waiting;
        left->dead += subscription->parked.dead;
        left->suspended += subscription->halt.kind != JN_GOING;
        jn_mutex_unlock(&dispatch->mutex);
    }
    return result ? result : jn_timers_count(dispatch->jangle, &left->future, error);
}

/* What was done meanwhile may have set a timeout that is due by now. */
static enum jangle_result first_timed_out(struct jn_dispatch *dispatch,
                                          const struct jn_subscription **behind,
                                          int64_t until,
                                          struct jangle_error *error)
{
    enum jangle_result result = jn_timers_look(dispatch, error);

    jn_mutex_lock(&dispatch->mutex);
    for (size_t i = 0; !result && !*behind && i < dispatch->count; i++) {
        const struct jn_subscription *subscription = &dispatch->subscriptions[i];

        if (subscription->owned &&
            (subscription->timers_due || subscription->timers_failed))
            *behind = subscription;
    }
    if (*behind && dispatch->jangle->config.workers)
        jn_cond_wait_until(&dispatch->changed, &dispatch->mutex,
                           jn_wait_slice_us(until, JN_LOST_WAKE_US));
    jn_mutex_unlock(&dispatch->mutex);
    return result;
}

/* One round: OK with `behind` NULL if all is done. TIMEOUT if nothing can be done. */
static enum jangle_result drain_some(struct jangle *jangle,
                                     const struct jn_subscription **behind,
                                     int64_t until,
                                     struct jangle_error *error)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    int64_t interval_us = jangle->config.head_interval_ms * 1000;
    enum jangle_result result = jn_check_open(jangle, error);
    bool idle;

    if (!result && !jangle->config.workers)
        result = jn_wait_step(jangle, until, error);
    idle = result == JANGLE_TIMEOUT;
    if (result && !idle)
        return result;
    jn_mutex_lock(&dispatch->mutex);
    *behind = first_behind_here(dispatch);
    if (*behind && jangle->config.workers)
        jn_cond_wait_until(&dispatch->changed, &dispatch->mutex,
                           jn_wait_slice_us(until, JN_LOST_WAKE_US));
    jn_mutex_unlock(&dispatch->mutex);
    if (*behind)
        return jn_wait_is_over(until) || idle ? JANGLE_TIMEOUT : JANGLE_OK;
    result = first_timed_out(dispatch, behind, until, error);
    if (result)
        return result;
    if (*behind)
        return jn_wait_is_over(until) || idle ? JANGLE_TIMEOUT : JANGLE_OK;
    result = first_behind_elsewhere(dispatch, behind, error);
    if (result || !*behind)
        return result;
    if (jn_wait_is_over(until) || (!jangle->config.workers && !jangle->config.follower))
        return JANGLE_TIMEOUT;
    jn_pause_until(jn_wait_slice_us(until, interval_us));
    return JANGLE_OK;
}

static enum jangle_result drain(struct jangle *jangle,
                                int64_t timeout_ms,
                                struct jangle_left *left,
                                struct jangle_error *error)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    const struct jn_subscription *behind = NULL;
    int64_t until = jn_wait_until_us(timeout_ms);
    enum jangle_result result;

    if (jn_check_process(jangle, error))
        return JANGLE_CLOSED;
    if (jn_wait_check_caller(jangle, error))
        return JANGLE_BUSY;
    result = jn_dispatch_look(dispatch, error);
    while (!result) {
        result = drain_some(jangle, &behind, until, error);
        if (!result && !behind)
            break;
    }
    if (result == JANGLE_TIMEOUT && behind)
        jn_fail(error, result, "\"%s\" has not dealt with every event up to %lld",
                jn_subscriber_of(behind)->name, (long long)head_of(dispatch));
    if (!result || result == JANGLE_TIMEOUT) {
        enum jangle_result counted = left ? count_left(dispatch, left, error) : JANGLE_OK;

        result = result ? result : counted;
    }
    return result;
}

enum jangle_result jangle_drain(struct jangle *jangle,
                                int64_t timeout_ms,
                                struct jangle_left *left,
                                struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = drain(jangle, timeout_ms, left, &why);

    return jn_call_end(jangle, "jangle_drain", result, &why, error);
}
