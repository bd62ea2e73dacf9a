/* view_batch.c - many events of a view in one transaction; when one fails, again with a
 * savepoint for each. */
#include "dispatch/batch.h"
#include "dispatch/delivery.h"

enum ending {
    COMMIT, /* what there is */
    ALONE,  /* one failed, and spoilt the transaction: again, each in a savepoint */
    SINGLY  /* the transaction is gone: again, each in one of its own */
};

static enum ending deliver(struct jn_batch *batch,
                           struct jn_item *item,
                           struct jangle_view *view,
                           bool alone)
{
    struct jn_subscription *subscription = batch->subscription;
    struct jn_call call = {
        .subscription = subscription,
        .record = &item->record,
        .handler = item->handler,
        .arena = &batch->arena,
        .file = subscription->file,
        .view = view,
        .attempt = 1,
        .alone = alone,
        .replaying = subscription->replaying,
    };
    struct jn_report report;

    jn_deliver(&call, &report);
    if (report.outcome == JN_DONE) {
        jn_move_pass(&batch->move, &item->record);
        jn_move_deliver(&batch->move);
        batch->delivered++;
        batch->done++;
        return COMMIT;
    }
    if (report.broken)
        return SINGLY;
    if (!alone)
        return ALONE;
    jn_batch_fail(batch, item, &report);
    return COMMIT;
}

/* Go through the page, as far as it may be committed. */
static enum ending fill(struct jn_batch *batch, struct jangle_view *view, bool alone)
{
    enum ending ending = COMMIT;

    for (size_t i = 0; !ending && i < batch->page.count; i++) {
        struct jn_item *item = &batch->page.items[i];
        enum jn_fate fate = jn_batch_fate(batch, item);

        if (fate == JN_FATE_STOP)
            break;
        if (fate == JN_FATE_DELIVER) {
            ending = deliver(batch, item, view, alone);
        } else {
            jn_move_pass(&batch->move, &item->record);
            batch->done++;
        }
        if (jn_batch_is_over(batch))
            break;
    }
    return ending;
}

static enum jangle_result attempt(struct jn_batch *batch,
                                  bool alone,
                                  enum ending *ending,
                                  struct jangle_error *error)
{
    struct jn_subscription *subscription = batch->subscription;
    struct jangle_view_file *file = subscription->file;
    struct jangle_view *view;
    enum jangle_result result = file->ops->begin(file, &view, error);

    if (result)
        return result;
    *ending = fill(batch, view, alone);
    if (*ending == COMMIT && batch->move.position > subscription->position)
        return jn_move_make(&batch->move, subscription, error);
    file->ops->roll_back(file);
    return JANGLE_OK;
}

/* As if it had not been tried. */
static enum jangle_result start_over(struct jn_batch *batch, struct jangle_error *error)
{
    const struct jangle *jangle = jn_jangle_of(batch->subscription);

    batch->done = batch->delivered = 0;
    batch->stopped = false;
    batch->halt = JN_GOING;
    batch->until_us = jn_host_monotonic_us(&jangle->host) + JN_STEP_US;
    return jn_move_init(&batch->move, batch->subscription, &batch->page.arena,
                        batch->move.row_limit, error);
}

enum jangle_result jn_batch_together(struct jn_batch *batch, struct jangle_error *error)
{
    enum ending ending = COMMIT;
    enum jangle_result result = attempt(batch, false, &ending, error);

    if (!result && ending == ALONE) {
        result = start_over(batch, error);
        if (!result)
            result = attempt(batch, true, &ending, error);
    }
    if (result || ending != SINGLY)
        return result;
    result = start_over(batch, error);
    return result ? result : jn_batch_singly(batch, error);
}
