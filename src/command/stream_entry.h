/* stream_entry.h - what the map of stream locks holds of one stream: its lock, and the
 * state that is cached. They are one thing, so that whoever holds the lock changes the
 * state, and nobody else. Only stream_lock.c and cache.c know what is in it. */
#ifndef JN_STREAM_ENTRY_H
#define JN_STREAM_ENTRY_H

#include "base/queue.h"
#include "command/shared_state.h"
#include "command/stream_lock.h"

/* Of "kind/id": jangle checks that they have 64 and 200 bytes at most. */
enum { JN_STREAM_KEY_SIZE = 512 };

/* It is in the map while a command holds its lock, or while it has a state. The mutex of
 * the locks guards all of it, except that the holder alone uses `next_held`, and that
 * `key` never changes. */
struct jn_stream_lock {
    struct jn_queue waiters;          /* behind the command that holds the lock */
    struct jn_stream_lock *next_held; /* another lock of the same holder */
    bool held;
    bool kept; /* the holder keeps all its locks until it is answered */

    struct jn_shared_state *state; /* NULL: none */
    size_t bytes;                  /* that `state` counts for */
    bool doubtful;                 /* a command met a conflict on it */
    int64_t noted;                 /* the stream is known to have had this version */
    int64_t snapshot_version;      /* of the last snapshot that is known */
    struct jn_stream_lock *older, *newer; /* by last use, of those that are not held */
    char key[];                           /* kind/id */
};

/* All with the mutex held. */

/* A command holds the lock from now on. */
void jn_cache_entry_begins(struct jn_stream_locks *locks, struct jn_stream_lock *entry);

/* No command holds or waits for the lock any more. The entry stays in the map if it has a
 * state that is worth keeping. Returns what is to be freed, when the mutex is free. */
struct jn_stream_lock *jn_cache_entry_ends(struct jn_stream_locks *locks,
                                           struct jn_stream_lock *entry);

/* Without the mutex: free entries that are out of the map, and their states. */
void jn_cache_free_entries(const struct jn_stream_locks *locks,
                           struct jn_stream_lock *entries);

#endif
