/* committer.c - group commit by the threads that send: one leads for all that wait. */

#include "command/committer.h"

#include "base/error.h"

enum jangle_result jn_committer_init(struct jn_committer *committer,
                                     struct jangle_store *store,
                                     int64_t group_limit,
                                     int64_t queue_limit,
                                     const struct jangle_allocator *allocator)
{
    *committer = (struct jn_committer){0};
    if (jn_commit_init(&committer->commit, store, group_limit, queue_limit, allocator))
        return JANGLE_NO_MEMORY;
    if (jn_mutex_init(&committer->mutex))
        goto no_mutex;
    if (!jn_cond_init(&committer->idle))
        return JANGLE_OK;
    jn_mutex_finish(&committer->mutex);
no_mutex:
    jn_commit_finish(&committer->commit);
    return JANGLE_NO_MEMORY;
}

void jn_committer_finish(struct jn_committer *committer)
{
    jn_cond_finish(&committer->idle);
    jn_mutex_finish(&committer->mutex);
    jn_commit_finish(&committer->commit);
}

/* Wake the senders of the group, the oldest sender that waits, which leads the next
 * group, and whoever flushes. Each sender sleeps on its own condition, so no sender wakes
 * in vain.
 */
static void wake_group(struct jn_committer *committer)
{
    struct jn_commit *commit = &committer->commit;
    const struct jn_ticket *next = (const struct jn_ticket *)commit->queue.first;

    for (size_t i = 0; i < commit->group.append_count; i++)
        jn_cond_signal(commit->tickets[i]->woken);
    if (next)
        jn_cond_signal(next->woken);
    jn_cond_broadcast(&committer->idle);
}

/* Commit one group. The mutex is held on entry and on return, and free while the store
 * works, so that more tickets queue up for the next group meanwhile. */
static void lead_group(struct jn_committer *committer)
{
    struct jn_commit *commit = &committer->commit;
    bool any;

    committer->leading = true;
    committer->begun++;
    jn_commit_take(commit);
    jn_mutex_unlock(&committer->mutex);
    any = jn_commit_run(commit);
    jn_mutex_lock(&committer->mutex);
    jn_commit_settle(commit);
    committer->groups += any && !commit->error.result && commit->group.append_count;
    committer->leading = false;
    committer->ended++;
    committer->error = commit->error;
    wake_group(committer);
}

/* With the mutex held: wait until the ticket is settled, or no thread leads. False if the
 * time is over and the ticket is out of the queue again: one that is at the store already
 * is waited for, whatever the deadline says. */
static bool wait_for_leader(struct jn_committer *committer,
                            struct jn_ticket *ticket,
                            int64_t until_us)
{
    while (ticket->state != JN_TICKET_SETTLED && committer->leading) {
        bool in_time =
            jn_cond_wait_until(ticket->woken, &committer->mutex,
                               ticket->state == JN_TICKET_QUEUED ? until_us : -1);

        if (!in_time && committer->leading &&
            jn_commit_withdraw(&committer->commit, ticket))
            return false;
    }
    return true;
}

enum jangle_result jn_committer_send(struct jn_committer *committer,
                                     struct jangle_append *append,
                                     const struct jn_attachments *attachments,
                                     int64_t until_us,
                                     struct jangle_error *error)
{
    struct jn_cond woken;
    struct jn_ticket ticket = {.append = *append, .woken = &woken};
    enum jangle_result result;

    if (attachments)
        ticket.attachments = *attachments;
    if (jn_cond_init(&woken))
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory: nothing is stored");
    jn_mutex_lock(&committer->mutex);
    result = jn_commit_enqueue(&committer->commit, &ticket, error);
    while (!result && ticket.state != JN_TICKET_SETTLED) {
        if (!committer->leading)
            lead_group(committer);
        else if (!wait_for_leader(committer, &ticket, until_us))
            result = jn_fail(error, JANGLE_TIMEOUT,
                             "the deadline passed while the command waited for a commit");
    }
    jn_mutex_unlock(&committer->mutex);
    jn_cond_finish(&woken);
    if (result)
        return result;
    *append = ticket.append;
    return jn_fail_as(error, &ticket.error);
}

enum jangle_result jn_committer_flush(struct jn_committer *committer,
                                      struct jangle_error *error)
{
    enum jangle_result result;
    int64_t wanted;

    jn_mutex_lock(&committer->mutex);
    /* A group that is under way may have asked for its checkpoints already. */
    wanted = committer->begun + 1;
    while (committer->ended < wanted) {
        if (committer->leading)
            jn_cond_wait(&committer->idle, &committer->mutex);
        else
            lead_group(committer);
    }
    result = jn_fail_as(error, &committer->error);
    jn_mutex_unlock(&committer->mutex);
    return result;
}
