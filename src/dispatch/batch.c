/* batch.c - a batch: in which way its events are delivered, and what the outcome means
 * for the subscription as a whole. */
#include "dispatch/batch.h"

#include "dispatch/batch_event.h"
#include "dispatch/batch_parallel.h"
#include "dispatch/kept_page.h"
#include "dispatch/retry.h"
#include "subscription/suspension.h"

/* ---- after a crash ------------------------------------------------------------- */

/* Must the batch's events be handled one by one, because the last process may have died
 * of one of them? */
static bool is_guarded(const struct jn_batch *batch)
{
    const struct jn_subscription *subscription = batch->subscription;

    return subscription->position < subscription->guarded_until;
}

/* The key is parked first, and then tried at once as any parked key is: dispatch/retry.c
 * stores the attempt before it makes it. */
static enum jangle_result try_guarded(struct jn_batch *batch,
                                      struct jn_item *item,
                                      void *context,
                                      struct jangle_error *error)
{
    struct jn_subscription *subscription = batch->subscription;
    const struct jn_parked *parked;
    struct jn_row row = jn_item_row(subscription, item);
    enum jangle_result result;

    (void)context;
    row.guarded = true;
    jn_move_pass(&batch->move, &item->record);
    jn_move_park(&batch->move, &row);
    result = jn_move_make_silently(&batch->move, error);
    if (result)
        return result;
    jn_subscription_lock(subscription);
    parked = jn_parked_find(&subscription->parked, item->key);
    jn_subscription_unlock(subscription);
    batch->tried = true;
    result = jn_retry_run(subscription, &parked->row, &batch->done, error);
    batch->stopped = !is_guarded(batch) || subscription->suspension.kind;
    return result;
}

static enum jangle_result run_guarded(struct jn_batch *batch, struct jangle_error *error)
{
    enum jangle_result result = jn_batch_each(batch, try_guarded, NULL, error);

    if (!result)
        result = jn_batch_finish(batch, error);
    if (!is_guarded(batch)) /* a reset ends it, too */
        batch->subscription->guarded_until = 0;
    return result;
}

/* ---- the run ------------------------------------------------------------------- */

/* `mark`: how far the page's memory is filled by the page itself, if there is one. */
static enum jangle_result run_new_events(struct jn_batch *batch,
                                         struct jn_arena_mark *mark,
                                         struct jangle_error *error)
{
    struct jn_subscription *subscription = batch->subscription;
    enum jangle_result result =
        batch->page.count
            ? JANGLE_OK
            : jn_event_page_read(&batch->page, subscription->ahead.position, error);

    *mark = jn_arena_mark(&batch->page.arena);
    if (!result && batch->page.count)
        result = jn_move_init(&batch->move, subscription, &batch->page.arena,
                              batch->page.limit, error);
    if (result || !batch->page.count)
        return result;
    if (is_guarded(batch))
        return run_guarded(batch, error);
    if (subscription->kind->run_batch &&
        (!jn_batch_is_trial(batch) || subscription->kind->runs_trials))
        return subscription->kind->run_batch(batch, error);
    if (jn_batch_is_parallel(batch))
        return jn_batch_in_parallel(batch, error);
    return jn_batch_singly(batch, error);
}

/* Suspend or resume the subscription, by what became of the batch. While it is suspended,
 * the batch was a trial of one event. */
static void settle_batch(const struct jn_batch *batch)
{
    struct jn_subscription *subscription = batch->subscription;

    if (!jn_batch_is_trial(batch)) {
        if (batch->suspension)
            jn_subscription_suspend(subscription, batch->suspension,
                                    batch->suspension_reason);
    } else if (batch->tried) {
        return; /* jn_retry_settle has done it */
    } else if (batch->delivered) {
        jn_subscription_resume(subscription);
    } else if (batch->suspension) {
        jn_subscription_suspend(subscription, subscription->suspension.kind,
                                batch->suspension_reason);
    } else if (batch->done) {
        jn_subscription_hurry(subscription); /* no event was tried, or one was refused */
    } else {
        jn_subscription_suspend(subscription, subscription->suspension.kind,
                                subscription->suspension.reason);
    }
}

/* A page is kept when there was only no time for it. A run that failed, or is suspended,
 * reads again what it goes on with; and several threads add to their page. */
static bool keeps_page(const struct jn_batch *batch, enum jangle_result result)
{
    return !result && !batch->subscription->suspension.kind && !batch->tried &&
           !jn_batch_is_parallel(batch);
}

/* What a run adds to the page's memory, such as rows of parked keys, goes with it. */
enum jangle_result jn_batch_run(struct jn_subscription *subscription,
                                int64_t *done,
                                struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    struct jn_batch batch = {
        .subscription = subscription,
        .until_us = jn_host_monotonic_us(&jangle->host) + JN_RUN_US,
    };
    struct jn_kept_page kept;
    struct jn_arena_mark mark;
    enum jangle_result result;

    jn_kept_page_take(subscription, &kept);
    batch.page = kept.page;
    jn_arena_init(&batch.arena, &jangle->host.host.allocator);
    result = run_new_events(&batch, &mark, error);
    if (!result)
        settle_batch(&batch);
    *done += batch.done;
    jn_arena_finish(&batch.arena);
    kept.page = batch.page;
    if (kept.page.count)
        jn_arena_set_back(&kept.page.arena, &mark);
    jn_kept_page_leave(subscription, &kept, keeps_page(&batch, result));
    return result;
}
