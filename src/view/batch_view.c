/* batch_view.c - a batch of a view: its events in one transaction; when one fails, again
 * with a savepoint for each. */
#include "view/batch_view.h"

#include "dispatch/batch_event.h"
#include "dispatch/deliver.h"

#include <assert.h>

/* How an attempt at a batch ends. */
enum ending {
    COMMIT,              /* what was written is committed */
    WITH_SAVEPOINTS,     /* an event failed, and may have written: again, each event in a
                            savepoint */
    ONE_TRANSACTION_EACH /* the transaction is gone: again, each event in a transaction of
                            its own */
};

/* An attempt at a batch. */
struct builder {
    struct jangle_view *view;
    bool in_savepoints; /* each event in one of its own */
    enum ending ending;
};

static enum ending
deliver_one(struct jn_batch *batch, struct jn_item *item, const struct builder *builder)
{
    struct jn_subscription *subscription = batch->subscription;
    struct jn_delivery delivery = {
        .subscription = subscription,
        .record = &item->record,
        .handler = item->handler,
        .arena = &batch->arena,
        .file = subscription->file,
        .view = builder->view,
        .attempt = 1,
        .in_savepoint = builder->in_savepoints,
        .replaying = subscription->replaying,
    };

    jn_deliver(&delivery);
    if (delivery.report.outcome == JN_DONE) {
        jn_batch_complete(batch, item);
        return COMMIT;
    }
    if (delivery.report.broken)
        return ONE_TRANSACTION_EACH;
    if (!builder->in_savepoints)
        return WITH_SAVEPOINTS;
    jn_batch_fail(batch, item, &delivery.report);
    return COMMIT;
}

static enum jangle_result deliver_in_batch(struct jn_batch *batch,
                                           struct jn_item *item,
                                           void *context,
                                           struct jangle_error *error)
{
    struct builder *builder = context;

    (void)error;
    builder->ending = deliver_one(batch, item, builder);
    batch->stopped |= builder->ending != COMMIT;
    return JANGLE_OK;
}

static enum jangle_result attempt_batch(struct jn_batch *batch,
                                        bool in_savepoints,
                                        enum ending *ending,
                                        struct jangle_error *error)
{
    struct jn_subscription *subscription = batch->subscription;
    struct jangle_view_file *file = subscription->file;
    struct builder builder = {.in_savepoints = in_savepoints};
    enum jangle_result result = file->ops->begin(file, &builder.view, error);

    if (result)
        return result;
    result = jn_batch_each(batch, deliver_in_batch, &builder, error);
    assert(!result);
    *ending = builder.ending;
    if (*ending == COMMIT && batch->move.position > subscription->position)
        return jn_move_make(&batch->move, error);
    file->ops->roll_back(file);
    return JANGLE_OK;
}

/* The batch as it was before it was tried. */
static enum jangle_result start_batch_over(struct jn_batch *batch,
                                           struct jangle_error *error)
{
    const struct jangle *jangle = jn_jangle_of(batch->subscription);

    batch->done = batch->delivered = 0;
    batch->stopped = false;
    batch->suspension = JN_GOING;
    batch->until_us = jn_host_monotonic_us(&jangle->host) + JN_RUN_US;
    return jn_move_init(&batch->move, batch->subscription, &batch->page.arena,
                        batch->move.row_limit, error);
}

enum jangle_result jn_batch_together(struct jn_batch *batch, struct jangle_error *error)
{
    enum ending ending = COMMIT;
    enum jangle_result result = attempt_batch(batch, false, &ending, error);

    if (!result && ending == WITH_SAVEPOINTS) {
        result = start_batch_over(batch, error);
        if (!result)
            result = attempt_batch(batch, true, &ending, error);
    }
    if (result || ending != ONE_TRANSACTION_EACH)
        return result;
    result = start_batch_over(batch, error);
    return result ? result : jn_batch_singly(batch, error);
}
