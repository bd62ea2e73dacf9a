/* saga_dispatch.c - events come to sagas, each as a turn. */
#include "saga/saga_dispatch.h"

#include "core/saga_match.h"
#include "message/event.h"
#include "saga/saga_close.h"
#include "saga/saga_run.h"
#include "saga/saga_store.h"
#include "saga/saga_timeout.h"

/* ---- does it want the event? ------------------------------------------------- */

enum action { RUN, PASS, WAIT, REFUSE, CLOSE_AND_RUN, TIME_OUT_FIRST };

static void pass(const struct jn_saga *saga,
                 struct jangle *jangle,
                 const struct jangle_event *event,
                 const char *why)
{
    JN_LOG(&jangle->log, SAGA_PASSED,
           JN_PAIRS(JN_TEXT("saga", saga->type->saga->name), JN_TEXT("id", saga->id),
                    JN_TEXT("event", event->type->name),
                    JN_NUMBER("position", event->position)),
           "%s/%s: event %lld is passed over: %s", saga->type->saga->name, saga->id,
           (long long)event->position, why);
}

/* An open turn is the event's own, or in its way: an earlier event's was skipped by a
 * person, for else this one would be held. */
static enum action judge_open(const struct jn_saga *saga,
                              const struct jangle_event *event,
                              struct jangle_error *error)
{
    if (saga->turn_position == event->position)
        return RUN;
    if (saga->turn_position)
        return CLOSE_AND_RUN;
    jn_fail(error, JANGLE_BUSY, "the turn of its timeout has not ended%s%s",
            saga->reason ? ": " : "", saga->reason ? saga->reason : "");
    return WAIT;
}

/* It could not be read when its turn was, and now can be. */
static enum action refuse_late(const struct jn_saga *saga,
                               const struct jangle_event *event,
                               struct jangle_error *error)
{
    jn_fail(error, JANGLE_REJECTED,
            "%s/%s has not seen event %lld: it has gone on to %lld",
            saga->type->saga->name, saga->id, (long long)event->position,
            (long long)saga->position);
    return REFUSE;
}

/* Its own turn goes on, although its saga's time has come meanwhile. */
static bool is_after_timeout(const struct jn_saga *saga,
                             const struct jn_call *call,
                             const struct jangle_event *event)
{
    jangle_time now = jn_host_now(&jn_jangle_of(call->subscription)->host);

    return saga->turn_position != event->position &&
           jn_saga_is_after_timeout(saga, event, now);
}

static enum action judge(const struct jn_saga *saga,
                         const struct jn_call *call,
                         const struct jangle_event *event,
                         struct jangle_error *error)
{
    const char *why = NULL;

    if (!saga->exists && !jn_saga_begins(saga->type, event->type))
        why = "no saga has begun";
    else if (saga->status == JANGLE_SAGA_FINISHED && event->position > saga->position)
        why = "the saga is over";
    else if (call->delivered_late && event->position < saga->position &&
             saga->status != JANGLE_SAGA_FINISHED)
        return refuse_late(saga, event, error);
    else if (saga->exists && event->position <= saga->position)
        return PASS; /* it comes again */
    if (why)
        pass(saga, jn_jangle_of(call->subscription), event, why);
    if (why)
        return PASS;
    if (is_after_timeout(saga, call, event))
        return TIME_OUT_FIRST;
    return saga->turn_at.us ? judge_open(saga, event, error) : RUN;
}

/* ---- a turn ------------------------------------------------------------------ */

struct before {
    bool exists, open, parked;
    size_t count;
    const char *state_json;
    jangle_time timeout_at;
};

static bool is_changed(const struct jn_saga *saga, const struct before *before)
{
    return !before->exists || before->open || saga->count != before->count ||
           saga->status == JANGLE_SAGA_FINISHED ||
           saga->timeout_at.us != before->timeout_at.us || !before->state_json ||
           strcmp(saga->state_json, before->state_json) != 0;
}

/* It began late, and its timeout waits for it. But nobody will try it again. */
static bool loses_patience(const struct jn_call *call, const struct jn_turn *turn)
{
    const struct jn_subscription *subscription = call->subscription;
    int limit = subscription->retry.max_attempts;

    return limit > 0 && call->attempt >= limit &&
           subscription->suspension.kind != JN_OUTAGE &&
           jn_saga_due_at(turn->saga, turn->timeout_at).us > turn->timeout_at.us;
}

/* What is not stored of a failed turn is forgotten; that it is open, and what it waits
 * for, is not. */
static void
keep_open(struct jn_turn *turn, const struct jn_call *call, const struct before *before)
{
    struct jangle *jangle = jn_jangle_of(call->subscription);
    struct jn_saga *saga = turn->saga;
    bool is_given_up = loses_patience(call, turn);
    bool is_stored =
        before->open && !before->parked && turn->timeout_at.us == saga->timeout_at.us;
    struct jangle_error error = {0};

    saga->count = saga->stored;
    saga->reason = jn_arena_copy_text(saga->arena, turn->error.message);
    if (turn->mismatch)
        saga->status = JANGLE_SAGA_PARKED;
    else if ((is_stored && !is_given_up) ||
             jangle_result_is(turn->failed_with, JANGLE_RESULT_OURS))
        return;
    if (is_given_up)
        saga->turn_event_at = (jangle_time){0};
    saga->timeout_at = turn->timeout_at;
    if (jn_saga_save(saga, jangle, &error))
        JN_LOG_STORE(
            &jangle->log, error.result,
            JN_PAIRS(JN_TEXT("saga", saga->type->saga->name), JN_TEXT("id", saga->id)),
            "the open turn of %s/%s was not written down: %s", saga->type->saga->name,
            saga->id, error.message);
}

static void tell_failure(struct jangle *jangle, const struct jn_turn *turn)
{
    const struct jn_saga *saga = turn->saga;
    const char *name = saga->type->saga->name;

    if (turn->mismatch)
        JN_LOG(&jangle->log, SAGA_PARKED,
               JN_PAIRS(JN_TEXT("saga", name), JN_TEXT("id", saga->id)),
               "%s/%s is parked: %s", name, saga->id, turn->error.message);
    else
        JN_LOG(&jangle->log, SAGA_RETRIED,
               JN_PAIRS(JN_TEXT("saga", name), JN_TEXT("id", saga->id),
                        JN_NUMBER("attempt", turn->base.attempt)),
               "a turn of %s/%s failed: %s", name, saga->id, turn->error.message);
}

static enum jangle_result give_reason(struct jn_delivery *delivery,
                                      const struct jn_turn *turn,
                                      enum jangle_result result)
{
    delivery->error = turn->error;
    delivery->error.result = result;
    delivery->retry_in_ms = turn->retry_in_ms;
    delivery->cannot = turn->mismatch;
    return result;
}

static enum jangle_result run(struct jn_saga *saga,
                              const struct jn_call *call,
                              const struct jangle_event *event,
                              struct jn_delivery *delivery)
{
    struct jangle *jangle = jn_jangle_of(call->subscription);
    struct before before = {.exists = saga->exists,
                            .open = saga->turn_at.us != 0,
                            .parked = saga->status == JANGLE_SAGA_PARKED,
                            .count = saga->count,
                            .state_json = saga->state_json,
                            .timeout_at = saga->timeout_at};
    struct jn_turn turn = {
        .base = {.attempt = call->attempt},
        .saga = saga,
        .ops = &jn_saga_turn_ops,
        .context = jangle,
        .limits = &jangle->limits,
        .step_limit = jangle->config.step_count,
        .event = event,
        .cause = event->id,
    };
    enum jangle_result result;

    if (!before.open) {
        saga->turn_at = jn_host_now(&jangle->host);
        saga->turn_event_at = jn_saga_event_time(event, saga->turn_at);
        saga->turn_position = event->position;
    }
    if (!before.exists)
        saga->origin = event->origin;
    saga->status = JANGLE_SAGA_OPEN; /* until it turns out not to fit */
    turn.base.at = saga->turn_at;
    JN_FAILPOINT("saga.in_turn");
    result = jn_turn_run(&turn);
    if (!result && is_changed(saga, &before))
        result = jn_saga_save(saga, jangle, &turn.error);
    else if (result)
        keep_open(&turn, call, &before);
    if (!result) {
        jn_saga_log_end(jangle, saga, !before.exists);
        return JANGLE_OK;
    }
    tell_failure(jangle, &turn);
    return give_reason(delivery, &turn, result);
}

/* ---- its timeout's turn, before the event's ---------------------------------- */

/* The timeout's turn has failed. It is stored as open, which makes it due at once, so a
 * step for timeouts runs it again and counts the attempts. */
static void leave_open(struct jn_turn *turn, struct jangle *jangle)
{
    struct jn_saga *saga = turn->saga;
    struct jangle_error error = {0};

    tell_failure(jangle, turn);
    saga->count = saga->stored;
    if (jangle_result_is(turn->failed_with, JANGLE_RESULT_OURS) ||
        !jn_saga_save(saga, jangle, &error))
        return;
    JN_LOG_STORE(
        &jangle->log, error.result,
        JN_PAIRS(JN_TEXT("saga", saga->type->saga->name), JN_TEXT("id", saga->id)),
        "the open timeout of %s/%s was not written down: %s", saga->type->saga->name,
        saga->id, error.message);
}

static enum jangle_result
run_timeout(struct jn_saga *saga, const struct jn_call *call, struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(call->subscription);
    struct jn_turn turn;
    enum jangle_result result = jn_timeout_begin(saga, jangle, NULL, error);

    if (result)
        return result;
    jn_timeout_turn(&turn, saga, jangle, 1);
    if (!jn_turn_run(&turn)) {
        result = jn_saga_save(saga, jangle, error);
        if (!result)
            jn_saga_log_end(jangle, saga, false);
        return result;
    }
    leave_open(&turn, jangle);
    return jn_fail(error, JANGLE_BUSY, "the turn of its timeout comes first: %s",
                   turn.error.message);
}

/* After a crash each attempt must be written down before it is made, which only a step
 * for timeouts does: then the event waits for that. It waits, too, if the timeout has set
 * another one in the past, because that could go on here without an end. */
static enum action time_out_first(struct jn_saga *saga,
                                  const struct jn_call *call,
                                  const struct jangle_event *event,
                                  struct jangle_error *error)
{
    enum action action = TIME_OUT_FIRST;

    if (event->position > call->subscription->guarded_until) {
        if (run_timeout(saga, call, error))
            return WAIT;
        action = judge(saga, call, event, error);
    }
    if (action != TIME_OUT_FIRST)
        return action;
    jn_fail(error, JANGLE_BUSY, "the turn of its timeout comes first");
    return WAIT;
}

/* ---- an event ---------------------------------------------------------------- */

static void tell_late(const struct jn_saga *saga,
                      struct jangle *jangle,
                      const struct jangle_event *event)
{
    if (event->at.us >= saga->timed_out_at.us || saga->turn_position == event->position)
        return;
    JN_LOG(&jangle->log, SAGA_LATE,
           JN_PAIRS(JN_TEXT("saga", saga->type->saga->name), JN_TEXT("id", saga->id),
                    JN_TEXT("event", event->type->name),
                    JN_NUMBER("position", event->position)),
           "%s/%s: event %lld comes after the timeout that it was older than",
           saga->type->saga->name, saga->id, (long long)event->position);
}

static enum jangle_result deliver(struct jn_saga *saga,
                                  const struct jn_call *call,
                                  const struct jangle_event *event,
                                  struct jn_delivery *delivery)
{
    struct jangle *jangle = jn_jangle_of(call->subscription);
    struct jangle_error *error = &delivery->error;
    enum jangle_result result = JANGLE_OK;
    enum action action = judge(saga, call, event, error);

    if (action == RUN || action == CLOSE_AND_RUN || action == TIME_OUT_FIRST)
        result = jn_saga_decode_state(saga, &jangle->limits, error);
    if (result)
        return result;
    if (action == TIME_OUT_FIRST)
        action = time_out_first(saga, call, event, error);
    delivery->refused = action == REFUSE;
    delivery->waits = action == WAIT;
    if (action == PASS || action == WAIT || action == REFUSE)
        return error->result;
    if (action == CLOSE_AND_RUN)
        result = jn_saga_close_waiting(saga, jangle, error);
    if (!result && action == CLOSE_AND_RUN)
        result = jn_saga_save(saga, jangle, error);
    if (result)
        return result;
    tell_late(saga, jangle, event);
    return run(saga, call, event, delivery);
}

enum jangle_result jn_saga_deliver(const struct jn_call *call,
                                   const struct jangle_event *event,
                                   struct jn_delivery *delivery)
{
    const struct jn_saga_type *type = call->subscription->saga;
    struct jangle *jangle = jn_jangle_of(call->subscription);
    const char *id = jn_saga_id_of(type, event);
    struct jangle_error *error = &delivery->error;
    struct jn_saga saga;
    enum jangle_result result;

    if (!id)
        return JANGLE_OK;
    delivery->cannot = strlen(id) > JN_ID_LIMIT;
    if (delivery->cannot)
        return jn_fail(error, JANGLE_INVALID, "the id of its saga has %zu bytes",
                       strlen(id));
    result = jn_saga_load(&saga, jangle, type, id, call->arena, error);
    return result ? result : deliver(&saga, call, event, delivery);
}
