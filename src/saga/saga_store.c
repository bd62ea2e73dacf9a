/* saga_store.c - sagas in the store: how one is read, and recorded step by step. */
#include "saga/saga_store.h"

#include "base/ids.h"
#include "command/command.h"
#include "command/commands.h"
#include "command/post.h"
#include "message/describe.h"
#include "saga/saga_end.h"
#include "saga/saga_record.h"

/* ---- reading ----------------------------------------------------------------- */

struct loading {
    struct jn_saga *saga;
    struct jangle_error *error;
};

static enum jangle_result visit_record(void *context,
                                       const struct jangle_saga_record *record)
{
    struct loading *loading = context;
    struct jn_saga *saga = loading->saga;
    enum jangle_result result = jn_saga_from_record(saga, record, loading->error);

    if (result || saga->closed + saga->reorderable <= saga->count)
        return result;
    return jn_fail(loading->error, JANGLE_INVALID,
                   "%s/%s: steps of its record are missing", saga->type->saga->name,
                   saga->id);
}

enum jangle_result jn_saga_load(struct jn_saga *saga,
                                const struct jn_subscription *subscription,
                                const char *id,
                                struct jangle_arena *arena,
                                struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    const struct jn_saga_type *type = subscription->saga;
    struct jangle_store *store = jangle->store;
    struct jangle_error reason = {0};
    struct loading loading = {.saga = saga, .error = &reason};
    enum jangle_result result = jn_saga_init(saga, jangle, type, id, arena, error);

    if (result)
        return result;
    result = store->ops->read_saga(store, type->saga->name, id, visit_record, &loading,
                                   &reason);
    if (result == JANGLE_NOT_FOUND)
        return JANGLE_OK;
    return jn_fail(error, result, "%s", reason.message);
}

/* ---- recording --------------------------------------------------------------- */

/* The drafted step of a turn, and the timeout that the turn has set by now. */
static struct jn_saga_change with_draft(const struct jn_turn *turn)
{
    return (struct jn_saga_change){.count = turn->saga->count + 1,
                                   .timeout_at = turn->timeout_at};
}

/* The record says how the turn before ended, too. */
static void note_stored(struct jn_saga *saga, struct jn_saga_change change)
{
    if (saga->end)
        jn_saga_end_note_stored(saga);
    saga->exists = true;
    saga->version++;
    saga->count = saga->stored = change.count;
    saga->timeout_at = change.timeout_at;
}

/* The change is the saga's only if it was stored. */
static enum jangle_result save_change(struct jn_saga *saga,
                                      struct jn_saga_change change,
                                      struct jangle_error *error)
{
    struct jangle_append nothing = {0};
    struct jangle_saga_record record;
    struct jn_attachments attachments = {.saga = &record};
    struct jangle_error why = {0};
    enum jangle_result result = jn_saga_make_record(saga, change, &record, error);

    if (result)
        return result;
    JN_FAILPOINT("saga.before_record");
    result = jn_committer_send(&saga->jangle->commands->committer, &nothing, &attachments,
                               -1, &why);
    JN_FAILPOINT("saga.after_record");
    if (!result)
        note_stored(saga, change);
    if (result == JANGLE_CONFLICT)
        return jn_fail(error, result,
                       "another process has stored a later version of %s/%s",
                       saga->type->saga->name, saga->id);
    if (result == JANGLE_INVALID)
        return jn_fail(error, result, "the store refuses the record of %s/%s: %s",
                       saga->type->saga->name, saga->id, why.message);
    return jn_fail_as(error, &why);
}

enum jangle_result jn_saga_save(struct jn_saga *saga, struct jangle_error *error)
{
    return save_change(saga, jn_saga_as_it_is(saga), error);
}

/* ---- sending ----------------------------------------------------------------- */

/* The causation of a command is the event of the turn, or the saga whose time
 * has come. */
static struct jangle_origin origin_of(const struct jn_turn *turn)
{
    struct jangle_origin origin = turn->event ? turn->event->origin : turn->saga->origin;

    if (!origin.correlation_id)
        origin.correlation_id = turn->saga->origin.correlation_id;
    origin.causation_id = turn->event ? turn->event->id : turn->saga->id;
    return origin;
}

static void log_step(const struct jn_turn *turn, const char *type)
{
    struct jangle *jangle = turn->saga->jangle;
    const struct jangle_outcome *outcome = &turn->base.outcome;

    JN_LOG(&jangle->log, SAGA_STEP,
           JN_PAIRS(JN_SAGA_NAMED(turn->saga), JN_TEXT("command", type),
                    JN_TEXT("result", jangle_result_name(outcome->error.result))),
           "%s/%s sent %s: %s", turn->saga->type->saga->name, turn->saga->id, type,
           jangle_result_name(outcome->error.result));
}

/* A step on its way, and the record that it is stored in if its command stores events. */
struct proposal {
    struct jangle_step *draft;
    struct jangle_saga_record record;
    struct jn_sent_attachments sent_with; /* its `reply` is the draft's until the command
                                             is answered */
};

static enum jangle_result propose(struct proposal *proposal,
                                  const struct jn_turn *turn,
                                  const struct jangle_message *type,
                                  const unsigned char id[JN_STEP_ID_SIZE],
                                  struct jangle_error *error)
{
    struct jn_saga *saga = turn->saga;
    struct jangle_step step = {
        .kind = JANGLE_STEP_COMMAND, .type = jn_type_name(type), .reply = ""};
    enum jangle_result result;

    memcpy(step.id, id, sizeof step.id);
    proposal->draft = jn_saga_draft_step(saga, &step);
    if (!proposal->draft)
        return jn_arena_check(saga->arena, error);
    proposal->draft->reply = proposal->sent_with.reply;
    result = jn_saga_make_record(saga, with_draft(turn), &proposal->record, error);
    if (result)
        return result;
    jn_fail(&proposal->record.error, JANGLE_RETRY, "not stored yet");
    proposal->sent_with.attachments.saga = &proposal->record;
    return JANGLE_OK;
}

/* The command stored nothing, and its answer will not change: the step is recorded alone,
 * before anything else is done. */
static enum jangle_result record_answer(struct jn_turn *turn,
                                        const struct proposal *proposal,
                                        enum jangle_result result)
{
    struct jangle_outcome *outcome = &turn->base.outcome;
    struct jangle_step *step = proposal->draft;
    struct jn_saga *saga = turn->saga;
    struct jangle_error error = {0};

    step->result = result;
    step->reply =
        jn_arena_copy_text(saga->arena, result ? outcome->error.message : outcome->reply);
    if (!jn_arena_check(saga->arena, &error))
        save_change(saga, with_draft(turn), &error);
    if (!error.result)
        return result;
    outcome->error = error;
    return error.result;
}

static enum jangle_result hand_over(struct jn_turn *turn,
                                    const struct jangle_envelope *envelope,
                                    const struct jangle_message *type,
                                    const void *data,
                                    struct jn_sent_attachments *sent_with)
{
    struct jangle *jangle = turn->saga->jangle;
    struct jangle_outcome *outcome = &turn->base.outcome;
    const struct jn_sender sender = {.name = turn->saga->type->saga->name,
                                     .cause = turn->event ? turn->event->position : 0,
                                     .with = sent_with};

    return turn->publisher
               ? jn_post(jangle, outcome, envelope, turn->publisher, type, data, &sender)
               : jn_send(jangle, outcome, envelope, type, data, &sender);
}

/* The outcome of the command before is overwritten only when this one is sent, because
 * what is sent may lie in it. */
static enum jangle_result send_command(struct jn_turn *turn,
                                       const struct jangle_message *type,
                                       const void *data,
                                       const unsigned char id[JN_STEP_ID_SIZE])
{
    struct jangle_outcome *outcome = &turn->base.outcome;
    struct proposal proposal = {.sent_with = {.reply = ""}};
    char command_id[JN_ID_TEXT_SIZE];
    struct jangle_envelope envelope = {.command_id = command_id,
                                       .origin = origin_of(turn)};
    struct jangle_error error = {0};
    enum jangle_result result = propose(&proposal, turn, type, id, &error);

    if (result) {
        *outcome = (struct jangle_outcome){.error = error};
        return result;
    }
    jn_id_to_text(id, command_id);
    JN_FAILPOINT("saga.before_step");
    result = hand_over(turn, &envelope, type, data, &proposal.sent_with);
    JN_FAILPOINT("saga.after_step");
    log_step(turn, jn_type_name(type));
    proposal.draft->position = outcome->position;
    proposal.draft->version = outcome->version;
    if (!result && !proposal.record.error.result) { /* stored with the command's events */
        proposal.draft->reply =
            jn_arena_copy_text(turn->saga->arena, proposal.sent_with.reply);
        note_stored(turn->saga, with_draft(turn));
        return JANGLE_OK;
    }
    return jangle_result_final(result) ? record_answer(turn, &proposal, result) : result;
}

void jn_saga_turn_init(struct jn_turn *turn,
                       struct jn_saga *saga,
                       const struct jangle_event *event,
                       int attempt)
{
    *turn = (struct jn_turn){.base = {.attempt = attempt, .at = saga->turn_at},
                             .saga = saga,
                             .send = send_command,
                             .step_limit = saga->jangle->config.step_count,
                             .event = event};
}
