/* retry.c - parked keys: tried again, with what waits behind them, or skipped. */
#include "dispatch/retry.h"

#include "dispatch/deliver.h"
#include "dispatch/delivery.h"
#include "subscription/checkpoint_writer.h"
#include "subscription/crash_guard.h"
#include "subscription/move.h"
#include "subscription/reason.h"
#include "subscription/suspension.h"

#include <inttypes.h>

struct retry {
    struct jn_subscription *subscription;
    struct jn_event_page first; /* the event that is tried */
    struct jn_event_page
        behind;  /* those of its stream that were held, up to the checkpoint */
    size_t next; /* of those */
    struct jangle_arena arena;
    struct jn_move move;
    struct jn_row row; /* the key, as it is now */
    const struct jn_item *item;
    int64_t until_us, done;
};

static enum jangle_result
begin(struct retry *retry, const struct jn_row *row, struct jangle_error *error)
{
    struct jn_subscription *subscription = retry->subscription;
    struct jn_event_page *first = &retry->first;
    enum jangle_result result =
        jn_event_page_read_one(first, row->stored.position, error);

    if (result)
        return result;
    retry->item = &first->items[0];
    retry->row = *row;
    retry->row.stored.key = jn_arena_copy_text(&first->arena, row->stored.key);
    result = jn_move_init(&retry->move, subscription, &first->arena, 2, error);
    if (result)
        return result;
    if (row->stored.kind == JANGLE_PARKED_SAGA)
        return jn_event_page_read_key(&retry->behind, retry->row.stored.key,
                                      retry->row.stored.position, subscription->position,
                                      error);
    if (row->stored.kind != JANGLE_PARKED_STREAM)
        return JANGLE_OK;
    return jn_event_page_read_stream(&retry->behind, retry->item->record.kind,
                                     retry->item->record.id, retry->item->record.version,
                                     subscription->position, error);
}

/* The event is dealt with: the key goes on to the next one, or is released. */
static void go_on(struct retry *retry)
{
    const struct jn_host *host = &jn_jangle_of(retry->subscription)->host;
    const struct jn_event_page *behind = &retry->behind;
    struct jn_row *row = &retry->row;

    row->stored.attempts = row->postponed = 0;
    row->stored.dead = row->crashed = row->stored.trying = row->counts = false;
    row->reason[0] = '\0';
    row->stored.delay_ms = 0;
    row->due_us = jn_host_monotonic_us(host);
    row->stored.next_at = jn_host_now(host);
    if (retry->next < behind->count)
        row->stored.position = behind->items[retry->next].record.position;
    else if (behind->more)
        row->stored.position = behind->more;
    else
        row->stored.released = true;
    jn_move_park(&retry->move, row);
}

/* A dead event that is passed by stays behind, alone, and its stream goes on. */
static void leave_behind(struct retry *retry)
{
    struct jn_row left = retry->row;

    left.stored.kind = JANGLE_PARKED_EVENT;
    left.stored.key = jangle_text(&retry->first.arena, "%" PRId64, left.stored.position);
    jn_move_park(&retry->move, &left);
    go_on(retry);
}

static void fail(struct retry *retry, const struct jn_report *report)
{
    const struct jn_subscription *subscription = retry->subscription;
    struct jn_row old = retry->row;

    jn_row_fail(&retry->row, &old, subscription, report);
    if (retry->row.stored.dead && retry->row.stored.kind != JANGLE_PARKED_EVENT &&
        jn_subscriber_of(subscription)->dead == JANGLE_DEAD_PASSES)
        leave_behind(retry);
    else
        jn_move_park(&retry->move, &retry->row);
}

/* Where the attempts are counted that the process died in, none is left. */
static enum jangle_result
bury(struct retry *retry, struct jn_report *report, struct jangle_error *error)
{
    *report = (struct jn_report){.outcome = JN_REFUSED, .retry_in_ms = JN_BY_POLICY};
    jn_fail(&report->error, JANGLE_REJECTED, "%s", retry->row.reason);
    retry->row.stored.attempts--;
    return jn_subscription_begin(retry->subscription, NULL, error);
}

/* Write it down first, if it must be. */
static enum jangle_result deliver(struct retry *retry,
                                  struct jn_call *call,
                                  struct jn_report *report,
                                  struct jangle_error *error)
{
    struct jn_subscription *subscription = retry->subscription;
    enum jangle_result result = JANGLE_OK;

    if (retry->row.guarded)
        result = jn_crash_guard_record(&retry->move, subscription, &retry->row, error);
    if (result)
        return result;
    result = jn_deliver_singly(call, report, error);
    if (result && retry->row.guarded)
        jn_crash_guard_take_back(&retry->move, subscription, &retry->row);
    return result;
}

/* Call the handler, if there is one, and leave a view's transaction open. */
static enum jangle_result
call(struct retry *retry, struct jn_report *report, struct jangle_error *error)
{
    struct jn_subscription *subscription = retry->subscription;
    const struct jn_item *item = retry->item;
    char reason[JN_REASON_SIZE];
    struct jn_call call = {.subscription = subscription,
                           .record = &item->record,
                           .handler = item->handler,
                           .arena = &retry->arena,
                           .attempt = retry->row.stored.attempts + 1,
                           .delivered_late =
                               subscription->saga &&
                               retry->row.stored.kind == JANGLE_PARKED_EVENT};

    *report = (struct jn_report){.retry_in_ms = JN_BY_POLICY};
    if (item->handler && !jn_is_too_new(&item->record, item->handler, reason))
        return deliver(retry, &call, report, error);
    if (item->handler) {
        report->outcome = JN_OURS;
        jn_fail(&report->error, JANGLE_INVALID, "%s", reason);
    }
    return jn_subscription_begin(subscription, NULL, error);
}

void jn_retry_settle(struct jn_subscription *subscription, const struct jn_report *report)
{
    char reason[JN_REASON_SIZE];

    if (subscription->suspension.kind == JN_OUTAGE && report->outcome == JN_DONE) {
        jn_subscription_resume(subscription);
    } else if (subscription->suspension.kind == JN_OUTAGE &&
               report->outcome == JN_REFUSED) {
        jn_subscription_hurry(subscription);
    } else if (subscription->suspension.kind == JN_OUTAGE) {
        jn_subscription_suspend(subscription, JN_OUTAGE, report->error.message);
    } else if (subscription->streak_keys >= JN_STREAK_LIMIT) {
        jn_reason_streak(reason, report->error.message);
        jn_subscription_suspend(subscription, JN_OUTAGE, reason);
    }
}

/* One event. `over` is set when the key has come as far as it will in this step. */
static enum jangle_result
try_one(struct retry *retry, bool *over, struct jangle_error *error)
{
    struct jn_subscription *subscription = retry->subscription;
    bool probing = subscription->suspension.kind == JN_OUTAGE;
    bool given_up = jn_crash_guard_gives_up(subscription, &retry->row);
    struct jn_report report;
    enum jangle_result result =
        given_up ? bury(retry, &report, error) : call(retry, &report, error);

    if (result)
        return result;
    retry->done++;
    *over = probing || report.outcome != JN_DONE;
    if (report.outcome == JN_DONE) {
        jn_move_deliver(&retry->move);
        go_on(retry);
    } else if (!probing || given_up || report.outcome == JN_REFUSED) {
        fail(retry, &report);
    } else if (retry->row.guarded) {
        jn_move_park(&retry->move, &retry->row);
        retry->move.silent = true;
    }
    result = jn_arena_check(&retry->first.arena, error); /* a key may be made in it */
    if (result)
        jn_subscription_roll_back(subscription);
    else
        result = jn_move_make(&retry->move, subscription, error);
    retry->move.silent = false;
    if (!result && retry->row.guarded && !subscription->kind->has_own_checkpoint)
        result = jn_checkpoint_save(subscription, error);
    else if (!result)
        result = jn_checkpoint_save_at_once(subscription, error);
    if (result)
        return result;
    jn_retry_settle(subscription, &report);
    return JANGLE_OK;
}

static enum jangle_result run(struct retry *retry, struct jangle_error *error)
{
    const struct jangle *jangle = jn_jangle_of(retry->subscription);
    enum jangle_result result;
    bool over = false;

    for (;;) {
        result = try_one(retry, &over, error);
        if (result || over || retry->row.stored.released ||
            retry->next == retry->behind.count || atomic_load(&jangle->stopping) ||
            jn_host_monotonic_us(&jangle->host) >= retry->until_us)
            return result;
        retry->item = &retry->behind.items[retry->next++];
    }
}

static enum jangle_result skip(struct retry *retry, struct jangle_error *error)
{
    struct jn_subscription *subscription = retry->subscription;
    enum jangle_result result = jn_subscription_begin(subscription, NULL, error);

    if (result)
        return result;
    retry->move.incomplete = true;
    go_on(retry);
    return jn_move_make(&retry->move, subscription, error);
}

static enum jangle_result with(struct jn_subscription *subscription,
                               const struct jn_row *row,
                               enum jangle_result (*verb)(struct retry *retry,
                                                          struct jangle_error *error),
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
    result = begin(&retry, row, error);
    if (!result)
        result = verb(&retry, error);
    *done += retry.done;
    jn_arena_finish(&retry.arena);
    jn_event_page_finish(&retry.behind);
    jn_event_page_finish(&retry.first);
    return result;
}

enum jangle_result jn_retry_run(struct jn_subscription *subscription,
                                const struct jn_row *row,
                                int64_t *done,
                                struct jangle_error *error)
{
    return with(subscription, row, run, done, error);
}

enum jangle_result jn_retry_skip(struct jn_subscription *subscription,
                                 const struct jn_row *row,
                                 struct jangle_error *error)
{
    int64_t done = 0;

    return with(subscription, row, skip, &done, error);
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
    result = jn_move_make(&move, subscription, error);
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
    const struct jn_host *host = &jn_jangle_of(subscription)->host;
    struct jn_row row = *waiting;

    row.stored.dead = row.stored.trying = row.counts =
        false; /* it has not failed again */
    row.stored.attempts = row.postponed = 0;
    row.stored.delay_ms = 0;
    row.due_us = jn_host_monotonic_us(host);
    row.stored.next_at = jn_host_now(host);
    return jn_move_park_row(subscription, &row, error);
}

void jn_retry_hasten(struct jn_subscription *subscription, int64_t position)
{
    struct jn_suspension *suspension = &subscription->suspension;

    jn_mutex_lock(&subscription->dispatch->mutex);
    suspension->tried = position - 1;
    subscription->work = JN_TIMERS; /* so that retries are next */
    suspension->due_us = jn_host_monotonic_us(&jn_jangle_of(subscription)->host);
    jn_mutex_unlock(&subscription->dispatch->mutex);
}

void jn_retry_let_new_be_next(struct jn_subscription *subscription)
{
    subscription->work = JN_RETRY; /* of the last step: the other kinds are next */
}
