/* shared_state.h - a state that several may read at the same time.
 *
 * Whoever uses the state holds it: it is freed when the last one lets go. Nobody changes
 * a state that others hold, so nobody needs a lock to read it. */
#ifndef JN_SHARED_STATE_H
#define JN_SHARED_STATE_H

#include "command/state.h"

#include <stdatomic.h>

struct jn_shared_state {
    _Atomic int holders;
    int64_t epoch;      /* of the store, at the latest when its first event was read; 0:
                           not known */
    int64_t generation; /* of the cache, at the same time (cache.h) */
    struct jn_state state;
    char id[]; /* of the aggregate: state.id */
};

/* The state before the first event, held by the caller. NULL when out of memory, which
 * `error` says. */
struct jn_shared_state *jn_shared_make(const struct jn_loader *loader,
                                       const struct jangle_aggregate *aggregate,
                                       const char *id,
                                       struct jangle_error *error);

void jn_shared_hold(struct jn_shared_state *shared);

/* NULL is fine. */
void jn_shared_drop(struct jn_shared_state *shared);

/* Give a state that is held by the caller for one that the caller alone holds, and may
 * change: the same one, or a copy if others hold it, too. Nobody may begin to hold it
 * meanwhile who does not yet. NULL when out of memory; the state is let go in any case.
 */
struct jn_shared_state *jn_shared_own(struct jn_shared_state *shared);

/* A copy, which the caller alone holds. NULL when out of memory. */
struct jn_shared_state *jn_shared_copy(const struct jn_shared_state *shared);

/* The bytes that it takes from the allocator. Blocks of its arena count whole. */
size_t jn_shared_bytes(const struct jn_shared_state *shared);

#endif
