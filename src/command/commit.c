/* commit.c - group commit: tickets are queued, taken to the store in groups, and settled.
 */
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
                                     struct jn_ticket *ticket,
                                     struct jangle_error *error)
{
    if (commit->queued >= commit->queue_limit)
        return jn_fail(
            error, JANGLE_BUSY,
            "%zu commands wait to be stored, which is queue_limit: send this one later",
            commit->queued);
    ticket->state = JN_TICKET_QUEUED;
    jn_queue_put(&commit->queue, &ticket->link);
    commit->queued++;
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
}

void jn_commit_take(struct jn_commit *commit)
{
    struct jangle_group *group = &commit->group;

    *group = (struct jangle_group){
        .appends = commit->appends, .sagas = commit->sagas, .steps = commit->steps};
    while (commit->queue.first && group->append_count < commit->group_limit)
        join_group(commit, jn_queue_take(&commit->queue));
    commit->queued -= group->append_count;
    commit->error = (struct jangle_error){0};
}

bool jn_commit_run(struct jn_commit *commit)
{
    struct jangle_group *group = &commit->group;
    enum jangle_result result;

    group->checkpoints = commit->checkpoints;
    if (commit->source.take)
        group->checkpoint_count = commit->source.take(
            commit->source.context, commit->checkpoints, JN_CHECKPOINTS_LIMIT);
    assert(group->checkpoint_count <= JN_CHECKPOINTS_LIMIT);
    if (!group->append_count && !group->checkpoint_count)
        return false;
    /* A crash before the call loses the group, whose senders know nothing yet. A crash
     * after it leaves a group that is stored, and senders that ask jangle_outcome_of. */
    JN_FAILPOINT("commit.before_store");
    result = commit->store->ops->commit(commit->store, group, &commit->error);
    JN_FAILPOINT("commit.after_store");
    if (!result && group->append_count && commit->listener.committed)
        commit->listener.committed(commit->listener.context, group->appends,
                                   group->append_count);
    if (group->checkpoint_count)
        commit->source.settle(commit->source.context, group->checkpoints,
                              group->checkpoint_count, result);
    return true;
}

void jn_commit_settle(struct jn_commit *commit)
{
    /* The group failed as a whole, or each part has an error of its own. Saga records and
     * steps lie in the order of their tickets, so two pointers walk along. */
    const struct jangle_error *all = commit->error.result ? &commit->error : NULL;
    const struct jangle_saga_record *saga = commit->sagas;
    const struct jangle_delivery_step *step = commit->steps;

    for (size_t i = 0; i < commit->group.append_count; i++) {
        struct jn_ticket *ticket = commit->tickets[i];

        if (ticket->attachments.saga)
            ticket->attachments.saga->error = all ? *all : (saga++)->error;
        if (ticket->attachments.step)
            ticket->attachments.step->error = all ? *all : (step++)->error;
        ticket->append = commit->appends[i];
        ticket->error = all ? *all : ticket->append.error;
        ticket->state = JN_TICKET_SETTLED;
    }
}
