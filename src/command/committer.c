/* committer.c - threads share one group commit: one leads, and may gather; the others
 * wait. */
#include "command/committer.h"

#include "base/error.h"

#include <assert.h>

enum jangle_result jn_committer_init(struct jn_committer *committer,
                                     struct jangle_store *store,
                                     const struct jn_commit_limits *limits,
                                     const struct jn_host *host)
{
    *committer = (struct jn_committer){.host = host, .gather_us = limits->gather_us};
    if (jn_commit_init(&committer->commit, store, limits, &host->host.allocator))
        return JANGLE_NO_MEMORY;
    if (jn_mutex_init(&committer->mutex))
        goto no_mutex;
    if (jn_cond_init(&committer->idle))
        goto no_idle;
    if (!jn_cond_init(&committer->gathered))
        return JANGLE_OK;
    jn_cond_finish(&committer->idle);
no_idle:
    jn_mutex_finish(&committer->mutex);
no_mutex:
    jn_commit_finish(&committer->commit);
    return JANGLE_NO_MEMORY;
}

void jn_committer_finish(struct jn_committer *committer)
{
    jn_cond_finish(&committer->gathered);
    jn_cond_finish(&committer->idle);
    jn_mutex_finish(&committer->mutex);
    jn_commit_finish(&committer->commit);
}

/* ---- gathering: with the mutex held ------------------------------------------ */

/* The group begins with what is in the queue. Whoever ends a gathering does this itself:
 * so a sender whose time is over then is in the group, unless the group is full. */
static void begin_group(struct jn_committer *committer)
{
    committer->wanted = 0;
    committer->begun++;
    jn_commit_take(&committer->commit);
}

static void end_gathering(struct jn_committer *committer)
{
    if (!committer->wanted)
        return;
    begin_group(committer);
    jn_cond_signal(&committer->gathered);
}

static bool has_gathered(const struct jn_committer *committer, size_t wanted)
{
    const struct jn_commit *commit = &committer->commit;

    return commit->queued_sets >= wanted || jn_commit_has_full_group(commit);
}

/* Sleep until somebody else has begun the group, or the time is over: at the latest when
 * the time of the leader's own command is. */
static void gather(struct jn_committer *committer, int64_t until_us)
{
    bool is_slow = committer->took_us > committer->gather_us;
    int64_t end_us =
        jn_monotonic_us() + (is_slow ? committer->gather_us : committer->took_us);

    if (until_us >= 0 && until_us < end_us)
        end_us = until_us;
    committer->wanted = committer->expected;
    while (committer->wanted &&
           jn_cond_wait_until(&committer->gathered, &committer->mutex, end_us))
        ;
    if (committer->wanted)
        begin_group(committer);
}

/* Those that the last group has released are expected back, beside those in the queue. */
static void expect_senders(struct jn_committer *committer)
{
    const struct jn_commit *commit = &committer->commit;

    committer->expected =
        commit->taken_sets > 1 ? commit->queued_sets + commit->taken_sets : 0;
}

void jn_committer_hurry(struct jn_committer *committer)
{
    jn_mutex_lock(&committer->mutex);
    committer->gather_us = 0;
    end_gathering(committer);
    jn_mutex_unlock(&committer->mutex);
}

/* ---- leading and waiting ----------------------------------------------------- */

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
static void run_group(struct jn_committer *committer)
{
    struct jn_commit *commit = &committer->commit;
    int64_t begun_us;
    bool had_work;

    jn_mutex_unlock(&committer->mutex);
    begun_us = jn_host_monotonic_us(committer->host);
    had_work = jn_commit_run(commit);
    committer->took_us = jn_host_monotonic_us(committer->host) - begun_us;
    jn_mutex_lock(&committer->mutex);
    jn_commit_settle(commit);
    committer->groups += had_work && !commit->error.result && commit->group.append_count;
    committer->leading = false;
    committer->ended++;
    committer->error = commit->error;
    expect_senders(committer);
    wake_group(committer);
}

/* For one command of its own, whose time is over at `until_us`. */
static void lead_group(struct jn_committer *committer, int64_t until_us)
{
    committer->leading = true;
    if (committer->gather_us <= 0 || has_gathered(committer, committer->expected))
        begin_group(committer);
    else
        gather(committer, until_us);
    run_group(committer);
}

/* With the mutex held: wait until the ticket is settled, or until no thread leads; then
 * this one leads, even if its time is just over. A leader that still gathers is told to
 * begin. False if the time is over and the ticket could be taken out of the queue: a
 * ticket that has joined a group is waited for until the group is settled. */
static bool wait_for_leader(struct jn_committer *committer,
                            struct jn_ticket *ticket,
                            int64_t until_us)
{
    while (ticket->state != JN_TICKET_SETTLED && committer->leading) {
        bool in_time =
            jn_cond_wait_until(ticket->woken, &committer->mutex,
                               ticket->state == JN_TICKET_QUEUED ? until_us : -1);

        if (in_time || !committer->leading)
            continue;
        end_gathering(committer);
        if (jn_commit_withdraw(&committer->commit, ticket))
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
    jn_commit_weigh(tickets, count);
    jn_mutex_lock(&committer->mutex);
    result = jn_commit_enqueue(&committer->commit, tickets, count, error);
    if (has_gathered(committer, committer->wanted))
        end_gathering(committer);
    while (!result && tickets[0].state != JN_TICKET_SETTLED) {
        if (!committer->leading)
            lead_group(committer, until_us);
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
    end_gathering(committer);
    while (committer->ended < wanted) {
        if (committer->leading) {
            jn_cond_wait(&committer->idle, &committer->mutex);
            continue;
        }
        committer->leading = true;
        begin_group(committer);
        run_group(committer);
    }
    result = jn_fail_as(error, &committer->error);
    jn_mutex_unlock(&committer->mutex);
    return result;
}
