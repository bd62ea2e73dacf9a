/* saga_dispatch.c - an event comes to its saga, and has its turn there. */
#include "saga/saga_dispatch.h"

#include "command/commands.h"
#include "core/saga_match.h"
#include "dispatch/delivery.h"
#include "message/event.h"
#include "saga/saga_close.h"
#include "saga/saga_due.h"
#include "saga/saga_end.h"
#include "saga/saga_run.h"
#include "saga/saga_store.h"
#include "saga/saga_timeout.h"
#include "saga/saga_timers.h"

/* ---- what is to be done with the event? -------------------------------------- */

enum action {
    RUN,            /* run the event's turn */
    CLOSE_AND_RUN,  /* the same, after the open turn of another event is closed */
    TIME_OUT_FIRST, /* the turn of the saga's timeout comes before the event's */
    NOT_WANTED,     /* the saga has not begun, or is over: this is logged */
    DONE_BEFORE,    /* the event was handled already, and is delivered again */
    WAIT,           /* deliver the event later, which counts as no failed attempt */
    REFUSE          /* the event comes too late, and becomes a dead letter */
};

static enum action
do_not_want(const struct jn_saga *saga, const struct jangle_event *event, const char *why)
{
    JN_LOG(&saga->jangle->log, SAGA_PASSED,
           JN_PAIRS(JN_SAGA_NAMED(saga), JN_TEXT("event", event->type->name),
                    JN_NUMBER("position", event->position)),
           "%s/%s: event %lld is skipped: %s", saga->type->saga->name, saga->id,
           (long long)event->position, why);
    return NOT_WANTED;
}

static enum action refuse_late(const struct jn_saga *saga,
                               const struct jangle_event *event,
                               struct jangle_error *error)
{
    jn_fail(error, JANGLE_REJECTED,
            "%s/%s cannot take event %lld any more, because it has handled event %lld "
            "since: skip this dead letter",
            saga->type->saga->name, saga->id, (long long)event->position,
            (long long)saga->position);
    return REFUSE;
}

/* The saga wants the event, and has not been given it. What comes first? */
static enum action judge_turn(const struct jn_saga *saga,
                              const struct jangle_event *event,
                              struct jangle_error *error)
{
    /* The event's own turn is open, because an attempt at it failed: it goes on, although
     * the time of the saga's timeout may have come meanwhile. */
    if (saga->turn_position == event->position)
        return RUN;

    if (jn_saga_is_after_timeout(saga, event, jn_host_now(&saga->jangle->host)))
        return TIME_OUT_FIRST;

    if (!saga->turn_at.us)
        return RUN;

    /* An operator has skipped the dead letter of the event whose turn is open: otherwise
     * that event would still be parked, and this one behind it. */
    if (saga->turn_position)
        return CLOSE_AND_RUN;

    /* The turn of the timeout is open: it failed, and is tried again. */
    jn_fail(error, JANGLE_BUSY, "the turn of its timeout has not ended%s%s",
            saga->reason ? ": " : "", saga->reason ? saga->reason : "");
    return WAIT;
}

static enum action judge_event(const struct jn_saga *saga,
                               const struct jn_delivery *delivery,
                               const struct jangle_event *event,
                               struct jangle_error *error)
{
    bool is_over = saga->status == JANGLE_SAGA_FINISHED;

    if (!saga->exists && !jn_saga_begins(saga->type, event->type))
        return do_not_want(saga, event, "no saga has begun");

    if (is_over && event->position > saga->position)
        return do_not_want(saga, event, "the saga is over");

    /* The event could not be read when its turn was, and now can be; but the saga has
     * handled later events since. */
    if (delivery->delivered_late && event->position < saga->position && !is_over)
        return refuse_late(saga, event, error);

    /* A crash came after the turn, and before the checkpoint was saved. */
    if (saga->exists && event->position <= saga->position)
        return DONE_BEFORE;

    return judge_turn(saga, event, error);
}

/* ---- logging ----------------------------------------------------------------- */

static void log_turn_failure(const struct jn_turn *turn)
{
    const struct jn_saga *saga = turn->saga;
    const char *name = saga->type->saga->name;

    if (turn->mismatch)
        JN_LOG(&saga->jangle->log, SAGA_PARKED, JN_PAIRS(JN_SAGA_NAMED(saga)),
               "%s/%s is parked: %s", name, saga->id, turn->error.message);
    else
        JN_LOG(&saga->jangle->log, SAGA_RETRIED,
               JN_PAIRS(JN_SAGA_NAMED(saga), JN_NUMBER("attempt", turn->base.attempt)),
               "a turn of %s/%s failed: %s", name, saga->id, turn->error.message);
}

/* Save a failed turn as open. If that fails the next attempt begins from what was stored
 * before, so it is only logged. */
static void save_open_turn(struct jn_saga *saga, const char *what)
{
    struct jangle_error error = {0};

    if (!jn_saga_save(saga, &error))
        return;
    JN_LOG_STORE(&saga->jangle->log, error.result, JN_PAIRS(JN_SAGA_NAMED(saga)),
                 "the open %s of %s/%s could not be stored: %s", what,
                 saga->type->saga->name, saga->id, error.message);
}

static void log_late(const struct jn_saga *saga, const struct jangle_event *event)
{
    if (jn_event_stored_at(event).us >= saga->timed_out_at.us ||
        saga->turn_position == event->position)
        return;
    JN_LOG(&saga->jangle->log, SAGA_LATE,
           JN_PAIRS(JN_SAGA_NAMED(saga), JN_TEXT("event", event->type->name),
                    JN_NUMBER("position", event->position)),
           "%s/%s: event %lld is older than the timeout, and comes after it",
           saga->type->saga->name, saga->id, (long long)event->position);
}

/* ---- the turn of an event ---------------------------------------------------- */

static bool is_changed(const struct jn_saga *saga, const struct jn_saga *before)
{
    return !before->exists || before->turn_at.us || saga->count != before->count ||
           saga->status == JANGLE_SAGA_FINISHED ||
           saga->timeout_at.us != before->timeout_at.us || !before->state_json ||
           strcmp(saga->state_json, before->state_json) != 0;
}

/* The turn began late, so the saga's timeout waits for it. But this was the last attempt:
 * the timeout would wait for nothing. */
static bool loses_patience(const struct jn_delivery *delivery, const struct jn_turn *turn)
{
    const struct jn_subscription *subscription = delivery->subscription;
    int limit = subscription->retry.max_attempts;

    return limit > 0 && delivery->attempt >= limit &&
           subscription->suspension.kind != JN_OUTAGE &&
           jn_saga_due_at(turn->saga, turn->timeout_at).us > turn->timeout_at.us;
}

/* The turn failed. Steps that are not stored are forgotten. That the turn is open, and
 * which timeout it has set, is stored, unless the store knows it already, or the failure
 * is jangle's own. */
static void keep_turn_open(struct jn_turn *turn,
                           const struct jn_delivery *delivery,
                           const struct jn_saga *before)
{
    struct jn_saga *saga = turn->saga;
    bool is_given_up = loses_patience(delivery, turn);
    bool is_stored = before->turn_at.us && before->status != JANGLE_SAGA_PARKED &&
                     !is_given_up && turn->timeout_at.us == saga->timeout_at.us;

    jn_saga_forget_steps(saga);
    saga->reason = jn_arena_copy_text(saga->arena, turn->error.message);
    if (turn->mismatch)
        saga->status = JANGLE_SAGA_PARKED;
    else if (is_stored || jangle_result_is(turn->failed_with, JANGLE_RESULT_OURS))
        return;
    if (is_given_up)
        saga->turn_event_at = (jangle_time){0};
    saga->timeout_at = turn->timeout_at;
    save_open_turn(saga, "turn");
}

/* The turn of an event that failed before is open already. */
static void open_turn(struct jn_saga *saga, const struct jangle_event *event)
{
    if (!saga->turn_at.us) {
        saga->turn_at = jn_host_now(&saga->jangle->host);
        saga->turn_event_at = jn_saga_event_time(event, saga->turn_at);
        saga->turn_position = event->position;
    }
    if (!saga->exists)
        saga->origin = event->origin;
    saga->status = JANGLE_SAGA_OPEN; /* a saga that was parked may go on now */
}

/* A turn that changed nothing is not stored: if it comes again it changes nothing again.
 */
static enum jangle_result end_turn(struct jn_saga *saga,
                                   const struct jn_delivery *delivery,
                                   const struct jn_saga *before,
                                   struct jangle_error *error)
{
    bool changed = is_changed(saga, before), began = !before->exists;
    enum jangle_result result = JANGLE_OK;

    if (changed && jn_saga_end_wait(saga, delivery, began))
        return JANGLE_OK;
    if (changed)
        result = jn_saga_save(saga, error);
    if (!result)
        jn_saga_log_end(saga, began);
    return result;
}

static enum jangle_result run_event_turn(struct jn_saga *saga,
                                         struct jn_delivery *delivery)
{
    const struct jangle_event *event = &delivery->event;
    const struct jn_saga before = *saga;
    struct jn_turn turn;
    enum jangle_result result;

    open_turn(saga, event);
    jn_saga_turn_init(&turn, saga, event, delivery->attempt);
    JN_FAILPOINT("saga.in_turn");
    result = jn_turn_run(&turn);
    if (result)
        keep_turn_open(&turn, delivery, &before);
    else
        result = end_turn(saga, delivery, &before, &turn.error);
    if (result) {
        log_turn_failure(&turn);
        delivery->report.error = turn.error;
        delivery->report.error.result = result;
        delivery->report.retry_in_ms = turn.retry_in_ms;
        delivery->cannot = turn.mismatch;
        return result;
    }
    return JANGLE_OK;
}

/* ---- the turn of a timeout, before the event's ------------------------------- */

/* A turn that fails is stored as open, which makes it due at once: a run for timeouts
 * tries it again, and counts the attempts. */
static enum jangle_result run_timeout_first(struct jn_saga *saga,
                                            struct jangle_error *error)
{
    struct jn_turn turn;
    enum jangle_result result = jn_timeout_begin(saga, NULL, error);

    if (result)
        return result;
    jn_saga_turn_init(&turn, saga, NULL, 1);
    if (!jn_turn_run(&turn)) {
        result = jn_saga_save(saga, error);
        if (!result)
            jn_saga_log_end(saga, false);
        return result;
    }
    log_turn_failure(&turn);
    jn_saga_forget_steps(saga);
    if (!jangle_result_is(turn.failed_with, JANGLE_RESULT_OURS))
        save_open_turn(saga, "timeout");
    return jn_fail(error, JANGLE_BUSY, "the turn of its timeout comes first: %s",
                   turn.error.message);
}

/* Run the timeout's turn, and see what is to be done with the event then. The event waits
 * for a run for timeouts if an attempt could end the process, because only such a run
 * writes an attempt down before it is made. The event waits, too, if the timeout has set
 * another one in the past, because that could go on here without an end. */
static enum action time_out_first(struct jn_saga *saga,
                                  const struct jn_delivery *delivery,
                                  const struct jangle_event *event,
                                  struct jangle_error *error)
{
    bool is_guarded = event->position <= delivery->subscription->guarded_until;
    enum action action = TIME_OUT_FIRST;

    if (!is_guarded && run_timeout_first(saga, error))
        return WAIT;
    if (!is_guarded)
        action = judge_event(saga, delivery, event, error);
    if (action != TIME_OUT_FIRST)
        return action;
    jn_fail(error, JANGLE_BUSY, "the turn of its timeout comes first");
    return WAIT;
}

/* ---- an event ---------------------------------------------------------------- */

static bool needs_state(enum action action)
{
    return action == RUN || action == CLOSE_AND_RUN || action == TIME_OUT_FIRST;
}

static enum jangle_result deliver_to(struct jn_saga *saga, struct jn_delivery *delivery)
{
    const struct jangle_event *event = &delivery->event;
    struct jangle_error *error = &delivery->report.error;
    enum jangle_result result = JANGLE_OK;
    enum action action = judge_event(saga, delivery, event, error);

    if (needs_state(action))
        result = jn_saga_decode_state(saga, error);
    if (result)
        return result;
    if (action == TIME_OUT_FIRST)
        action = time_out_first(saga, delivery, event, error);
    switch (action) {
    case NOT_WANTED:
    case DONE_BEFORE:
        return JANGLE_OK;
    case REFUSE:
        delivery->refused = true;
        return error->result;
    case WAIT:
    case TIME_OUT_FIRST: /* never: it has had its turn, or the event waits for it */
        delivery->report.waits = true;
        return error->result;
    case CLOSE_AND_RUN:
        result = jn_saga_close_waiting(saga, error);
        if (!result)
            result = jn_saga_save(saga, error);
        break;
    case RUN:
        break;
    }
    if (result)
        return result;
    log_late(saga, event);
    return run_event_turn(saga, delivery);
}

/* As the end of its last turn has left it, if that waits; else as it is stored. */
static enum jangle_result
find_saga(struct jn_saga *saga, struct jn_delivery *delivery, const char *id)
{
    struct jn_subscription *subscription = delivery->subscription;
    struct jangle_error *error = &delivery->report.error;
    int64_t epoch = jn_cache_epoch(&jn_jangle_of(subscription)->commands->locks);
    enum jangle_result result =
        jn_saga_end_take(saga, subscription, id, delivery->arena, error);

    if (result || saga->end)
        return result;
    result = jn_saga_load(saga, subscription, id, delivery->arena, error);
    saga->epoch = epoch;
    return result;
}

static enum jangle_result deliver_event_to_saga(struct jn_delivery *delivery)
{
    const char *id = jn_saga_id_of(delivery->subscription->saga, &delivery->event);
    struct jangle_error *error = &delivery->report.error;
    struct jn_saga saga;
    enum jangle_result result;

    if (!id)
        return JANGLE_OK;
    if (strlen(id) > JN_ID_LIMIT) {
        delivery->cannot = true;
        return jn_fail(error, JANGLE_INVALID,
                       "the id of its saga has %zu bytes, more than %d", strlen(id),
                       JN_ID_LIMIT);
    }
    result = find_saga(&saga, delivery, id);
    if (result)
        return result;
    result = deliver_to(&saga, delivery);
    jn_saga_end_give_back(&saga);
    return result;
}

/* The engine itself handles the events of a saga, as turns of it, and timeouts are work
 * like events. */
const struct jn_kind jn_saga_kind = {
    .start = JANGLE_FROM_NOW,
    .may_block = true,
    .key_of = jn_saga_key_of_event,
    .deliver = deliver_event_to_saga,
    .look_for_due = jn_timers_look,
    .run_due = jn_timers_run,
    .settle_end = jn_saga_end_settle,
    .free_end = jn_saga_end_free,
};
