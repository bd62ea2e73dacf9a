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
    *committer = (struct jn_committer){.host = host,
                                       .gather_us = limits->gather_us,
                                       .wakers = {.allocator = &host->host.allocator}};
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
    jn_wakers_finish(&committer->wakers);
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

/* How long a leader gathers at most. */
static int64_t patience_us(const struct jn_committer *committer)
{
    bool is_slow = committer->took_us > committer->gather_us;

    return is_slow ? committer->gather_us : committer->took_us;
}

/* Nobody can be back before being woken. So the time of a gathering counts from the
 * moment when the last sender of the group before was woken, if that is later. */
static int64_t gathering_end(const struct jn_committer *committer, int64_t until_us)
{
    int64_t from_us = committer->waking ? jn_monotonic_us() : committer->woken_us;
    int64_t end_us = from_us + patience_us(committer);

    return until_us >= 0 && until_us < end_us ? until_us : end_us;
}

/* Sleep until somebody else has begun the group, or the time is over: at the latest when
 * the time of the leader's own command is. */
static void gather(struct jn_committer *committer, int64_t until_us)
{
    int64_t end_us = jn_monotonic_us() + patience_us(committer), later_us = 0;

    if (until_us >= 0 && until_us < end_us)
        end_us = until_us;
    committer->wanted = committer->expected;
    while (committer->wanted) {
        if (jn_cond_wait_until(&committer->gathered, &committer->mutex, end_us))
            continue;
        later_us = gathering_end(committer, until_us);
        if (later_us <= end_us)
            break;
        end_us = later_us;
    }
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

/* With the mutex held: note whom the end of the group wakes. These are its senders, but
 * for the leader, and the oldest sender that waits, so that it leads the next group. If a
 * new sender leads first, the oldest one sleeps again. Each sender has its own condition,
 * so a group does not wake the whole queue. */
static void note_senders(const struct jn_committer *committer,
                         const struct jn_cond *own,
                         struct jn_wake_list *list)
{
    const struct jn_commit *commit = &committer->commit;
    const struct jn_ticket *next = (const struct jn_ticket *)commit->queue.first;

    list->count = 0;
    for (size_t i = 0; i < commit->group.append_count; i++)
        if (commit->tickets[i]->woken != own)
            jn_wake_list_add(list, commit->tickets[i]->woken);
    if (next && next->woken != own)
        jn_wake_list_add(list, next->woken);
}

/* With the mutex held: let the next one lead. */
static void end_group(struct jn_committer *committer, bool had_work)
{
    struct jn_commit *commit = &committer->commit;

    jn_commit_settle(commit);
    committer->groups += had_work && !commit->error.result && commit->group.append_count;
    committer->leading = false;
    committer->ended++;
    committer->error = commit->error;
    expect_senders(committer);
}

/* The mutex is held on entry and on return. */
static void wake_senders(struct jn_committer *committer, const struct jn_wake_list *list)
{
    committer->waking++;
    jn_mutex_unlock(&committer->mutex);
    jn_wake_list_wake(list);
    jn_cond_broadcast(&committer->idle);
    jn_mutex_lock(&committer->mutex);
    committer->waking--;
    committer->woken_us = jn_monotonic_us();
}

/* Commit one group. The mutex is held on entry and on return. It is free while the store
 * works, so that more tickets queue up for the next group meanwhile; and while senders
 * are woken, because each of them takes it first of all. `own` is the condition of the
 * leader's own ticket; NULL if it has none. */
static void run_group(struct jn_committer *committer, const struct jn_cond *own)
{
    struct jn_wake_list list;
    int64_t begun_us;
    bool had_work;

    jn_mutex_unlock(&committer->mutex);
    begun_us = jn_host_monotonic_us(committer->host);
    had_work = jn_commit_run(&committer->commit);
    committer->took_us = jn_host_monotonic_us(committer->host) - begun_us;
    jn_mutex_lock(&committer->mutex);
    end_group(committer, had_work);
    note_senders(committer, own, &list);
    wake_senders(committer, &list);
}

/* For one ticket of its own, whose time is over at `until_us`. */
static void lead_group(struct jn_committer *committer,
                       const struct jn_ticket *ticket,
                       int64_t until_us)
{
    committer->leading = true;
    if (committer->gather_us <= 0 || has_gathered(committer, committer->expected))
        begin_group(committer);
    else
        gather(committer, until_us);
    run_group(committer, ticket->woken);
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

/* With the mutex held. The tickets of a set are settled together, so the first one stands
 * for all. Only a set of one has a time to end. */
static enum jangle_result send_as(struct jn_committer *committer,
                                  struct jn_waker *waker,
                                  struct jn_ticket *tickets,
                                  size_t count,
                                  int64_t until_us,
                                  struct jangle_error *error)
{
    enum jangle_result result;

    for (size_t i = 0; i < count; i++)
        tickets[i].woken = &waker->cond;
    result = jn_commit_enqueue(&committer->commit, tickets, count, error);
    if (has_gathered(committer, committer->wanted))
        end_gathering(committer);
    while (!result && tickets[0].state != JN_TICKET_SETTLED) {
        if (!committer->leading)
            lead_group(committer, &tickets[0], until_us);
        else if (!wait_for_leader(committer, &tickets[0], until_us))
            result = jn_fail(error, JANGLE_TIMEOUT,
                             "the deadline passed while the command waited for a commit");
    }
    return result;
}

static enum jangle_result send_tickets(struct jn_committer *committer,
                                       struct jn_ticket *tickets,
                                       size_t count,
                                       int64_t until_us,
                                       struct jangle_error *error)
{
    struct jn_waker *waker;
    enum jangle_result result;

    assert(count == 1 || until_us < 0);
    jn_commit_weigh(tickets, count);
    jn_mutex_lock(&committer->mutex);
    waker = jn_wakers_take(&committer->wakers);
    if (waker) {
        result = send_as(committer, waker, tickets, count, until_us, error);
        jn_wakers_give_back(&committer->wakers, waker);
    } else {
        result = jn_fail(error, JANGLE_NO_MEMORY, "out of memory: nothing is stored");
    }
    jn_mutex_unlock(&committer->mutex);
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
        run_group(committer, NULL);
    }
    result = jn_fail_as(error, &committer->error);
    jn_mutex_unlock(&committer->mutex);
    return result;
}
