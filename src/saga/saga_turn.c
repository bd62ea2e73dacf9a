/* saga_turn.c - what reactions call: each step is answered from the record, or taken and
 * recorded. */

#include "saga/saga_turn.h"

#include "base/error.h"
#include "base/host.h"
#include "base/ids.h"
#include "core/saga_match.h"
#include "message/check.h"
#include "message/describe.h"
#include "message/encode.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The name of a step, in sentences and in what its id is made of. */
static const char *name_of(struct jangle_arena *arena, const struct jangle_step *step)
{
    if (step->kind == JANGLE_STEP_NOTE)
        return jangle_text(arena, "note:%s", step->type);
    if (step->kind == JANGLE_STEP_VERSION)
        return jangle_text(arena, "version:%s", step->type);
    return step->type;
}

/* ---- how a turn fails: the first error sticks -------------------------------- */

enum jangle_result
jn_turn_stick(struct jn_turn *turn, enum jangle_result result, const char *reason, ...)
{
    va_list values;

    if (turn->failed_with)
        return turn->failed_with;
    va_start(values, reason);
    turn->failed_with = jn_fail_values(&turn->error, result, reason, values);
    va_end(values);
    return result;
}

enum jangle_result jn_turn_stick_mismatch(struct jn_turn *turn, const char *attempted)
{
    const struct jn_saga *saga = turn->saga;

    if (turn->failed_with)
        return turn->failed_with;
    turn->mismatch = true;
    return jn_turn_stick(
        turn, JANGLE_INVALID,
        "step %zu of this turn is recorded as %s, and now the code %s%s",
        turn->cursor - saga->closed + 1, name_of(saga->arena, &saga->steps[turn->cursor]),
        attempted ? "takes " : "takes no more", attempted ? attempted : "");
}

static bool room_for_step(struct jn_turn *turn)
{
    if ((int64_t)turn->saga->count < turn->step_limit)
        return true;
    jn_turn_stick(turn, JANGLE_INVALID,
                  "step_count allows a saga %lld steps: raise it, or finish the saga",
                  (long long)turn->step_limit);
    turn->mismatch = true;
    return false;
}

/* ---- steps and their ids ----------------------------------------------------- */

/* The id of a step is that of its command, too: a UUID of version 8 (RFC 9562). */
static void make_step_id(unsigned char id[JN_STEP_ID_SIZE],
                         const struct jn_turn *turn,
                         const char *type,
                         const char *target,
                         int nth)
{
    char number[16];

    snprintf(number, sizeof number, "%d", nth);
    jn_id_derive(id, (const char *const[]){turn->saga->began_as, turn->saga->id,
                                           turn->cause, type, target, number, NULL});
}

/* How often has this run taken that step, counting now? 0 when out of memory. */
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
    jn_turn_stick(turn, JANGLE_NO_MEMORY, "out of memory");
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
 * one. NULL if nothing more is recorded; or if another step is next, and then the turn
 * has failed. */
static const struct jangle_step *take_recorded(struct jn_turn *turn,
                                               const char *type,
                                               const unsigned char id[JN_STEP_ID_SIZE])
{
    const struct jn_saga *saga = turn->saga;
    const struct jangle_step *step =
        find_among(saga, saga->closed, saga->closed + saga->reorderable, id);

    if (step)
        return step;
    if (turn->cursor == saga->count)
        return NULL;
    step = &saga->steps[turn->cursor];
    if (!memcmp(step->id, id, JN_STEP_ID_SIZE)) {
        turn->cursor++;
        return step;
    }
    jn_turn_stick_mismatch(turn, type);
    return NULL;
}

/* The code takes a step: make its id, and find its record as take_recorded does. */
static const struct jangle_step *take_step(struct jn_turn *turn,
                                           const char *name,
                                           const char *target,
                                           unsigned char id[JN_STEP_ID_SIZE])
{
    int nth = count_step(turn, name, target);

    if (!nth)
        return NULL;
    make_step_id(id, turn, name, target, nth);
    return take_recorded(turn, name, id);
}

/* A step that is no command is stored with the next one that is, or at the turn's end. */
static bool add_step(struct jn_turn *turn, const struct jangle_step *step)
{
    if (!room_for_step(turn))
        return false;
    if (!jn_saga_add_step(turn->saga, step)) {
        jn_turn_stick(turn, JANGLE_NO_MEMORY, "out of memory");
        return false;
    }
    turn->cursor++;
    return true;
}

/* ---- commands ---------------------------------------------------------------- */

/* The outcome looks like that of a command which was sent a second time with its id. */
static void answer_from_record(struct jn_turn *turn, const struct jangle_step *step)
{
    struct jangle_outcome *outcome = &turn->base.outcome;
    const char *reply = step->reply ? step->reply : "";

    *outcome = (struct jangle_outcome){
        .position = step->position, .version = step->version, .repeated = true};
    jn_id_to_text(step->id, outcome->command_id);
    if (step->result)
        jn_fail(&outcome->error, step->result, "%s", reply);
    else
        jn_text_copy(outcome->reply, sizeof outcome->reply, reply);
}

/* A message that is posted is another step than the same command that is sent here. */
static const char *step_name(const struct jn_turn *turn,
                             const struct jangle_message *type)
{
    const char *name = jn_type_name(type);

    return turn->publisher
               ? jangle_text(turn->saga->arena, "post:%s:%s", turn->publisher->name, name)
               : name;
}

static void
send_step(struct jn_turn *turn, const struct jangle_message *type, const void *data)
{
    const char *name = step_name(turn, type);
    unsigned char id[JN_STEP_ID_SIZE];
    const struct jangle_step *step = take_step(turn, name, jn_type_key(type, data), id);
    enum jangle_result result;

    if (step)
        answer_from_record(turn, step);
    if (step || turn->failed_with || !room_for_step(turn))
        return;
    result = turn->send(turn, type, data, id);
    if (turn->cursor < turn->saga->count) /* it is recorded */
        turn->cursor = turn->saga->count;
    else
        jn_turn_stick(turn, result, "%s: %s", name, turn->base.outcome.error.message);
}

static enum jangle_result send_or_post(struct jangle_turn *base,
                                       const struct jangle_publisher *publisher,
                                       const struct jangle_message *type,
                                       const void *data)
{
    struct jn_turn *turn = (struct jn_turn *)base;

    turn->publisher = publisher;
    if (!turn->failed_with && (publisher || type->role == JANGLE_ROLE_COMMAND))
        send_step(turn, type, data);
    else if (!turn->failed_with)
        jn_turn_stick(turn, JANGLE_INVALID, "%s is not a command", type->name);
    if (!turn->failed_with)
        return base->outcome.error.result;
    base->outcome = (struct jangle_outcome){.error = turn->error};
    return turn->failed_with;
}

enum jangle_result jangle_turn_send_(struct jangle_turn *base,
                                     const struct jangle_message *type,
                                     const void *data)
{
    return send_or_post(base, NULL, type, data);
}

enum jangle_result jangle_turn_post_(struct jangle_turn *base,
                                     const struct jangle_publisher *publisher,
                                     const struct jangle_message *type,
                                     const void *data)
{
    struct jn_turn *turn = (struct jn_turn *)base;

    if (publisher || turn->failed_with)
        return send_or_post(base, publisher, type, data);
    return jn_turn_stick(turn, JANGLE_INVALID, "%s: the publisher is NULL", type->name);
}

enum jangle_result jangle_turn_recall(struct jangle_turn *base,
                                      const struct jangle_message *command)
{
    const struct jn_turn *turn = (struct jn_turn *)base;

    for (size_t i = turn->cursor; i-- > 0;) {
        const struct jangle_step *step = &turn->saga->steps[i];

        if (step->kind == JANGLE_STEP_COMMAND &&
            !strcmp(step->type, jn_type_name(command)))
            return step->result;
    }
    return JANGLE_RETRY;
}

/* ---- versions and notes ------------------------------------------------------ */

/* The number that a version step has recorded. */
static int number_of(const struct jangle_step *step)
{
    return step->reply ? (int)strtol(step->reply, NULL, 10) : 0;
}

/* If another step is recorded next, this turn took that step before the code asked for a
 * version: so the turn goes the old way, which is version 0. */
int jangle_turn_version(struct jangle_turn *base, const char *name, int now)
{
    struct jn_turn *turn = (struct jn_turn *)base;
    struct jn_saga *saga = turn->saga;
    struct jangle_step asked = {.kind = JANGLE_STEP_VERSION, .type = name};
    const struct jangle_step *step;

    if (turn->failed_with)
        return 0;
    make_step_id(asked.id, turn, name_of(saga->arena, &asked), "", 1);
    step = find_among(saga, saga->closed, turn->cursor, asked.id);
    if (step)
        return number_of(step);
    if (turn->cursor < saga->count) {
        if (memcmp(saga->steps[turn->cursor].id, asked.id, sizeof asked.id) != 0)
            return 0;
        return number_of(&saga->steps[turn->cursor++]);
    }
    asked.reply = jangle_text(saga->arena, "%d", now);
    return add_step(turn, &asked) ? now : 0;
}

static enum jangle_result
take_note(struct jn_turn *turn, const struct jangle_message *type, const void *data)
{
    struct jangle_arena *arena = turn->saga->arena;
    struct jangle_step taken = {.kind = JANGLE_STEP_NOTE, .type = jn_type_name(type)};
    const char *name = name_of(arena, &taken);
    const struct jangle_step *step;
    const char *json;
    size_t size;

    if (jn_check_run(type, data, &turn->error) ||
        jn_encode(arena, type, data, JN_NULLS_REFUSED, turn->saga->limits, &json, &size,
                  &turn->error))
        return turn->failed_with = turn->error.result;
    taken.reply = json;
    step = take_step(turn, name, "", taken.id);
    if (step && strcmp(step->reply ? step->reply : "", json) != 0) {
        turn->mismatch = true;
        return jn_turn_stick(
            turn, JANGLE_INVALID, "%s is recorded as %s, and now it is %s", name,
            JN_SHOWN(80, step->reply ? step->reply : "nothing"), JN_SHOWN(80, json));
    }
    if (!step && (turn->failed_with || !add_step(turn, &taken)))
        return turn->failed_with;
    jangle_list_add(arena, &turn->notes, jn_turn_note, .type = type, .json = json);
    return JANGLE_OK;
}

enum jangle_result jangle_turn_note_(struct jangle_turn *base,
                                     const struct jangle_message *type,
                                     const void *data)
{
    struct jn_turn *turn = (struct jn_turn *)base;

    if (turn->failed_with)
        return turn->failed_with;
    if (type->role != JANGLE_ROLE_EVENT || !jn_saga_applier(turn->saga->type, type))
        return jn_turn_stick(turn, JANGLE_INVALID, "%s is no event that %s applies",
                             type->name, turn->saga->type->saga->name);
    return take_note(turn, type, data);
}

/* ---- the rest of what reactions call ----------------------------------------- */

enum jangle_result jangle_turn_retry_in(struct jangle_turn *base, int64_t ms)
{
    struct jn_turn *turn = (struct jn_turn *)base;

    if (turn->failed_with)
        return turn->failed_with;
    turn->retry_in_ms = jn_host_asked_ms(ms);
    return jn_turn_stick(turn, JANGLE_RETRY, "the reaction asked to be run again");
}

enum jangle_result jangle_turn_fail(struct jangle_turn *base,
                                    enum jangle_result result,
                                    const char *reason,
                                    ...)
{
    struct jn_turn *turn = (struct jn_turn *)base;
    va_list values;

    if (turn->failed_with)
        return turn->failed_with;
    va_start(values, reason);
    turn->failed_with =
        jn_fail_reported(&turn->error, "jangle_turn_fail", result, reason, values);
    va_end(values);
    return turn->failed_with;
}

enum jangle_result jangle_turn_timeout_at(struct jangle_turn *base, jangle_time at)
{
    struct jn_turn *turn = (struct jn_turn *)base;

    if (!turn->failed_with)
        turn->timeout_at = at;
    return turn->failed_with;
}

enum jangle_result jangle_turn_finish(struct jangle_turn *base)
{
    struct jn_turn *turn = (struct jn_turn *)base;

    turn->finished |= !turn->failed_with;
    return turn->failed_with;
}
