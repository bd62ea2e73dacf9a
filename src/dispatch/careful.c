/* careful.c - after a process died: events that it may have died of are handled one by
 * one, and each attempt is written down before it is made. */
#include "dispatch/batch.h"

#include <inttypes.h>

enum { CRASH_LIMIT = 10 }; /* of a subscriber that has no max_attempts */

/* ---- what the last owner left ------------------------------------------------ */

enum jangle_result jn_careful_begin(struct jn_subscription *subscription,
                                    struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    int64_t until = subscription->position + jangle->config.batch_count;
    int64_t head = 0;
    enum jangle_result result = jangle->store->ops->head(jangle->store, &head, error);

    if (!subscription->file)
        until += JN_WINDOW_COUNT;
    subscription->careful_until = head < until ? head : until;
    return result;
}

void jn_careful_read(const struct jn_subscription *subscription, struct jn_row *row)
{
    row->crashed = row->trying;
    row->careful = row->crashed || subscription->unclean;
    if (jn_careful_gives_up(subscription, row))
        row->due_us = jn_host_monotonic_us(&jn_jangle_of(subscription)->host);
}

bool jn_careful_is_first(const struct jn_row *row)
{
    if (row->dead || row->crashed || row->attempts > 1)
        return false;
    return row->attempts ? row->trying : row->careful && !row->reason[0];
}

int jn_careful_limit(const struct jn_subscription *subscription)
{
    int limit = subscription->retry.max_attempts;

    return limit > 0 ? limit : CRASH_LIMIT;
}

bool jn_careful_gives_up(const struct jn_subscription *subscription,
                         const struct jn_row *row)
{
    return row->crashed && row->attempts >= jn_careful_limit(subscription);
}

/* ---- an attempt -------------------------------------------------------------- */

/* Put the row there, and tell nobody: nothing has failed. */
static enum jangle_result put(struct jn_move *move,
                              struct jn_subscription *subscription,
                              struct jangle_error *error)
{
    struct jangle_view_file *file = subscription->file;
    struct jangle_view *view;
    enum jangle_result result = file ? file->ops->begin(file, &view, error) : JANGLE_OK;

    move->quiet = true;
    if (!result)
        result = jn_move_make(move, subscription, error);
    move->quiet = false;
    return result;
}

void jn_careful_take_back(struct jn_move *move,
                          struct jn_subscription *subscription,
                          const struct jn_row *row)
{
    struct jangle_error ignored = {0};

    move->row_count = 0;
    jn_move_park(move, row);
    if (put(move, subscription, &ignored)) /* then it stays counted */
        move->row_count = 0;
}

enum jangle_result jn_careful_record(struct jn_move *move,
                                     struct jn_subscription *subscription,
                                     const struct jn_row *row,
                                     struct jangle_error *error)
{
    struct jn_report crash = {.outcome = JN_FAILED, .retry_in_ms = JN_BY_POLICY};
    struct jn_row attempt;
    enum jangle_result result;

    if (row->kind == JANGLE_PARKED_TIMEOUT)
        jn_fail(&crash.error, JANGLE_UNKNOWN,
                "the process ended while its timeout was handled");
    else
        jn_fail(&crash.error, JANGLE_UNKNOWN,
                "the process ended while event %" PRId64 " was handled", row->position);
    jn_row_fail(&attempt, row, subscription, &crash);
    attempt.dead = false;
    attempt.trying = true;
    jn_move_park(move, &attempt);
    result = put(move, subscription, error);
    if (!result && !subscription->file)
        result = jn_marks_write(subscription, error);
    if (result)
        jn_careful_take_back(move, subscription, row);
    return result;
}

/* ---- a batch ----------------------------------------------------------------- */

bool jn_batch_is_careful(const struct jn_batch *batch)
{
    const struct jn_subscription *subscription = batch->subscription;

    return subscription->position < subscription->careful_until;
}

/* Its key is parked first, and tried at once: a retry does all that is to be done. */
static enum jangle_result
try(struct jn_batch *batch, const struct jn_item *item, struct jangle_error *error)
{
    struct jn_subscription *subscription = batch->subscription;
    const struct jn_host *host = &jn_jangle_of(subscription)->host;
    struct jn_dispatch *dispatch = subscription->dispatch;
    const struct jn_parked *parked;
    struct jn_row row = {.kind = item->kind,
                         .key = item->key,
                         .position = item->record.position,
                         .due_us = jn_host_monotonic_us(host),
                         .next_at = jn_host_now(host),
                         .careful = true};
    enum jangle_result result;

    jn_move_pass(&batch->move, &item->record);
    jn_move_park(&batch->move, &row);
    result = put(&batch->move, subscription, error);
    if (result)
        return result;
    jn_mutex_lock(&dispatch->mutex);
    parked = jn_parked_find(&subscription->parked, item->key);
    jn_mutex_unlock(&dispatch->mutex);
    batch->tried = true;
    return jn_retry_run(subscription, &parked->row, &batch->done, error);
}

enum jangle_result jn_batch_carefully(struct jn_batch *batch, struct jangle_error *error)
{
    const struct jn_page *page = &batch->page;
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < page->count && jn_batch_is_careful(batch); i++) {
        enum jn_fate fate = jn_batch_fate(batch, &page->items[i]);

        if (fate == JN_FATE_STOP)
            break;
        if (fate == JN_FATE_DELIVER) {
            result = try(batch, &page->items[i], error);
        } else {
            jn_move_pass(&batch->move, &page->items[i].record);
            batch->done++;
        }
        if (jn_batch_is_over(batch) || batch->subscription->halt.kind)
            break;
    }
    if (!result)
        result = jn_batch_finish(batch, error);
    if (!jn_batch_is_careful(batch)) /* a reset is none of a crash's business */
        batch->subscription->careful_until = 0;
    return result;
}
