/* wait.c - until a subscriber has come so far. */
#include "engine/waiting.h"

#include "core/call.h"
#include "core/instance.h"
#include "dispatch/event_page.h"
#include "dispatch/overview.h"
#include "engine/caller.h"
#include "message/event.h"
#include "subscription/checkpoint.h"
#include "subscription/crash_guard.h"

#include <inttypes.h>
#include <stdio.h>

enum { FIRST_LOOK_BACK = 16 };

/* ---- a subscriber ------------------------------------------------------------ */

static enum jangle_result reached(struct jn_subscription *subscription,
                                  int64_t *position,
                                  struct jangle_error *error)
{
    struct jn_survey survey;

    jn_survey(subscription, &survey);
    *position = survey.position;
    return survey.owned ? JANGLE_OK
                        : jn_checkpoint_position(subscription, position, error);
}

/* Wait a little for what workers do, or other processes; without workers do it. TIMEOUT
 * when there is nothing to wait for. */
static enum jangle_result wait_for_run(struct jangle *jangle,
                                       const struct jn_subscription *subscription,
                                       int64_t at,
                                       int64_t until,
                                       struct jangle_error *error)
{
    int64_t interval_us = jangle->config.head_interval_ms * 1000;
    bool here = jn_subscription_is_here(subscription);
    enum jangle_result result = jn_check_open(jangle, error);

    if (result)
        return result;
    if (jn_wait_is_over(until))
        return JANGLE_TIMEOUT;
    if (!jangle->config.workers) {
        result = jn_wait_once(jangle, until, error);
        if (result != JANGLE_TIMEOUT || here)
            return result;
    }
    if (!here) {
        jn_pause_until(jn_wait_slice_us(until, interval_us));
        return JANGLE_OK;
    }
    jn_overview_wait_past(subscription, at, jn_wait_slice_us(until, JN_LOST_WAKE_US));
    return JANGLE_OK;
}

/* ---- is an event of that command parked? ------------------------------------- */

/* In order of what is to be told. */
enum outcome { DONE, BEING_TRIED, PARKED };

static enum outcome outcome_of(const struct jn_row *row)
{
    return jn_crash_guard_is_first(row) ? BEING_TRIED : PARKED;
}

struct stored_key {
    const struct jn_item *item;
    char position[24];
    enum outcome outcome;
};

static enum jangle_result visit_row(void *context, const struct jangle_parked *parked)
{
    struct stored_key *wanted = context;
    struct jn_row row = jn_row_of_stored(parked);

    if (strcmp(parked->key, wanted->position) != 0 &&
        (strcmp(parked->key, wanted->item->stream) != 0 ||
         parked->position > wanted->item->record.position))
        return JANGLE_OK;
    row.guarded = true; /* perhaps: whoever runs it knows */
    if (outcome_of(&row) > wanted->outcome)
        wanted->outcome = outcome_of(&row);
    return JANGLE_OK;
}

static enum jangle_result find_outcome(struct jn_subscription *subscription,
                                       const struct jn_item *item,
                                       enum outcome *outcome,
                                       struct jangle_error *error)
{
    struct stored_key wanted = {.item = item};
    const struct jn_row *row;
    enum jangle_result result;

    if (jn_subscription_is_here(subscription)) {
        jn_subscription_lock(subscription);
        row = jn_subscription_parked(subscription, item);
        *outcome = row ? outcome_of(row) : DONE;
        jn_subscription_unlock(subscription);
        return JANGLE_OK;
    }
    snprintf(wanted.position, sizeof wanted.position, "%" PRId64, item->record.position);
    result = jn_checkpoint_visit_parked(subscription, visit_row, &wanted, error);
    *outcome = wanted.outcome;
    return result;
}

/* Of one command, up to the event at `position`. */
struct command_events {
    struct jn_subscription *subscription;
    struct jn_event_page page;
    const char *cause;    /* of the last event */
    bool complete;        /* an earlier event has another cause, or there is none */
    enum outcome outcome; /* the worst */
};

static enum jangle_result cause_of(struct command_events *events,
                                   const struct jangle_record *record,
                                   const char **cause,
                                   struct jangle_error *error)
{
    struct jangle_origin origin = {0};
    const struct jangle *jangle = jn_jangle_of(events->subscription);
    enum jangle_result result =
        jn_meta_read(&events->page.arena, record->meta, &jangle->limits, &origin, error);

    *cause = origin.causation_id ? origin.causation_id : "";
    return result;
}

/* From the last one back. */
static enum jangle_result look_back(struct command_events *events,
                                    struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;
    const char *last = NULL;

    for (size_t i = events->page.count;
         !result && events->outcome != PARKED && i-- > 0;) {
        const struct jn_item *item = &events->page.items[i];
        enum outcome outcome = DONE;
        const char *cause;

        result = cause_of(events, &item->record, &cause, error);
        if (result)
            return result;
        events->complete = last && (!cause[0] || strcmp(cause, last) != 0);
        if (events->complete)
            return JANGLE_OK;
        last = cause;
        if (item->handler)
            result = find_outcome(events->subscription, item, &outcome, error);
        if (outcome > events->outcome)
            events->outcome = outcome;
    }
    return result;
}

static enum jangle_result read_outcome(struct jn_subscription *subscription,
                                       int64_t position,
                                       enum outcome *outcome,
                                       struct jangle_error *error)
{
    struct command_events events = {.subscription = subscription};
    enum jangle_result result = JANGLE_OK;

    for (int64_t back = FIRST_LOOK_BACK;
         !result && !events.complete && events.outcome != PARKED; back *= 4) {
        int64_t start = position > back ? position - back : 0;

        jn_event_page_init(&events.page, subscription, (size_t)(position - start));
        events.page.whole = true;
        result = jn_event_page_read(&events.page, start, error);
        if (!result && start + (int64_t)events.page.count < position)
            result = jn_fail(error, JANGLE_STORAGE, "event %lld cannot be read",
                             (long long)(start + (int64_t)events.page.count + 1));
        if (!result)
            result = look_back(&events, error);
        events.complete |= !start;
        jn_event_page_finish(&events.page);
    }
    *outcome = events.outcome;
    return result;
}

/* TIMEOUT if there is to be waited on. */
static enum jangle_result
tell(struct jn_subscription *subscription, int64_t position, struct jangle_error *error)
{
    enum outcome outcome = DONE;
    enum jangle_result result =
        position > 0 ? read_outcome(subscription, position, &outcome, error) : JANGLE_OK;

    if (result || outcome == DONE)
        return result;
    if (outcome == BEING_TRIED)
        return JANGLE_TIMEOUT;
    return jn_fail(error, JANGLE_PARKED,
                   "an event of the command that stored event %lld is parked by \"%s\"",
                   (long long)position, jn_subscriber_of(subscription)->name);
}

static enum jangle_result wait_for(struct jangle *jangle,
                                   const char *subscriber,
                                   int64_t position,
                                   int64_t timeout_ms,
                                   struct jangle_error *error)
{
    struct jn_subscription *subscription;
    int64_t until = jn_wait_until_us(timeout_ms), at = 0;
    enum jangle_result result = JANGLE_OK;

    if (jn_check_process(jangle, error))
        return JANGLE_CLOSED;
    if (jn_wait_check_caller(jangle, error))
        return JANGLE_BUSY;
    subscription = jn_subscription_find_or_fail(jangle, subscriber, error);
    if (!subscription)
        return JANGLE_NOT_FOUND;
    while (!result) {
        result = reached(subscription, &at, error);
        if (!result && at >= position) {
            result = tell(subscription, position, error);
            if (result != JANGLE_TIMEOUT)
                return result;
            result = JANGLE_OK;
        }
        if (!result)
            result = wait_for_run(jangle, subscription, at, until, error);
    }
    if (result == JANGLE_TIMEOUT && at >= position)
        return jn_fail(error, result, "\"%s\" is trying what is stored up to event %lld",
                       subscriber, (long long)position);
    if (result == JANGLE_TIMEOUT)
        return jn_fail(error, result, "\"%s\" is at event %lld, not at %lld", subscriber,
                       (long long)at, (long long)position);
    return result;
}

enum jangle_result jangle_wait(struct jangle *jangle,
                               const char *subscriber,
                               int64_t position,
                               int64_t timeout_ms,
                               struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = wait_for(jangle, subscriber, position, timeout_ms, &why);

    return jn_call_end(jangle, "jangle_wait", result, &why, error);
}
