/* batch_guarded.c - new events after a crash: those that the process may have died of are
 * handled one by one, under the crash guard. */
#include "dispatch/batch_guarded.h"

#include "dispatch/batch_event.h"
#include "dispatch/retry.h"
#include "subscription/move.h"

bool jn_batch_is_guarded(const struct jn_batch *batch)
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
    struct jn_dispatch *dispatch = subscription->dispatch;
    const struct jn_parked *parked;
    struct jn_row row = jn_item_row(subscription, item);
    enum jangle_result result;

    (void)context;
    row.guarded = true;
    jn_move_pass(&batch->move, &item->record);
    jn_move_park(&batch->move, &row);
    result = jn_move_make_silently(&batch->move, subscription, error);
    if (result)
        return result;
    jn_mutex_lock(&dispatch->mutex);
    parked = jn_parked_find(&subscription->parked, item->key);
    jn_mutex_unlock(&dispatch->mutex);
    batch->tried = true;
    result = jn_retry_run(subscription, &parked->row, &batch->done, error);
    batch->stopped = !jn_batch_is_guarded(batch) || subscription->suspension.kind;
    return result;
}

enum jangle_result jn_batch_guarded(struct jn_batch *batch, struct jangle_error *error)
{
    enum jangle_result result = jn_batch_each(batch, try_guarded, NULL, error);

    if (!result)
        result = jn_batch_finish(batch, error);
    if (!jn_batch_is_guarded(batch)) /* a reset ends it, too */
        batch->subscription->guarded_until = 0;
    return result;
}
