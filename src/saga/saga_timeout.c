/* saga_timeout.c - the turn of a saga whose timeout is due.
 *
 * Whoever finds the saga among those that are due makes the first attempt. If that fails,
 * a parked row of kind TIMEOUT takes the turn over: it is retried, backs off and becomes
 * a dead letter like any parked key. From then on the saga is stored as not due. The row
 * is durable before, so that a crash in between loses neither. */
#include "saga/saga_timeout.h"

#include "core/saga_match.h"
#include "dispatch/retry.h"
#include "saga/saga_close.h"
#include "saga/saga_run.h"
#include "saga/saga_store.h"
#include "subscription/checkpoint_writer.h"
#include "subscription/crash_guard.h"
#include "subscription/move.h"
#include "subscription/survey.h"

struct timer {
    struct jn_subscription *subscription;
    struct jn_saga saga;
    struct jangle_arena arena;
    struct jn_move move;
    struct jn_row row; /* of the timeout, with the attempts so far */
    bool is_parked;    /* the subscription has that row */
    bool was_dead;     /* the saga is stored as parked: a person has released it */
    jangle_time until; /* timeouts up to then are due */
    const struct jn_due_saga *waiting; /* has events that the saga has not been given; may
                                          be NULL */
    struct jangle_error *error;
};

static enum jangle_result
timer_init(struct timer *timer, struct jn_subscription *subscription, const char *id)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    enum jangle_result result;

    timer->subscription = subscription;
    if (!timer->until.us)
        timer->until = jn_host_now(&jangle->host);
    jn_arena_init(&timer->arena, &jangle->host.host.allocator);
    result = jn_move_init(&timer->move, subscription, &timer->arena, 1, timer->error);
    if (!result)
        result =
            jn_saga_load(&timer->saga, subscription, id, &timer->arena, timer->error);
    return result;
}

/* ---- is it time? ------------------------------------------------------------- */

/* An open turn that no event has is a timeout's. */
static bool timeout_has_begun(const struct jn_saga *saga)
{
    return saga->turn_at.us && !saga->turn_position;
}

static bool is_due(const struct timer *timer)
{
    const struct jn_saga *saga = &timer->saga;
    jangle_time due_at = jn_saga_due_at(saga, saga->timeout_at);

    return due_at.us && (timeout_has_begun(saga) || due_at.us <= timer->until.us);
}

static bool has_dead_letter(struct timer *timer)
{
    struct jn_row row = {0};

    return jn_survey_row(timer->subscription, timer->waiting->key, &row) &&
           row.stored.dead;
}

/* Is the saga to be given events first? Not if a turn is open, or an event was given up:
 * then the events behind are closed with it. */
static enum jangle_result waits_for_events(struct timer *timer, bool *waits)
{
    struct jn_saga *saga = &timer->saga;

    *waits = false;
    if (!timer->waiting || saga->turn_at.us || has_dead_letter(timer))
        return JANGLE_OK;
    return jn_saga_find_earlier(saga, timer->waiting, waits, timer->error);
}

enum jangle_result jn_timeout_begin(struct jn_saga *saga,
                                    const struct jn_due_saga *waiting,
                                    struct jangle_error *error)
{
    struct jangle *jangle = saga->jangle;
    enum jangle_result result = JANGLE_OK;

    if (saga->turn_position)
        result = jn_saga_close_waiting(saga, error);
    if (!result && waiting)
        result = jn_saga_close_behind(saga, waiting, error);
    if (result)
        return result;
    saga->turn_at = saga->timed_out_at = jn_host_now(&jangle->host);
    saga->timeout_at = (jangle_time){0};
    JN_COUNT(jangle, timeouts, 1);
    JN_LOG(&jangle->log, SAGA_TIMED_OUT, JN_PAIRS(JN_SAGA_NAMED(saga)),
           "%s/%s has timed out", saga->type->saga->name, saga->id);
    return JANGLE_OK;
}

static enum jangle_result begin_or_go_on(struct timer *timer)
{
    enum jangle_result result = jn_saga_decode_state(&timer->saga, timer->error);

    if (result || timeout_has_begun(&timer->saga))
        return result;
    return jn_timeout_begin(&timer->saga, timer->waiting, timer->error);
}

/* ---- an attempt that ended the turn ------------------------------------------ */

static enum jangle_result put_row(struct timer *timer, const struct jn_row *row)
{
    timer->move.row_count = 0;
    jn_move_park(&timer->move, row);
    return jn_move_make(&timer->move, timer->error);
}

static enum jangle_result release_row(struct timer *timer)
{
    struct jn_row row = timer->row;

    row.stored.released = true;
    return timer->is_parked ? put_row(timer, &row) : JANGLE_OK;
}

/* First the events that wait behind are woken: if memory runs out there, nothing else has
 * happened yet, and the turn is run again with its record. Then the saga is stored, which
 * ends the turn. The row is released last: after a crash in between it is retried, and
 * finds that the turn is over. */
static enum jangle_result finish_turn(struct timer *timer)
{
    struct jn_saga *saga = &timer->saga;
    enum jangle_result result =
        jn_saga_wake(timer->subscription, jn_saga_key(saga->arena, saga->id), saga->arena,
                     timer->error);

    if (!result)
        result = jn_saga_save(saga, timer->error);
    if (!result)
        result = release_row(timer);
    if (result)
        return result;
    jn_retry_settle(timer->subscription, &(struct jn_report){.outcome = JN_DONE});
    jn_saga_log_end(saga, false);
    return JANGLE_OK;
}

/* ---- an attempt that failed -------------------------------------------------- */

static void log_timeout_failure(const struct timer *timer, const struct jn_row *row)
{
    const struct jn_saga *saga = &timer->saga;
    const char *name = saga->type->saga->name;

    if (row->stored.dead)
        JN_LOG(&saga->jangle->log, SAGA_PARKED, JN_PAIRS(JN_SAGA_NAMED(saga)),
               "%s/%s is parked: its timeout: %s", name, saga->id, row->reason);
    else
        JN_LOG(&saga->jangle->log, SAGA_RETRIED,
               JN_PAIRS(JN_SAGA_NAMED(saga), JN_NUMBER("attempt", row->stored.attempts)),
               "the timeout of %s/%s failed: %s", name, saga->id, row->reason);
}

/* Store the saga as one whose timeout a row runs, or a person if the row is dead. */
static enum jangle_result save_as_parked(struct timer *timer, const struct jn_row *row)
{
    struct jn_saga *saga = &timer->saga;

    saga->status = row->stored.dead ? JANGLE_SAGA_PARKED : JANGLE_SAGA_OPEN;
    saga->timeout_is_parked = true;
    saga->timeout_at = (jangle_time){0};
    return jn_saga_save(saga, timer->error);
}

/* The first attempt failed. The row is put into memory first, then stored: after a crash
 * here the saga is still due, and try_first finds the row. The saga is stored as not due
 * last, when the row cannot be lost any more. */
static enum jangle_result hand_over_to_row(struct timer *timer, const struct jn_row *row)
{
    enum jangle_result result = put_row(timer, row);

    if (!result)
        result = jn_checkpoint_save(timer->subscription, timer->error);
    if (!result)
        result = save_as_parked(timer, row);
    return result;
}

/* The row has the turn already. The saga is stored only if its status changes, and before
 * the row, because the row in the store runs the turn again after a crash here. The
 * changed row is stored with the next checkpoint. */
static enum jangle_result hand_back_to_row(struct timer *timer, const struct jn_row *row)
{
    bool is_changed = row->stored.dead || timer->was_dead;
    enum jangle_result result = is_changed ? save_as_parked(timer, row) : JANGLE_OK;

    return result ? result : put_row(timer, row);
}

/* A try in an outage is no attempt: a row that was there stays as it was. If the try was
 * written down before it was made, that is taken back. */
static enum jangle_result fail_in_outage(struct timer *timer,
                                         const struct jn_report *report)
{
    const struct jn_host *host = &timer->saga.jangle->host;
    enum jangle_result result = JANGLE_OK;

    timer->saga.count = timer->saga.stored;
    timer->row.suspect = false;
    if (!timer->saga.timeout_is_parked) {
        timer->row.due_us = jn_host_monotonic_us(host);
        timer->row.stored.next_at = jn_host_now(host);
        jn_text_show(timer->row.reason, sizeof timer->row.reason, report->error.message);
        result = hand_over_to_row(timer, &timer->row);
    } else if (timer->row.guarded) {
        timer->move.silent = true;
        result = put_row(timer, &timer->row);
        timer->move.silent = false;
    }
    if (!result)
        jn_retry_settle(timer->subscription, report);
    return result;
}

static enum jangle_result fail_attempt(struct timer *timer,
                                       const struct jn_report *report)
{
    struct jn_saga *saga = &timer->saga;
    struct jn_row row = timer->row;
    enum jangle_result result;

    saga->count = saga->stored;
    jn_row_fail(&row, timer->subscription, report);
    row.guarded |= timer->subscription->unclean;
    result = saga->timeout_is_parked ? hand_back_to_row(timer, &row)
                                     : hand_over_to_row(timer, &row);
    if (result)
        return result;
    log_timeout_failure(timer, &row);
    jn_retry_settle(timer->subscription, report);
    return JANGLE_OK;
}

/* ---- an attempt -------------------------------------------------------------- */

/* The process has ended in this turn too often. The row counts the last of these attempts
 * already, because it was written down before it was made; fail_attempt counts it. */
static enum jangle_result give_up_timeout(struct timer *timer)
{
    struct jn_report report = {.outcome = JN_REFUSED, .retry_in_ms = JN_BY_POLICY};

    jn_fail(&report.error, JANGLE_REJECTED, "%s", timer->row.reason);
    timer->row.stored.attempts--;
    return fail_attempt(timer, &report);
}

static struct jn_report report_of(const struct jn_turn *turn)
{
    enum jn_outcome outcome =
        jangle_result_is(turn->failed_with, JANGLE_RESULT_OURS) ? JN_OURS : JN_FAILED;

    return (struct jn_report){.outcome = turn->mismatch ? JN_CANNOT : outcome,
                              .retry_in_ms = turn->retry_in_ms,
                              .error = turn->error};
}

/* After a crash the attempt is written down before it is made. */
static enum jangle_result record_attempt(struct timer *timer)
{
    if (!timer->row.guarded)
        return JANGLE_OK;
    timer->is_parked = true;
    return jn_crash_guard_record(&timer->move, &timer->row, timer->error);
}

static enum jangle_result run_attempt(struct timer *timer)
{
    struct jn_saga *saga = &timer->saga;
    struct jn_turn turn;
    struct jn_report report;
    enum jangle_result result;

    if (jn_crash_guard_gives_up(timer->subscription, &timer->row))
        return give_up_timeout(timer);
    result = record_attempt(timer);
    if (result)
        return result;
    timer->was_dead = saga->status == JANGLE_SAGA_PARKED;
    saga->status = JANGLE_SAGA_OPEN;
    jn_saga_turn_init(&turn, saga, NULL, timer->row.stored.attempts + 1);
    if (!jn_turn_run(&turn))
        return finish_turn(timer);
    report = report_of(&turn);
    if (timer->subscription->suspension.kind == JN_OUTAGE)
        return fail_in_outage(timer, &report);
    return fail_attempt(timer, &report);
}

static enum jangle_result try_first(struct timer *timer)
{
    struct jn_saga *saga = &timer->saga;
    const char *key = jn_saga_timeout_key(saga->arena, saga->id);
    enum jangle_result result = begin_or_go_on(timer);

    if (result)
        return result;
    if (jn_survey_row(timer->subscription, key, &timer->row))
        return save_as_parked(timer,
                              &timer->row); /* a process died in hand_over_to_row */
    timer->row = (struct jn_row){
        .stored = {.kind = JANGLE_PARKED_TIMEOUT, .key = key, .position = saga->position},
        .guarded = timer->subscription->unclean};
    result = jn_arena_check(saga->arena, timer->error);
    return result ? result : run_attempt(timer);
}

/* A process died in hand_over_to_row, before it stored the saga. If events wait under the
 * saga's key, only a scan knows which: it finds the row, and begins the turn. */
static bool is_left_to_scan(struct timer *timer)
{
    struct jn_saga *saga = &timer->saga;
    const char *key = jn_saga_key(saga->arena, saga->id);
    struct jn_row row;

    return !timeout_has_begun(saga) && jn_survey_row(timer->subscription, key, &row);
}

static enum jangle_result try_again(struct timer *timer)
{
    const struct jn_saga *saga = &timer->saga;
    enum jangle_result result;

    if (!timeout_has_begun(saga) && !is_due(timer))
        return release_row(timer); /* a process died in finish_turn: the turn is over */
    if (is_left_to_scan(timer))
        return jn_fail(timer->error, JANGLE_STORAGE,
                       "%s/%s: its timeout waits for events that are parked",
                       saga->type->saga->name, saga->id);
    result = begin_or_go_on(timer);
    return result ? result : run_attempt(timer);
}

enum jangle_result jn_timeout_run(struct jn_subscription *subscription,
                                  const char *id,
                                  jangle_time at,
                                  const struct jn_due_saga *waiting,
                                  bool *ran,
                                  struct jangle_error *error)
{
    struct timer timer = {.until = at, .waiting = waiting, .error = error};
    enum jangle_result result = timer_init(&timer, subscription, id);
    bool waits = true;

    if (!result && is_due(&timer))
        result = waits_for_events(&timer, &waits);
    *ran = !result && !waits;
    if (*ran)
        result = try_first(&timer);
    jn_arena_finish(&timer.arena);
    return result;
}

enum jangle_result jn_timeout_retry(struct jn_subscription *subscription,
                                    const struct jn_row *row,
                                    struct jangle_error *error)
{
    struct timer timer = {.row = *row, .is_parked = true, .error = error};
    enum jangle_result result = timer_init(
        &timer, subscription, jn_saga_id_of_key(row->stored.kind, row->stored.key));

    timer.row.stored.key = jn_arena_copy_text(&timer.arena, row->stored.key);
    if (!result)
        result = jn_arena_check(&timer.arena, error);
    if (!result)
        result = try_again(&timer);
    jn_arena_finish(&timer.arena);
    return result;
}
