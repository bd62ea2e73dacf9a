/* committer.h - the threads that send commands share one group commit: a thread that
 * finds no other one leading leads the commit for all that wait; the others sleep, each
 * on its own condition, and are woken one by one.
 *
 * Who leads may gather first: the senders of the last group are about to send again, and
 * a group that waits a little for them saves a commit of their own. It waits until as
 * many commands are there as were queued when that group ended, plus those that it
 * released: to wait for as many as the last group had would leave two groups of eight as
 * they are. It waits no longer than the last commit took, because then it would lose more
 * than it can win, nor than config.gather_us, both from the moment when the senders of
 * the last group are awake; and not after a group of one, because a sender that is alone
 * waits for nobody. */
#ifndef JN_COMMITTER_H
#define JN_COMMITTER_H

#include "base/host.h"
#include "command/commit.h"
#include "command/waker.h"

struct jn_committer {
    struct jn_commit commit;
    const struct jn_host *host; /* its clock says how long a commit took */
    struct jn_mutex mutex;      /* guards all that follows, and the queue of `commit` */
    struct jn_cond idle;        /* signalled when the leader has finished its group */
    bool leading;
    int64_t begun, ended;      /* groups */
    struct jangle_error error; /* of the group that ended last */
    int64_t groups;            /* that were committed with events */
    struct jn_wakers wakers;   /* of senders that are not there now */

    struct jn_cond
        gathered;      /* signalled when the group of a leader that gathers begins */
    int64_t gather_us; /* 0: no group is waited for */
    int64_t took_us;   /* the last commit */
    size_t waking;     /* leaders that wake the senders of their group */
    int64_t woken_us;  /* when the last of them had done so */
    size_t expected;   /* commands that may soon be there; 0: nobody is waited for */
    size_t wanted;     /* by a leader that gathers; 0: none does */
};

/* NO_MEMORY; then there is nothing to finish. The store and the host are borrowed. */
enum jangle_result jn_committer_init(struct jn_committer *committer,
                                     struct jangle_store *store,
                                     const struct jn_commit_limits *limits,
                                     const struct jn_host *host);
void jn_committer_finish(struct jn_committer *committer);

/* From now on no leader gathers; one that does begins its group. Any thread. */
void jn_committer_hurry(struct jn_committer *committer);

/* Commit one append and its attachments (may be NULL). Returns when the append is
 * settled. TIMEOUT: it has not joined a group by `until_us` of jn_monotonic_us (negative:
 * without end). A group that gathers begins at that time at the latest, so that nobody's
 * time ends because others are waited for. BUSY, STORAGE, NO_MEMORY: nothing of it is
 * stored. UNKNOWN: the store cannot say whether it is stored. */
enum jangle_result jn_committer_send(struct jn_committer *committer,
                                     struct jangle_append *append,
                                     const struct jn_attachments *attachments,
                                     int64_t until_us,
                                     struct jangle_error *error);

/* Commit a set of appends in one group, so that no later one can be stored when an
 * earlier one is not. `append` and `attachments` of each ticket are the caller's; when
 * this returns OK, each ticket has its error and its append has its receipt. BUSY: the
 * queue is full. NO_MEMORY. In both cases nothing is stored. */
enum jangle_result jn_committer_send_set(struct jn_committer *committer,
                                         struct jn_ticket *tickets,
                                         size_t count,
                                         struct jangle_error *error);

/* Save all checkpoints that wait, in the next group that begins, whichever thread leads
 * it; a group that gathers begins at once. Returns the result of that group. Checkpoints
 * that it could not save are taken by a later group; then the result may be
 * that group's. */
enum jangle_result jn_committer_flush(struct jn_committer *committer,
                                      struct jangle_error *error);

#endif
