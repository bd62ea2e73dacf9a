/* saga_run.c - a turn of a saga, from its event to its end: the event is applied to the
 * state, the reaction runs, and what follows for the saga is made ready to be stored. */

#include "saga/saga_run.h"

#include "base/error.h"
#include "base/host.h"
#include "core/registry_find.h"
#include "core/saga_match.h"
#include "message/decode.h"
#include "message/describe.h"
#include "message/encode.h"
#include "saga/saga_turn.h"

#include <inttypes.h>

static jangle_react_fn *reaction_of(const struct jn_turn *turn)
{
    const struct jangle_saga *saga = turn->saga->type->saga;
    const struct jangle_reaction *reaction;

    if (!turn->event)
        return saga->on_timeout;
    reaction = jn_row_reaction(&saga->reactions, jn_type_name(turn->event->type));
    return reaction ? reaction->react : NULL;
}

/* An event that the saga does not apply changes no state. */
static void apply_event(struct jn_saga *saga, const struct jangle_event *event)
{
    const struct jangle_applier *applier = jn_saga_applier(saga->type, event->type);

    if (!applier || !applier->apply)
        return;
    applier->apply(saga->state, event);
    /* A list without its items is refused when the state is stored. */
    (void)jn_type_fill_texts(saga->type->saga->state, saga->state);
}

/* A note happened when its turn began. */
static enum jangle_result apply_note(struct jn_saga *saga,
                                     const struct jangle_message *type,
                                     const char *json,
                                     struct jangle_error *error)
{
    void *data = jangle_alloc(saga->arena, type->size);
    struct jangle_event event = {.type = type,
                                 .data = data,
                                 .id = "",
                                 .kind = "",
                                 .aggregate_id = saga->id,
                                 .at = saga->turn_at,
                                 .arena = saga->arena};
    enum jangle_result result = jn_arena_check(saga->arena, error);

    if (!result)
        result = jn_decode(saga->arena, type, json, strlen(json), jn_type_version(type),
                           saga->limits, data, error);
    if (!result)
        apply_event(saga, &event);
    return result;
}

static enum jangle_result encode_state(struct jn_saga *saga, struct jangle_error *error)
{
    const char *json;
    size_t size;
    enum jangle_result result =
        jn_encode(saga->arena, saga->type->saga->state, saga->state, JN_NULLS_EMPTY,
                  saga->limits, &json, &size, error);

    if (result)
        return result;
    saga->state_json = json;
    saga->state_version = jn_type_version(saga->type->saga->state);
    return JANGLE_OK;
}

/* A state that has grown too large must not keep a saga from its timeout, nor from its
 * end: the state before is kept. */
static enum jangle_result encode_what_fits(struct jn_saga *saga,
                                           struct jangle_error *error)
{
    struct jangle_error problem = {0};
    enum jangle_result result = encode_state(saga, &problem);

    if (result == JANGLE_INVALID && saga->state_json)
        return JANGLE_OK;
    return jn_fail(error, result, "%s", problem.message);
}

void jn_saga_leave_turn(struct jn_saga *saga)
{
    if (saga->turn_position)
        saga->position = saga->turn_position;
    saga->turn_position = 0;
    saga->turn_at = saga->turn_event_at = (jangle_time){0};
    saga->timeout_is_parked = false;
    saga->closed = saga->count;
    saga->reorderable = 0;
    saga->reason = NULL;
}

/* An earlier version of the code may have recorded a note: a note that nobody applies any
 * more changes nothing. */
enum jangle_result jn_saga_close_turn(struct jn_saga *saga,
                                      const struct jangle_event *event,
                                      struct jangle_error *error)
{
    const struct jangle_applier *applier;
    enum jangle_result result = JANGLE_OK;

    apply_event(saga, event);
    for (size_t i = saga->closed; !result && i < saga->count; i++) {
        if (saga->steps[i].kind != JANGLE_STEP_NOTE || !saga->steps[i].reply)
            continue;
        applier = jn_row_applier(&saga->type->saga->events, saga->steps[i].type);
        if (applier)
            result = apply_note(saga, applier->event, saga->steps[i].reply, error);
    }
    if (!result)
        result = encode_what_fits(saga, error);
    if (!result)
        jn_saga_leave_turn(saga);
    return result;
}

enum jangle_result jn_saga_take_in(struct jn_saga *saga,
                                   const struct jangle_event *event,
                                   struct jangle_error *error)
{
    enum jangle_result result;

    apply_event(saga, event);
    result = encode_what_fits(saga, error);
    if (!result)
        saga->position = event->position;
    return result;
}

static enum jangle_result end_turn(struct jn_turn *turn)
{
    struct jn_saga *saga = turn->saga;
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < turn->notes.count; i++) {
        const struct jn_turn_note *note = &turn->notes.items[i];

        result = apply_note(saga, note->type, note->json, &turn->error);
    }
    if (!result && turn->finished)
        result = encode_what_fits(saga, &turn->error);
    else if (!result)
        result = encode_state(saga, &turn->error);
    if (result)
        return turn->failed_with = result;
    saga->status = turn->finished ? JANGLE_SAGA_FINISHED : JANGLE_SAGA_OPEN;
    saga->timeout_at = turn->finished ? (jangle_time){0} : turn->timeout_at;
    jn_saga_leave_turn(saga);
    return JANGLE_OK;
}

/* The result probably came from the command that the reaction sent last: then the reason
 * is that command's. */
static void stick_result(struct jn_turn *turn, enum jangle_result result)
{
    const struct jangle_error *last = &turn->base.outcome.error;
    const char *reason = last->result == result ? last->message : "";

    jn_turn_stick(turn, result, "the reaction returned %s%s%s", JN_RESULT_SHOWN(result),
                  *reason ? ": " : "", reason);
}

enum jangle_result jn_turn_run(struct jn_turn *turn)
{
    struct jn_saga *saga = turn->saga;
    jangle_react_fn *react = reaction_of(turn);
    enum jangle_result result = JANGLE_OK;

    turn->base.id = saga->id;
    turn->base.arena = saga->arena;
    turn->cursor = saga->closed + saga->reorderable;
    turn->timeout_at = saga->timeout_at;
    turn->retry_in_ms = JN_BY_POLICY;
    turn->cause = turn->event ? turn->event->id
                              : jangle_text(saga->arena, "timeout/%" PRId64 "/%zu",
                                            saga->turn_at.us, saga->closed);
    if (turn->event)
        apply_event(saga, turn->event);
    if (react)
        result = react(&turn->base, saga->state, turn->event);
    else if (!turn->event)
        turn->finished = true;
    if (!turn->failed_with && jn_arena_check(saga->arena, NULL))
        jn_turn_stick(turn, JANGLE_NO_MEMORY, "out of memory");
    if (!turn->failed_with && !result && turn->cursor < saga->count)
        jn_turn_stick_mismatch(turn, NULL);
    if (!turn->failed_with && result)
        stick_result(turn, result);
    return turn->failed_with ? turn->failed_with : end_turn(turn);
}
