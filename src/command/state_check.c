/* state_check.c - in builds that check states: who changes a state that he must not, and
 * which state in memory is not what its events make of it. */
#include "command/state_check.h"

#ifdef JANGLE_CHECK_STATES

#include "message/copy.h"
#include "message/encode.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void *resize_of_system(void *context, void *memory, size_t size)
{
    (void)context;
    return realloc(memory, size);
}

static void free_of_system(void *context, void *memory)
{
    (void)context;
    free(memory);
}

static const struct jangle_allocator of_system = {.resize = resize_of_system,
                                                  .free = free_of_system};

void jn_state_see(struct jn_seen_state *seen, const struct jn_state *state)
{
    *seen = (struct jn_seen_state){.json = NULL};
    jn_arena_init(&seen->arena, &of_system);
    if (jn_encode(&seen->arena, state->aggregate->state, state->data, JN_NULLS_EMPTY,
                  state->loader->limits, &seen->json, &seen->size, NULL))
        seen->json = NULL;
}

static bool is_same(const struct jn_seen_state *seen, const struct jn_seen_state *other)
{
    return !seen->json || !other->json ||
           (seen->size == other->size &&
            memcmp(seen->json, other->json, seen->size) == 0);
}

void jn_state_check_seen(struct jn_seen_state *seen,
                         const struct jn_state *state,
                         const char *command)
{
    struct jn_seen_state after;

    jn_state_see(&after, state);
    if (!is_same(seen, &after)) {
        fprintf(stderr,
                "jangle: %s/%s: decide has changed the state, for %s: it was %s and is "
                "%s. Only apply may do so, because the next command has the same state\n",
                state->aggregate->name, state->id, command, seen->json, after.json);
        abort();
    }
    jn_arena_finish(&after.arena);
    jn_arena_finish(&seen->arena);
}

/* ---- a fresh load --------------------------------------------------------------- */

enum { LONGEST = 1000 };

static void compare_states(const struct jn_state *cached, const struct jn_state *fresh)
{
    struct jn_seen_state of_cached, of_fresh;

    jn_state_see(&of_cached, cached);
    jn_state_see(&of_fresh, fresh);
    if (!is_same(&of_cached, &of_fresh)) {
        fprintf(stderr,
                "jangle: %s/%s: the state in memory at version %" PRId64
                " is %s, but its events make %s: an apply uses more than its state and "
                "its event, or somebody writes to a state\n",
                cached->aggregate->name, cached->id, cached->version, of_cached.json,
                of_fresh.json);
        abort();
    }
    jn_arena_finish(&of_cached.arena);
    jn_arena_finish(&of_fresh.arena);
}

/* Without snapshots a long stream takes too long to read. */
static bool is_too_long(const struct jn_state *state)
{
    return state->version > LONGEST && !state->aggregate->snapshot_every;
}

/* Each snapshot that it may begin with was compared itself. If another event is at that
 * version now, a fence was passed, and there is nothing to compare. */
void jn_state_check_cached(const struct jn_state *state)
{
    struct jn_loader loader = *state->loader;
    struct jn_state fresh;
    enum jangle_result result;

    if (is_too_long(state))
        return;
    loader.allocator = &of_system;
    result = jn_state_init(&fresh, &loader, state->aggregate, state->id, NULL);
    if (!result)
        result = jn_state_load_to(&fresh, state->version, NULL);
    if ((!result || result == JANGLE_CANCELLED) && fresh.version == state->version &&
        memcmp(fresh.event_id, state->event_id, sizeof state->event_id) == 0)
        compare_states(state, &fresh);
    jn_state_finish(&fresh);
}

bool jn_states_are_checked(void)
{
    return true;
}

#else

bool jn_states_are_checked(void)
{
    return false;
}

#endif
