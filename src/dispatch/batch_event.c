/* batch_event.c - what is done with one event of a batch; and the loop over a batch whose
 * events are delivered one after the other. */
#include "dispatch/batch_event.h"

#include "dispatch/deliver.h"
#include "subscription/checkpoint_writer.h"
#include "subscription/completed.h"
#include "subscription/ends.h"
#include "subscription/suspension.h"

/* By this batch, whose move is not made yet, or before it. */
static bool is_item_parked(const struct jn_batch *batch, const struct jn_item *item)
{
    struct jn_dispatch *dispatch = batch->subscription->dispatch;
    bool parked;

    for (size_t i = 0; i < batch->move.row_count; i++) {
        if (!strcmp(batch->move.rows[i].stored.key, item->key))
            return true;
    }
    jn_mutex_lock(&dispatch->mutex);
    parked = jn_subscription_parked(batch->subscription, item) != NULL;
    jn_mutex_unlock(&dispatch->mutex);
    return parked;
}

void jn_batch_skip(struct jn_batch *batch, const struct jn_item *item)
{
    jn_move_pass(&batch->move, &item->record);
    batch->move.mismatched += item->mismatched;
    batch->done++;
}

void jn_batch_complete(struct jn_batch *batch, const struct jn_item *item)
{
    jn_batch_skip(batch, item);
    jn_move_deliver(&batch->move);
    batch->delivered++;
}

static void
suspend_batch(struct jn_batch *batch, enum jn_suspension_kind kind, const char *reason)
{
    batch->stopped = true;
    batch->suspension = kind;
    jn_text_show(batch->suspension_reason, sizeof batch->suspension_reason, reason);
}

static void stand_before_item(struct jn_batch *batch,
                              const struct jn_item *item,
                              enum jn_suspension_kind kind,
                              const char *reason)
{
    jn_subscription_stand_before(batch->subscription, &item->record);
    suspend_batch(batch, kind, reason);
}

enum jn_batch_action jn_batch_judge(const struct jn_batch *batch,
                                    const struct jn_item *item,
                                    char reason[JN_REASON_SIZE])
{
    if (!item->handler || is_item_parked(batch, item) ||
        jn_completed_is_done(batch->subscription, item->record.position))
        return JN_ACTION_SKIP;
    return jn_is_too_new(&item->record, item->handler, reason) ? JN_ACTION_STOP
                                                               : JN_ACTION_DELIVER;
}

enum jn_batch_action jn_batch_action_for(struct jn_batch *batch,
                                         const struct jn_item *item)
{
    char reason[JN_REASON_SIZE];
    enum jn_batch_action action = jn_batch_judge(batch, item, reason);

    if (action == JN_ACTION_STOP)
        stand_before_item(batch, item, JN_TOO_NEW, reason);
    return action;
}

/* In an outage a try counts as no attempt. The event is parked and passed, so that the
 * next try is one of another event: this one may be the one that never succeeds. */
static void fail_trial(struct jn_batch *batch,
                       const struct jn_item *item,
                       const struct jn_report *report)
{
    struct jn_subscription *subscription = batch->subscription;
    struct jn_row row = jn_item_row(subscription, item);

    if (subscription->parked.untried >= JN_TRIALS_LIMIT ||
        !jn_subscription_has_room(subscription, batch->move.row_count)) {
        stand_before_item(batch, item, JN_OUTAGE, report->error.message);
        return;
    }
    jn_text_show(row.reason, sizeof row.reason, report->error.message);
    jn_move_park(&batch->move, &row);
    jn_batch_skip(batch, item);
    suspend_batch(batch, JN_OUTAGE, report->error.message);
}

/* There is no room to park the event: the checkpoint stays before it. */
static void suspend_full(struct jn_batch *batch,
                         const struct jn_item *item,
                         const struct jn_report *report)
{
    char reason[JN_REASON_SIZE];

    jn_text_format(
        reason, sizeof reason,
        "%lld keys are parked (the limit is config.parked_limit); the last: %s",
        (long long)jn_jangle_of(batch->subscription)->config.parked_limit,
        report->error.message);
    stand_before_item(batch, item, JN_FULL, reason);
}

/* Park the key, and let the checkpoint pass the event: those behind it in the stream are
 * skipped from now on, and read from their stream after the retry. With
 * JANGLE_DEAD_PASSES a dead letter is keyed by its position, so that the key of its
 * stream is free. */
static void park_item(struct jn_batch *batch,
                      const struct jn_item *item,
                      const struct jn_report *report)
{
    struct jn_subscription *subscription = batch->subscription;
    struct jn_row row = jn_item_row(subscription, item);

    jn_row_fail(&row, subscription, report);
    if (row.stored.dead && subscription->subscriber->dead == JANGLE_DEAD_PASSES) {
        row.stored.kind = JANGLE_PARKED_EVENT;
        row.stored.key = jn_position_key(&batch->page.arena, item->record.position);
    }
    jn_move_park(&batch->move, &row);
    jn_batch_skip(batch, item);
}

/* In this order: a refusal is dead also in an outage; what finds no room suspends; and a
 * failure that is parked may be the one that begins an outage. */
void jn_batch_fail(struct jn_batch *batch,
                   const struct jn_item *item,
                   const struct jn_report *report)
{
    struct jn_subscription *subscription = batch->subscription;
    bool in_outage = subscription->suspension.kind == JN_OUTAGE;
    char reason[JN_REASON_SIZE];

    if (in_outage && report->outcome != JN_REFUSED) {
        fail_trial(batch, item, report);
        return;
    }
    if (!jn_subscription_has_room(subscription, batch->move.row_count)) {
        suspend_full(batch, item, report);
        return;
    }
    park_item(batch, item, report);
    batch->stopped = in_outage;
    if (in_outage || jn_move_streak(&batch->move) < JN_STREAK_LIMIT)
        return;
    jn_suspension_streak(reason, report->error.message);
    suspend_batch(batch, JN_OUTAGE, reason);
}

/* What is completed is passed first, so that its ends have their places. If an end is not
 * stored, the subscription has gone back, and the batch goes nowhere any more. */
enum jangle_result jn_batch_store_ends(struct jn_batch *batch, struct jangle_error *error)
{
    struct jn_subscription *subscription = batch->subscription;
    enum jangle_result result;

    if (!jn_ends_wait(subscription))
        return JANGLE_OK;
    result = jn_move_make(&batch->move, error);
    if (result || jn_ends_store(subscription))
        return result;
    batch->move.position = subscription->ahead.position;
    memcpy(batch->move.event_id, subscription->ahead.event_id,
           sizeof batch->move.event_id);
    batch->stopped = true;
    batch->done++; /* for who polls as long as there is something to do */
    return JANGLE_OK;
}

static bool is_batch_over(const struct jn_batch *batch)
{
    const struct jangle *jangle = jn_jangle_of(batch->subscription);

    return batch->stopped || atomic_load(&jangle->stopping) ||
           jn_host_monotonic_us(&jangle->host) >= batch->until_us;
}

/* ---- one after the other ----------------------------------------------------- */

bool jn_batch_is_trial(const struct jn_batch *batch)
{
    enum jn_suspension_kind kind = batch->subscription->suspension.kind;

    return kind == JN_OUTAGE || kind == JN_FULL;
}

enum jangle_result jn_batch_finish(struct jn_batch *batch, struct jangle_error *error)
{
    struct jn_subscription *subscription = batch->subscription;
    enum jangle_result result;

    if (batch->move.position == subscription->ahead.position)
        return JANGLE_OK;
    result = jn_subscription_begin(subscription, NULL, error);
    return result ? result : jn_move_make(&batch->move, error);
}

enum jangle_result jn_batch_each(struct jn_batch *batch,
                                 jn_batch_deliver_fn *deliver,
                                 void *context,
                                 struct jangle_error *error)
{
    struct jn_event_page *page = &batch->page;
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < page->count; i++) {
        struct jn_item *item = &page->items[i];
        enum jn_batch_action action = jn_batch_action_for(batch, item);

        if (action == JN_ACTION_STOP)
            break;
        if (action == JN_ACTION_DELIVER) {
            result = deliver(batch, item, context, error);
        } else {
            jn_batch_skip(batch, item);
        }
        if (is_batch_over(batch))
            break;
    }
    return result;
}

static enum jangle_result deliver_alone(struct jn_batch *batch,
                                        struct jn_item *item,
                                        void *context,
                                        struct jangle_error *error)
{
    struct jn_subscription *subscription = batch->subscription;
    struct jn_delivery delivery = {.subscription = subscription,
                                   .record = &item->record,
                                   .handler = item->handler,
                                   .arena = &batch->arena,
                                   .attempt = 1,
                                   .end_may_wait = !jn_batch_is_trial(batch),
                                   .replaying = subscription->replaying};
    enum jangle_result result = jn_deliver_singly(&delivery, error);

    (void)context;
    if (result)
        return result;
    if (delivery.report.outcome == JN_DONE) {
        jn_batch_complete(batch, item);
        batch->stopped = jn_batch_is_trial(batch); /* which has succeeded */
    } else {
        result = jn_batch_store_ends(batch, error);
        if (!result && !batch->stopped)
            jn_batch_fail(batch, item, &delivery.report);
    }
    if (!result)
        result = jn_move_make(&batch->move, error);
    return result ? result : jn_checkpoint_save_at_once(subscription, error);
}

enum jangle_result jn_batch_singly(struct jn_batch *batch, struct jangle_error *error)
{
    enum jangle_result result = jn_batch_each(batch, deliver_alone, NULL, error);

    return result ? result : jn_batch_finish(batch, error);
}
