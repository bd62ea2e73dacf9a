/* retry.c - parked keys: tried again, with the events that are parked behind them, or
 * skipped. */
#include "dispatch/retry.h"

#include "dispatch/deliver.h"
#include "subscription/checkpoint_writer.h"
#include "subscription/crash_guard.h"
#include "subscription/move.h"
#include "subscription/suspension.h"

/* One run about one parked key. */
struct retry {
    struct jn_subscription *subscription;
    struct jn_event_page first;  /* the event that is tried first */
    struct jn_event_page behind; /* those of its key that were parked behind it, up to the
                                    checkpoint */
    size_t next;                 /* of those behind */
    struct jangle_arena arena;   /* of the event that is delivered */
    struct jn_move move;
    struct jn_row row;          /* the key, as it is now */
    const struct jn_item *item; /* the event that is tried now... */
    struct jn_report report;    /* ...and its outcome */
    int64_t until_us, done;
    bool over; /* the key has come as far as it will in this run */
};

static enum jangle_result
begin_retry(struct retry *retry, const struct jn_row *row, struct jangle_error *error)
{
    struct jn_subscription *subscription = retry->subscription;
    const struct jangle_parked *parked = &row->stored;
    struct jn_event_page *first = &retry->first;
    enum jangle_result result = jn_event_page_read_one(first, parked->position, error);

    if (result)
        return result;
    retry->item = &first->items[0];
    retry->row = *row;
    retry->row.stored.key = jn_arena_copy_text(&first->arena, parked->key);
    result = jn_move_init(&retry->move, subscription, &first->arena, 2, error);
    if (result)
        return result;
    if (parked->kind == JANGLE_PARKED_SAGA)
        return jn_event_page_read_key(&retry->behind, retry->row.stored.key,
                                      parked->position, subscription->position, error);
    if (parked->kind != JANGLE_PARKED_STREAM)
        return JANGLE_OK;
    return jn_event_page_read_stream(&retry->behind, retry->item->record.kind,
                                     retry->item->record.id, retry->item->record.version,
                                     subscription->position, error);
}

/* ---- what becomes of the key ------------------------------------------------- */

/* From now on the row stands for an event that was not tried yet: no attempt counts, and
 * the first one is due at once. */
static void start_row_over(struct jn_row *row, const struct jn_host *host)
{
    row->stored.dead = row->stored.trying = row->counts = false;
    row->stored.attempts = row->postponed = 0;
    row->stored.delay_ms = 0;
    row->stored.next_at = jn_host_now(host);
    row->due_us = jn_host_monotonic_us(host);
}

/* Its event is completed: the key goes on to the next one, or is released. */
static void complete_event(struct retry *retry)
{
    const struct jn_event_page *behind = &retry->behind;
    struct jn_row *row = &retry->row;

    start_row_over(row, &jn_jangle_of(retry->subscription)->host);
    row->crashed = false;
    row->reason[0] = '\0';
    if (retry->next < behind->count)
        row->stored.position = behind->items[retry->next].record.position;
    else if (behind->more)
        row->stored.position = behind->more;
    else
        row->stored.released = true;
    jn_move_park(&retry->move, row);
}

/* With JANGLE_DEAD_PASSES a dead event keeps a row of its own, under its position, and
 * its key goes on. The arena is checked before the move is made. */
static void leave_dead_event(struct retry *retry)
{
    struct jn_row dead = retry->row;

    dead.stored.kind = JANGLE_PARKED_EVENT;
    dead.stored.key = jn_position_key(&retry->first.arena, dead.stored.position);
    jn_move_park(&retry->move, &dead);
    complete_event(retry);
}

static void fail_event(struct retry *retry)
{
    const struct jn_subscription *subscription = retry->subscription;

    jn_row_fail(&retry->row, subscription, &retry->report);
    if (retry->row.stored.dead && retry->row.stored.kind != JANGLE_PARKED_EVENT &&
        subscription->subscriber->dead == JANGLE_DEAD_PASSES)
        leave_dead_event(retry);
    else
        jn_move_park(&retry->move, &retry->row);
}

enum key_action {
    COMPLETE, /* the event was handled */
    FAIL,     /* it counts as an attempt, or is dead */
    PUT_BACK, /* in an outage it is no attempt, and the row says that one was begun */
    KEEP      /* nor was one begun: the row is as it was */
};

static enum key_action action_for(const struct retry *retry, bool gives_up)
{
    bool outage = retry->subscription->suspension.kind == JN_OUTAGE;

    if (retry->report.outcome == JN_DONE)
        return COMPLETE;
    if (!outage || gives_up || retry->report.outcome == JN_REFUSED)
        return FAIL;
    return retry->row.guarded ? PUT_BACK : KEEP;
}

/* Make the move that the action asks for, and store it. The transaction of a view is open
 * and is ended here, whatever comes. */
static enum jangle_result
carry_out_action(struct retry *retry, enum key_action action, struct jangle_error *error)
{
    struct jn_subscription *subscription = retry->subscription;
    enum jangle_result result;

    if (action == COMPLETE) {
        jn_move_deliver(&retry->move);
        complete_event(retry);
    } else if (action == FAIL) {
        fail_event(retry);
    } else if (action == PUT_BACK) {
        jn_move_park(&retry->move, &retry->row);
    }
    result = jn_arena_check(&retry->first.arena, error);
    if (result) {
        jn_subscription_roll_back(subscription);
        return result;
    }
    retry->move.silent = action == PUT_BACK;
    result = jn_move_make(&retry->move, error);
    retry->move.silent = false;
    if (result)
        return result;
    if (retry->row.guarded && !subscription->kind->has_own_checkpoint)
        return jn_checkpoint_save(subscription, error);
    return jn_checkpoint_save_at_once(subscription, error);
}

void jn_retry_settle(struct jn_subscription *subscription, const struct jn_report *report)
{
    char reason[JN_REASON_SIZE];

    if (subscription->suspension.kind != JN_OUTAGE) {
        if (subscription->streak_keys < JN_STREAK_LIMIT)
            return;
        jn_suspension_streak(reason, report->error.message);
        jn_subscription_suspend(subscription, JN_OUTAGE, reason);
        return;
    }
    if (report->outcome == JN_DONE)
        jn_subscription_resume(subscription);
    else if (report->outcome == JN_REFUSED)
        jn_subscription_hurry(subscription);
    else
        jn_subscription_suspend(subscription, JN_OUTAGE, report->error.message);
}

/* ---- an attempt: each leaves a view's transaction open ------------------------ */

/* The process died in as many attempts as there may be: there is none left. The last of
 * them is counted already. */
static enum jangle_result give_up_event(struct retry *retry, struct jangle_error *error)
{
    retry->report.outcome = JN_REFUSED;
    jn_fail(&retry->report.error, JANGLE_REJECTED, "%s", retry->row.reason);
    retry->row.stored.attempts--;
    return jn_subscription_begin(retry->subscription, NULL, error);
}

/* If the process may die of it, the attempt is stored before it is made. */
static enum jangle_result deliver_guarded(struct retry *retry,
                                          struct jn_delivery *delivery,
                                          struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    if (retry->row.guarded)
        result = jn_crash_guard_record(&retry->move, &retry->row, error);
    if (result)
        return result;
    result = jn_deliver_singly(delivery, error);
    retry->report = delivery->report;
    if (result && retry->row.guarded)
        jn_crash_guard_take_back(&retry->move, &retry->row);
    return result;
}

/* An event that this program has no handler for is completed. */
static enum jangle_result call_handler(struct retry *retry, struct jangle_error *error)
{
    struct jn_subscription *subscription = retry->subscription;
    const struct jn_item *item = retry->item;
    char reason[JN_REASON_SIZE];
    struct jn_delivery delivery = {
        .subscription = subscription,
        .record = &item->record,
        .handler = item->handler,
        .arena = &retry->arena,
        .attempt = retry->row.stored.attempts + 1,
        .delivered_late =
            subscription->saga && retry->row.stored.kind == JANGLE_PARKED_EVENT,
    };

    if (item->handler && !jn_is_too_new(&item->record, item->handler, reason))
        return deliver_guarded(retry, &delivery, error);
    if (item->handler) {
        retry->report.outcome = JN_OURS;
        jn_fail(&retry->report.error, JANGLE_INVALID, "%s", reason);
    }
    return jn_subscription_begin(subscription, NULL, error);
}

/* In an outage one event is tried, and no more. */
static enum jangle_result try_event(struct retry *retry, struct jangle_error *error)
{
    struct jn_subscription *subscription = retry->subscription;
    bool gives_up = jn_crash_guard_gives_up(subscription, &retry->row);
    bool outage = subscription->suspension.kind == JN_OUTAGE;
    enum jangle_result result;

    retry->report = (struct jn_report){.retry_in_ms = JN_BY_POLICY};
    result = gives_up ? give_up_event(retry, error) : call_handler(retry, error);
    if (result)
        return result;
    retry->done++;
    retry->row.suspect = false;
    retry->over = outage || retry->report.outcome != JN_DONE;
    result = carry_out_action(retry, action_for(retry, gives_up), error);
    if (!result)
        jn_retry_settle(subscription, &retry->report);
    return result;
}

/* One event after the other, while each succeeds and there is time. */
static enum jangle_result try_key(struct retry *retry, struct jangle_error *error)
{
    const struct jangle *jangle = jn_jangle_of(retry->subscription);
    enum jangle_result result;

    for (;;) {
        result = try_event(retry, error);
        if (result || retry->over || retry->row.stored.released ||
            retry->next == retry->behind.count || atomic_load(&jangle->stopping) ||
            jn_host_monotonic_us(&jangle->host) >= retry->until_us)
            return result;
        retry->item = &retry->behind.items[retry->next++];
    }
}

static enum jangle_result skip_event(struct retry *retry, struct jangle_error *error)
{
    struct jn_subscription *subscription = retry->subscription;
    enum jangle_result result = jn_subscription_begin(subscription, NULL, error);

    if (result)
        return result;
    retry->move.incomplete = true;
    complete_event(retry);
    return jn_move_make(&retry->move, error);
}

static enum jangle_result
work_on_key(struct jn_subscription *subscription,
            const struct jn_row *row,
            enum jangle_result (*work)(struct retry *retry, struct jangle_error *error),
            int64_t *done,
            struct jangle_error *error)
{
    const struct jangle *jangle = jn_jangle_of(subscription);
    struct retry retry = {
        .subscription = subscription,
        .until_us = jn_host_monotonic_us(&jangle->host) + JN_RUN_US,
    };
    enum jangle_result result;

    jn_event_page_init(&retry.first, subscription, 1);
    jn_event_page_init(&retry.behind, subscription, (size_t)jangle->config.batch_count);
    jn_arena_init(&retry.arena, &jangle->host.host.allocator);
    result = begin_retry(&retry, row, error);
    if (!result)
        result = work(&retry, error);
    *done += retry.done;
    jn_arena_finish(&retry.arena);
    jn_event_page_finish(&retry.behind);
    jn_event_page_finish(&retry.first);
    return result;
}

/* ---- for other files --------------------------------------------------------- */

enum jangle_result jn_retry_run(struct jn_subscription *subscription,
                                const struct jn_row *row,
                                int64_t *done,
                                struct jangle_error *error)
{
    return work_on_key(subscription, row, try_key, done, error);
}

enum jangle_result jn_retry_skip(struct jn_subscription *subscription,
                                 const struct jn_row *row,
                                 struct jangle_error *error)
{
    int64_t done = 0;

    return work_on_key(subscription, row, skip_event, &done, error);
}

enum jangle_result jn_retry_pass(struct jn_event_page *page, struct jangle_error *error)
{
    struct jn_subscription *subscription = page->subscription;
    struct jn_move move;
    enum jangle_result result = jn_move_init(&move, subscription, &page->arena, 1, error);

    if (!result)
        result = jn_subscription_begin(subscription, NULL, error);
    if (result)
        return result;
    move.incomplete = true;
    jn_move_pass(&move, &page->items[0].record);
    result = jn_move_make(&move, error);
    if (!result && subscription->suspension.kind == JN_TOO_NEW)
        jn_subscription_resume(subscription);
    else if (!result)
        jn_subscription_hurry(subscription);
    return result;
}

enum jangle_result jn_retry_soon(struct jn_subscription *subscription,
                                 const struct jn_row *waiting,
                                 struct jangle_error *error)
{
    struct jn_row row = *waiting;

    start_row_over(&row, &jn_jangle_of(subscription)->host);
    return jn_move_park_row(subscription, &row, error);
}

void jn_retry_hasten(struct jn_subscription *subscription, int64_t position)
{
    struct jn_suspension *suspension = &subscription->suspension;

    jn_subscription_lock(subscription);
    if (position)
        suspension->tried = position - 1;
    /* As if that was the last run: the next kind of work is next. */
    subscription->work = position ? JN_TIMERS : JN_RETRY;
    suspension->due_us = jn_dispatch_now_us(subscription->dispatch);
    jn_subscription_unlock(subscription);
}
