/* saga.c - one saga in memory: its steps, its state, and when its timeout is due. */
#include "saga/saga.h"

#include "base/error.h"
#include "base/host.h"
#include "core/engine.h"
#include "message/decode.h"
#include "message/describe.h"
#include "message/event.h"

enum jangle_result jn_saga_init(struct jn_saga *saga,
                                struct jangle *jangle,
                                const struct jn_saga_type *type,
                                const char *id,
                                struct jangle_arena *arena,
                                struct jangle_error *error)
{
    *saga = (struct jn_saga){
        .jangle = jangle,
        .limits = jangle ? &jangle->limits : &jn_limits_default,
        .type = type,
        .id = jn_arena_copy_text(arena, id),
        .began_as = type->saga->name,
        .arena = arena,
        .state = jangle_alloc(arena, type->saga->state->size),
        .state_version = jn_type_version(type->saga->state),
    };
    return jn_arena_check(arena, error);
}

/* ---- its steps --------------------------------------------------------------- */

/* Steps are moved when there is no room, so nobody keeps a pointer to one while steps are
 * added. */
static bool reserve_step(struct jn_saga *saga)
{
    size_t capacity = saga->capacity ? 2 * saga->capacity : 8;
    struct jangle_step *steps;

    if (saga->count < saga->capacity)
        return true;
    steps = jangle_alloc(saga->arena, capacity * sizeof *steps);
    if (!steps)
        return false;
    if (saga->count)
        memcpy(steps, saga->steps, saga->count * sizeof *steps);
    saga->steps = steps;
    saga->capacity = capacity;
    return true;
}

struct jangle_step *jn_saga_draft_step(struct jn_saga *saga,
                                       const struct jangle_step *step)
{
    struct jangle_step *draft;

    if (!reserve_step(saga))
        return NULL;
    draft = &saga->steps[saga->count];
    *draft = *step;
    draft->type = jn_arena_copy_text(saga->arena, step->type);
    draft->reply = jn_arena_copy_text(saga->arena, step->reply);
    return saga->arena->failed ? NULL : draft;
}

struct jangle_step *jn_saga_add_step(struct jn_saga *saga, const struct jangle_step *step)
{
    struct jangle_step *added = jn_saga_draft_step(saga, step);

    saga->count += added != NULL;
    return added;
}

void jn_saga_forget_steps(struct jn_saga *saga)
{
    saga->count = saga->stored > saga->closed ? saga->stored : saga->closed;
}

/* ---- a copy ------------------------------------------------------------------ */

static void copy_steps(struct jn_saga *copy, const struct jn_saga *saga)
{
    copy->steps = NULL;
    copy->count = copy->capacity = 0;
    for (size_t i = 0; i < saga->count && !copy->arena->failed; i++)
        (void)jn_saga_add_step(copy, &saga->steps[i]);
}

enum jangle_result jn_saga_copy(struct jn_saga *copy,
                                const struct jn_saga *saga,
                                struct jangle_arena *arena,
                                struct jangle_error *error)
{
    *copy = *saga;
    copy->arena = arena;
    copy->end = NULL;
    copy->id = jn_arena_copy_text(arena, saga->id);
    copy->began_as = jn_arena_copy_text(arena, saga->began_as);
    copy->state = jangle_alloc(arena, saga->type->saga->state->size);
    copy->state_json = jn_arena_copy_text(arena, saga->state_json);
    copy->reason = jn_arena_copy_text(arena, saga->reason);
    copy->origin = (struct jangle_origin){
        .correlation_id = jn_arena_copy_text(arena, saga->origin.correlation_id),
        .actor = jn_arena_copy_text(arena, saga->origin.actor),
        .trace = jn_arena_copy_text(arena, saga->origin.trace),
    };
    copy_steps(copy, saga);
    return jn_arena_check(arena, error);
}

/* ---- its state --------------------------------------------------------------- */

/* A saga that has no JSON yet has its initial state. */
enum jangle_result jn_saga_decode_state(struct jn_saga *saga, struct jangle_error *error)
{
    struct jangle_error reason = {0};
    enum jangle_result result;

    if (!saga->state_json) {
        jn_type_clear(saga->type->saga->state, saga->state);
        return JANGLE_OK;
    }
    result = jn_decode(saga->arena, saga->type->saga->state, saga->state_json,
                       strlen(saga->state_json), saga->state_version, saga->limits,
                       saga->state, &reason);
    return jn_fail(error, result, "the state of %s/%s: %s", saga->type->saga->name,
                   saga->id, reason.message);
}

const char *jangle_saga_status_text(enum jangle_saga_status status)
{
    static const char *const texts[] = {
#define X(name, number, text) [number] = text,
        JANGLE_SAGA_STATUSES(X)
#undef X
    };
    bool exists = (size_t)status < sizeof texts / sizeof *texts && texts[status];

    return exists ? texts[status] : "no such status";
}

/* ---- its timeout ------------------------------------------------------------- */

/* The clock of a sender that is ahead must bring no timeout early. */
jangle_time jn_saga_event_time(const struct jangle_event *event, jangle_time now)
{
    jangle_time at = jn_event_stored_at(event);

    return at.us < now.us ? at : now;
}

bool jn_saga_is_after_timeout(const struct jn_saga *saga,
                              const struct jangle_event *event,
                              jangle_time now)
{
    return saga->status == JANGLE_SAGA_OPEN && saga->timeout_at.us &&
           jn_saga_event_time(event, now).us >= saga->timeout_at.us;
}

/* A turn that began late has as long as it would have had in time, up to a day, counted
 * from its first run: otherwise each turn that is late would be closed after its first
 * failure. */
static jangle_time patience_ends_at(const struct jn_saga *saga, jangle_time timeout_at)
{
    const int64_t limit_us = INT64_C(24) * 3600 * 1000000;
    int64_t patience_us = timeout_at.us - saga->turn_event_at.us;
    jangle_time end = {saga->turn_at.us +
                       (patience_us < limit_us ? patience_us : limit_us)};

    return end.us > timeout_at.us ? end : timeout_at;
}

jangle_time jn_saga_due_at(const struct jn_saga *saga, jangle_time timeout_at)
{
    bool is_open = saga->turn_at.us != 0;

    if (saga->status != JANGLE_SAGA_OPEN)
        return (jangle_time){0};
    if (is_open && !saga->turn_position)
        return saga->timeout_is_parked ? (jangle_time){0} : saga->turn_at;
    if (is_open && saga->turn_event_at.us && timeout_at.us)
        return patience_ends_at(saga, timeout_at);
    return timeout_at;
}

/* ---- the end of a turn ------------------------------------------------------- */

void jn_saga_log_end(const struct jn_saga *saga, bool began)
{
    struct jangle *jangle = saga->jangle;
    const char *name = saga->type->saga->name;

    JN_COUNT(jangle, turns, 1);
    if (began)
        JN_LOG(&jangle->log, SAGA_STARTED, JN_PAIRS(JN_SAGA_NAMED(saga)), "%s/%s began",
               name, saga->id);
    if (saga->status == JANGLE_SAGA_FINISHED)
        JN_LOG(&jangle->log, SAGA_FINISHED, JN_PAIRS(JN_SAGA_NAMED(saga)),
               "%s/%s is over", name, saga->id);
}
