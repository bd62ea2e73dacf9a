/* cache.h - the aggregate cache: states of aggregates stay in memory between commands, so
 * that the next command of the aggregate reads nothing before it is decided.
 *
 * A state is cached in the entry of its stream (stream_entry.h), which is what commands
 * of one aggregate wait in: so whoever holds the stream's lock changes the state, and
 * nobody else. Others hold the state while they read it (shared_state.h), and no lock.
 * The lock's holder puts another state in its place; it changes one only if nobody else
 * holds it.
 *
 * A cached state is like a snapshot in memory: it was right at its version, and need not
 * be current. The store checks the version of every append that is decided on it, and
 * every answer that stores nothing is confirmed by the heads of the streams. The cache is
 * told of what is stored beside the entry, so that such a state is brought up before it
 * is used; but nothing depends on that.
 *
 * What a version cannot tell is whether a fence was passed: then the version may be
 * another event's (ST-31). So each state has the epoch of the store before it was read.
 * The appends that are decided on it carry that epoch to the store, which refuses another
 * one, and confirmations compare it, too. When the engine learns of another epoch, or an
 * outcome is UNKNOWN, a new generation begins: states of older ones are of no use. */
#ifndef JN_CACHE_H
#define JN_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jn_shared_state;
struct jn_stream_lock;
struct jn_stream_locks;

/* A part of the stream locks, whose mutex guards it. */
struct jn_cache {
    int64_t count_limit, bytes_limit;       /* no states, or no bytes: nothing is kept */
    struct jn_stream_lock *oldest, *newest; /* entries with a state that nobody holds */
    int64_t count, bytes;                   /* of all states that are kept */
    int64_t hits, misses, evictions;
    int64_t epoch; /* of the store, as far as it is known; 0: not known */
    int64_t generation;
};

struct jn_cache_figures {
    int64_t hits, misses, evictions, count, bytes;
};

/* The locks were just initialised. Without this call nothing is kept. */
void jn_cache_begin(struct jn_stream_locks *locks,
                    int64_t count_limit,
                    int64_t bytes_limit,
                    int64_t epoch);
void jn_cache_measure(struct jn_stream_locks *locks, struct jn_cache_figures *figures);

/* In a child that fork made: free what is kept. No lock is waited for: if another thread
 * of the parent was just in there, all is left as it is. */
void jn_cache_abandon(struct jn_stream_locks *locks);

/* ---- for who holds the lock ---------------------------------------------------- */

/* The state of the entry, held for the caller; NULL: there is none. If it is doubtful it
 * must be brought up before it is used, and is out of the entry until jn_cache_put. */
struct jn_shared_state *jn_cache_enter(struct jn_stream_locks *locks,
                                       struct jn_stream_lock *entry,
                                       bool *doubtful);

/* Take the state out of the entry, if it is that one, so that nobody begins to hold it.
 */
void jn_cache_take(struct jn_stream_locks *locks,
                   struct jn_stream_lock *entry,
                   const struct jn_shared_state *state);

/* Put a state into the entry, in place of the one that is there. It is not kept if it has
 * no events, is larger than an eighth of all bytes, or is of an earlier generation. */
void jn_cache_put(struct jn_stream_locks *locks,
                  struct jn_stream_lock *entry,
                  struct jn_shared_state *state);

/* ---- for anybody --------------------------------------------------------------- */

/* Mark a state that is going to be loaded with epoch and generation. */
void jn_cache_stamp(struct jn_stream_locks *locks, struct jn_shared_state *state);

/* The state that is cached of a stream, held for the caller; NULL: there is none. It
 * stays where it is, so a doubtful one must be copied to be brought up. */
struct jn_shared_state *jn_cache_look(struct jn_stream_locks *locks,
                                      const char *kind,
                                      const char *id,
                                      bool *doubtful);

/* The same, for who does not decide on it: it may be behind, and is no hit or miss. */
struct jn_shared_state *
jn_cache_peek(struct jn_stream_locks *locks, const char *kind, const char *id);

/* Put a state that was loaded without the lock into its entry, if nobody holds the lock,
 * and no newer state is there. Without memory nothing happens. */
void jn_cache_offer(struct jn_stream_locks *locks, struct jn_shared_state *state);

/* The stream met a conflict: its state is brought up before it is used. */
void jn_cache_doubt(struct jn_stream_locks *locks, const char *kind, const char *id);

/* The stream is at this version at least. A state that is behind it is doubtful. */
void jn_cache_note(struct jn_stream_locks *locks,
                   const char *kind,
                   const char *id,
                   int64_t version);

/* The store is in this epoch. If it was in another one, the cache is emptied. */
void jn_cache_note_epoch(struct jn_stream_locks *locks, int64_t epoch);

/* The epoch that the store is known to be in; 0: it is not known. */
int64_t jn_cache_epoch(struct jn_stream_locks *locks);

/* Is it the epoch that the store is known to be in? */
bool jn_cache_is_epoch(struct jn_stream_locks *locks, int64_t epoch);

/* It changes when the store is found in another epoch, or an outcome is UNKNOWN: what was
 * read before may go away, or have gone. */
int64_t jn_cache_generation(struct jn_stream_locks *locks);

/* An outcome is UNKNOWN: what was read before may go away. */
void jn_cache_empty(struct jn_stream_locks *locks);

/* The stream has a snapshot of this version. */
void jn_cache_note_snapshot(struct jn_stream_locks *locks,
                            const char *kind,
                            const char *id,
                            int64_t version);

/* The version of the last snapshot that was noted; 0: none. */
int64_t jn_cache_snapshot_version(struct jn_stream_locks *locks,
                                  const char *kind,
                                  const char *id);

#endif
