/* commit.c - group commit: tickets are queued, taken to the store in groups,
 * and settled. */
#include "command/commit.h"

#include "base/error.h"

#include <assert.h>

enum jangle_result jn_commit_init(struct jn_commit *commit,
                                  struct jangle_store *store,
                                  int64_t group_limit,
                                  int64_t queue_limit,
                                  const struct jangle_allocator *allocator)
{
    size_t limit = (size_t)group_limit;

    assert(group_limit > 0 && queue_limit > 0);
    *commit = (struct jn_commit){
        .store = store,
        .allocator = allocator,
        .queue_limit = (size_t)queue_limit,
        .group_limit = limit,
        .tickets = jn_new(allocator, limit * sizeof(struct jn_ticket *)),
        .appends = jn_new(allocator, limit * sizeof(struct jangle_append)),
        .sagas = jn_new(allocator, limit * sizeof(struct jangle_saga_record)),
        .steps = jn_new(allocator, limit * sizeof(struct jangle_delivery_step)),
    };
    if (commit->tickets && commit->appends && commit->sagas && commit->steps)
        return JANGLE_OK;
    jn_commit_finish(commit);
    return JANGLE_NO_MEMORY;
}

void jn_commit_finish(struct jn_commit *commit)
{
    assert(!commit->queue.first);
    jn_free(commit->allocator, commit->tickets);
    jn_free(commit->allocator, commit->appends);
    jn_free(commit->allocator, commit->sagas);
    jn_free(commit->allocator, commit->steps);
    *commit = (struct jn_commit){0};
}

enum jangle_result jn_commit_enqueue(struct jn_commit *commit,
                                     struct jn_ticket *tickets,
                                     size_t count,
                                     struct jangle_error *error)
{
    assert(count && count <= commit->group_limit);
    if (commit->queued && commit->queued + count > commit->queue_limit)
        return jn_fail(
            error, JANGLE_BUSY,
            "%zu commands wait to be stored (the limit is config.queue_limit): send this "
            "one later",
            commit->queued);
    for (size_t i = 0; i < count; i++) {
        tickets[i].set = count - i;
        tickets[i].state = JN_TICKET_QUEUED;
        jn_queue_put(&commit->queue, &tickets[i].link);
    }
    commit->queued += count;
    return JANGLE_OK;
}

bool jn_commit_withdraw(struct jn_commit *commit, struct jn_ticket *ticket)
{
    if (ticket->state != JN_TICKET_QUEUED)
        return false;
    jn_queue_remove(&commit->queue, &ticket->link);
    commit->queued--;
    return true;
}

/* They name all appends of the set, which are copied one after the other from here on. */
static void join_checkpoints(struct jn_commit *commit,
                             struct jn_ticket *ticket,
                             const struct jangle_append *append)
{
    const struct jn_attachments *attachments = &ticket->attachments;

    ticket->carried = 0;
    for (size_t i = 0; i < attachments->checkpoint_count; i++) {
        struct jangle_checkpoint *checkpoint;

        if (commit->carried == JN_CARRIED_LIMIT)
            return;
        checkpoint = &commit->checkpoints[commit->carried++];
        *checkpoint = attachments->checkpoints[i];
        checkpoint->with = append;
        checkpoint->with_count = ticket->set;
        ticket->carried++;
    }
}

/* Appends are copied, so that the store gets them as one array. What is stored with an
 * append points to the copy (`with`), because the store asks whether that append was
 * refused. */
static void join_group(struct jn_commit *commit, struct jn_ticket *ticket)
{
    struct jangle_group *group = &commit->group;
    struct jangle_append *append = &commit->appends[group->append_count];

    ticket->state = JN_TICKET_RUNNING;
    commit->tickets[group->append_count++] = ticket;
    *append = ticket->append;
    if (ticket->attachments.saga) {
        commit->sagas[group->saga_count] = *ticket->attachments.saga;
        commit->sagas[group->saga_count++].with = append;
    }
    if (ticket->attachments.step) {
        commit->steps[group->step_count] = *ticket->attachments.step;
        commit->steps[group->step_count++].with = append;
    }
    join_checkpoints(commit, ticket, append);
}

/* Is there a next ticket, and room in the group for its whole set? */
static bool can_take(const struct jn_commit *commit)
{
    const struct jn_ticket *next = (const struct jn_ticket *)commit->queue.first;

    return next && commit->group.append_count + next->set <= commit->group_limit;
}

void jn_commit_take(struct jn_commit *commit)
{
    struct jangle_group *group = &commit->group;

    *group = (struct jangle_group){
        .appends = commit->appends, .sagas = commit->sagas, .steps = commit->steps};
    commit->carried = 0;
    while (can_take(commit))
        join_group(commit, jn_queue_take(&commit->queue));
    commit->queued -= group->append_count;
    commit->error = (struct jangle_error){0};
}

bool jn_commit_run(struct jn_commit *commit)
{
    struct jangle_group *group = &commit->group;
    size_t taken = 0;
    enum jangle_result result;

    group->checkpoints = commit->checkpoints;
    if (commit->source.take)
        taken = commit->source.take(commit->source.context,
                                    commit->checkpoints + commit->carried,
                                    JN_CHECKPOINTS_LIMIT - commit->carried);
    group->checkpoint_count = commit->carried + taken;
    assert(group->checkpoint_count <= JN_CHECKPOINTS_LIMIT);
    if (!group->append_count && !group->checkpoint_count)
        return false;
    /* A crash before the call loses the group, whose senders know nothing yet. A crash
     * after it leaves a group that is stored, and senders that ask jangle_outcome_of. */
    JN_FAILPOINT("commit.before_store");
    result = commit->store->ops->commit(commit->store, group, &commit->error);
    JN_FAILPOINT("commit.after_store");
    if (commit->watcher.ended)
        commit->watcher.ended(commit->watcher.context, group, result);
    if (!result && group->append_count && commit->listener.committed)
        commit->listener.committed(commit->listener.context, group->appends,
                                   group->append_count);
    if (taken)
        commit->source.settle(commit->source.context,
                              commit->checkpoints + commit->carried, taken, result);
    return true;
}

/* Returns the next checkpoint, which is another ticket's. */
static const struct jangle_checkpoint *
settle_checkpoints(struct jn_ticket *ticket,
                   const struct jangle_checkpoint *checkpoint,
                   const struct jangle_error *all)
{
    for (size_t i = 0; i < ticket->attachments.checkpoint_count; i++) {
        struct jangle_error *error = &ticket->attachments.checkpoints[i].error;

        if (i < ticket->carried)
            *error = all ? *all : (checkpoint++)->error;
        else
            jn_fail(error, JANGLE_BUSY, "a commit stores %d checkpoints of logs at most",
                    (int)JN_CARRIED_LIMIT);
    }
    return checkpoint;
}

void jn_commit_settle(struct jn_commit *commit)
{
    /* Either the group failed as a whole, or each part has an error of its own. `saga`,
     * `step` and `checkpoint` are the next ones that no ticket has been given yet: the
     * arrays are in the order of the tickets. */
    const struct jangle_error *all = commit->error.result ? &commit->error : NULL;
    const struct jangle_saga_record *saga = commit->sagas;
    const struct jangle_delivery_step *step = commit->steps;
    const struct jangle_checkpoint *checkpoint = commit->checkpoints;

    for (size_t i = 0; i < commit->group.append_count; i++) {
        struct jn_ticket *ticket = commit->tickets[i];

        if (ticket->attachments.saga)
            ticket->attachments.saga->error = all ? *all : (saga++)->error;
        if (ticket->attachments.step)
            ticket->attachments.step->error = all ? *all : (step++)->error;
        checkpoint = settle_checkpoints(ticket, checkpoint, all);
        ticket->append = commit->appends[i];
        ticket->error = all ? *all : ticket->append.error;
        ticket->state = JN_TICKET_SETTLED;
    }
}

/* ---- shared by threads ------------------------------------------------------- */

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

/* Wake the senders of the group, whoever flushes, and the oldest sender that waits, so
 * that it leads the next group. If a new sender leads first, the oldest one sleeps again.
 * Each sender has its own condition, so a group does not wake the whole queue. */
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
    bool had_work;

    committer->leading = true;
    committer->begun++;
    jn_commit_take(commit);
    jn_mutex_unlock(&committer->mutex);
    had_work = jn_commit_run(commit);
    jn_mutex_lock(&committer->mutex);
    jn_commit_settle(commit);
    committer->groups += had_work && !commit->error.result && commit->group.append_count;
    committer->leading = false;
    committer->ended++;
    committer->error = commit->error;
    wake_group(committer);
}

/* With the mutex held: wait until the ticket is settled, or until no thread leads; then
 * this one leads, even if its time is just over. False if the time is over and the ticket
 * could be taken out of the queue: a ticket that has joined a group is waited for until
 * the group is settled. */
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

/* The tickets of a set are settled together, so the first one stands for all. Only a set
 * of one has a time to end. */
static enum jangle_result send_tickets(struct jn_committer *committer,
                                       struct jn_ticket *tickets,
                                       size_t count,
                                       int64_t until_us,
                                       struct jangle_error *error)
{
    struct jn_cond woken;
    enum jangle_result result;

    assert(count == 1 || until_us < 0);
    if (jn_cond_init(&woken))
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory: nothing is stored");
    for (size_t i = 0; i < count; i++)
        tickets[i].woken = &woken;
    jn_mutex_lock(&committer->mutex);
    result = jn_commit_enqueue(&committer->commit, tickets, count, error);
    while (!result && tickets[0].state != JN_TICKET_SETTLED) {
        if (!committer->leading)
            lead_group(committer);
        else if (!wait_for_leader(committer, &tickets[0], until_us))
            result = jn_fail(error, JANGLE_TIMEOUT,
                             "the deadline passed while the command waited for a commit");
    }
    jn_mutex_unlock(&committer->mutex);
    jn_cond_finish(&woken);
    return result;
}

enum jangle_result jn_committer_send(struct jn_committer *committer,
                                     struct jangle_append *append,
                                     const struct jn_attachments *attachments,
                                     int64_t until_us,
                                     struct jangle_error *error)
{
    struct jn_ticket ticket = {.append = *append};
    enum jangle_result result;

    if (attachments)
        ticket.attachments = *attachments;
    result = send_tickets(committer, &ticket, 1, until_us, error);
    if (result)
        return result;
    *append = ticket.append;
    return jn_fail_as(error, &ticket.error);
}

enum jangle_result jn_committer_send_set(struct jn_committer *committer,
                                         struct jn_ticket *tickets,
                                         size_t count,
                                         struct jangle_error *error)
{
    return send_tickets(committer, tickets, count, -1, error);
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
