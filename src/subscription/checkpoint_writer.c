/* checkpoint_writer.c - checkpoints that are not stored yet: commits take them along, and
 * report what became of them.
 *
 * The committer calls take_checkpoints before it calls the store, and settle_checkpoints
 * after it, without a lock of its own. In between `submitting` keeps the subscription
 * from being held; its run goes on, so what is settled is what was submitted, and no
 * more. */

#include "subscription/checkpoint_writer.h"

#include "command/commands.h"
#include "subscription/suspension.h"

bool jn_checkpoint_is_unsaved(const struct jn_subscription *subscription)
{
    return subscription->owned && !subscription->kind->has_own_checkpoint &&
           (subscription->position != subscription->stored ||
            subscription->parked.changed ||
            subscription->suspension.change != subscription->suspension_stored);
}

static bool are_left(const struct jn_subscription *subscription)
{
    bool left;

    jn_subscription_lock(subscription);
    left = jn_checkpoint_is_unsaved(subscription);
    jn_subscription_unlock(subscription);
    return left;
}

enum jangle_result jn_checkpoint_save(const struct jn_subscription *subscription,
                                      struct jangle_error *error)
{
    size_t groups = subscription->dispatch->count / JN_CHECKPOINTS_LIMIT + 1;
    enum jangle_result result = JANGLE_OK;

    while (!result && groups-- && are_left(subscription))
        result =
            jn_committer_flush(&jn_jangle_of(subscription)->commands->committer, error);
    if (result || !are_left(subscription))
        return result;
    return jn_fail(error, JANGLE_BUSY,
                   "the checkpoint of \"%s\" could not be stored yet: it is tried again",
                   jn_name_of(subscription));
}

enum jangle_result jn_checkpoint_save_at_once(const struct jn_subscription *subscription,
                                              struct jangle_error *error)
{
    bool must = subscription->subscriber->checkpoint == JANGLE_AT_ONCE;

    jn_subscription_lock(subscription);
    must |= subscription->position - subscription->stored >= JN_WINDOW_COUNT;
    jn_subscription_unlock(subscription);
    return must ? jn_checkpoint_save(subscription, error) : JANGLE_OK;
}

/* A copy, because the set goes on changing while the commit runs. NULL when out of
 * memory. Under the mutex. */
static const struct jangle_parked *copy_changed_rows(struct jn_subscription *subscription,
                                                     size_t *count)
{
    struct jangle_arena *arena = &subscription->checkpoint_arena;
    const struct jn_parked *parked;
    struct jangle_parked *rows;
    size_t limit = 0;

    for (parked = subscription->parked.changed; parked; parked = parked->next_changed)
        limit++;
    jn_arena_reset(arena);
    rows = jangle_alloc(arena, (limit + 1) * sizeof *rows);
    if (!rows)
        return NULL;
    *count = 0;
    for (parked = subscription->parked.changed; parked; parked = parked->next_changed) {
        struct jangle_parked *row = &rows[(*count)++];

        *row = jn_row_to_stored(&parked->row, jn_name_of(subscription));
        row->key = jn_arena_copy_text(arena, row->key);
        row->error = jn_arena_copy_text(arena, row->error);
    }
    return arena->failed ? NULL : rows;
}

static bool take_checkpoint(struct jn_subscription *subscription,
                            struct jangle_checkpoint *checkpoint)
{
    size_t count = 0;
    const struct jangle_parked *rows = copy_changed_rows(subscription, &count);

    if (!rows)
        return false;
    *checkpoint = (struct jangle_checkpoint){
        .subscriber = jn_name_of(subscription),
        .from = subscription->stored,
        .position = subscription->position,
        .parked = rows,
        .parked_count = count,
    };
    memcpy(checkpoint->event_id, subscription->event_id, sizeof checkpoint->event_id);
    jn_suspension_to_checkpoint(checkpoint, &subscription->suspension);
    subscription->suspension_submitted = subscription->suspension.change;
    subscription->submitting = true;
    subscription->submitted = subscription->position;
    subscription->submitted_change = subscription->parked.changes;
    return true;
}

static size_t
take_checkpoints(void *context, struct jangle_checkpoint *checkpoints, size_t limit)
{
    struct jn_dispatch *dispatch = context;
    size_t count = 0;

    jn_mutex_lock(&dispatch->mutex);
    for (size_t i = 0; i < dispatch->count && count < limit; i++) {
        size_t at = dispatch->checkpoints_from++ % dispatch->count;
        struct jn_subscription *subscription = &dispatch->subscriptions[at];

        if (jn_checkpoint_is_unsaved(subscription) && !subscription->hold &&
            !subscription->must_reload)
            count += take_checkpoint(subscription, &checkpoints[count]);
    }
    jn_mutex_unlock(&dispatch->mutex);
    return count;
}

static void settle_checkpoint(struct jn_subscription *subscription,
                              enum jangle_result result)
{
    const struct jangle *jangle = jn_jangle_of(subscription);

    subscription->submitting = false;
    if (!result) {
        subscription->stored = subscription->submitted;
        subscription->suspension_stored = subscription->suspension_submitted;
        jn_parked_settle(&subscription->parked, subscription->submitted_change);
    }
    subscription->must_reload |= result == JANGLE_CONFLICT || result == JANGLE_UNKNOWN;
    subscription->checkpoint_due_us =
        !jn_checkpoint_is_unsaved(subscription) && !subscription->ends
            ? 0
            : jn_host_monotonic_us(&jangle->host) +
                  jangle->config.checkpoint_interval_ms * 1000;
}

/* The subscriber goes on, and its checkpoint is tried again with the next commit. If the
 * process dies before that, the events since the stored checkpoint are delivered
 * again. */
static void log_refusal(const struct jangle *jangle,
                        const struct jangle_checkpoint *checkpoint)
{
    if (!checkpoint->error.result)
        return;
    JN_LOG_STORE(&jangle->log, checkpoint->error.result,
                 JN_PAIRS(JN_TEXT("subscriber", checkpoint->subscriber),
                          JN_NUMBER("from", checkpoint->from),
                          JN_NUMBER("position", checkpoint->position)),
                 "the checkpoint of %s was not stored: %s", checkpoint->subscriber,
                 checkpoint->error.message);
}

static void settle_checkpoints(void *context,
                               const struct jangle_checkpoint *checkpoints,
                               size_t count,
                               enum jangle_result result)
{
    struct jn_dispatch *dispatch = context;

    jn_mutex_lock(&dispatch->mutex);
    for (size_t i = 0; i < count; i++) {
        struct jn_subscription *subscription =
            jn_subscription_find(dispatch->jangle, checkpoints[i].subscriber);

        settle_checkpoint(subscription, result ? result : checkpoints[i].error.result);
    }
    jn_dispatch_tell_change(dispatch);
    jn_mutex_unlock(&dispatch->mutex);
    for (size_t i = 0; !result && i < count; i++)
        log_refusal(dispatch->jangle, &checkpoints[i]);
}

struct jn_checkpoint_source jn_checkpoint_source_of(struct jn_dispatch *dispatch)
{
    return (struct jn_checkpoint_source){
        .take = take_checkpoints, .settle = settle_checkpoints, .context = dispatch};
}
