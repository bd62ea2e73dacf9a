/* stream_lock.h - commands for one aggregate go one behind the other, from load to
 * commit; those for different ones side by side. First come, first served.
 *
 * A command begins with the lock of its own aggregate, and waits for no other one while
 * it has that. What it decides may depend on further streams, or be stored in them; their
 * locks it does not need, for the store checks all that it was decided on, and of those
 * that are in each other's way one always wins. Who has lost twice gives its lock back,
 * takes the locks of all its streams in the order of their names, and keeps them until it
 * is answered: it waits for a lock only if those that it has are smaller, and who has the
 * greatest of all waits for none, so there is no circle; nor does anybody wait for a lock
 * while it leads a commit. The commands for these streams
 * wait behind it. A command for another aggregate that would be stored in one of them
 * gives way: it is decided anew, from the place in that lock which it then waits for. So
 * who keeps locks can lose only to commands that were under way by then, once to each,
 * and to other processes. */
#ifndef JN_STREAM_LOCK_H
#define JN_STREAM_LOCK_H

#include "base/host.h"
#include "base/map.h"

#include <stdatomic.h>

struct jn_stream_lock; /* one aggregate that somebody is at */

struct jn_stream_locks {
    struct jn_mutex mutex;
    struct jn_map map; /* kind/id -> struct jn_stream_lock */
    const struct jangle_allocator *allocator;
    int64_t waiting; /* commands that wait for a lock. No limit is needed: a command waits
                        in the thread that sends it, for one lock at a time */
    _Atomic int64_t kept; /* locks whose holder has lost twice */
};

/* NO_MEMORY. */
enum jangle_result jn_stream_locks_init(struct jn_stream_locks *locks,
                                        const struct jangle_allocator *allocator);
void jn_stream_locks_finish(struct jn_stream_locks *locks);

/* Wait for the front of the aggregate's lock, until `until_us` of jn_monotonic_us
 * (negative: without end). TIMEOUT, NO_MEMORY. */
enum jangle_result jn_stream_locks_acquire(struct jn_stream_locks *locks,
                                           const char *kind,
                                           const char *id,
                                           int64_t until_us,
                                           struct jn_stream_lock **lock,
                                           struct jangle_error *error);

/* Let the next one to the front: of this lock, and of all others that were taken with it.
 * NULL is fine. */
void jn_stream_locks_release(struct jn_stream_locks *locks, struct jn_stream_lock *lock);

/* ---- who lost twice ---------------------------------------------------------- */

struct jn_stream_name {
    const char *kind, *id;
};

struct jn_stream_names {
    struct jn_stream_name *items; /* in any order, and perhaps twice */
    size_t count;
};

/* Have the locks of all these, and keep them, instead of those in `*lock`, which are
 * given back unless they are enough. The names are put in order. Fails as
 * jn_stream_locks_acquire does; then `*lock` is NULL, and none is held. */
enum jangle_result jn_stream_locks_keep(struct jn_stream_locks *locks,
                                        struct jn_stream_names *names,
                                        int64_t until_us,
                                        struct jn_stream_lock **lock,
                                        struct jangle_error *error);

/* Does somebody keep the lock of that stream, who is not the holder of `lock`? */
bool jn_stream_locks_is_kept(struct jn_stream_locks *locks,
                             const struct jn_stream_name *name,
                             const struct jn_stream_lock *lock);

#endif
