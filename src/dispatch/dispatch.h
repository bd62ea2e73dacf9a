/* dispatch.h - stored events to those who follow them: the seam between the subscribers'
 * side of the engine and the rest. */
#ifndef JN_DISPATCH_H
#define JN_DISPATCH_H

#include <jangle/jangle.h>
#include <jangle/plugin/store.h>
#include <jangle/plugin/view_store.h>

struct jn_dispatch;     /* one an instance */
struct jn_kinds;        /* plain, view, saga: subscription/kind.h */
struct jn_subscription; /* one a subscriber of this program */

/* Find every subscriber's place, or write it down; open the views' files; refuse a place
 * that is not of this store. Sets jangle->dispatch. INVALID, STORAGE, NO_MEMORY; on
 * failure there is nothing to close. */
enum jangle_result jn_dispatch_open(struct jangle *jangle,
                                    const struct jn_kinds *kinds,
                                    struct jangle_error *error);

/* Write the checkpoints that are left, give up what was owned, free all. No step is
 * running. NULL dispatch is fine. */
void jn_dispatch_close(struct jangle *jangle);

/* A group came through (jn_commit_listener): keep its events in the ring, wake whoever
 * sleeps. Never blocks on a subscriber. */
void jn_dispatch_committed(struct jangle *jangle,
                           const struct jangle_append *appends,
                           size_t count);

/* Sleep until there may be something to do, at most `us`; jn_dispatch_wake ends it. */
void jn_dispatch_sleep(struct jangle *jangle, int64_t us);
void jn_dispatch_wake(struct jangle *jangle);

/* How long a worker may sleep: until the next retry, checkpoint or look at the store is
 * due. */
int64_t jn_dispatch_due_us(struct jangle *jangle);

#endif
