/* dispatch.h - stored events are delivered to subscribers: what the rest of the engine
 * calls of it. */
#ifndef JN_DISPATCH_H
#define JN_DISPATCH_H

#include <jangle/jangle.h>
#include <jangle/plugin/store.h>
#include <jangle/plugin/view_store.h>

struct jn_dispatch;     /* one an instance */
struct jn_kinds;        /* plain, view, saga: subscription/kind.h */
struct jn_subscription; /* one a subscriber of this program */

/* Open the views' files, and claim every subscriber that no other process runs: its
 * checkpoint is read, or its first one stored. Sets jangle->dispatch. INVALID if a
 * checkpoint is not one of this store; STORAGE, NO_MEMORY. On failure there is nothing to
 * close. */
enum jangle_result jn_dispatch_open(struct jangle *jangle,
                                    const struct jn_kinds *kinds,
                                    struct jangle_error *error);

/* Store the last checkpoints, give up the subscribers that this process owns, free all.
 * No run is under way. Harmless if nothing is open. */
void jn_dispatch_close(struct jangle *jangle);

/* A group was committed (jn_commit_listener): keep its events in the ring, raise the
 * head, and wake a worker if there is something to do for one. Never waits for a
 * subscriber. */
void jn_dispatch_committed(struct jangle *jangle,
                           const struct jangle_append *appends,
                           size_t count);

/* Sleep until a run, a checkpoint or a look at the store is due, or there may be
 * something else to do; for at least `least_us` if nothing happens, and for at most
 * `most_us`. jn_dispatch_wake wakes all who sleep or wait. */
void jn_dispatch_sleep(struct jangle *jangle, int64_t least_us, int64_t most_us);
void jn_dispatch_wake(struct jangle *jangle);

/* Between the two no view waits for more events: the caller polls. */
void jn_dispatch_hurry(struct jangle *jangle);
void jn_dispatch_unhurry(struct jangle *jangle);

/* The caller has work of its own: wake a worker if there is something to do for one. */
void jn_dispatch_pass_on(struct jangle *jangle);

#endif
