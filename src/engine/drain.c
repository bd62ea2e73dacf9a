/* drain.c - jangle_drain: until subscribers have nothing left to do; and how much is left
 * that was not waited for. */
#include "core/call.h"
#include "core/instance.h"
#include "core/patience.h"
#include "dispatch/run_once.h"
#include "engine/wait.h"
#include "saga/saga_timers.h"
#include "subscription/checkpoint.h"
#include "subscription/ends.h"
#include "subscription/hold.h"

struct drain {
    struct jangle *jangle;
    int64_t until_us;
    bool parked; /* parked events and suspended subscriptions are waited for, too */
    struct jn_others before;              /* as it was before the last look */
    const struct jn_subscription *behind; /* one that is waited for; NULL: none */
    bool tries;                           /* only parked events of it are left */
};

/* Will it try something again? A view that must be replayed will not: that takes an
 * operator. Nor is an event waited for that is too new: that takes another program. */
static bool has_to_try(const struct jn_survey *survey)
{
    enum jn_suspension_kind kind = survey->suspension.kind;

    return !survey->paused && kind != JN_STALE &&
           (survey->waiting || kind == JN_OUTAGE || kind == JN_FULL);
}

/* Set `behind`: if there is one, to a subscription that has something to do now. */
static bool visit_here(void *context,
                       const struct jn_subscription *subscription,
                       const struct jn_survey *survey,
                       const struct jn_outlook *outlook)
{
    struct drain *drain = context;

    if (!survey->owned || (outlook->done && drain->behind))
        return true;
    if (!outlook->done || (drain->parked && has_to_try(survey))) {
        drain->behind = subscription;
        drain->tries = outlook->done;
    }
    return outlook->done;
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
    struct jangle_checkpoint checkpoint;
    enum jangle_result result = jn_checkpoint_stored(subscription, &checkpoint, error);

    left->suspended += checkpoint.suspended_for != JANGLE_SUSPENDED_NOT;
    return result ? result
                  : jn_checkpoint_visit_parked(subscription, count_row, left, error);
}

static enum jangle_result
count_left(struct jangle *jangle, struct jangle_left *left, struct jangle_error *error)
{
    struct jn_subscription *subscription = NULL;
    enum jangle_result result = JANGLE_OK;
    struct jn_survey survey;

    *left = (struct jangle_left){0};
    while (!result && (subscription = jn_subscription_next(jangle, subscription))) {
        jn_survey(subscription, &survey);
        left->paused += survey.paused;
        if (!survey.owned) {
            result = count_left_elsewhere(subscription, left, error);
            continue;
        }
        left->parked += survey.waiting;
        left->dead += survey.dead;
        left->suspended += survey.suspension.kind != JN_GOING;
    }
    return result ? result : jn_timers_count(jangle, &left->future, error);
}

/* The same for subscriptions that other processes run, by what is stored. */
static enum jangle_result find_behind_elsewhere(struct drain *drain,
                                                struct jangle_error *error)
{
    struct jangle *jangle = drain->jangle;
    struct jn_subscription *subscription = NULL;
    enum jangle_result result = JANGLE_OK;

    while (!result && (subscription = jn_subscription_next(jangle, subscription))) {
        struct jangle_left left = {0};
        struct jn_survey survey;
        int64_t position = 0;
        bool done;

        jn_survey(subscription, &survey);
        if (survey.owned || survey.paused)
            continue;
        result = jn_checkpoint_position(subscription, &position, error);
        if (!result && drain->parked)
            result = count_left_elsewhere(subscription, &left, error);
        done = position >= atomic_load(&jangle->head);
        if (!result && (!done || left.parked || left.suspended)) {
            drain->behind = subscription;
            drain->tries = done;
        }
    }
    return result;
}

static bool visit_timed_out(void *context,
                            const struct jn_subscription *subscription,
                            const struct jn_survey *survey,
                            const struct jn_outlook *outlook)
{
    struct drain *drain = context;

    if (survey->owned && !survey->paused && survey->suspension.kind != JN_OUTAGE &&
        outlook->has_timeouts) {
        drain->behind = subscription;
        drain->tries = false;
    }
    return true;
}

/* A saga may have set a timeout meanwhile that is due by now. In an outage a timeout is
 * one of the events that are tried, and not waited for here. */
static enum jangle_result find_timed_out(struct drain *drain, struct jangle_error *error)
{
    struct jangle *jangle = drain->jangle;
    struct jangle_store *store = jangle->store;
    jangle_time at = jn_host_now(&jangle->host);
    int64_t head;
    enum jangle_result result = store->ops->head(store, &head, error);

    if (!result)
        result = jn_timers_look(jangle, at, head, error);
    if (!result)
        jn_overview(jangle->dispatch, visit_timed_out, drain);
    return result;
}

/* ---- waiting ----------------------------------------------------------------- */

/* Until a parked event is due, by the host's clock. */
static void wait_for_attempt(const struct drain *drain)
{
    int64_t left_us =
        jn_wait_slice_us(drain->until_us, jn_lost_wake_us) - jn_monotonic_us();

    jn_dispatch_sleep(drain->jangle, 0, left_us);
}

/* For subscriptions that this process runs. `idle`: polling found nothing to do;
 * `in_vain`: although the look before had found something that can be done. */
static enum jangle_result wait_here(const struct drain *drain, bool idle, bool in_vain)
{
    if (jn_wait_is_over(drain->until_us))
        return JANGLE_TIMEOUT;
    if (jn_ends_hasten(drain->behind, atomic_load(&drain->jangle->head)))
        return JANGLE_OK;
    if (drain->jangle->config.workers)
        jn_overview_wait(drain->jangle->dispatch, NULL, drain->before.changes,
                         jn_wait_slice_us(drain->until_us, jn_lost_wake_us));
    else if (drain->tries && idle)
        wait_for_attempt(drain);
    else if (in_vain)
        return JANGLE_TIMEOUT;
    return JANGLE_OK;
}

static enum jangle_result wait_elsewhere(const struct drain *drain)
{
    const struct jangle_config *config = &drain->jangle->config;

    if (jn_wait_is_over(drain->until_us) || (!config->workers && !config->follower))
        return JANGLE_TIMEOUT;
    jn_pause_until(jn_wait_slice_us(drain->until_us, config->head_interval_ms * 1000));
    return JANGLE_OK;
}

/* One round: OK, and `behind` is NULL if all is done. TIMEOUT if there is nothing that
 * could be waited for. */
static enum jangle_result drain_some(struct drain *drain, struct jangle_error *error)
{
    struct jangle *jangle = drain->jangle;
    enum jangle_result result = jn_check_open(jangle, error);
    bool idle, was_behind = drain->behind && !drain->tries;

    if (!result && !jangle->config.workers)
        result = jn_wait_once(jangle, &drain->before, drain->until_us, error);
    idle = result == JANGLE_TIMEOUT;
    if (result && !idle)
        return result;
    JN_FAILPOINT("drain.polled");
    drain->before = jn_overview_others(jangle->dispatch);
    drain->behind = NULL;
    drain->tries = false;
    jn_overview(jangle->dispatch, visit_here, drain);
    result = drain->behind && !drain->tries ? JANGLE_OK : find_timed_out(drain, error);
    if (result)
        return result;
    JN_FAILPOINT("drain.looked");
    if (drain->behind)
        return wait_here(drain, idle, idle && was_behind);
    result = find_behind_elsewhere(drain, error);
    return result || !drain->behind ? result : wait_elsewhere(drain);
}

/* Rounds until nothing is left or the time is over. The first look at the store is made
 * here, because without workers nobody else may have made one. */
static enum jangle_result drain_all(struct drain *drain, struct jangle_error *error)
{
    struct jn_dispatch *dispatch = drain->jangle->dispatch;
    enum jangle_result result = jn_dispatch_look(dispatch, error);

    while (!result) {
        result = drain_some(drain, error);
        if (!result && !drain->behind) {
            jn_ends_flush_all(dispatch); /* also of what is paused */
            return JANGLE_OK;
        }
    }
    if (result != JANGLE_TIMEOUT || !drain->behind)
        return result;
    if (drain->tries)
        return jn_fail(error, result, "\"%s\" still retries events that it has parked",
                       jn_name_of(drain->behind));
    return jn_fail(error, result, "\"%s\" has not handled every event up to %lld",
                   jn_name_of(drain->behind),
                   (long long)atomic_load(&drain->jangle->head));
}

/* What both public calls do. */
static enum jangle_result run_drain(struct drain *drain,
                                    const char *call,
                                    struct jangle_left *left,
                                    struct jangle_error *error)
{
    struct jangle *jangle = drain->jangle;
    struct jangle_error why = {0};
    enum jangle_result result = jn_check_process(jangle, &why), counted = JANGLE_OK;

    if (!result)
        result = jn_thread_check_wait(jangle, &why);
    if (result)
        goto done;
    result = drain_all(drain, &why);
    if (left && (!result || result == JANGLE_TIMEOUT))
        counted = count_left(jangle, left, &why);
    result = result ? result : counted;
done:
    return jn_call_end(jangle, call, result, &why, error);
}

enum jangle_result jangle_drain(struct jangle *jangle,
                                int64_t timeout_ms,
                                struct jangle_left *left,
                                struct jangle_error *error)
{
    struct drain drain = {.jangle = jangle, .until_us = jn_wait_until_us(timeout_ms)};

    return run_drain(&drain, "jangle_drain", left, error);
}

enum jangle_result jangle_drain_parked(struct jangle *jangle,
                                       int64_t timeout_ms,
                                       struct jangle_left *left,
                                       struct jangle_error *error)
{
    struct drain drain = {
        .jangle = jangle, .until_us = jn_wait_until_us(timeout_ms), .parked = true};

    return run_drain(&drain, "jangle_drain_parked", left, error);
}
