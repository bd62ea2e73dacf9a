/* commit.h - group commit: many commands, one transaction, one fsync.
 *
 * The machine (jn_commit_*) has no threads, no locks and no clock: tickets are enqueued,
 * a step takes a group of them to the store and settles each. The shell (jn_committer_*)
 * lets senders share it: whoever finds nobody leading leads, for all that wait; the
 * others sleep, each on its own condition, and are woken one by one. (D. DeWitt et al.,
 * "Implementation Techniques for Main Memory Database Systems", 1984.) */
#ifndef JN_COMMIT_H
#define JN_COMMIT_H

#include "base/queue.h"

#include <jangle/plugin/store.h>
#include <jangle/plugin/support.h>

/* ---- the machine ------------------------------------------------------------- */

/* What is stored together with an append, or not at all. To store it without events,
 * submit an append with zero records. Each may be NULL. */
struct jn_attachments {
    struct jangle_saga_record *saga;   /* its error: out */
    struct jangle_delivery_step *step; /* the same */
};

enum jn_ticket_state { JN_TICKET_QUEUED, JN_TICKET_RUNNING, JN_TICKET_SETTLED };

/* A command in the queue. The ticket belongs to the thread that waits until the ticket is
 * settled. */
struct jn_ticket {
    struct jn_link link;
    struct jangle_append append; /* in; where it was stored: out */
    struct jn_attachments attachments;
    enum jn_ticket_state state;
    struct jangle_error error; /* what befell all of its group, or its append alone */
    struct jn_cond *woken;     /* the shell's */
};

/* Who has checkpoints to write, and rides along. `take` fills in at most `limit`; they
 * and what they point to stay as they are until `settle`, which is told what came of the
 * group (and finds each checkpoint's own result in it). Called by one thread at a time,
 * with no lock of the committer held. */
struct jn_checkpoint_source {
    size_t (*take)(void *context, struct jangle_checkpoint *checkpoints, size_t limit);
    void (*settle)(void *context,
                   const struct jangle_checkpoint *checkpoints,
                   size_t count,
                   enum jangle_result result);
    void *context;
};

/* Called after each group that came through, in order of positions, before its senders
 * wake; with all appends of it, also refused ones. */
struct jn_commit_listener {
    void (*committed)(void *context, const struct jangle_append *appends, size_t count);
    void *context;
};

enum { JN_CHECKPOINTS_LIMIT = 64 }; /* in one group */

struct jn_commit {
    struct jangle_store *store;
    struct jn_checkpoint_source source; /* take may be NULL */
    struct jn_commit_listener listener; /* committed may be NULL */
    const struct jangle_allocator *allocator;
    struct jn_queue queue; /* of tickets */
    size_t queued, queue_limit;
    struct jn_ticket **tickets; /* of the group that runs */
    struct jangle_append *appends;
    struct jangle_saga_record *sagas;
    struct jangle_delivery_step *steps;
    struct jangle_checkpoint checkpoints[JN_CHECKPOINTS_LIMIT];
    size_t group_limit;
    struct jangle_group group;
    struct jangle_error error; /* of the group that ran last */
};

/* NO_MEMORY. The group and queue limits are above 0. */
enum jangle_result jn_commit_init(struct jn_commit *commit,
                                  struct jangle_store *store,
                                  int64_t group_limit,
                                  int64_t queue_limit,
                                  const struct jangle_allocator *allocator);
void jn_commit_finish(struct jn_commit *commit);

/* BUSY when the queue is full. */
enum jangle_result jn_commit_enqueue(struct jn_commit *commit,
                                     struct jn_ticket *ticket,
                                     struct jangle_error *error);

/* Take it out again, if it has not joined a group yet. False if it has. */
bool jn_commit_withdraw(struct jn_commit *commit, struct jn_ticket *ticket);

/* The three parts of a step. Only `run` takes time, and touches neither the queue nor any
 * ticket: the shell holds its lock for the other two. `run` asks the source for
 * checkpoints; false when there is nothing at all to do. */
void jn_commit_take(struct jn_commit *commit);
bool jn_commit_run(struct jn_commit *commit);
void jn_commit_settle(struct jn_commit *commit);

/* All three. True if there was anything to do. */
bool jn_commit_run_once(struct jn_commit *commit);

/* ---- the shell --------------------------------------------------------------- */

struct jn_committer {
    struct jn_commit commit;
    struct jn_mutex mutex;
    struct jn_cond idle; /* nobody leads */
    bool leading;
    int64_t begun, ended;      /* groups */
    struct jangle_error error; /* of the one that ended last */
    int64_t groups;            /* that came through */
};

#endif
