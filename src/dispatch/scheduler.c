/* scheduler.c - which subscription is run next: what is due, and which of it may
 * be run. */
#include "dispatch/scheduler.h"

#include "dispatch/gathering.h"
#include "subscription/ends.h"
#include "subscription/hold.h"

/* ---- what is to be done: under the mutex ------------------------------------- */

bool jn_scheduler_has_new(const struct jn_subscription *subscription)
{
    return subscription->suspension.kind != JN_TOO_NEW &&
           subscription->ahead.position < atomic_load(&jn_jangle_of(subscription)->head);
}

bool jn_scheduler_has_timers(const struct jn_subscription *subscription)
{
    const struct jn_timers *timers = &subscription->timers;

    return timers->parked.due ||
           (timers->others.due && subscription->ahead.position >= timers->others.head);
}

/* Back-off is over, or a parked key is due; at once if there is room again. */
static int64_t due_when_full(const struct jn_subscription *subscription)
{
    const struct jn_parked_set *set = &subscription->parked;
    const struct jn_parked *first = jn_parked_first(set);
    int64_t due_us = subscription->suspension.due_us;

    if (set->waiting + set->dead < jn_jangle_of(subscription)->config.parked_limit)
        return 0;
    return first && first->row.due_us < due_us ? first->row.due_us : due_us;
}

/* To go back is due at once, and what is new, unless more is waited for, which a worker
 * is told of in another way (jn_scheduler_unwatched_us); that of JN_STATE_TOO_NEW is not
 * counted as new. */
static int64_t due_when_going(const struct jn_subscription *subscription)
{
    const struct jn_parked *first = jn_parked_first(&subscription->parked);

    if (jn_scheduler_has_timers(subscription) || subscription->end_failed ||
        (jn_scheduler_has_new(subscription) && !jn_gathering_holds(subscription)))
        return 0;
    return first ? first->row.due_us : INT64_MAX;
}

int64_t jn_scheduler_due_us(const struct jn_subscription *subscription)
{
    int64_t due_us = INT64_MAX;

    switch (jn_subscription_state_of(subscription)) {
    case JN_STATE_ELSEWHERE:
    case JN_STATE_HELD:
    case JN_STATE_PAUSED:
    case JN_STATE_STALE:
        return INT64_MAX;
    case JN_STATE_MUST_RELOAD:
        due_us = 0;
        break;
    case JN_STATE_OUTAGE:
        due_us = subscription->suspension.due_us;
        break;
    case JN_STATE_FULL:
        due_us = jn_scheduler_has_timers(subscription) ? 0 : due_when_full(subscription);
        break;
    case JN_STATE_TOO_NEW:
    case JN_STATE_GOING:
        due_us = due_when_going(subscription);
        break;
    }
    return due_us > subscription->stalled_until_us ? due_us
                                                   : subscription->stalled_until_us;
}

bool jn_scheduler_is_due(const struct jn_subscription *subscription)
{
    return jn_scheduler_due_us(subscription) <=
           jn_dispatch_now_us(subscription->dispatch);
}

/* One worker is kept out of handlers that may block, so that views go on. */
bool jn_scheduler_may_begin(const struct jn_subscription *subscription)
{
    const struct jn_dispatch *dispatch = subscription->dispatch;
    int workers = dispatch->jangle->config.workers;

    if (subscription->kind->has_own_thread && workers)
        return false;
    return !subscription->running && (!subscription->kind->may_block || workers <= 1 ||
                                      dispatch->inside < workers - 1);
}

/* Is there an event that this thread, too, may handle? */
static bool may_help(const struct jn_subscription *subscription)
{
    const struct jn_dispatch *dispatch = subscription->dispatch;
    const struct jn_parallel_run *run = subscription->parallel;

    return run && run->helping + 1 < subscription->subscriber->threads &&
           run->is_open(run) && !jn_thread_is_in_run(subscription) &&
           dispatch->inside < dispatch->jangle->config.workers - 1;
}

/* The one that waited longest. */
static struct jn_subscription *next_of(struct jn_dispatch *dispatch, bool helping)
{
    struct jn_subscription *next = NULL;

    for (size_t i = 0; i < dispatch->count; i++) {
        struct jn_subscription *subscription = &dispatch->subscriptions[i];
        bool begins =
            jn_scheduler_may_begin(subscription) && jn_scheduler_is_due(subscription);

        if ((begins || (helping && may_help(subscription))) &&
            (!next || subscription->last_run < next->last_run))
            next = subscription;
    }
    return next;
}

struct jn_subscription *jn_scheduler_next(struct jn_dispatch *dispatch)
{
    return next_of(dispatch, true);
}

/* Who runs another view does not watch, because its handler may take long. */
int64_t jn_scheduler_unwatched_us(const struct jn_dispatch *dispatch)
{
    int64_t until_us = INT64_MAX;

    for (size_t i = 0; i < dispatch->count; i++) {
        const struct jn_subscription *subscription = &dispatch->subscriptions[i];

        if (subscription->gathers_until_us && subscription->gathers_until_us < until_us &&
            jn_scheduler_has_new(subscription) && jn_scheduler_may_begin(subscription) &&
            jn_gathering_holds(subscription))
            until_us = subscription->gathers_until_us;
    }
    return dispatch->watched_us && dispatch->watched_us <= until_us ? INT64_MAX
                                                                    : until_us;
}

/* The views that gather are asked for first, because the time of one may end between the
 * two questions: then the second one finds that it is due. */
bool jn_scheduler_needs_worker(struct jn_dispatch *dispatch)
{
    return jn_scheduler_unwatched_us(dispatch) != INT64_MAX ||
           jn_scheduler_next(dispatch);
}

/* Under the mutex. Runs are numbered: the subscription whose last run has the lowest
 * number is the one that waited longest. */
static void begin_run(struct jn_subscription *subscription)
{
    struct jn_dispatch *dispatch = subscription->dispatch;

    subscription->running = true;
    subscription->runner = pthread_self();
    subscription->last_run = ++dispatch->runs;
    dispatch->inside += subscription->kind->may_block;
    jn_gathering_run_begins(subscription);
}

struct jn_subscription *jn_scheduler_take(struct jn_dispatch *dispatch)
{
    struct jn_subscription *subscription;
    bool wakes = false;

    jn_mutex_lock(&dispatch->mutex);
    subscription = next_of(dispatch, false);
    if (subscription) {
        begin_run(subscription);
        wakes = jn_scheduler_needs_worker(dispatch);
    }
    jn_mutex_unlock(&dispatch->mutex);
    if (wakes)
        jn_cond_signal(&dispatch->work);
    return subscription;
}

bool jn_scheduler_take_own(struct jn_subscription *subscription)
{
    bool taken;

    jn_subscription_lock(subscription);
    taken = !subscription->running && jn_scheduler_is_due(subscription);
    if (taken)
        begin_run(subscription);
    jn_subscription_unlock(subscription);
    return taken;
}

/* No worker is woken: who has ended a run goes on with the next, or passes on that there
 * is one (jn_dispatch_pass_on). */
void jn_scheduler_end(struct jn_subscription *subscription)
{
    struct jn_dispatch *dispatch = subscription->dispatch;

    jn_mutex_lock(&dispatch->mutex);
    jn_ends_raise(subscription);
    subscription->running = false;
    dispatch->inside -= subscription->kind->may_block;
    jn_gathering_run_ends(subscription);
    jn_dispatch_tell_change(dispatch);
    jn_mutex_unlock(&dispatch->mutex);
}
