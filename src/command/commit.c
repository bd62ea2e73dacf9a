/* commit.c - group commit: tickets are queued, taken to the store in groups, and
 * settled. */
#include "command/commit.h"

#include "base/error.h"

#include <assert.h>
#include <string.h>

enum jangle_result jn_commit_init(struct jn_commit *commit,
                                  struct jangle_store *store,
                                  const struct jn_commit_limits *limits,
                                  const struct jangle_allocator *allocator)
{
    size_t limit = (size_t)limits->group_count;

    assert(limits->group_count > 0 && limits->group_bytes > 0 && limits->queue_limit > 0);
    *commit = (struct jn_commit){
        .store = store,
        .allocator = allocator,
        .queue_limit = (size_t)limits->queue_limit,
        .group_limit = limit,
        .group_bytes = (uint64_t)limits->group_bytes,
        .tickets = jn_new(allocator, limit * sizeof(struct jn_ticket *)),
        .appends =
            jn_new(allocator, (limit + JN_ENDS_LIMIT) * sizeof(struct jangle_append)),
        .sagas = jn_new(allocator,
                        (limit + JN_ENDS_LIMIT) * sizeof(struct jangle_saga_record)),
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

/* ---- the queue --------------------------------------------------------------- */

static size_t length(const char *text)
{
    return text ? strlen(text) : 0;
}

static size_t bytes_of_steps(const struct jangle_step *steps, size_t count)
{
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++)
        bytes += length(steps[i].reply);
    return bytes;
}

/* Only what can be large counts. What else a row has is bounded, and so is the number of
 * rows, by the limits on tickets and on the events of a decision. */
size_t jn_commit_append_bytes(const struct jangle_append *append)
{
    size_t bytes = 0;

    for (size_t i = 0; i < append->count; i++)
        bytes += append->records[i].payload_size + length(append->records[i].meta);
    return bytes;
}

static size_t bytes_of(const struct jn_ticket *ticket)
{
    const struct jangle_saga_record *saga = ticket->attachments.saga;
    const struct jangle_delivery_step *step = ticket->attachments.step;
    size_t bytes = jn_commit_append_bytes(&ticket->append);

    if (saga)
        bytes += saga->state_size + bytes_of_steps(saga->steps, saga->step_count);
    if (step)
        bytes += bytes_of_steps(&step->step, 1);
    return bytes;
}

void jn_commit_weigh(struct jn_ticket *tickets, size_t count)
{
    tickets[0].bytes = 0;
    for (size_t i = 0; i < count; i++)
        tickets[0].bytes += bytes_of(&tickets[i]);
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
    commit->queued_sets++;
    commit->queued_bytes += tickets[0].bytes;
    return JANGLE_OK;
}

bool jn_commit_has_full_group(const struct jn_commit *commit)
{
    return commit->queued >= commit->group_limit ||
           commit->queued_bytes >= commit->group_bytes;
}

bool jn_commit_withdraw(struct jn_commit *commit, struct jn_ticket *ticket)
{
    if (ticket->state != JN_TICKET_QUEUED)
        return false;
    jn_queue_remove(&commit->queue, &ticket->link);
    commit->queued--;
    commit->queued_sets--;
    commit->queued_bytes -= ticket->bytes;
    return true;
}

/* ---- the group --------------------------------------------------------------- */

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

/* Is there a next ticket, and room in the group for its whole set? A set of more bytes
 * than a group may have finds room in an empty one. */
static bool can_take(const struct jn_commit *commit)
{
    const struct jn_ticket *next = (const struct jn_ticket *)commit->queue.first;

    if (!next || commit->group.append_count + next->set > commit->group_limit)
        return false;
    return !commit->taken_sets ||
           commit->taken_bytes + next->bytes <= commit->group_bytes;
}

static void take_set(struct jn_commit *commit)
{
    struct jn_ticket *ticket = jn_queue_take(&commit->queue);

    commit->taken_sets++;
    commit->taken_bytes += ticket->bytes;
    for (size_t left = ticket->set; left > 1; left--) {
        join_group(commit, ticket);
        ticket = jn_queue_take(&commit->queue);
    }
    join_group(commit, ticket);
}

void jn_commit_take(struct jn_commit *commit)
{
    struct jangle_group *group = &commit->group;

    *group = (struct jangle_group){
        .appends = commit->appends, .sagas = commit->sagas, .steps = commit->steps};
    commit->carried = 0;
    commit->taken_sets = 0;
    commit->taken_bytes = 0;
    while (can_take(commit))
        take_set(commit);
    commit->queued -= group->append_count;
    commit->queued_sets -= commit->taken_sets;
    commit->queued_bytes -= commit->taken_bytes;
    commit->error = (struct jangle_error){0};
}

/* How many checkpoints and ends the sources have given to the group. */
struct taken {
    size_t checkpoints, ends;
};

static struct taken take_from_sources(struct jn_commit *commit)
{
    const struct jn_checkpoint_source *source = &commit->source;
    const struct jn_end_source *ends = &commit->end_source;
    struct jangle_group *group = &commit->group;
    struct taken taken = {0};

    if (source->take)
        taken.checkpoints =
            source->take(source->context, commit->checkpoints + commit->carried,
                         JN_CHECKPOINTS_LIMIT - commit->carried);
    if (ends->take)
        taken.ends = ends->take(ends->context, commit->appends + group->append_count,
                                commit->sagas + group->saga_count, JN_ENDS_LIMIT);
    group->checkpoints = commit->checkpoints;
    group->checkpoint_count = commit->carried + taken.checkpoints;
    assert(group->checkpoint_count <= JN_CHECKPOINTS_LIMIT);
    return taken;
}

/* Ends have no tickets, so they are in the group only while it is at the store. */
static enum jangle_result store_group(struct jn_commit *commit, size_t ends)
{
    struct jangle_group *group = &commit->group;
    enum jangle_result result;

    group->append_count += ends;
    group->saga_count += ends;
    result = commit->store->ops->commit(commit->store, group, &commit->error);
    group->append_count -= ends;
    group->saga_count -= ends;
    return result;
}

/* Ends go first: then it is known, when checkpoints are settled, how far the next ones
 * come. */
static void
settle_sources(struct jn_commit *commit, struct taken taken, enum jangle_result result)
{
    const struct jn_checkpoint_source *source = &commit->source;
    const struct jn_end_source *ends = &commit->end_source;

    if (taken.ends)
        ends->settle(ends->context, commit->sagas + commit->group.saga_count, taken.ends,
                     result ? &commit->error : NULL);
    if (taken.checkpoints)
        source->settle(source->context, commit->checkpoints + commit->carried,
                       taken.checkpoints, result);
}

bool jn_commit_run(struct jn_commit *commit)
{
    struct jangle_group *group = &commit->group;
    struct taken taken = take_from_sources(commit);
    enum jangle_result result;

    if (!group->append_count && !group->checkpoint_count && !taken.ends)
        return false;
    /* A crash before the call loses the group, whose senders know nothing yet. A crash
     * after it leaves a group that is stored, and senders that ask jangle_outcome_of. */
    JN_FAILPOINT("commit.before_store");
    result = store_group(commit, taken.ends);
    JN_FAILPOINT("commit.after_store");
    if (commit->watcher.ended)
        commit->watcher.ended(commit->watcher.context, group, result);
    if (!result && group->append_count && commit->listener.committed)
        commit->listener.committed(commit->listener.context, group->appends,
                                   group->append_count);
    settle_sources(commit, taken, result);
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
