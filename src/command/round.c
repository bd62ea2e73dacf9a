/* round.c - a round: appends and commands that are committed in one group. */
#include "command/round.h"

#include "base/error.h"
#include "command/command.h"
#include "command/commands.h"
#include "message/describe.h"

#include <assert.h>

struct jn_round_command {
    struct jn_sending sending;
    struct jn_attempt attempt;
    struct jangle_outcome outcome;
    bool begun; /* the attempt has to be ended */
    enum jangle_result result;
};

enum jangle_result jn_round_init(struct jn_round *round,
                                 struct jangle *jangle,
                                 struct jangle_arena *arena,
                                 size_t limit,
                                 struct jangle_error *error)
{
    assert(limit && (int64_t)limit <= jangle->config.group_count);
    *round = (struct jn_round){
        .jangle = jangle,
        .arena = arena,
        .tickets = jangle_alloc(arena, limit * sizeof *round->tickets),
        .commands = jangle_alloc(arena, limit * sizeof(struct jn_round_command *)),
        .limit = limit,
    };
    return jn_arena_check(arena, error);
}

/* Give back what a command holds. An attempt that was begun and not ended has stored
 * nothing. */
static void finish_command(struct jn_round *round, struct jn_round_command *command)
{
    struct jangle_error nothing = {.result = JANGLE_CANCELLED};

    if (command->begun)
        jn_attempt_end(&command->attempt, JANGLE_CANCELLED, &nothing);
    command->begun = false;
    jn_stream_locks_release(&round->jangle->commands->locks, command->sending.lock);
    command->sending.lock = NULL;
}

void jn_round_finish(struct jn_round *round)
{
    for (size_t i = 0; i < round->count; i++) {
        if (!round->commands[i])
            continue;
        finish_command(round, round->commands[i]);
        jn_arena_finish(&round->commands[i]->sending.arena);
    }
    round->count = 0;
}

bool jn_round_is_full(const struct jn_round *round)
{
    return round->count == round->limit ||
           round->bytes >= (size_t)round->jangle->config.group_bytes;
}

static struct jn_ticket *add_ticket(struct jn_round *round,
                                    const struct jangle_append *append,
                                    struct jn_round_command *command)
{
    struct jn_ticket *ticket = &round->tickets[round->count];

    assert(round->count < round->limit);
    *ticket = (struct jn_ticket){.append = *append};
    round->bytes += jn_commit_append_bytes(append);
    round->commands[round->count++] = command;
    return ticket;
}

struct jn_ticket *jn_round_append(struct jn_round *round,
                                  const struct jangle_append *append)
{
    return add_ticket(round, append, NULL);
}

/* ---- a command ------------------------------------------------------------ */

static struct jn_round_command *make_command(struct jn_round *round,
                                             const struct jn_round_order *order)
{
    struct jn_round_command *command = jangle_alloc(round->arena, sizeof *command);
    struct jangle *jangle = round->jangle;

    if (!command)
        return NULL;
    command->sending = (struct jn_sending){
        .jangle = jangle,
        .outcome = &command->outcome,
        .error = &command->outcome.error,
        .command = {.type = order->type,
                    .data = order->data,
                    .arena = &command->sending.arena,
                    .at = jn_host_now(&jangle->host)},
        .remembers = order->remembers,
        .sender = order->sender,
    };
    jn_arena_init(&command->sending.arena, &jangle->host.host.allocator);
    return command;
}

/* Free a command that is not added. */
static void drop_command(struct jn_round *round, struct jn_round_command *command)
{
    finish_command(round, command);
    jn_arena_finish(&command->sending.arena);
}

/* What is wrong with the command itself is wrong each time: that is remembered, too. */
static void add_refused(struct jn_round *round,
                        const struct jn_round_order *order,
                        struct jn_round_command *command)
{
    struct jangle_append append = {
        .command_id = order->envelope.command_id,
        .from = {.type = jn_type_name(order->type),
                 .type_version = jn_type_version(order->type),
                 .sender = order->sender},
        .remember_at = command->sending.command.at,
    };

    memcpy(append.receipt.fingerprint, order->fingerprint,
           sizeof append.receipt.fingerprint);
    add_ticket(round, &append, command);
}

/* Wait `wait_ms` at most; without an end if it is negative. */
static enum jangle_result
lock_aggregate(struct jn_round *round, struct jn_sending *sending, int64_t wait_ms)
{
    return jn_stream_locks_acquire(
        &round->jangle->commands->locks, sending->route->aggregate->name,
        sending->command.aggregate_id, wait_ms, &sending->lock, sending->error);
}

/* Send it by itself, with as many attempts as any command gets. The round holds
 * no lock. */
static void send_again(struct jn_round *round, struct jn_round_command *command)
{
    struct jn_sending *sending = &command->sending;

    jn_error_clear(sending->error);
    command->result = lock_aggregate(round, sending, -1);
    if (!command->result)
        command->result = jn_sending_repeat(sending);
    jn_stream_locks_release(&round->jangle->commands->locks, sending->lock);
    sending->lock = NULL;
}

/* OK: the command has its answer, or an append that is to be committed. */
static enum jangle_result decide_in_round(struct jn_round *round,
                                          struct jn_round_command *command)
{
    struct jn_sending *sending = &command->sending;
    bool found = false;
    /* Only a round that holds no lock may wait for one: two rounds that waited for each
     * other's would wait without an end. */
    enum jangle_result result = lock_aggregate(round, sending, round->count ? 0 : -1);

    if (result == JANGLE_TIMEOUT)
        return JANGLE_RETRY;
    if (!result)
        result = jn_sending_find_stored(sending, &found);
    if (result || found)
        return result;
    result = jn_attempt_begin(&command->attempt, sending);
    command->begun = true;
    if (command->attempt.prepared) {
        add_ticket(round, &command->attempt.append, command);
        return JANGLE_OK;
    }
    return result;
}

/* It gives way to another command. It is left for a later round; but a round that is
 * empty can wait. */
static enum jangle_result leave_or_send(struct jn_round *round,
                                        struct jn_round_command *command)
{
    if (round->count)
        return JANGLE_RETRY;
    finish_command(round, command);
    send_again(round, command);
    return command->result;
}

/* A state that could not be read is no answer of its aggregate: the store is to blame. */
static enum jangle_result answer_or_trouble(const struct jn_round_command *command,
                                            enum jangle_result result)
{
    return command->sending.unread && jangle_result_final(result) ? JANGLE_STORAGE
                                                                  : result;
}

enum jangle_result jn_round_send(struct jn_round *round,
                                 const struct jn_round_order *order,
                                 struct jangle_outcome **outcome,
                                 struct jangle_error *error)
{
    struct jn_round_command *command = make_command(round, order);
    size_t before = round->count;
    enum jangle_result result;

    if (!command)
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory: nothing is stored");
    *outcome = &command->outcome;
    result = jn_sending_check(&command->sending, &order->envelope, order->data);
    memcpy(command->sending.fingerprint, order->fingerprint,
           sizeof command->sending.fingerprint);
    if (result == JANGLE_INVALID && order->remembers) {
        command->result = result;
        add_refused(round, order, command);
        return JANGLE_OK;
    }
    if (!result)
        result = decide_in_round(round, command);
    if (round->count > before)
        return JANGLE_OK;
    if (result == JANGLE_CONFLICT)
        result = leave_or_send(round, command);
    result = answer_or_trouble(command, result);
    if (jangle_result_final(result)) {
        jn_sending_report(&command->sending, result);
        result = JANGLE_OK;
    } else if (result != JANGLE_RETRY) {
        jn_fail(error, result, "%s", command->outcome.error.message);
    }
    drop_command(round, command);
    return result;
}

/* ---- the commit ----------------------------------------------------------- */

/* The command's answer. It gives its lock back, so that those which met a conflict can be
 * sent again while the round holds none. */
static void settle_command(struct jn_round *round,
                           struct jn_round_command *command,
                           const struct jn_ticket *ticket)
{
    if (command->begun && command->attempt.prepared) {
        command->attempt.append = ticket->append;
        command->result =
            jn_attempt_end(&command->attempt, ticket->error.result, &ticket->error);
        command->begun = false;
    } else if (ticket->error.result) {
        command->result = ticket->error.result;
        command->outcome.error = ticket->error;
    } else {
        command->outcome.repeated = ticket->append.repeated;
    }
    finish_command(round, command);
}

enum jangle_result jn_round_commit(struct jn_round *round, struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;
    struct jangle_error why = {0};

    if (round->count) {
        round->tickets[0].attachments.checkpoints = round->checkpoints;
        round->tickets[0].attachments.checkpoint_count = round->checkpoint_count;
        result = jn_committer_send_set(&round->jangle->commands->committer,
                                       round->tickets, round->count, &why);
    }
    for (size_t i = 0; result && i < round->checkpoint_count; i++)
        round->checkpoints[i].error = why;
    for (size_t i = 0; i < round->count; i++) {
        if (result)
            round->tickets[i].error = why;
        if (round->commands[i])
            settle_command(round, round->commands[i], &round->tickets[i]);
    }
    for (size_t i = 0; i < round->count; i++) {
        struct jn_round_command *command = round->commands[i];

        if (!command)
            continue;
        if (command->result == JANGLE_CONFLICT)
            send_again(round, command);
        command->result = answer_or_trouble(command, command->result);
        command->outcome.error.result = command->result;
        jn_sending_report(&command->sending, command->result);
    }
    return result ? jn_fail_as(error, &why) : JANGLE_OK;
}
