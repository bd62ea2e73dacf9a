/* saga_turn.c - a turn of a saga: steps that are recorded, or answered from the record.
 */
#include "saga.h"

#include "describe.h"
#include "error.h"
#include "host.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static struct jn_turn *inside(struct jangle_turn *turn)
{
    return (struct jn_turn *)turn;
}

/* ---- what sticks ------------------------------------------------------------- */

static JANGLE_PRINTF(3, 4) enum jangle_result
    stick(struct jn_turn *turn, enum jangle_result result, const char *reason, ...)
{
    va_list values;
    size_t size = sizeof turn->error.message;

    if (turn->stuck)
        return turn->stuck;
    turn->stuck = turn->error.result = result;
    va_start(values, reason);
    if (vsnprintf(turn->error.message, size, reason, values) >= (int)size)
        jn_error_shorten(turn->error.message, size);
    va_end(values);
    return result;
}

static enum jangle_result stick_unfit(struct jn_turn *turn, const char *attempted)
{
    const struct jn_saga *saga = turn->saga;

    if (turn->stuck)
        return turn->stuck;
    turn->unfit = true;
    return stick(turn, JANGLE_INVALID,
                 "step %zu of this turn is recorded as %s, and now the code %s%s",
                 turn->cursor - saga->closed + 1, saga->steps[turn->cursor].type,
                 attempted ? "takes " : "takes no more", attempted ? attempted : "");
}

static bool room_for_step(struct jn_turn *turn)
{
    if ((int64_t)turn->saga->count < turn->step_limit)
        return true;
    stick(turn, JANGLE_INVALID, "it took %zu steps: step_count", turn->saga->count);
    turn->unfit = true;
    return false;
}

/* ---- steps ------------------------------------------------------------------- */

/* A UUID of version 8 (RFC 9562): it is the command's id, too. */
static void make_id(unsigned char id[JN_STEP_ID_SIZE],
                    const struct jn_turn *turn,
                    const char *type,
                    const char *target,
                    int nth)
{
    char number[16];

    snprintf(number, sizeof number, "%d", nth);
    jn_hash_texts(id, (const char *const[]){turn->saga->type->saga->name, turn->saga->id,
                                            turn->cause, type, target, number, NULL});
    id[6] = (unsigned char)(0x80 | (id[6] & 0x0f));
    id[8] = (unsigned char)(0x80 | (id[8] & 0x3f));
}

/* How often this run took that step, now included. 0 when out of memory. */
static int count_step(struct jn_turn *turn, const char *type, const char *target)
{
    int nth = 1;

    for (size_t i = 0; i < turn->sent.count; i++) {
        const struct jn_turn_sent *sent = &turn->sent.items[i];

        nth += !strcmp(sent->type, type) && !strcmp(sent->target, target);
    }
    jangle_list_add(turn->saga->arena, &turn->sent, jn_turn_sent,
                    .type = jn_arena_copy_text(turn->saga->arena, type),
                    .target = jn_arena_copy_text(turn->saga->arena, target));
    if (!jn_arena_check(turn->saga->arena, NULL))
        return nth;
    stick(turn, JANGLE_NO_MEMORY, "out of memory");
    return 0;
}

static const struct jangle_step *find_among(const struct jn_saga *saga,
                                            size_t first,
                                            size_t end,
                                            const unsigned char id[JN_STEP_ID_SIZE])
{
    for (size_t i = first; i < end; i++) {
        if (!memcmp(saga->steps[i].id, id, JN_STEP_ID_SIZE))
            return &saga->steps[i];
    }
    return NULL;
}

/* The recorded step of that id: one of those that may come in any order, or the very next
 * one. NULL if there is none; if another is next, that sticks. */
static const struct jangle_step *take_recorded(struct jn_turn *turn,
                                               const char *type,
                                               const unsigned char id[JN_STEP_ID_SIZE])
{
    const struct jn_saga *saga = turn->saga;
    const struct jangle_step *step =
        find_among(saga, saga->closed, saga->closed + saga->loose, id);

    if (step)
        return step;
    if (turn->cursor == saga->count)
        return NULL;
    step = &saga->steps[turn->cursor];
    if (!memcmp(step->id, id, JN_STEP_ID_SIZE)) {
        turn->cursor++;
        return step;
    }
    stick_unfit(turn, type);
    return NULL;
}

/* A step that is no command: stored with the next one that is, or at the turn's end. */
static bool add_step(struct jn_turn *turn,
                     const char *type,
                     const char *reply,
                     const unsigned char id[JN_STEP_ID_SIZE])
{
    struct jangle_step step = {.type = type, .reply = reply};

    memcpy(step.id, id, sizeof step.id);
    if (!room_for_step(turn))
        return false;
    if (!jn_saga_add_step(turn->saga, &step)) {
        stick(turn, JANGLE_NO_MEMORY, "out of memory");
        return false;
    }
    turn->cursor++;
    return true;
}

/* ---- commands ---------------------------------------------------------------- */

static enum jangle_result answer(struct jn_turn *turn, const struct jangle_step *step)
{
    struct jangle_outcome *outcome = &turn->base.outcome;
    const char *reply = step->reply ? step->reply : "";

    *outcome = (struct jangle_outcome){
        .position = step->position, .version = step->version, .repeated = true};
    jn_id_to_text(step->id, outcome->command_id);
    if (step->result)
        jn_fail(&outcome->error, step->result, "%s", reply);
    else
        snprintf(outcome->reply, sizeof outcome->reply, "%s", reply);
    return step->result;
}

static const char *target_of(const struct jangle_message *type, const void *data)
{
    const char *id;

    if (type->stream)
        return type->stream;
    memcpy(&id, (const char *)data + type->fields[0].offset, sizeof id);
    return id ? id : "";
}

static enum jangle_result
send(struct jn_turn *turn, const struct jangle_message *type, const void *data)
{
    const char *target = target_of(type, data);
    unsigned char id[JN_STEP_ID_SIZE];
    const struct jangle_step *step;
    enum jangle_result result;
    int nth = count_step(turn, jn_type_name(type), target);

    if (!nth)
        return turn->stuck;
    make_id(id, turn, jn_type_name(type), target, nth);
    step = take_recorded(turn, jn_type_name(type), id);
    if (step)
        return answer(turn, step);
    if (turn->stuck || !room_for_step(turn))
        return turn->stuck;
    result = turn->world->send(turn, type, data, id);
    if (turn->cursor < turn->saga->count) { /* it is recorded */
        turn->cursor = turn->saga->count;
        return result;
    }
    return stick(turn, result, "%s: %s", jn_type_name(type),
                 turn->base.outcome.error.message);
}

enum jangle_result jangle_turn_send_(struct jangle_turn *base,
                                     const struct jangle_message *type,
                                     const void *data)
{
    struct jn_turn *turn = inside(base);

    if (!turn->stuck && type->role == JANGLE_ROLE_COMMAND)
        send(turn, type, data);
    else if (!turn->stuck)
        stick(turn, JANGLE_INVALID, "%s is not a command", type->name);
    if (!turn->stuck)
        return base->outcome.error.result;
    base->outcome = (struct jangle_outcome){.error = turn->error};
    return turn->stuck;
}

enum jangle_result jangle_turn_recall(struct jangle_turn *base,
                                      const struct jangle_message *command)
{
    const struct jn_turn *turn = inside(base);

    for (size_t i = turn->cursor; i-- > 0;) {
        if (!strcmp(turn->saga->steps[i].type, jn_type_name(command)))
            return turn->saga->steps[i].result;
    }
    return JANGLE_RETRY;
}

/* ---- versions and notes ------------------------------------------------------ */

int jangle_turn_version(struct jangle_turn *base, const char *name, int now)
{
    struct jn_turn *turn = inside(base);
    struct jn_saga *saga = turn->saga;
    const char *type = jangle_text(saga->arena, JN_VERSION_PREFIX "%s", name);
    unsigned char id[JN_STEP_ID_SIZE];
    const struct jangle_step *step;

    if (turn->stuck)
        return 0;
    make_id(id, turn, type, "", 1);
    step = find_among(saga, saga->closed, turn->cursor, id);
    if (step)
        return atoi(step->reply);
    if (turn->cursor < saga->count) {
        if (memcmp(saga->steps[turn->cursor].id, id, sizeof id) != 0)
            return 0; /* what follows was done before this question was asked */
        return atoi(saga->steps[turn->cursor++].reply);
    }
    return add_step(turn, type, jangle_text(saga->arena, "%d", now), id) ? now : 0;
}

static enum jangle_result
note(struct jn_turn *turn, const struct jangle_message *type, const void *data)
{
    struct jangle_arena *arena = turn->saga->arena;
    const char *name = jangle_text(arena, JN_NOTE_PREFIX "%s", jn_type_name(type));
    unsigned char id[JN_STEP_ID_SIZE];
    const struct jangle_step *step;
    const char *json;
    size_t size;
    int nth;

    if (jn_check_run(type, data, &turn->error) ||
        jn_encode(arena, type, data, turn->limits, &json, &size, &turn->error))
        return turn->stuck = turn->error.result;
    nth = count_step(turn, name, "");
    if (!nth)
        return turn->stuck;
    make_id(id, turn, name, "", nth);
    step = take_recorded(turn, name, id);
    if (step && strcmp(step->reply ? step->reply : "", json) != 0) {
        turn->unfit = true;
        return stick(turn, JANGLE_INVALID, "%s is recorded as %.80s, and now it is %.80s",
                     name, step->reply ? step->reply : "nothing", json);
    }
    if (!step && (turn->stuck || !add_step(turn, name, json, id)))
        return turn->stuck;
    jangle_list_add(arena, &turn->notes, jn_turn_note, .type = type, .json = json);
    return JANGLE_OK;
}

enum jangle_result jangle_turn_note_(struct jangle_turn *base,
                                     const struct jangle_message *type,
                                     const void *data)
{
    struct jn_turn *turn = inside(base);

    if (turn->stuck)
        return turn->stuck;
    if (type->role != JANGLE_ROLE_EVENT || !jn_saga_applier(turn->saga->type, type))
        return stick(turn, JANGLE_INVALID, "%s is no event that %s applies", type->name,
                     turn->saga->type->saga->name);
    return note(turn, type, data);
}

/* ---- the rest of what reactions call ----------------------------------------- */

enum jangle_result jangle_turn_retry_in(struct jangle_turn *base, int64_t ms)
{
    enum { LONGEST_MS = 366 * 24 * 3600 }; /* times 1000: a leap year */
    int64_t longest_ms = (int64_t)LONGEST_MS * 1000;
    struct jn_turn *turn = inside(base);

    if (turn->stuck)
        return turn->stuck;
    turn->retry_in_ms = ms < 0 ? 0 : ms > longest_ms ? longest_ms : ms;
    return stick(turn, JANGLE_RETRY, "the reaction asked to be run again");
}

enum jangle_result jangle_turn_fail(struct jangle_turn *base,
                                    enum jangle_result result,
                                    const char *reason,
                                    ...)
{
    struct jn_turn *turn = inside(base);
    char text[sizeof turn->error.message];
    va_list values;

    if (!result || turn->stuck)
        return turn->stuck;
    va_start(values, reason);
    if (vsnprintf(text, sizeof text, reason, values) >= (int)sizeof text)
        jn_error_shorten(text, sizeof text);
    va_end(values);
    return stick(turn, result, "%s", text);
}

enum jangle_result jangle_turn_timeout_at(struct jangle_turn *base, jangle_time at)
{
    struct jn_turn *turn = inside(base);

    if (!turn->stuck)
        turn->timeout_at = at;
    return turn->stuck;
}

enum jangle_result jangle_turn_finish(struct jangle_turn *base)
{
    struct jn_turn *turn = inside(base);

    turn->finished |= !turn->stuck;
    return turn->stuck;
}

/* ---- a run ------------------------------------------------------------------- */

static jangle_react_fn *reaction_of(const struct jn_turn *turn)
{
    const struct jangle_saga *saga = turn->saga->type->saga;
    const struct jangle_reaction *reaction = saga->reactions;

    if (!turn->event)
        return saga->on_timeout;
    while (reaction && reaction->event) {
        if (!strcmp(jn_type_name(reaction->event), jn_type_name(turn->event->type)))
            return reaction->react;
        reaction++;
    }
    return NULL;
}

static void apply(const struct jn_turn *turn)
{
    const struct jangle_applier *applier =
        jn_saga_applier(turn->saga->type, turn->event->type);

    if (applier && applier->apply)
        applier->apply(turn->saga->state, turn->event);
}

/* A fact of its own, as of the turn's beginning. */
static enum jangle_result apply_note(struct jn_saga *saga,
                                     const struct jangle_applier *applier,
                                     const char *json,
                                     const struct jn_limits *limits,
                                     struct jangle_error *error)
{
    const struct jangle_message *type = applier->event;
    void *data = jangle_alloc(saga->arena, type->size);
    struct jangle_event event = {.type = type,
                                 .data = data,
                                 .id = "",
                                 .aggregate_id = saga->id,
                                 .at = saga->turn_at,
                                 .arena = saga->arena};
    enum jangle_result result = jn_arena_check(saga->arena, error);

    if (!result)
        result = jn_decode(saga->arena, type, json, strlen(json), jn_type_version(type),
                           limits, data, error);
    if (!result && applier->apply)
        applier->apply(saga->state, &event);
    return result;
}

static enum jangle_result encode_state(struct jn_saga *saga,
                                       const struct jn_limits *limits,
                                       struct jangle_error *error)
{
    const char *json;
    size_t size;
    enum jangle_result result = jn_encode_zeroed(
        saga->arena, saga->type->saga->state, saga->state, limits, &json, &size, error);

    if (result)
        return result;
    saga->state_json = json;
    saga->state_version = jn_type_version(saga->type->saga->state);
    return JANGLE_OK;
}

void jn_saga_leave_turn(struct jn_saga *saga)
{
    if (saga->turn_position)
        saga->position = saga->turn_position;
    saga->turn_position = 0;
    saga->turn_at = saga->retry_at = (jangle_time){0};
    saga->attempts = 0;
    saga->closed = saga->count;
    saga->loose = 0;
    saga->reason = NULL;
}

/* Of a note that was recorded by an earlier version of the code perhaps: one that nobody
 * applies any more changes nothing. */
static const struct jangle_applier *applier_of_note(const struct jn_saga *saga,
                                                    const struct jangle_step *step)
{
    const struct jangle_applier *applier = saga->type->saga->events;
    size_t prefix = strlen(JN_NOTE_PREFIX);

    if (strncmp(step->type, JN_NOTE_PREFIX, prefix) != 0 || !step->reply)
        return NULL;
    while (applier && applier->event &&
           strcmp(jn_type_name(applier->event), step->type + prefix) != 0)
        applier++;
    return applier && applier->event ? applier : NULL;
}

enum jangle_result jn_saga_close_turn(struct jn_saga *saga,
                                      const struct jangle_event *event,
                                      const struct jn_limits *limits,
                                      struct jangle_error *error)
{
    const struct jangle_applier *applier = jn_saga_applier(saga->type, event->type);
    enum jangle_result result = JANGLE_OK;

    if (applier && applier->apply)
        applier->apply(saga->state, event);
    for (size_t i = saga->closed; !result && i < saga->count; i++) {
        applier = applier_of_note(saga, &saga->steps[i]);
        if (applier)
            result = apply_note(saga, applier, saga->steps[i].reply, limits, error);
    }
    if (!result)
        result = encode_state(saga, limits, error);
    if (!result)
        jn_saga_leave_turn(saga);
    return result;
}

static enum jangle_result end(struct jn_turn *turn)
{
    struct jn_saga *saga = turn->saga;
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < turn->notes.count; i++) {
        const struct jn_turn_note *note = &turn->notes.items[i];

        result = apply_note(saga, jn_saga_applier(saga->type, note->type), note->json,
                            turn->limits, &turn->error);
    }
    if (!result)
        result = encode_state(saga, turn->limits, &turn->error);
    if (result)
        return turn->stuck = result;
    saga->status = turn->finished ? JANGLE_SAGA_FINISHED : JANGLE_SAGA_OPEN;
    saga->timeout_at = turn->finished ? (jangle_time){0} : turn->timeout_at;
    jn_saga_leave_turn(saga);
    return JANGLE_OK;
}

enum jangle_result jn_turn_run(struct jn_turn *turn)
{
    struct jn_saga *saga = turn->saga;
    jangle_react_fn *react = reaction_of(turn);
    enum jangle_result result = JANGLE_OK;

    turn->base.id = saga->id;
    turn->base.arena = saga->arena;
    turn->cursor = saga->closed + saga->loose;
    turn->timeout_at = saga->timeout_at;
    turn->retry_in_ms = -1;
    if (turn->event)
        apply(turn);
    if (react)
        result = react(&turn->base, saga->state, turn->event);
    else if (!turn->event)
        turn->finished = true;
    if (!turn->stuck && jn_arena_check(saga->arena, NULL))
        stick(turn, JANGLE_NO_MEMORY, "out of memory");
    if (!turn->stuck && !result && turn->cursor < saga->count)
        stick_unfit(turn, NULL);
    if (!turn->stuck && result)
        stick(turn, result, "the reaction returned %s", jangle_result_name(result));
    return turn->stuck ? turn->stuck : end(turn);
}
