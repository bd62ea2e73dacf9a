/* chain.c - commands that wait for a stream lock are decided by the one that has it, and
 * committed as one. */
#include "command/chain.h"

#include "base/error.h"
#include "command/commands.h"
#include "command/look.h"

struct chain {
    struct jn_attempt *leader;
    struct jn_stream_locks *locks;
    struct jn_queue members;       /* behind the leader, in order */
    struct jn_shared_state *state; /* as they are going to leave it. NULL: not known, so
                                      that nobody can be decided on it */
    size_t count, limit;           /* with the leader */
    int64_t bytes, bytes_limit;    /* of what is stored; the last one may go beyond it */
    bool is_over;                  /* no member comes behind the last one */
};

/* ---- who may be in a chain ------------------------------------------------------ */

static size_t limit_of(const struct jangle *jangle)
{
    const struct jangle_config *config = &jangle->config;
    int64_t limit = config->chain_count;

    if (limit > config->group_count)
        limit = config->group_count;
    if (limit > config->queue_limit)
        limit = config->queue_limit;
    return (size_t)limit;
}

void jn_chain_member_init(struct jn_chain_member *member, struct jn_sending *sending)
{
    bool may_be_taken = limit_of(sending->jangle) > 1 && !sending->sent_with;

    member->waiter = (struct jn_stream_waiter){.may_be_taken = may_be_taken};
    member->sending = sending;
}

/* Does the decision depend on other streams, or would it be stored in them? */
static bool goes_alone(const struct jn_attempt *attempt)
{
    const struct jangle_decision *decision = &attempt->decision;

    if (decision->looks.count || decision->unread)
        return true;
    for (size_t i = 0; i < decision->emissions.count; i++)
        if (!decision->emissions.items[i].own)
            return true;
    return false;
}

/* Who stores nothing is answered without a commit, and so goes alone. */
static bool may_lead(const struct jn_attempt *attempt)
{
    const struct jn_sending *sending = attempt->sending;

    return attempt->prepared && attempt->append.count && !sending->sent_with &&
           !sending->remembers && !goes_alone(attempt);
}

/* ---- deciding ------------------------------------------------------------------- */

/* The next command is decided on what this append is going to store. Without memory there
 * is no next one. */
static void join_chain(struct chain *chain, const struct jangle_append *append)
{
    chain->count++;
    chain->bytes += (int64_t)jn_commit_append_bytes(append);
    if (chain->state && jn_fetch_apply(chain->state, append))
        return;
    jn_shared_drop(chain->state);
    chain->state = NULL;
    chain->is_over = true;
}

/* The cached state stays as it is, for those who look at it: it is what is stored. */
static void begin_chain(struct chain *chain)
{
    chain->state = jn_shared_copy(chain->leader->own.state);
    join_chain(chain, &chain->leader->append);
}

/* Nothing of the attempt remains: the command is as it was before it was taken. */
static void forget_attempt(struct jn_attempt *attempt)
{
    struct jn_sending *sending = attempt->sending;

    jn_decision_free_looks(&attempt->decision);
    jn_shared_drop(attempt->own.state);
    attempt->own.state = NULL;
    jn_error_clear(sending->error);
    sending->outcome->version = 0;
    sending->final = sending->gave_way = sending->unread = false;
}

static void put_back_alone(struct chain *chain, struct jn_chain_member *member)
{
    struct jn_queue alone = {0};

    jn_queue_put(&alone, &member->waiter.link);
    jn_stream_lock_put_back(chain->locks, chain->leader->entry, &alone);
    chain->is_over = true;
}

static void
answer(struct chain *chain, struct jn_chain_member *member, enum jangle_result result)
{
    member->result = result;
    jn_stream_lock_answer(chain->locks, &member->waiter);
}

/* A command whose answer is stored already, or that failed without an append, is answered
 * at once, because that does not depend on the others. */
static void decide_member(struct chain *chain, struct jn_chain_member *member)
{
    struct jn_sending *sending = member->sending;
    struct jn_attempt *attempt = &member->attempt;
    bool found;
    enum jangle_result result;

    sending->until_us = -1;
    result = jn_sending_find_stored(sending, &found);
    if (result || found) {
        answer(chain, member, result);
        return;
    }
    jn_arena_reset(&sending->arena);
    jn_error_clear(sending->error);
    result = jn_attempt_begin_chained(attempt, sending, chain->state);
    if (goes_alone(attempt)) {
        forget_attempt(attempt);
        put_back_alone(chain, member);
    } else if (attempt->prepared) {
        jn_queue_put(&chain->members, &member->waiter.link);
        join_chain(chain, &attempt->append);
    } else {
        answer(chain, member, jn_attempt_end(attempt, result, sending->error));
    }
}

/* The leader decides for others while it has time itself. */
static bool has_time(const struct chain *chain)
{
    int64_t until_us = chain->leader->sending->until_us;

    return until_us < 0 || jn_monotonic_us() < until_us;
}

static void decide_those_who_wait(struct chain *chain)
{
    while (!chain->is_over && chain->count < chain->limit &&
           chain->bytes < chain->bytes_limit && has_time(chain)) {
        struct jn_chain_member *member = (struct jn_chain_member *)jn_stream_lock_take(
            chain->locks, chain->leader->entry);

        if (!member)
            return;
        if (chain->count == 0)
            begin_chain(chain);
        if (chain->state)
            decide_member(chain, member);
        else
            put_back_alone(chain, member);
    }
}

/* ---- the commit ----------------------------------------------------------------- */

/* NULL: out of memory. */
static struct jn_ticket *make_tickets(struct chain *chain)
{
    struct jn_ticket *tickets =
        jangle_alloc(&chain->leader->sending->arena, chain->count * sizeof *tickets);
    struct jn_link *link = chain->members.first;

    if (!tickets)
        return NULL;
    tickets[0] = (struct jn_ticket){.append = chain->leader->append};
    for (size_t i = 1; i < chain->count; i++, link = link->next) {
        const struct jn_chain_member *member = (const struct jn_chain_member *)link;

        tickets[i] = (struct jn_ticket){.append = member->attempt.append};
        tickets[i].append.tied = true;
    }
    return tickets;
}

/* The error of the chain is that of each ticket, and is OK if all are stored. */
static enum jangle_result
commit_chain(struct chain *chain, struct jn_ticket *tickets, struct jangle_error *error)
{
    struct jn_committer *committer = &chain->leader->sending->jangle->commands->committer;
    enum jangle_result result =
        jn_committer_send_set(committer, tickets, chain->count, error);

    return result ? result : jn_fail_as(error, &tickets[0].error);
}

/* The state is in its entry before anybody is answered, because who is answered may send
 * again at once. */
static void keep_state(struct chain *chain)
{
    const struct jn_attempt *leader = chain->leader;

    if (chain->state)
        jn_cache_put(chain->locks, leader->entry, chain->state);
    else
        jn_cache_take(chain->locks, leader->entry, leader->own.state);
}

static enum jangle_result settle_chain(struct chain *chain,
                                       const struct jn_ticket *tickets,
                                       const struct jangle_error *error)
{
    struct jn_attempt *leader = chain->leader;
    struct jn_chain_member *member;
    size_t at = 0;

    if (!error->result)
        keep_state(chain);
    while ((member = jn_queue_take(&chain->members))) {
        member->attempt.append = tickets[++at].append;
        answer(chain, member, jn_attempt_end(&member->attempt, error->result, error));
    }
    leader->append = tickets[0].append;
    leader->chained = true;
    return jn_attempt_end(leader, error->result, error);
}

/* The leader has the lock, and is decided again first; the others follow. */
static enum jangle_result take_chain_apart(struct chain *chain)
{
    struct jn_attempt *leader = chain->leader;
    const struct jn_state *state = &leader->own.state->state;

    jn_cache_doubt(chain->locks, state->aggregate->name, state->id);
    for (struct jn_link *link = chain->members.first; link; link = link->next)
        forget_attempt(&((struct jn_chain_member *)link)->attempt);
    jn_stream_lock_put_back(chain->locks, leader->entry, &chain->members);
    forget_attempt(leader);
    leader->sending->chain_fell = true;
    return JANGLE_CONFLICT;
}

/* What one of them has caused is no answer for the others: not a conflict, and not that
 * one of them is too large for the disk or for memory. */
static bool falls(enum jangle_result result)
{
    return result && result != JANGLE_UNKNOWN && result != JANGLE_BUSY;
}

/* The attempt was begun. If commands wait that can be decided behind it, it is committed
 * together with them, and ended: `*result` is the command's answer, or CONFLICT if the
 * chain fell. False: nobody waits, or the command goes alone; then nothing has happened.
 */
static bool lead_chain(struct jn_attempt *attempt, enum jangle_result *result)
{
    struct jn_sending *sending = attempt->sending;
    struct chain chain = {.leader = attempt,
                          .locks = &sending->jangle->commands->locks,
                          .limit = limit_of(sending->jangle),
                          .bytes_limit = sending->jangle->config.group_bytes};
    struct jangle_error error = {0};
    struct jn_ticket *tickets;

    if (chain.limit <= 1 || !may_lead(attempt))
        return false;
    decide_those_who_wait(&chain);
    if (!chain.members.first) {
        jn_shared_drop(chain.state);
        return false;
    }
    sending->until_us = -1;
    tickets = make_tickets(&chain);
    if (!tickets || falls(commit_chain(&chain, tickets, &error)))
        *result = take_chain_apart(&chain);
    else
        *result = settle_chain(&chain, tickets, &error);
    jn_shared_drop(chain.state);
    return true;
}

enum jangle_result jn_sending_attempt(struct jn_sending *sending)
{
    struct jn_attempt attempt;
    struct jangle_error why = {0};
    enum jangle_result result = jn_attempt_begin(&attempt, sending);

    if (lead_chain(&attempt, &result))
        return result;
    if (attempt.prepared)
        result = jn_committer_send(&sending->jangle->commands->committer, &attempt.append,
                                   sending->sent_with ? &sending->sent_with->attachments
                                                      : NULL,
                                   sending->until_us, &why);
    return jn_attempt_end(&attempt, result, &why);
}

bool jn_chain_fell(struct jn_sending *sending)
{
    bool fell = sending->chain_fell;

    sending->chain_fell = false;
    return fell;
}
