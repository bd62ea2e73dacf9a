/* overview.c - all subscriptions of an instance at one moment. */
#include "dispatch/overview.h"

#include "dispatch/scheduler.h"
#include "subscription/hold.h"

/* ---- one look: under the mutex ----------------------------------------------- */

static bool is_done(const struct jn_subscription *subscription)
{
    if (subscription->running || subscription->hold)
        return false;
    if (subscription->pause.paused)
        return true;
    if (subscription->must_reload || subscription->ends)
        return false;
    if (jn_scheduler_is_due(subscription))
        return false;
    return subscription->suspension.kind ||
           subscription->position >= atomic_load(&jn_jangle_of(subscription)->head);
}

static bool others_run(const struct jn_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        const struct jn_subscription *subscription = &dispatch->subscriptions[i];

        if (subscription->running && !jn_thread_is_in_run(subscription))
            return true;
    }
    return false;
}

/* ---- for other rooms --------------------------------------------------------- */

void jn_overview(struct jn_dispatch *dispatch, jn_overview_fn *visit, void *context)
{
    jn_mutex_lock(&dispatch->mutex);
    for (size_t i = 0; i < dispatch->count; i++) {
        const struct jn_subscription *subscription = &dispatch->subscriptions[i];
        struct jn_outlook outlook = {.done = is_done(subscription),
                                     .has_timeouts =
                                         jn_scheduler_has_timers(subscription) ||
                                         subscription->timers.failed};
        struct jn_survey survey;

        jn_survey_locked(subscription, &survey);
        if (!visit(context, subscription, &survey, &outlook))
            break;
    }
    jn_mutex_unlock(&dispatch->mutex);
}

struct jn_others jn_overview_others(struct jn_dispatch *dispatch)
{
    struct jn_others others;

    jn_mutex_lock(&dispatch->mutex);
    others = (struct jn_others){others_run(dispatch), dispatch->runs, dispatch->changes};
    jn_mutex_unlock(&dispatch->mutex);
    return others;
}

/* ---- waiting ----------------------------------------------------------------- */

void jn_overview_wait(struct jn_dispatch *dispatch,
                      struct jn_subscription *subscription,
                      int64_t changes,
                      int64_t until_us)
{
    int *hurried = subscription ? &subscription->hurried : &dispatch->hurried;

    jn_mutex_lock(&dispatch->mutex);
    ++*hurried;
    if (jn_scheduler_next(dispatch))
        jn_cond_signal(&dispatch->work);
    if (dispatch->changes == changes)
        jn_cond_wait_until(&dispatch->changed, &dispatch->mutex, until_us);
    --*hurried;
    jn_mutex_unlock(&dispatch->mutex);
}

void jn_overview_wait_for_others(struct jn_dispatch *dispatch, int64_t until_us)
{
    jn_mutex_lock(&dispatch->mutex);
    if (others_run(dispatch))
        jn_cond_wait_until(&dispatch->changed, &dispatch->mutex, until_us);
    jn_mutex_unlock(&dispatch->mutex);
}
