/* saga.c - one saga in memory. */
#include "saga/saga.h"

#include "base/error.h"
#include "message/decode.h"
#include "message/describe.h"
#include "message/texts.h"

/* ---- a saga ------------------------------------------------------------------ */

enum jangle_result jn_saga_init(struct jn_saga *saga,
                                const struct jn_saga_type *type,
                                const char *id,
                                struct jangle_arena *arena,
                                struct jangle_error *error)
{
    *saga = (struct jn_saga){
        .type = type,
        .id = jn_arena_copy_text(arena, id),
        .began_as = type->saga->name,
        .arena = arena,
        .state = jangle_alloc(arena, type->saga->state->size),
        .state_version = jn_type_version(type->saga->state),
    };
    return jn_arena_check(arena, error);
}

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

struct jangle_step *jn_saga_add_step(struct jn_saga *saga, const struct jangle_step *step)
{
    struct jangle_step *added;

    if (!reserve_step(saga))
        return NULL;
    added = &saga->steps[saga->count];
    *added = *step;
    added->type = jn_arena_copy_text(saga->arena, step->type);
    added->reply = jn_arena_copy_text(saga->arena, step->reply);
    if (saga->arena->failed)
        return NULL;
    saga->count++;
    return added;
}

enum jangle_result jn_saga_decode_state(struct jn_saga *saga,
                                        const struct jn_limits *limits,
                                        struct jangle_error *error)
{
    struct jangle_error reason = {0};
    enum jangle_result result;

    if (!saga->state_json) {
        jn_type_clear(saga->type->saga->state, saga->state);
        return JANGLE_OK;
    }
    result = jn_decode(saga->arena, saga->type->saga->state, saga->state_json,
                       strlen(saga->state_json), saga->state_version, limits, saga->state,
                       &reason);
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
