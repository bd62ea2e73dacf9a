/* move.c - a move: the new checkpoint of a subscription and the parked rows that change
 * with it. */
#include "subscription/move.h"

#include "subscription/ends.h"

#include <assert.h>

void jn_row_fail(struct jn_row *row,
                 const struct jn_subscription *subscription,
                 const struct jn_report *report)
{
    const struct jn_host *host = &jn_jangle_of(subscription)->host;
    const struct jangle_retry *retry = &subscription->retry;
    int64_t delay_ms;

    row->stored.dead = row->stored.released = row->stored.trying = row->crashed = false;
    row->suspect = false;
    row->counts = !report->waits;
    switch (report->outcome) {
    case JN_REFUSED:
    case JN_CANNOT:
        row->counts = report->outcome == JN_CANNOT;
        row->stored.attempts++;
        row->stored.dead = true;
        break;
    case JN_FAILED:
        row->stored.attempts++;
        row->stored.dead =
            retry->max_attempts > 0 && row->stored.attempts >= retry->max_attempts;
        break;
    case JN_OURS:
        row->postponed += !report->waits;
        break;
    case JN_DONE:
        assert(false && "a failure");
        break;
    }
    if (report->error.result == JANGLE_CLOSED && jn_jangle_of(subscription)->stopping)
        delay_ms = 0; /* jangle_close cut it short: it is due at the next open */
    else
        delay_ms = jn_host_retry_ms(host, retry, row->stored.attempts + row->postponed,
                                    report->retry_in_ms);
    row->stored.delay_ms = row->stored.dead ? 0 : delay_ms;
    row->due_us = jn_host_monotonic_us(host) + delay_ms * 1000;
    row->stored.next_at = jangle_time_after_ms(jn_host_now(host), row->stored.delay_ms);
    jn_text_show(row->reason, sizeof row->reason, report->error.message);
}

enum jangle_result jn_move_init(struct jn_move *move,
                                struct jn_subscription *subscription,
                                struct jangle_arena *arena,
                                size_t row_limit,
                                struct jangle_error *error)
{
    *move = (struct jn_move){.subscription = subscription,
                             .position = subscription->ahead.position,
                             .row_limit = row_limit};
    memcpy(move->event_id, subscription->ahead.event_id, sizeof move->event_id);
    move->rows = jn_arena_room(arena, row_limit * sizeof *move->rows);
    return jn_arena_check(arena, error);
}

void jn_move_pass(struct jn_move *move, const struct jangle_record *record)
{
    if (move->subscription->saga)
        jn_ends_pass(move->subscription, record->position, move->position,
                     move->event_id);
    move->position = record->position;
    memcpy(move->event_id, record->event_id, sizeof move->event_id);
}

void jn_move_deliver(struct jn_move *move)
{
    move->delivered++;
    move->streak_from = move->row_count;
}

void jn_move_park(struct jn_move *move, const struct jn_row *row)
{
    assert(move->row_count < move->row_limit);
    move->rows[move->row_count++] = *row;
}

int jn_move_streak(const struct jn_move *move)
{
    int streak = move->delivered ? 0 : move->subscription->streak_keys;

    for (size_t i = move->streak_from; i < move->row_count; i++)
        streak += move->rows[i].counts;
    return streak;
}

/* A key counts once in a streak of failures, however often it fails. */
static void
note_failure(struct jn_subscription *subscription, const struct jn_row *row, bool counts)
{
    struct jn_parked *parked;

    if (row->stored.released)
        return;
    if (row->reason[0])
        memcpy(subscription->last_failure, row->reason,
               sizeof subscription->last_failure);
    parked = jn_parked_find(&subscription->parked, row->stored.key);
    if (counts && parked->streak != subscription->streak) {
        parked->streak = subscription->streak;
        subscription->streak_keys++;
    }
}

/* Under the mutex. If a row finds no memory the checkpoint stays. The rows before that
 * one are in the set, and they are true: for a view they are stored already, and all is
 * read again; for others the event is delivered again. */
static enum jangle_result apply_move(struct jn_move *move)
{
    struct jn_subscription *subscription = move->subscription;

    if (move->delivered) {
        subscription->streak++;
        subscription->streak_keys = 0;
    }
    for (size_t i = 0; i < move->row_count; i++) {
        const struct jn_row *row = &move->rows[i];
        bool counts = i >= move->streak_from && row->counts;

        if (jn_parked_put(&subscription->parked, row, false))
            return JANGLE_NO_MEMORY;
        if (!move->silent)
            note_failure(subscription, row, counts);
    }
    subscription->ahead.position = move->position;
    memcpy(subscription->ahead.event_id, move->event_id, sizeof move->event_id);
    jn_ends_raise(subscription);
    subscription->mismatched += move->mismatched;
    subscription->stalls = 0;
    if (subscription->kind->has_own_checkpoint)
        subscription->stored = move->position;
    else if (!subscription->checkpoint_due_us)
        subscription->checkpoint_due_us =
            jn_dispatch_now_us(subscription->dispatch) +
            jn_jangle_of(subscription)->config.checkpoint_interval_ms * 1000;
    return JANGLE_OK;
}

/* Log what failed, after the move was made. */
static void log_failures(const struct jn_move *move)
{
    struct jangle *jangle = jn_jangle_of(move->subscription);
    const char *name = jn_name_of(move->subscription);

    JN_COUNT(jangle, deliveries, move->delivered);
    for (size_t i = 0; !move->silent && i < move->row_count; i++) {
        const struct jn_row *row = &move->rows[i];

        if (row->stored.released || row->stored.attempts + row->postponed == 0)
            continue; /* the key waits for its first attempt, or no more */
        if (row->stored.kind == JANGLE_PARKED_TIMEOUT && !row->stored.dead)
            continue; /* the saga has logged it */
        if (row->stored.dead) {
            JN_COUNT(jangle, dead, 1);
            JN_LOG(&jangle->log, EVENT_DEAD,
                   JN_PAIRS(JN_TEXT("subscriber", name),
                            JN_NUMBER("position", row->stored.position),
                            JN_NUMBER("attempts", row->stored.attempts)),
                   "%s gave up on event %lld: %s", name, (long long)row->stored.position,
                   row->reason);
        } else {
            JN_COUNT(jangle, retries, 1);
            JN_LOG(&jangle->log, EVENT_RETRIED,
                   JN_PAIRS(JN_TEXT("subscriber", name),
                            JN_NUMBER("position", row->stored.position),
                            JN_NUMBER("attempts", row->stored.attempts)),
                   "%s failed on event %lld: %s", name, (long long)row->stored.position,
                   row->reason);
        }
    }
}

enum jangle_result jn_move_make(struct jn_move *move, struct jangle_error *error)
{
    struct jn_subscription *subscription = move->subscription;
    /* A batch that changed nothing needs no commit, but its transaction must end. */
    bool moves =
        move->forced || move->row_count || move->position != subscription->ahead.position;
    enum jangle_result result = JANGLE_OK;

    if (!moves)
        jn_subscription_roll_back(subscription);
    if (!moves)
        return JANGLE_OK;
    if (subscription->kind->commit)
        result = subscription->kind->commit(subscription, move, error);
    jn_subscription_lock(subscription);
    subscription->must_reload |= result == JANGLE_CONFLICT;
    if (!result && apply_move(move)) {
        subscription->must_reload |= subscription->kind->has_own_checkpoint;
        result = JANGLE_NO_MEMORY;
    }
    jn_dispatch_tell_change(subscription->dispatch);
    jn_subscription_unlock(subscription);
    if (result)
        return jn_fail(error, result, "out of memory for the parked keys of \"%s\"",
                       jn_name_of(subscription));
    log_failures(move);
    move->row_count = move->streak_from = 0;
    move->delivered = move->mismatched = 0;
    return JANGLE_OK;
}

/* The crash guard uses this: to store that an attempt begins is no failure. */
enum jangle_result jn_move_make_silently(struct jn_move *move, struct jangle_error *error)
{
    enum jangle_result result = jn_subscription_begin(move->subscription, NULL, error);

    move->silent = true;
    if (!result)
        result = jn_move_make(move, error);
    move->silent = false;
    return result;
}

enum jangle_result jn_move_park_row(struct jn_subscription *subscription,
                                    const struct jn_row *row,
                                    struct jangle_error *error)
{
    struct jn_move move;
    struct jangle_arena arena;
    enum jangle_result result;

    jn_arena_init(&arena, jn_allocator_of(subscription));
    result = jn_move_init(&move, subscription, &arena, 1, error);
    move.forced = !row;
    if (!result && row) {
        jn_move_park(&move, row);
        /* The key may be that of the old row, which the move replaces. */
        move.rows[0].stored.key = jn_arena_copy_text(&arena, row->stored.key);
        result = jn_arena_check(&arena, error);
    }
    if (!result)
        result = jn_subscription_begin(subscription, NULL, error);
    if (!result)
        result = jn_move_make(&move, error);
    jn_arena_finish(&arena);
    return result;
}
