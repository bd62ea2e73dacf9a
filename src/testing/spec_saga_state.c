/* spec_saga_state.c - what a spec's saga has come to, loaded and kept. */
#include "testing/spec_saga_state.h"

#include "base/error.h"
#include "core/rows.h"
#include "core/saga_match.h"
#include "dispatch/delivery.h"
#include "message/describe.h"
#include "message/event.h"
#include <inttypes.h>

bool jn_spec_load(struct jangle_here here, struct jn_saga *saga)
{
    struct jangle_arena *arena = &here.spec->stubs.arena;
    struct jangle_error error = {0};

    *saga = here.spec->saga.record;
    saga->state = jangle_alloc(arena, saga->type->saga->state->size);
    if (!jn_arena_check(arena, &error) &&
        !jn_saga_decode_state(saga, &jn_limits_default, &error))
        return true;
    jn_spec_complain(here, "%s", error.message);
    return false;
}

void jn_spec_save(struct jn_spec_saga *stubs, struct jn_saga *saga)
{
    saga->exists = true;
    saga->stored = saga->count;
    stubs->record = *saga;
}
