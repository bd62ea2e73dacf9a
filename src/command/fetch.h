/* fetch.h - the state that a command is decided on: from the cache, or from the store. */
#ifndef JN_FETCH_H
#define JN_FETCH_H

#include "command/shared_state.h"
#include "command/stream_lock.h"

#include <jangle/plugin/store.h>

/* A state, held for the caller until jn_shared_drop. */
struct jn_fetched {
    struct jn_shared_state *state; /* NULL: it could not be read */
    bool hit;                      /* nothing was read for it: it may be behind */
};

/* The state of an aggregate, by a command that has its `entry`. Fails as jn_state_load
 * does; then `state` is NULL. */
enum jangle_result jn_fetch_own(const struct jn_loader *loader,
                                struct jn_stream_locks *locks,
                                struct jn_stream_lock *entry,
                                const struct jangle_aggregate *aggregate,
                                const char *id,
                                struct jn_fetched *fetched,
                                struct jangle_error *error);

/* The state of another aggregate, by a command that looks at it. No lock is taken, and
 * none is waited for. Without `locks` it is always read. */
enum jangle_result jn_fetch_look(const struct jn_loader *loader,
                                 struct jn_stream_locks *locks,
                                 const struct jangle_aggregate *aggregate,
                                 const char *id,
                                 struct jn_fetched *fetched,
                                 struct jangle_error *error);

/* The events of an append that was stored, and not repeated: fold those of the stream
 * into the state, and cache it in its entry. It cannot fail: without memory, or if an
 * event cannot be applied, nothing of that state is cached, and the next command reads
 * it. The state is let go in any case. */
void jn_fetch_fold(struct jn_stream_locks *locks,
                   struct jn_stream_lock *entry,
                   struct jn_shared_state *state,
                   const struct jangle_append *append);

/* The same into a state that is in no entry, and that nobody else reads: before a commit,
 * for a command that is decided on what this append is going to store. False: the state
 * is of no use any more. */
bool jn_fetch_apply(struct jn_shared_state *state, const struct jangle_append *append);

#endif
