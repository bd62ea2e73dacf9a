/* run_once.c - one bounded piece of background work: a look at the store, checkpoints
 * that are due, one run of a subscription. */
#include "dispatch/run_once.h"

#include "command/commands.h"
#include "dispatch/batch.h"
#include "dispatch/batch_parallel.h"
#include "dispatch/dispatch.h"
#include "dispatch/retry.h"
#include "dispatch/scheduler.h"
#include "subscription/checkpoint.h"
#include "subscription/checkpoint_writer.h"
#include "subscription/claim.h"
#include "subscription/ends.h"
#include "subscription/suspension.h"

enum { IDLE_FACTOR = 4, OWN_SLEEP_US = 1000000 };

/* ---- one run of a subscription ------------------------------------------------ */

/* The parked key to try now; NULL if there is none. In an outage keys are tried in order
 * of position, round and round, because the oldest may be the one that never succeeds. */
static struct jn_parked *key_to_try(const struct jn_subscription *subscription)
{
    const struct jn_parked_set *set = &subscription->parked;
    struct jn_parked *parked;

    if (subscription->suspension.kind == JN_OUTAGE) {
        parked = jn_parked_after(set, subscription->suspension.tried);
        return parked ? parked : jn_parked_after(set, 0);
    }
    parked = jn_parked_first(set);
    return parked && parked->row.due_us <= jn_dispatch_now_us(subscription->dispatch)
               ? parked
               : NULL;
}

/* When JN_FULL, the next new event is tried under back-off. */
static bool may_try_new(const struct jn_subscription *subscription)
{
    const struct jn_suspension *suspension = &subscription->suspension;

    return jn_scheduler_has_new(subscription) &&
           (suspension->kind != JN_FULL ||
            suspension->due_us <= jn_dispatch_now_us(subscription->dispatch));
}

static bool has_work(const struct jn_subscription *subscription, enum jn_work work)
{
    if (work == JN_TIMERS)
        return jn_scheduler_has_timers(subscription);
    return work == JN_RETRY ? key_to_try(subscription) != NULL
                            : may_try_new(subscription);
}

/* The kind of work that is next: the first after that of the last run which there is; if
 * there is none, JN_NEW, which does nothing. `row`: the key to try again,
 * with JN_RETRY. */
static enum jn_work choose_work(struct jn_subscription *subscription,
                                const struct jn_row **row)
{
    enum jn_work work = subscription->work;
    const struct jn_parked *parked;

    *row = NULL;
    jn_subscription_lock(subscription);
    for (int i = 0; i < JN_WORK_COUNT; i++) {
        work = (enum jn_work)((work + 1) % JN_WORK_COUNT);
        if (has_work(subscription, work))
            break;
    }
    if (!has_work(subscription, work))
        work = JN_NEW;
    subscription->work = work;
    if (work == JN_RETRY) {
        parked = key_to_try(subscription);
        subscription->suspension.tried = parked->row.stored.position;
        *row = &parked->row;
    }
    jn_subscription_unlock(subscription);
    return work;
}

static enum jangle_result prepare_run(struct jn_subscription *subscription,
                                      struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;
    bool must_reload;

    jn_subscription_lock(subscription);
    must_reload = subscription->must_reload;
    jn_subscription_unlock(subscription);
    if (must_reload)
        result = jn_checkpoint_reload(subscription, error);
    if (!result)
        jn_ends_prepare(subscription);
    if (!result)
        result = jn_checkpoint_save_at_once(subscription, error);
    if (!result && subscription->suspension.kind == JN_FULL &&
        jn_subscription_has_room(subscription, 0))
        jn_subscription_resume(subscription);
    return result;
}

/* Only a saga can run a parked timeout. A subscriber that is no saga may find one, if the
 * program had a saga of that name before. */
static enum jangle_result run_timeouts(struct jn_subscription *subscription,
                                       const struct jn_row *row,
                                       int64_t *done,
                                       struct jangle_error *error)
{
    if (subscription->kind->run_due)
        return subscription->kind->run_due(subscription, row, done, error);
    return jn_fail(error, JANGLE_INVALID,
                   "\"%s\" has a parked timeout, and is no saga: declare it as the saga "
                   "that it was, or skip that timeout",
                   jn_name_of(subscription));
}

static enum jangle_result run_subscription(struct jn_subscription *subscription,
                                           int64_t *done,
                                           struct jangle_error *error)
{
    enum jangle_result result = prepare_run(subscription, error);
    const struct jn_row *row;
    enum jn_work work;

    if (result)
        return result;
    work = choose_work(subscription, &row);
    if (work != JN_NEW && !jn_ends_store(subscription)) {
        *done += 1; /* it has gone back: there are events again */
        return JANGLE_OK;
    }
    if (work == JN_TIMERS || (row && row->stored.kind == JANGLE_PARKED_TIMEOUT))
        return run_timeouts(subscription, row, done, error);
    if (work == JN_RETRY)
        return jn_retry_run(subscription, row, done, error);
    return jn_batch_run(subscription, done, error);
}

/* Claim a subscriber that another process may have given up. A checkpoint that is refused
 * is logged, and stops no other subscriber. */
static void try_to_own(struct jn_subscription *subscription)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    const char *name = jn_name_of(subscription);
    struct jangle_error error = {0};
    bool claimed;

    jn_mutex_lock(&dispatch->mutex);
    claimed = !subscription->owned && !subscription->running;
    subscription->running |= claimed;
    jn_mutex_unlock(&dispatch->mutex);
    if (!claimed)
        return;
    if (jn_subscription_claim(subscription, &error))
        JN_LOG_STORE(&dispatch->jangle->log, error.result,
                     JN_PAIRS(JN_TEXT("subscriber", name)), "%s cannot be run: %s", name,
                     error.message);
    jn_mutex_lock(&dispatch->mutex);
    subscription->running = false;
    jn_dispatch_tell_change(dispatch);
    jn_mutex_unlock(&dispatch->mutex);
}

/* While other processes store nothing, the store is looked at less and less often. */
static void note_head(struct jn_dispatch *dispatch, int64_t head)
{
    int64_t interval_us = dispatch->jangle->config.head_interval_ms * 1000;

    jn_mutex_lock(&dispatch->mutex);
    if (jn_dispatch_raise_head(dispatch, head))
        dispatch->look_interval_us = interval_us;
    else if (dispatch->look_interval_us < interval_us * IDLE_FACTOR)
        dispatch->look_interval_us *= 2;
    jn_mutex_unlock(&dispatch->mutex);
}

enum jangle_result jn_dispatch_look(struct jn_dispatch *dispatch,
                                    struct jangle_error *error)
{
    struct jangle_store *store = dispatch->jangle->store;
    jangle_time at = jn_host_now(&dispatch->jangle->host); /* before the head is read */
    int64_t head = 0;
    enum jangle_result result;

    jn_mutex_lock(&dispatch->mutex);
    dispatch->look_due_us = jn_dispatch_now_us(dispatch) + dispatch->look_interval_us;
    jn_mutex_unlock(&dispatch->mutex);
    for (size_t i = 0; i < dispatch->count; i++)
        try_to_own(&dispatch->subscriptions[i]);
    result = jn_pauses_read(dispatch, error);
    if (!result)
        result = store->ops->head(store, &head, error);
    if (!result)
        note_head(dispatch, head);
    if (!result && dispatch->kinds.saga->look_for_due)
        result = dispatch->kinds.saga->look_for_due(dispatch->jangle, at, head, error);
    if (result)
        return result;
    jn_mutex_lock(&dispatch->mutex);
    dispatch->looked = true;
    jn_mutex_unlock(&dispatch->mutex);
    return JANGLE_OK;
}

static bool checkpoints_are_due(struct jn_dispatch *dispatch)
{
    int64_t now = jn_dispatch_now_us(dispatch);
    bool due = false;

    jn_mutex_lock(&dispatch->mutex);
    for (size_t i = 0; i < dispatch->count; i++) {
        struct jn_subscription *subscription = &dispatch->subscriptions[i];

        if (!subscription->checkpoint_due_us || subscription->checkpoint_due_us > now)
            continue;
        due |= (jn_checkpoint_is_unsaved(subscription) || subscription->ends) &&
               !subscription->hold;
        subscription->checkpoint_due_us =
            now + dispatch->jangle->config.checkpoint_interval_ms * 1000;
    }
    jn_mutex_unlock(&dispatch->mutex);
    return due;
}

/* If there is nothing to do, and no worker that would sleep until a look is due, it is
 * time now: the caller polls, and wants to know. */
static bool is_time_to_look(struct jn_dispatch *dispatch, bool idle)
{
    bool due;

    jn_mutex_lock(&dispatch->mutex);
    due = jn_dispatch_now_us(dispatch) >= dispatch->look_due_us ||
          (idle && !dispatch->jangle->config.workers);
    jn_mutex_unlock(&dispatch->mutex);
    return due;
}

static enum jangle_result
run_taken(struct jn_subscription *subscription, int64_t *done, struct jangle_error *error)
{
    struct jangle_error failure = {0};
    enum jangle_result result = run_subscription(subscription, done, &failure);

    if (result)
        jn_subscription_stall(subscription, &failure);
    jn_scheduler_end(subscription);
    return jn_fail(error, result, "%s: %s", jn_name_of(subscription), failure.message);
}

enum jangle_result
jn_dispatch_run_once(struct jangle *jangle, int64_t *done, struct jangle_error *error)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    struct jn_subscription *subscription;
    enum jangle_result result = JANGLE_OK;

    *done = 0;
    if (is_time_to_look(dispatch, false))
        result = jn_dispatch_look(dispatch, error);
    if (!result && checkpoints_are_due(dispatch)) {
        *done = 1;
        jn_dispatch_pass_on(jangle);
        result = jn_committer_flush(&jangle->commands->committer, error);
    }
    if (result)
        return result;
    if (jn_parallel_help(dispatch, done))
        return JANGLE_OK;
    subscription = jn_scheduler_take(dispatch);
    if (!subscription && !jangle->config.workers)
        *done += jn_ends_flush_all(dispatch); /* the caller polls until all is done */
    if (!subscription && !*done && is_time_to_look(dispatch, true)) {
        result = jn_dispatch_look(dispatch, error);
        subscription = result ? NULL : jn_scheduler_take(dispatch);
    }
    return subscription ? run_taken(subscription, done, error) : result;
}

/* ---- subscriptions that have a thread of their own ------------------------------ */

enum jangle_result jn_dispatch_run_own(struct jn_subscription *subscription,
                                       int64_t *done,
                                       struct jangle_error *error)
{
    enum jangle_result result;

    *done = 0;
    if (!jn_scheduler_take_own(subscription))
        return JANGLE_OK;
    result = run_taken(subscription, done, error);
    jn_dispatch_pass_on(jn_jangle_of(subscription));
    return result;
}

void jn_dispatch_sleep_own(struct jn_subscription *subscription)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    int64_t wait_us;

    jn_mutex_lock(&dispatch->mutex);
    wait_us = jn_scheduler_due_us(subscription) - jn_dispatch_now_us(dispatch);
    if (wait_us > OWN_SLEEP_US)
        wait_us = OWN_SLEEP_US;
    if (wait_us > 0 && !atomic_load(&dispatch->jangle->stopping))
        jn_cond_wait_for(&dispatch->own_work, &dispatch->mutex, wait_us);
    jn_mutex_unlock(&dispatch->mutex);
}
