/* committer.c - group commit: senders share the machine, and lead in turn. */

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

/* Wake everybody of the group that ran, and those who may lead the next. */
static void wake(struct jn_committer *committer)
{
    struct jn_commit *commit = &committer->commit;
    const struct jn_ticket *next = (const struct jn_ticket *)commit->queue.first;

    for (size_t i = 0; i < commit->group.append_count; i++)
        jn_cond_signal(commit->tickets[i]->woken);
    if (next)
        jn_cond_signal(next->woken);
    jn_cond_broadcast(&committer->idle);
}

/* With the mutex held, which is let go while the store works. */
static void lead(struct jn_committer *committer)
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
    wake(committer);
}

/* With the mutex held: until the ticket is settled or nobody leads. False when the time
 * is over, and the ticket withdrawn. */
static bool
wait(struct jn_committer *committer, struct jn_ticket *ticket, int64_t until_us)
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
            lead(committer);
        else if (!wait(committer, &ticket, until_us))
            result = jn_fail(error, JANGLE_TIMEOUT, "no commit could be joined in time");
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
    wanted =
        committer->begun + 1; /* one under way may have asked for checkpoints already */
    while (committer->ended < wanted) {
        if (committer->leading)
            jn_cond_wait(&committer->idle, &committer->mutex);
        else
            lead(committer);
    }
    result = jn_fail_as(error, &committer->error);
    jn_mutex_unlock(&committer->mutex);
    return result;
}
