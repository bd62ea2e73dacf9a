/* shared_state.c - a state that several may read at the same time: held, let go, copied.
 */
#include "command/shared_state.h"

#include "base/error.h"
#include "message/copy.h"

struct jn_shared_state *jn_shared_make(const struct jn_loader *loader,
                                       const struct jangle_aggregate *aggregate,
                                       const char *id,
                                       struct jangle_error *error)
{
    size_t size = strlen(id) + 1;
    struct jn_shared_state *shared = jn_new(loader->allocator, sizeof *shared + size);

    if (!shared) {
        jn_fail(error, JANGLE_NO_MEMORY, "%s/%s: out of memory", aggregate->name, id);
        return NULL;
    }
    atomic_init(&shared->holders, 1);
    memcpy(shared->id, id, size);
    if (jn_state_init(&shared->state, loader, aggregate, shared->id, error)) {
        jn_shared_drop(shared);
        return NULL;
    }
    return shared;
}

void jn_shared_hold(struct jn_shared_state *shared)
{
    atomic_fetch_add(&shared->holders, 1);
}

void jn_shared_drop(struct jn_shared_state *shared)
{
    const struct jangle_allocator *allocator;

    if (!shared || atomic_fetch_sub(&shared->holders, 1) > 1)
        return;
    allocator = shared->state.loader->allocator;
    jn_state_finish(&shared->state);
    jn_free(allocator, shared);
}

/* What the last count of the arena was is not copied: the copy has an arena of its own,
 * without garbage. */
struct jn_shared_state *jn_shared_copy(const struct jn_shared_state *shared)
{
    const struct jn_state *from = &shared->state;
    struct jn_shared_state *copy =
        jn_shared_make(from->loader, from->aggregate, from->id, NULL);

    if (!copy)
        return NULL;
    if (jn_type_copy(&copy->state.arena, from->aggregate->state, copy->state.data,
                     from->data)) {
        jn_shared_drop(copy);
        return NULL;
    }
    copy->epoch = shared->epoch;
    copy->generation = shared->generation;
    copy->state.version = from->version;
    copy->state.snapshot_version = from->snapshot_version;
    memcpy(copy->state.event_id, from->event_id, sizeof copy->state.event_id);
    return copy;
}

struct jn_shared_state *jn_shared_own(struct jn_shared_state *shared)
{
    struct jn_shared_state *copy;

    if (atomic_load(&shared->holders) == 1)
        return shared;
    copy = jn_shared_copy(shared);
    jn_shared_drop(shared);
    return copy;
}

size_t jn_shared_bytes(const struct jn_shared_state *shared)
{
    return sizeof *shared + strlen(shared->id) + 1 +
           shared->state.aggregate->state->size + jn_arena_bytes(&shared->state.arena);
}
