/* stream_entry.h - what the map of stream locks holds of one stream: its lock, and the
 * state that is cached. They are one thing, so that whoever holds the lock changes the
 * state, and nobody else. Only stream_lock.c, cache.c and stream_entry.c know what is in
 * it. */
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

/* ---- all with the mutex held ---------------------------------------------------- */

struct jn_stream_lock *
jn_entry_find(const struct jn_stream_locks *locks, const char *kind, const char *id);

/* A command holds the lock from now on. */
void jn_entry_begin(struct jn_stream_locks *locks, struct jn_stream_lock *entry);

/* No command holds or waits for the lock any more. The entry stays in the map if it has a
 * state that is of use. Returns what is to be freed, when the mutex is free. */
struct jn_stream_lock *jn_entry_end(struct jn_stream_locks *locks,
                                    struct jn_stream_lock *entry);

/* Take an entry out of the map, and put it before those that are to be freed. */
void jn_entry_remove(struct jn_stream_locks *locks,
                     struct jn_stream_lock *entry,
                     struct jn_stream_lock **removed);

/* Entries that have a state and that nobody holds are listed by their last use. */
void jn_entry_list(struct jn_cache *cache, struct jn_stream_lock *entry);
void jn_entry_unlist(struct jn_cache *cache, struct jn_stream_lock *entry);

/* Has it a state of this generation? Is that one behind, perhaps? */
bool jn_entry_is_of_now(const struct jn_cache *cache, const struct jn_stream_lock *entry);
bool jn_entry_is_doubtful(const struct jn_stream_lock *entry);

/* May it have that state? */
bool jn_entry_may_have(const struct jn_cache *cache, const struct jn_shared_state *state);

/* Give it a state, which it holds from now on; it has none. Take its state, which the
 * caller holds then; NULL: it had none. */
void jn_entry_attach(struct jn_cache *cache,
                     struct jn_stream_lock *entry,
                     struct jn_shared_state *state);
struct jn_shared_state *jn_entry_detach(struct jn_cache *cache,
                                        struct jn_stream_lock *entry);

/* ---- without it -------------------------------------------------------------------- */

/* Free entries that are out of the map, and their states. */
void jn_entries_free(const struct jn_stream_locks *locks, struct jn_stream_lock *entries);

#endif
