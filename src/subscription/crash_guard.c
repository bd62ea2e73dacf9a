/* crash_guard.c - after a process has died: an event that it may have died of is tried
 * alone, and each attempt is stored before it is made. */
#include "subscription/crash_guard.h"

#include "subscription/checkpoint_writer.h"
#include "subscription/move.h"

#include <inttypes.h>

enum { CRASH_LIMIT = 10 }; /* of a subscriber that has no max_attempts */

/* ---- what the last owner left ------------------------------------------------ */

enum jangle_result jn_crash_guard_begin(struct jn_subscription *subscription,
                                        struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    int64_t until = subscription->position + jangle->config.batch_count;
    int64_t head = 0;
    enum jangle_result result = jangle->store->ops->head(jangle->store, &head, error);

    if (!subscription->kind->has_own_checkpoint)
        until += JN_WINDOW_COUNT;
    subscription->guarded_until = head < until ? head : until;
    return result;
}

void jn_crash_guard_read(const struct jn_subscription *subscription, struct jn_row *row)
{
    row->crashed = row->stored.trying;
    row->guarded = row->crashed || subscription->unclean;
    row->suspect = row->guarded;
    if (jn_crash_guard_gives_up(subscription, row))
        row->due_us = jn_dispatch_now_us(subscription->dispatch);
}

/* A look does not note timeouts as due while they wait after a run in vain. */
static bool may_be_due(const struct jn_due_timeouts *timeouts)
{
    return timeouts->due || timeouts->wait_us;
}

/* Timeouts that are due may be suspects, too. Before the first look nobody knows. */
static bool has_due_timeouts(const struct jn_subscription *subscription)
{
    const struct jn_timers *timers = &subscription->timers;

    return subscription->kind->look_for_due &&
           (!subscription->dispatch->looked || timers->failed || timers->scan ||
            may_be_due(&timers->others) || may_be_due(&timers->parked));
}

bool jn_crash_guard_is_over(const struct jn_subscription *subscription)
{
    const struct jn_parked_set *parked = &subscription->parked;

    if (!subscription->unclean)
        return true;
    if (subscription->position < subscription->guarded_until ||
        has_due_timeouts(subscription))
        return false;
    for (size_t i = 0; i < parked->heap_count; i++)
        if (parked->heap[i]->row.suspect)
            return false;
    return true;
}

bool jn_crash_guard_is_first(const struct jn_row *row)
{
    if (row->stored.dead || row->crashed || row->stored.attempts > 1)
        return false;
    return row->stored.attempts ? row->stored.trying : row->guarded && !row->reason[0];
}

bool jn_crash_guard_gives_up(const struct jn_subscription *subscription,
                             const struct jn_row *row)
{
    int limit = subscription->retry.max_attempts;

    return row->crashed && row->stored.attempts >= (limit > 0 ? limit : CRASH_LIMIT);
}

/* ---- an attempt -------------------------------------------------------------- */

void jn_crash_guard_take_back(struct jn_move *move, const struct jn_row *row)
{
    struct jangle_error ignored = {0};

    move->row_count = 0;
    jn_move_park(move, row);
    if (jn_move_make_silently(move, &ignored)) /* it stays counted */
        move->row_count = 0;
}

enum jangle_result jn_crash_guard_record(struct jn_move *move,
                                         const struct jn_row *row,
                                         struct jangle_error *error)
{
    struct jn_subscription *subscription = move->subscription;
    struct jn_report crash = {.outcome = JN_FAILED, .retry_in_ms = JN_BY_POLICY};
    struct jn_row attempt = *row;
    enum jangle_result result;

    if (row->stored.kind == JANGLE_PARKED_TIMEOUT)
        jn_fail(&crash.error, JANGLE_UNKNOWN,
                "the process ended while its timeout was handled");
    else
        jn_fail(&crash.error, JANGLE_UNKNOWN,
                "the process ended while event %" PRId64 " was handled",
                row->stored.position);
    jn_row_fail(&attempt, subscription, &crash);
    attempt.stored.dead = false;
    attempt.stored.trying = true;
    jn_move_park(move, &attempt);
    result = jn_move_make_silently(move, error);
    if (!result && !subscription->kind->has_own_checkpoint)
        result = jn_checkpoint_save(subscription, error);
    if (result)
        jn_crash_guard_take_back(move, row);
    return result;
}
