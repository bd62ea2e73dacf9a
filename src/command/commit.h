/* commit.h - group commit: many commands, one transaction, one fsync.
 *
 * There are no threads, no locks and no clock here: tickets are put into a queue; one
 * call takes a group of them to the store and settles each. committer.h lets threads
 * share it. (D. DeWitt et al., "Implementation Techniques for Main Memory Database
 * Systems", 1984.) */
#ifndef JN_COMMIT_H
#define JN_COMMIT_H

#include "base/queue.h"

#include <jangle/plugin/store.h>
#include <jangle/plugin/support.h>

/* What is stored in the same transaction as an append, or not at all. To store it without
 * events, commit an append without records. Each may be NULL. */
struct jn_attachments {
    struct jangle_saga_record *saga;   /* its error says how that went */
    struct jangle_delivery_step *step; /* the same */
    /* Stored only with all appends of the ticket's set, which they do not hinder (ST-30).
     * If the group has no room for one, that is BUSY. */
    struct jangle_checkpoint *checkpoints;
    size_t checkpoint_count;
};

/* The step of a saga or of a handler that sends the command: it is stored in the same
 * commit as the command's events, so that neither is there without the other. Nothing is
 * stored if the command stores no events. */
struct jn_sent_attachments {
    struct jn_attachments attachments;
    char reply[64]; /* of the decision: the step points here, and the reply is filled in
                       before the commit */
};

/* Who sends a command, if it is not the program itself. NULL stands for the program. */
struct jn_sender {
    const char *name; /* of the subscriber, saga or consumer */
    int64_t cause;    /* position of the event that it handles; 0: a timeout, or a message
                         that is no event of this store */
    struct jn_sent_attachments *with; /* its step; NULL: it records none */
};

enum jn_ticket_state { JN_TICKET_QUEUED, JN_TICKET_RUNNING, JN_TICKET_SETTLED };

/* A command in the queue. The ticket belongs to the thread that waits until the ticket is
 * settled. */
struct jn_ticket {
    struct jn_link link;
    struct jangle_append append; /* after the commit: with its receipt */
    struct jn_attachments attachments;
    size_t set; /* so many tickets must share one group: this one, and those behind it in
                   the queue */
    size_t bytes; /* of the first ticket of a set: what the whole set has to be written */
    size_t carried; /* so many of its checkpoints are in the group */
    enum jn_ticket_state state;
    struct jangle_error error; /* of its group as a whole, or of its append alone */
    struct jn_cond *woken;     /* wakes that thread */
};

/* Whoever has checkpoints to save together with commands. `take` fills in at most `limit`
 * of them; they and what they point to do not change until `settle`, which gets the
 * result of the group, and finds the result of each checkpoint in the checkpoint. Both
 * are called by one thread at a time, with no lock of the committer held. */
struct jn_checkpoint_source {
    size_t (*take)(void *context, struct jangle_checkpoint *checkpoints, size_t limit);
    void (*settle)(void *context,
                   const struct jangle_checkpoint *checkpoints,
                   size_t count,
                   enum jangle_result result);
    void *context;
};

/* Whoever has ends of turns to store (subscription/ends.h). Each is a saga's record
 * `with` an append of nothing; a group takes at most JN_ENDS_LIMIT along, and a flush
 * stores them alone. The two are called as those of a checkpoint source are, `settle`
 * before the latter's. `all`: the error of the group as a whole, or NULL if each end has
 * its own. */
struct jn_end_source {
    size_t (*take)(void *context,
                   struct jangle_append *appends,
                   struct jangle_saga_record *records,
                   size_t limit);
    void (*settle)(void *context,
                   const struct jangle_saga_record *records,
                   size_t count,
                   const struct jangle_error *all);
    void *context;
};

/* Called after each group that was committed, in the order of positions, before its
 * senders wake; with all appends of the group, also those that the store refused. */
struct jn_commit_listener {
    void (*committed)(void *context, const struct jangle_append *appends, size_t count);
    void *context;
};

/* Called after each group, whatever became of it, before the listener and before its
 * senders wake: what was learned about the store from it. */
struct jn_commit_watcher {
    void (*ended)(void *context,
                  const struct jangle_group *group,
                  enum jangle_result result);
    void *context;
};

enum {
    JN_CHECKPOINTS_LIMIT = 64, /* of one group */
    JN_CARRIED_LIMIT = 32,     /* of them, those of tickets */
    JN_ENDS_LIMIT = 64         /* ends of turns that a group takes along */
};

/* What config sets: of a group, of the queue, and in microseconds. The first three are
 * above 0. */
struct jn_commit_limits {
    int64_t group_count, group_bytes, queue_limit;
    int64_t gather_us; /* of the committer */
};

struct jn_commit {
    struct jangle_store *store;
    struct jn_checkpoint_source source; /* take may be NULL */
    struct jn_end_source end_source;    /* likewise */
    struct jn_commit_listener listener; /* committed may be NULL */
    struct jn_commit_watcher watcher;   /* ended may be NULL */
    const struct jangle_allocator *allocator;
    struct jn_queue queue; /* of tickets */
    size_t queued, queue_limit;
    size_t queued_sets; /* of these tickets: each is of one sender */
    uint64_t queued_bytes;
    /* The group that is at the store: the arrays have room for group_limit of each, and
     * those of appends and sagas for JN_ENDS_LIMIT more. */
    struct jn_ticket **tickets;
    struct jangle_append *appends;
    struct jangle_saga_record *sagas;
    struct jangle_delivery_step *steps;
    struct jangle_checkpoint checkpoints[JN_CHECKPOINTS_LIMIT];
    size_t carried; /* of them: those of tickets, which come first */
    size_t group_limit;
    uint64_t group_bytes;
    size_t taken_sets; /* that are in the group */
    uint64_t taken_bytes;
    struct jangle_group group;
    struct jangle_error error; /* of the last group as a whole */
};

/* NO_MEMORY. */
enum jangle_result jn_commit_init(struct jn_commit *commit,
                                  struct jangle_store *store,
                                  const struct jn_commit_limits *limits,
                                  const struct jangle_allocator *allocator);
void jn_commit_finish(struct jn_commit *commit);

/* Note in a set of tickets how many bytes it has to be written. It reads every record, so
 * it is called before the queue's lock is taken. A set that is not weighed has 0 bytes.
 */
void jn_commit_weigh(struct jn_ticket *tickets, size_t count);

/* What one append has to be written, without what it carries along. */
size_t jn_commit_append_bytes(const struct jangle_append *append);

/* Put a set of tickets into the queue, which will share one group. A set has no more
 * tickets than group_limit. BUSY when the queue has no room for all: config.queue_limit.
 * An empty queue takes every set, because one that is larger than the limit would never
 * be stored.
 */
enum jangle_result jn_commit_enqueue(struct jn_commit *commit,
                                     struct jn_ticket *tickets,
                                     size_t count,
                                     struct jangle_error *error);

/* Is there as much in the queue as a group takes? More of it would not join that group.
 */
bool jn_commit_has_full_group(const struct jn_commit *commit);

/* Take the ticket, which is a set of its own, out of the queue. False if it has joined a
 * group already. */
bool jn_commit_withdraw(struct jn_commit *commit, struct jn_ticket *ticket);

/* One group, in three parts: tickets are taken from the queue, the group is brought to
 * the store, the tickets are settled. Sets are taken in the order of the queue, up to the
 * first one that would make the group too large, in tickets or in bytes: a smaller one
 * behind it does not overtake it, or it might wait without end. A set of more bytes than
 * a group may have is a group by itself. Only `run` takes time. It touches neither the
 * queue nor a ticket, so the committer's lock is held for the other two alone. `run` asks
 * the source for checkpoints; it is false if there was nothing to store. */
void jn_commit_take(struct jn_commit *commit);
bool jn_commit_run(struct jn_commit *commit);
void jn_commit_settle(struct jn_commit *commit);

#endif
