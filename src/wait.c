/* wait.c - until a subscriber has come so far; until there is nothing left to do. */
#include "saga_dispatch.h"

#include "event.h"

#include <inttypes.h>
#include <stdio.h>

enum { LOST_WAKE_US = 100000, FIRST_LOOK_BACK = 16 };

/* Waits are in the world's time, also when the host's clock stands still. */
static int64_t until_us(int64_t timeout_ms)
{
    return timeout_ms < 0 ? -1 : jn_monotonic_after_ms(timeout_ms);
}

static int64_t slice_us(int64_t until, int64_t us)
{
    int64_t end = jn_monotonic_us() + us;

    return until >= 0 && until < end ? until : end;
}

static bool is_over(int64_t until)
{
    return until >= 0 && jn_monotonic_us() >= until;
}

/* A handler would wait for itself, or for one that waits for it. */
static enum jangle_result check_caller(struct jangle *jangle, struct jangle_error *error)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    bool inside;

    jn_mutex_lock(&dispatch->mutex);
    inside = jn_turn_is_inside(dispatch);
    jn_mutex_unlock(&dispatch->mutex);
    if (!inside)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_BUSY,
                   "a handler cannot wait for what subscribers have yet to do");
}

/* ---- without workers --------------------------------------------------------- */

/* Under the mutex. */
static bool others_run(const struct jn_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        const struct jn_subscription *subscription = &dispatch->subscriptions[i];

        if (subscription->running && !jn_turn_is_mine(subscription))
            return true;
    }
    return false;
}

/* A step; if there is none to take, wait a little for those that other threads are in.
 * TIMEOUT when nobody does anything. */
static enum jangle_result
step(struct jangle *jangle, int64_t until, struct jangle_error *error)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    int64_t turns, done;
    bool busy;
    enum jangle_result result;

    jn_mutex_lock(&dispatch->mutex);
    turns = dispatch->turns;
    busy = others_run(dispatch);
    jn_mutex_unlock(&dispatch->mutex);
    result = jangle_poll(jangle, &done, error);
    if (result || done)
        return result;
    jn_mutex_lock(&dispatch->mutex);
    busy |= dispatch->turns != turns;
    if (others_run(dispatch))
        jn_cond_wait_until(&dispatch->changed, &dispatch->mutex,
                           slice_us(until, LOST_WAKE_US));
    jn_mutex_unlock(&dispatch->mutex);
    return busy ? JANGLE_OK : JANGLE_TIMEOUT;
}

/* ---- a subscriber ------------------------------------------------------------ */

static enum jangle_result reached(struct jn_subscription *subscription,
                                  int64_t *position,
                                  struct jangle_error *error)
{
    struct jn_dispatch *dispatch = subscription->dispatch;

    if (!jn_subscription_is_here(subscription))
        return jn_place_position(subscription, position, error);
    jn_mutex_lock(&dispatch->mutex);
    *position = subscription->position;
    jn_mutex_unlock(&dispatch->mutex);
    return JANGLE_OK;
}

/* Wait a little for what workers do, or other processes; without workers do it. TIMEOUT
 * when there is nothing to wait for. */
static enum jangle_result wait_for_step(struct jangle *jangle,
                                        const struct jn_subscription *subscription,
                                        int64_t position,
                                        int64_t until,
                                        struct jangle_error *error)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    int64_t interval_us = jangle->config.head_interval_ms * 1000;
    bool here = jn_subscription_is_here(subscription);
    enum jangle_result result = jn_check_open(jangle, error);

    if (result)
        return result;
    if (is_over(until))
        return JANGLE_TIMEOUT;
    if (!jangle->config.workers) {
        result = step(jangle, until, error);
        if (result != JANGLE_TIMEOUT || here)
            return result;
    }
    if (!here) {
        jn_pause_until(slice_us(until, interval_us));
        return JANGLE_OK;
    }
    jn_mutex_lock(&dispatch->mutex);
    if (subscription->position < position)
        jn_cond_wait_until(&dispatch->changed, &dispatch->mutex,
                           slice_us(until, LOST_WAKE_US));
    jn_mutex_unlock(&dispatch->mutex);
    return JANGLE_OK;
}

/* ---- is an event of that command parked? ------------------------------------- */

struct stored_key {
    const struct jn_item *item;
    char position[24];
    bool found;
};

static enum jangle_result visit_row(void *context, const struct jangle_parked *parked)
{
    struct stored_key *wanted = context;

    wanted->found |= !strcmp(parked->key, wanted->position) ||
                     (!strcmp(parked->key, wanted->item->stream) &&
                      parked->position <= wanted->item->record.position);
    return JANGLE_OK;
}

static enum jangle_result is_parked(struct jn_subscription *subscription,
                                    const struct jn_item *item,
                                    bool *parked,
                                    struct jangle_error *error)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    struct stored_key wanted = {.item = item};
    enum jangle_result result;

    if (jn_subscription_is_here(subscription)) {
        jn_mutex_lock(&dispatch->mutex);
        *parked = jn_subscription_has_parked(subscription, item);
        jn_mutex_unlock(&dispatch->mutex);
        return JANGLE_OK;
    }
    snprintf(wanted.position, sizeof wanted.position, "%" PRId64, item->record.position);
    result = jn_place_visit_parked(subscription, visit_row, &wanted, error);
    *parked = wanted.found;
    return result;
}

/* Of one command, up to the event at `position`. */
struct story {
    struct jn_subscription *subscription;
    struct jn_page page;
    const char *cause; /* of the last event */
    bool complete;     /* an earlier event has another cause, or there is none */
    bool parked;
};

static enum jangle_result cause_of(struct story *story,
                                   const struct jangle_record *record,
                                   const char **cause,
                                   struct jangle_error *error)
{
    struct jangle_origin origin = {0};
    const struct jangle *jangle = jn_jangle_of(story->subscription);
    enum jangle_result result =
        jn_meta_read(&story->page.arena, record->meta, &jangle->limits, &origin, error);

    *cause = origin.causation_id ? origin.causation_id : "";
    return result;
}

/* From the last one back. */
static enum jangle_result look_back(struct story *story, struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;
    const char *last = NULL;

    for (size_t i = story->page.count; !result && !story->parked && i-- > 0;) {
        const struct jn_item *item = &story->page.items[i];
        const char *cause;

        result = cause_of(story, &item->record, &cause, error);
        if (result)
            return result;
        story->complete = last && (!cause[0] || strcmp(cause, last) != 0);
        if (story->complete)
            return JANGLE_OK;
        last = cause;
        if (item->handler)
            result = is_parked(story->subscription, item, &story->parked, error);
    }
    return result;
}

/* PARKED, or OK. */
static enum jangle_result tell_parked(struct jn_subscription *subscription,
                                      int64_t position,
                                      struct jangle_error *error)
{
    struct story story = {.subscription = subscription};
    enum jangle_result result = JANGLE_OK;

    for (int64_t back = FIRST_LOOK_BACK; !result && !story.complete && !story.parked;
         back *= 4) {
        int64_t start = position > back ? position - back : 0;

        jn_page_init(&story.page, subscription, (size_t)(position - start));
        story.page.whole = true;
        result = jn_page_read(&story.page, start, error);
        if (!result && start + (int64_t)story.page.count < position)
            result = jn_fail(error, JANGLE_STORAGE, "event %lld cannot be read",
                             (long long)(start + (int64_t)story.page.count + 1));
        if (!result)
            result = look_back(&story, error);
        story.complete |= !start;
        jn_page_finish(&story.page);
    }
    if (!result && story.parked)
        return jn_fail(error, JANGLE_PARKED,
                       "an event of the command that stored event %lld is parked by "
                       "\"%s\"",
                       (long long)position, jn_subscriber_of(subscription)->name);
    return result;
}

enum jangle_result jangle_wait(struct jangle *jangle,
                               const char *subscriber,
                               int64_t position,
                               int64_t timeout_ms,
                               struct jangle_error *error)
{
    struct jn_subscription *subscription;
    int64_t until = until_us(timeout_ms), at = 0;
    enum jangle_result result = JANGLE_OK;

    jn_error_clear(error);
    if (jn_check_process(jangle, error))
        return JANGLE_CLOSED;
    if (check_caller(jangle, error))
        return JANGLE_BUSY;
    subscription = jn_dispatch_find_or_fail(jangle, subscriber, error);
    if (!subscription)
        return JANGLE_NOT_FOUND;
    while (!result) {
        result = reached(subscription, &at, error);
        if (!result && at >= position)
            return position > 0 ? tell_parked(subscription, position, error) : JANGLE_OK;
        if (!result)
            result = wait_for_step(jangle, subscription, position, until, error);
    }
    if (result == JANGLE_TIMEOUT)
        return jn_fail(error, result, "\"%s\" is at event %lld, not at %lld", subscriber,
                       (long long)at, (long long)position);
    return result;
}

/* ---- everybody --------------------------------------------------------------- */

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

    bool suspends = jn_key_suspends(parked->key);

    left->suspended += suspends;
    left->parked += !suspends && !parked->dead;
    left->dead += !suspends && parked->dead;
    return JANGLE_OK;
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
            result = jn_place_visit_parked(subscription, count_row, left, error);
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
                                          struct jangle_error *error)
{
    enum jangle_result result = jn_timers_look(dispatch, error);

    jn_mutex_lock(&dispatch->mutex);
    for (size_t i = 0; !result && !*behind && i < dispatch->count; i++) {
        const struct jn_subscription *subscription = &dispatch->subscriptions[i];

        if (subscription->owned && subscription->timers_due)
            *behind = subscription;
    }
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
        result = step(jangle, until, error);
    idle = result == JANGLE_TIMEOUT;
    if (result && !idle)
        return result;
    jn_mutex_lock(&dispatch->mutex);
    *behind = first_behind_here(dispatch);
    if (*behind && jangle->config.workers)
        jn_cond_wait_until(&dispatch->changed, &dispatch->mutex,
                           slice_us(until, LOST_WAKE_US));
    jn_mutex_unlock(&dispatch->mutex);
    if (*behind)
        return is_over(until) || idle ? JANGLE_TIMEOUT : JANGLE_OK;
    result = first_timed_out(dispatch, behind, error);
    if (result || *behind)
        return result;
    result = first_behind_elsewhere(dispatch, behind, error);
    if (result || !*behind)
        return result;
    if (is_over(until) || (!jangle->config.workers && !jangle->config.follower))
        return JANGLE_TIMEOUT;
    jn_pause_until(slice_us(until, interval_us));
    return JANGLE_OK;
}

enum jangle_result jangle_drain(struct jangle *jangle,
                                int64_t timeout_ms,
                                struct jangle_left *left,
                                struct jangle_error *error)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    const struct jn_subscription *behind = NULL;
    int64_t until = until_us(timeout_ms);
    enum jangle_result result;

    jn_error_clear(error);
    if (jn_check_process(jangle, error))
        return JANGLE_CLOSED;
    if (check_caller(jangle, error))
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
