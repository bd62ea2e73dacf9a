/* marks.c - places that wait to be written: handed to commits, forgotten when stored. */

#include "subscription/marks.h"

#include "command/commands.h"
#include "command/committer.h"
#include "subscription/move.h"
#include "subscription/suspension.h"

bool jn_marks_are_left(const struct jn_subscription *subscription)
{
    return subscription->owned && !subscription->kind->has_own_checkpoint &&
           (subscription->position != subscription->stored ||
            subscription->parked.changed ||
            subscription->halt.change != subscription->halt_stored);
}

static bool are_left(const struct jn_subscription *subscription)
{
    bool left;

    jn_mutex_lock(&subscription->dispatch->mutex);
    left = jn_marks_are_left(subscription);
    jn_mutex_unlock(&subscription->dispatch->mutex);
    return left;
}

enum jangle_result jn_marks_write(const struct jn_subscription *subscription,
                                  struct jangle_error *error)
{
    size_t groups = subscription->dispatch->count / JN_MARKS_LIMIT + 1;
    enum jangle_result result = JANGLE_OK;

    while (!result && groups-- && are_left(subscription))
        result =
            jn_committer_flush(&jn_jangle_of(subscription)->commands->committer, error);
    if (result || !are_left(subscription))
        return result;
    return jn_fail(error, JANGLE_BUSY, "the mark of \"%s\" could not be written yet",
                   jn_subscriber_of(subscription)->name);
}

static bool must_be_written(const struct jn_subscription *subscription)
{
    bool far;

    if (jn_subscriber_of(subscription)->marking == JANGLE_AT_ONCE)
        return true;
    jn_mutex_lock(&subscription->dispatch->mutex);
    far = subscription->position - subscription->stored >= JN_WINDOW_COUNT;
    jn_mutex_unlock(&subscription->dispatch->mutex);
    return far;
}

enum jangle_result jn_marks_write_at_once(const struct jn_subscription *subscription,
                                          struct jangle_error *error)
{
    return must_be_written(subscription) ? jn_marks_write(subscription, error)
                                         : JANGLE_OK;
}

/* A copy of the rows that changed: the set goes on changing while the commit runs. NULL
 * when out of memory. */
static const struct jangle_parked *copy_rows(struct jn_subscription *subscription,
                                             size_t *count)
{
    struct jangle_arena *arena = &subscription->mark_arena;
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

        jn_row_to_stored(row, subscription, &parked->row);
        row->key = jn_arena_copy_text(arena, row->key);
        row->error = jn_arena_copy_text(arena, row->error);
    }
    return arena->failed ? NULL : rows;
}

static bool take_one(struct jn_subscription *subscription, struct jangle_mark *mark)
{
    size_t count = 0;
    const struct jangle_parked *rows = copy_rows(subscription, &count);

    if (!rows)
        return false;
    *mark = (struct jangle_mark){
        .subscriber = jn_subscriber_of(subscription)->name,
        .from = subscription->stored,
        .position = subscription->position,
        .parked = rows,
        .parked_count = count,
    };
    memcpy(mark->event_id, subscription->event_id, sizeof mark->event_id);
    jn_halt_to_mark(mark, &subscription->halt);
    subscription->halt_marked = subscription->halt.change;
    subscription->marking = true;
    subscription->marked = subscription->position;
    subscription->marked_change = subscription->parked.changes;
    return true;
}

static size_t take(void *context, struct jangle_mark *marks, size_t limit)
{
    struct jn_dispatch *dispatch = context;
    size_t count = 0;

    jn_mutex_lock(&dispatch->mutex);
    for (size_t i = 0; i < dispatch->count && count < limit; i++) {
        size_t at = dispatch->marks_from++ % dispatch->count;
        struct jn_subscription *subscription = &dispatch->subscriptions[at];

        if (jn_marks_are_left(subscription) && !subscription->held &&
            !subscription->reread)
            count += take_one(subscription, &marks[count]);
    }
    jn_mutex_unlock(&dispatch->mutex);
    return count;
}

static void settle_one(struct jn_subscription *subscription, enum jangle_result result)
{
    const struct jangle *jangle = jn_jangle_of(subscription);

    subscription->marking = false;
    if (!result) {
        subscription->stored = subscription->marked;
        subscription->halt_stored = subscription->halt_marked;
        jn_parked_settle(&subscription->parked, subscription->marked_change);
    }
    subscription->reread |= result == JANGLE_CONFLICT || result == JANGLE_UNKNOWN;
    subscription->mark_due_us = !jn_marks_are_left(subscription)
                                    ? 0
                                    : jn_host_monotonic_us(&jangle->host) +
                                          jangle->config.mark_interval_ms * 1000;
}

/* It stays pending; the subscriber goes on, and after a restart begins where it was. */
static void tell(const struct jangle *jangle, const struct jangle_mark *mark)
{
    if (!mark->error.result)
        return;
    JN_LOG_STORE(
        &jangle->log, mark->error.result,
        JN_PAIRS(JN_TEXT("subscriber", mark->subscriber), JN_NUMBER("from", mark->from),
                 JN_NUMBER("position", mark->position)),
        "the mark of %s was not stored: %s", mark->subscriber, mark->error.message);
}

static void settle(void *context,
                   const struct jangle_mark *marks,
                   size_t count,
                   enum jangle_result result)
{
    struct jn_dispatch *dispatch = context;

    jn_mutex_lock(&dispatch->mutex);
    for (size_t i = 0; i < count; i++) {
        struct jn_subscription *subscription =
            jn_subscription_find(dispatch->jangle, marks[i].subscriber);

        settle_one(subscription, result ? result : marks[i].error.result);
    }
    jn_cond_broadcast(&dispatch->changed);
    jn_mutex_unlock(&dispatch->mutex);
    for (size_t i = 0; !result && i < count; i++)
        tell(dispatch->jangle, &marks[i]);
}

struct jn_mark_source jn_marks_source(struct jn_dispatch *dispatch)
{
    return (struct jn_mark_source){.take = take, .settle = settle, .context = dispatch};
}
