/* stream_lock.h - commands for one aggregate run one after the other, from load to
 * commit; commands for different aggregates run side by side. First come, first served.
 *
 * A command takes the lock of its own aggregate, and waits for no other lock while it has
 * that one. Its decision may depend on further streams, or be stored in them. Their locks
 * are not needed, because the store checks every version that was decided on, and of
 * commands that are in each other's way one always gets through.
 *
 * A command that has lost twice gives its lock back, takes the locks of all its streams
 * in the order of their names, and keeps them until it is answered. No circle of waiting
 * commands can form: a command waits for a lock only while the locks that it holds come
 * before that one, so the holder of the last lock of all waits for none; and nobody waits
 * for a lock while it leads a commit.
 *
 * Commands for the streams of such a holder wait behind it. A command for another
 * aggregate that would be stored in one of these streams gives way: it waits for that
 * stream's lock, and is decided again. So the holder can lose only to commands that were
 * under way when it took the locks, once to each, and to other processes. */
#ifndef JN_STREAM_LOCK_H
#define JN_STREAM_LOCK_H

#include "base/host.h"
#include "base/map.h"
#include "base/queue.h"
#include "command/cache.h"

#include <stdatomic.h>

struct jn_stream_lock; /* of one stream: it exists while a command holds it, and while
                          a state is cached in it */

struct jn_stream_locks {
    struct jn_mutex mutex;
    struct jn_map map; /* kind/id -> struct jn_stream_lock */
    const struct jangle_allocator *allocator;
    struct jn_cache cache; /* of the states in the map */
    int64_t waiting; /* commands that wait for a lock. No limit is needed: a command waits
                        in the thread that sends it, for one lock at a time */
    _Atomic int64_t kept; /* locks that are kept: jn_stream_locks_keep */
};

/* NO_MEMORY. jn_cache_begin says how many states stay in the map; without it, none. */
enum jangle_result jn_stream_locks_init(struct jn_stream_locks *locks,
                                        const struct jangle_allocator *allocator);

/* No lock is held, and nobody holds a state that is cached. */
void jn_stream_locks_finish(struct jn_stream_locks *locks);

/* Take the lock of a stream, and wait for it until `until_us` of jn_monotonic_us
 * (negative: without end). TIMEOUT, NO_MEMORY; then `*lock` is NULL. */
enum jangle_result jn_stream_locks_acquire(struct jn_stream_locks *locks,
                                           const char *kind,
                                           const char *id,
                                           int64_t until_us,
                                           struct jn_stream_lock **lock,
                                           struct jangle_error *error);

/* A command that waits for a lock, on the stack of its thread. The mutex of the locks
 * guards it, except that `may_be_taken` is set before. */
enum jn_wait { JN_WAIT_IN_QUEUE, JN_WAIT_HAS_LOCK, JN_WAIT_TAKEN, JN_WAIT_ANSWERED };

struct jn_stream_waiter {
    struct jn_link link;
    struct jn_cond woken;
    enum jn_wait wait;
    bool may_be_taken; /* who holds the lock may answer the command */
    bool was_taken;    /* ever: then no time ends its waiting */
};

/* The same for a command that whoever holds the lock may answer: then it returns OK
 * without the lock, and the wait is ANSWERED. */
enum jangle_result jn_stream_locks_join(struct jn_stream_locks *locks,
                                        const char *kind,
                                        const char *id,
                                        int64_t until_us,
                                        struct jn_stream_waiter *waiter,
                                        struct jn_stream_lock **lock,
                                        struct jangle_error *error);

/* Give back this lock and all that were taken with it: each goes to the command that has
 * waited longest. NULL is fine. */
void jn_stream_locks_release(struct jn_stream_locks *locks, struct jn_stream_lock *lock);

/* The lock of that stream, among those that were taken with `lock`; NULL: it is not. */
struct jn_stream_lock *
jn_stream_lock_of(struct jn_stream_lock *lock, const char *kind, const char *id);

/* ---- for who holds the lock of the stream -------------------------------------- */

/* The command that has waited longest for the lock, out of its queue; NULL if there is
 * none, or if that one must not be taken. What is taken is the caller's, until it is
 * answered or put back: its thread sleeps, whatever its deadline is. */
struct jn_stream_waiter *jn_stream_lock_take(struct jn_stream_locks *locks,
                                             struct jn_stream_lock *lock);

/* The command has its answer. Its thread wakes, and the waiter is gone. */
void jn_stream_lock_answer(struct jn_stream_locks *locks,
                           struct jn_stream_waiter *waiter);

/* Put commands that were taken back before all others, in this order. They get the lock
 * in their turn, and are not taken again. The queue is empty then. */
void jn_stream_lock_put_back(struct jn_stream_locks *locks,
                             struct jn_stream_lock *lock,
                             struct jn_queue *waiters);

/* ---- locks that are kept ------------------------------------------------------ */

struct jn_stream_name {
    const char *kind, *id;
};

struct jn_stream_names {
    struct jn_stream_name *items; /* in any order; a name may be there twice */
    size_t count;
};

/* Take the locks of all these streams, and mark them as kept. If `*lock` holds them all
 * already, it stays; otherwise its locks are given back first. The names are sorted.
 * Fails as jn_stream_locks_acquire does; then `*lock` is NULL, and none is held. */
enum jangle_result jn_stream_locks_keep(struct jn_stream_locks *locks,
                                        struct jn_stream_names *names,
                                        int64_t until_us,
                                        struct jn_stream_lock **lock,
                                        struct jangle_error *error);

/* Is the lock of that stream kept by another command than the holder of `lock`? */
bool jn_stream_locks_is_kept(struct jn_stream_locks *locks,
                             const struct jn_stream_name *name,
                             struct jn_stream_lock *lock);

#endif
