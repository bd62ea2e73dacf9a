/* batch_single.c - the events of a batch one by one: each has a move of its own. */

#include "dispatch/batch_single.h"

#include "dispatch/batch_event.h"
#include "dispatch/deliver.h"
#include "dispatch/delivery.h"
#include "subscription/checkpoint_writer.h"
#include "subscription/move.h"

static enum jangle_result deliver_alone(struct jn_batch *batch,
                                        struct jn_item *item,
                                        void *context,
                                        struct jangle_error *error)
{
    struct jn_subscription *subscription = batch->subscription;
    struct jn_call call = {.subscription = subscription,
                           .record = &item->record,
                           .handler = item->handler,
                           .arena = &batch->arena,
                           .attempt = 1,
                           .replaying = subscription->replaying};
    struct jn_report report;
    enum jangle_result result = jn_deliver_singly(&call, &report, error);

    (void)context;
    if (result)
        return result;
    if (report.outcome == JN_DONE) {
        jn_move_pass(&batch->move, &item->record);
        jn_move_deliver(&batch->move);
        batch->delivered++;
        batch->done++;
        batch->stopped = jn_batch_is_trial(batch); /* which has succeeded */
    } else {
        jn_batch_fail(batch, item, &report);
    }
    result = jn_move_make(&batch->move, subscription, error);
    return result ? result : jn_checkpoint_save_at_once(subscription, error);
}

enum jangle_result jn_batch_singly(struct jn_batch *batch, struct jangle_error *error)
{
    enum jangle_result result = jn_batch_each(batch, deliver_alone, NULL, error);

    return result ? result : jn_batch_finish(batch, error);
}
