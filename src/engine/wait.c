/* wait.c - jangle_wait: until a subscriber has handled every event up to a position; and
 * what every wait for subscribers is made of. */
#include "engine/wait.h"

#include "core/call.h"
#include "core/instance.h"
#include "core/patience.h"
#include "dispatch/event_page.h"
#include "message/event.h"
#include "subscription/checkpoint.h"
#include "subscription/crash_guard.h"
#include "subscription/ends.h"
#include "subscription/hold.h"

enum { FIRST_LOOK_BACK = 16 };

/* ---- time, and polling ------------------------------------------------------- */

int64_t jn_wait_until_us(int64_t timeout_ms)
{
    return timeout_ms < 0 ? -1 : jn_monotonic_after_ms(timeout_ms);
}

bool jn_wait_is_over(int64_t until_us)
{
    return until_us >= 0 && jn_monotonic_us() >= until_us;
}

int64_t jn_wait_slice_us(int64_t until_us, int64_t us)
{
    int64_t end = jn_monotonic_us() + us;

    return until_us >= 0 && until_us < end ? until_us : end;
}

/* A run of another thread that began or ended meanwhile may have left something to do. */
enum jangle_result jn_wait_once(struct jangle *jangle,
                                const struct jn_others *before,
                                int64_t until_us,
                                struct jangle_error *error)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    struct jn_others after;
    int64_t done;
    enum jangle_result result = jangle_poll(jangle, &done, error);

    if (result || done)
        return result;
    after = jn_overview_others(dispatch);
    if (after.run)
        jn_overview_wait_for_others(dispatch,
                                    jn_wait_slice_us(until_us, jn_lost_wake_us));
    return before->run || after.runs != before->runs ? JANGLE_OK : JANGLE_TIMEOUT;
}

/* ---- what became of a command's events --------------------------------------- */

/* What became of an event that the checkpoint is past. Of several events the greatest
 * counts. */
enum event_state { HANDLED, BEING_TRIED, PARKED };

static enum event_state state_of_row(const struct jn_row *row)
{
    return jn_crash_guard_is_first(row) ? BEING_TRIED : PARKED;
}

/* An event, and what the stored rows of a subscriber that runs elsewhere say of it. */
struct stored_search {
    const struct jn_item *item;
    char position_key[JN_DIGITS_SIZE]; /* the key of the event if it is parked alone */
    enum event_state state;
};

static enum jangle_result visit_stored_row(void *context,
                                           const struct jangle_parked *parked)
{
    struct stored_search *search = context;
    struct jn_row row = jn_row_of_stored(parked);

    if (strcmp(parked->key, search->position_key) != 0 &&
        (strcmp(parked->key, search->item->stream) != 0 ||
         parked->position > search->item->record.position))
        return JANGLE_OK;
    row.guarded = true; /* as it may be where the subscriber runs: only that is stored */
    if (state_of_row(&row) > search->state)
        search->state = state_of_row(&row);
    return JANGLE_OK;
}

static enum jangle_result find_event_state(struct jn_subscription *subscription,
                                           const struct jn_item *item,
                                           enum event_state *state,
                                           struct jangle_error *error)
{
    struct stored_search search = {.item = item};
    const struct jn_row *row;
    enum jangle_result result;

    if (jn_subscription_is_here(subscription)) {
        jn_subscription_lock(subscription);
        row = jn_subscription_parked(subscription, item);
        *state = row ? state_of_row(row) : HANDLED;
        jn_subscription_unlock(subscription);
        return JANGLE_OK;
    }
    jn_digits_write(search.position_key, item->record.position, 1);
    result = jn_checkpoint_visit_parked(subscription, visit_stored_row, &search, error);
    *state = search.state;
    return result;
}

/* The events of one command lie side by side in the log, and have the same cause. */
struct command_search {
    struct jn_subscription *subscription;
    struct jn_event_page page; /* ends with the command's last event */
    bool complete;             /* its first event was found */
    enum event_state state;    /* the greatest of those that were looked at */
};

/* Go through the page from its end, as far as the command goes. An event without a cause
 * is a command of its own. */
static enum jangle_result search_page(struct command_search *search,
                                      struct jangle_error *error)
{
    const struct jn_limits *limits = &jn_jangle_of(search->subscription)->limits;
    enum jangle_result result = JANGLE_OK;
    const char *last_cause = NULL;

    for (size_t i = search->page.count; !result && search->state != PARKED && i-- > 0;) {
        const struct jn_item *item = &search->page.items[i];
        enum event_state state = HANDLED;
        struct jangle_origin origin;
        const char *cause;

        result =
            jn_meta_read(&search->page.arena, item->record.meta, limits, &origin, error);
        if (result)
            return result;
        cause = origin.causation_id ? origin.causation_id : "";
        search->complete = last_cause && (!cause[0] || strcmp(cause, last_cause) != 0);
        if (search->complete)
            return JANGLE_OK;
        last_cause = cause;
        if (item->handler)
            result = find_event_state(search->subscription, item, &state, error);
        if (state > search->state)
            search->state = state;
    }
    return result;
}

/* Of the command that stored the event at `position`. How many events it has is not
 * known: each page begins further back than the one before. */
static enum jangle_result find_command_state(struct jn_subscription *subscription,
                                             int64_t position,
                                             enum event_state *state,
                                             struct jangle_error *error)
{
    struct command_search search = {.subscription = subscription,
                                    .complete = position <= 0};
    enum jangle_result result = JANGLE_OK;

    for (int64_t back = FIRST_LOOK_BACK;
         !result && !search.complete && search.state != PARKED; back *= 4) {
        int64_t start = position > back ? position - back : 0;

        jn_event_page_init(&search.page, subscription, (size_t)(position - start));
        search.page.whole = true;
        result = jn_event_page_read(&search.page, start, error);
        if (!result && start + (int64_t)search.page.count < position)
            result = jn_fail(error, JANGLE_STORAGE, "event %lld cannot be read",
                             (long long)(start + (int64_t)search.page.count + 1));
        if (!result)
            result = search_page(&search, error);
        search.complete |= !start;
        jn_event_page_finish(&search.page);
    }
    *state = search.state;
    return result;
}

/* ---- a subscriber ------------------------------------------------------------ */

static enum jangle_result read_position(struct jn_subscription *subscription,
                                        int64_t *position,
                                        struct jangle_error *error)
{
    struct jn_survey survey;

    jn_survey(subscription, &survey);
    *position = survey.position;
    return survey.owned ? JANGLE_OK
                        : jn_checkpoint_position(subscription, position, error);
}

/* Nobody waits for what is paused. What the last look has found may be old: another
 * process may have resumed it. */
static enum jangle_result check_pause(const struct jn_subscription *subscription,
                                      struct jangle_error *error)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    char reason[JN_PAUSE_REASON_SIZE];
    struct jn_pause pause;

    jn_pause_find(dispatch, jn_name_of(subscription), &pause);
    if (!pause.paused)
        return JANGLE_OK;
    if (jn_pauses_read(dispatch, error))
        return error->result;
    jn_pause_find(dispatch, jn_name_of(subscription), &pause);
    if (!pause.paused)
        return JANGLE_OK;
    jn_pause_reason(reason, &pause);
    return jn_fail(error, JANGLE_TIMEOUT, "\"%s\" is %s", jn_name_of(subscription),
                   reason);
}

/* Wait a little for what workers or other processes do; without workers, poll. TIMEOUT
 * when the time is over, or there is nothing to wait for. */
static enum jangle_result wait_for_work(struct jn_subscription *subscription,
                                        const struct jn_others *before,
                                        int64_t position,
                                        int64_t until_us,
                                        struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    int64_t interval_us = jangle->config.head_interval_ms * 1000;
    bool here = jn_subscription_is_here(subscription);
    enum jangle_result result = jn_check_open(jangle, error);

    if (!result)
        result = check_pause(subscription, error);
    if (result)
        return result;
    if (jn_wait_is_over(until_us))
        return JANGLE_TIMEOUT;
    if (!jangle->config.workers) {
        result = jn_wait_once(jangle, before, until_us, error);
        if (result != JANGLE_TIMEOUT || here)
            return result;
    }
    if (jn_ends_hasten(subscription, position))
        return JANGLE_OK;
    if (here)
        jn_overview_wait(subscription->dispatch, subscription, before->changes,
                         jn_wait_slice_us(until_us, jn_lost_wake_us));
    else
        jn_pause_until(jn_wait_slice_us(until_us, interval_us));
    return JANGLE_OK;
}

/* Until it is known what became of the command whose last event is at `position`. `at`:
 * how far the subscriber has come. */
static enum jangle_result wait_for_command(struct jn_subscription *subscription,
                                           int64_t position,
                                           int64_t until_us,
                                           int64_t *at,
                                           struct jangle_error *error)
{
    enum event_state state = BEING_TRIED;
    enum jangle_result result = JANGLE_OK;
    struct jn_others before;

    while (!result) {
        before = jn_overview_others(subscription->dispatch);
        result = read_position(subscription, at, error);
        if (!result && *at >= position)
            result = find_command_state(subscription, position, &state, error);
        if (!result && state != BEING_TRIED)
            break;
        JN_FAILPOINT("wait.looked");
        if (!result)
            result = wait_for_work(subscription, &before, position, until_us, error);
    }
    if (result || state != PARKED)
        return result;
    return jn_fail(error, JANGLE_PARKED,
                   "an event of the command that stored event %lld is parked by \"%s\"",
                   (long long)position, jn_name_of(subscription));
}

enum jangle_result jangle_wait(struct jangle *jangle,
                               const char *subscriber,
                               int64_t position,
                               int64_t timeout_ms,
                               struct jangle_error *error)
{
    struct jn_subscription *subscription = NULL;
    int64_t until_us = jn_wait_until_us(timeout_ms), at = 0;
    struct jangle_error why = {0};
    enum jangle_result result = jn_check_process(jangle, &why);
    bool is_late;

    if (!result)
        result = jn_thread_check_wait(jangle, &why);
    if (!result)
        subscription = jn_subscription_find_or_fail(jangle, subscriber, &why);
    result = subscription ? wait_for_command(subscription, position, until_us, &at, &why)
                          : why.result;
    is_late = result == JANGLE_TIMEOUT && !why.result; /* else it is paused, says `why` */
    if (is_late && at >= position)
        jn_fail(&why, result,
                "\"%s\" is still trying an event of the command that stored event %lld",
                subscriber, (long long)position);
    else if (is_late)
        jn_fail(&why, result, "\"%s\" is at event %lld, not at %lld", subscriber,
                (long long)at, (long long)position);
    return jn_call_end(jangle, "jangle_wait", result, &why, error);
}
