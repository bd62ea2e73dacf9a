/* attempt.c - one attempt at a command: the state is loaded, the command decided, the
 * events committed. What a refusal means is found out here, too. */

#include "command/attempt.h"

#include "base/error.h"
#include "command/commands.h"
#include "command/confirm.h"
#include "command/decision.h"
#include "command/look.h"
#include "command/state_check.h"
#include "message/describe.h"

#include <inttypes.h>

/* ---- answers ----------------------------------------------------------------- */

static void answer_from_receipt(struct jn_sending *sending,
                                const struct jangle_receipt *receipt)
{
    sending->outcome->position = receipt->position;
    sending->outcome->version = receipt->version;
    memcpy(sending->outcome->reply, receipt->reply, sizeof sending->outcome->reply);
}

static bool is_same_command(const struct jn_sending *sending,
                            const struct jangle_receipt *receipt)
{
    return memcmp(receipt->fingerprint, sending->fingerprint,
                  sizeof receipt->fingerprint) == 0;
}

static enum jangle_result refuse_id(struct jn_sending *sending)
{
    return jn_fail(sending->error, JANGLE_INVALID,
                   "the command id %s belongs to another command", sending->command.id);
}

enum jangle_result jn_sending_find_stored(struct jn_sending *sending, bool *found)
{
    struct jangle_store *store = sending->jangle->store;
    struct jangle_receipt receipt;
    struct jangle_error error = {0};
    enum jangle_result result;

    *found = false;
    if (!sending->named)
        return JANGLE_OK;
    result = store->ops->find_command(store, sending->command.id, &receipt, &error);
    if (result == JANGLE_NOT_FOUND)
        return JANGLE_OK;
    if (result)
        return jn_fail_as(sending->error, &error);
    *found = true;
    if (!is_same_command(sending, &receipt))
        return refuse_id(sending);
    sending->outcome->repeated = true;
    answer_from_receipt(sending, &receipt);
    return JANGLE_OK;
}

/* ---- an attempt -------------------------------------------------------------- */

void jn_remember_unknown(struct jangle *jangle)
{
    int64_t none = -1;

    atomic_compare_exchange_strong(&jangle->maybe_unknown_after, &none,
                                   atomic_load(&jangle->head));
}

/* CONFLICT if an event would be stored in a stream whose lock another command keeps,
 * because that command goes first. */
static enum jangle_result give_way(struct jn_sending *sending,
                                   const struct jangle_decision *decision)
{
    struct jn_stream_locks *locks = &sending->jangle->commands->locks;

    for (size_t i = 0; i < decision->emissions.count; i++) {
        const struct jn_emission *emission = &decision->emissions.items[i];
        struct jn_stream_name name = {emission->kind, emission->id};

        if (emission->own || !jn_stream_locks_is_kept(locks, &name, sending->lock))
            continue;
        sending->gave_way = true;
        return jn_fail(sending->error, JANGLE_CONFLICT,
                       "a command that depends on %s/%s keeps the lock of that stream, "
                       "and goes first",
                       name.kind, name.id);
    }
    return JANGLE_OK;
}

/* Make the append that the decision leads to. The deadline is looked at once more here,
 * because nothing can be taken back after the commit. */
static enum jangle_result prepare_append(struct jn_attempt *attempt)
{
    struct jn_sending *sending = attempt->sending;
    struct jangle_append *append = &attempt->append;
    enum jangle_result result;

    append->command_id = sending->named ? sending->command.id : NULL;
    append->from = (struct jangle_command_from){
        .type = jn_type_name(sending->command.type),
        .type_version = jn_type_version(sending->command.type),
        .cause = sending->cause,
        .sender = sending->sender,
    };
    memcpy(append->receipt.fingerprint, sending->fingerprint,
           sizeof append->receipt.fingerprint);
    append->epoch = attempt->own.state->epoch;
    result = jn_decision_append(&attempt->decision, &sending->jangle->host, append);
    if (result)
        return result;
    if (sending->until_us >= 0 && jn_monotonic_us() > sending->until_us)
        return jn_fail(sending->error, JANGLE_TIMEOUT,
                       "%s was decided after its deadline", sending->command.type->name);
    if (give_way(sending, &attempt->decision))
        return JANGLE_CONFLICT;
    if (sending->sent_with)
        memcpy(sending->sent_with->reply, append->receipt.reply,
               sizeof append->receipt.reply);
    attempt->prepared = true;
    return JANGLE_OK;
}

/* An answer without events goes to the store with the versions of the streams that it
 * was decided on, so it is true when it is given. What a decider emitted before it
 * refused is not stored. */
static enum jangle_result prepare_answer(struct jn_attempt *attempt,
                                         enum jangle_result answer)
{
    attempt->answer = *attempt->sending->error;
    attempt->answer.result = answer;
    jn_error_clear(attempt->sending->error);
    attempt->decision.emissions.count = 0;
    return prepare_append(attempt);
}

/* It is remembered under the command's id, and is never decided again. */
static enum jangle_result prepare_memory(struct jn_attempt *attempt,
                                         enum jangle_result answer)
{
    attempt->append.remember_at = attempt->sending->command.at;
    return prepare_answer(attempt, answer);
}

/* What the commit means for the command. */
static enum jangle_result conclude_append(struct jn_attempt *attempt,
                                          enum jangle_result result,
                                          const struct jangle_error *why)
{
    struct jn_sending *sending = attempt->sending;
    const struct jangle_append *append = &attempt->append;

    if (result == JANGLE_UNKNOWN)
        jn_remember_unknown(sending->jangle);
    if (result == JANGLE_CONFLICT)
        return jn_attempt_explain(attempt, why);
    if (result == JANGLE_INVALID)
        return jn_fail(sending->error, result, "%s is refused by the store: %s",
                       sending->command.type->name, why->message);
    if (result)
        return jn_fail_as(sending->error, why);
    if (append->repeated && !is_same_command(sending, &append->receipt))
        return refuse_id(sending); /* another command took the id meanwhile */
    sending->outcome->repeated = append->repeated;
    answer_from_receipt(sending, &append->receipt);
    if (append->repeated || !attempt->answer.result)
        return JANGLE_OK;
    return jn_fail_as(sending->error, &attempt->answer);
}

/* Give a refusal, or an OK without events: but only if the states that it was decided on
 * are current, and if no other process has stored this very command meanwhile. */
static enum jangle_result answer_without_events(const struct jn_attempt *attempt,
                                                enum jangle_result result)
{
    struct jn_sending *sending = attempt->sending;
    struct jangle_error reason = *sending->error;
    enum jangle_result current;
    bool found = false;

    jn_error_clear(sending->error);
    current = jn_attempt_confirm(attempt);
    if (!current)
        current = jn_sending_find_stored(sending, &found);
    if (current || found)
        return current;
    *sending->error = reason;
    sending->outcome->version = sending->command.version;
    memcpy(sending->outcome->reply, attempt->decision.reply,
           sizeof sending->outcome->reply);
    return result;
}

/* Must the answer be true of the states as they are now? An INVALID must, too: a cached
 * state may be behind, and of several states each is of its own moment, so the decider
 * may have seen what never was, and called it a mistake, or looked at what cannot be
 * read. */
static bool must_be_current(enum jangle_result result)
{
    return !result || result == JANGLE_REJECTED || result == JANGLE_INVALID;
}

static bool is_snapshot_due(struct jn_sending *sending,
                            const struct jn_shared_state *shared,
                            int64_t version)
{
    const struct jn_state *state = &shared->state;

    return jn_state_snapshot_is_due(state, version) &&
           version - jn_cache_snapshot_version(&sending->jangle->commands->locks,
                                               state->aggregate->name, state->id) >=
               state->aggregate->snapshot_every;
}

/* Ask for the snapshots of the aggregates that were looked at, because an aggregate to
 * which nobody sends commands gets no snapshot otherwise. */
static void finish_looks(struct jn_sending *sending, struct jangle_decision *decision)
{
    for (size_t i = 0; i < decision->looks.count; i++) {
        const struct jn_look *look = &decision->looks.items[i];

        if (is_snapshot_due(sending, look->fetched.state, look->version))
            jn_snapshotter_ask(&sending->jangle->commands->snapshotter, look->aggregate,
                               look->id);
    }
    jn_decision_free_looks(decision);
}

/* Is the answer one that will be the same each time, so that it can be remembered? */
static bool is_remembered(const struct jn_sending *sending, enum jangle_result result)
{
    return sending->remembers && !sending->unread && jangle_result_final(result);
}

static enum jangle_result call_decider(struct jn_attempt *attempt)
{
    const struct jn_sending *sending = attempt->sending;
    const struct jn_state *state = &attempt->own.state->state;
    struct jn_seen_state seen;
    enum jangle_result result;

    jn_state_see(&seen, state);
    result = jn_decision_make(&attempt->decision, sending->route->decide, state->data);
    jn_state_check_seen(&seen, state, sending->command.type->name);
    return result;
}

static enum jangle_result decide_command(struct jn_attempt *attempt)
{
    struct jn_sending *sending = attempt->sending;
    struct jangle_decision *decision = &attempt->decision;
    enum jangle_result result = call_decider(attempt);

    sending->unread = decision->unread;
    if (!result && decision->emissions.count)
        return prepare_append(attempt);
    if (is_remembered(sending, result))
        return prepare_memory(attempt, result);
    if (attempt->chained && must_be_current(result))
        return prepare_answer(attempt, result);
    return must_be_current(result) ? answer_without_events(attempt, result) : result;
}

/* CONFLICT if the sender expects another version, once it is confirmed that the state is
 * current. But if this very command is stored already, by another process, `found` is
 * true, and the stored answer counts. */
static enum jangle_result check_expected_version(const struct jn_attempt *attempt,
                                                 bool *found)
{
    struct jn_sending *sending = attempt->sending;
    const struct jn_state *state = &attempt->own.state->state;
    jangle_optional_int expected = sending->expected_version;
    enum jangle_result result;

    *found = false;
    if (!expected.given || expected.value == state->version)
        return JANGLE_OK;
    result = attempt->chained ? JANGLE_OK : jn_attempt_confirm(attempt);
    if (!result && !attempt->chained)
        result = jn_sending_find_stored(sending, found);
    if (result || *found)
        return result;
    sending->outcome->version = state->version;
    sending->final = true;
    return jn_fail(sending->error, JANGLE_CONFLICT,
                   "%s/%s is at version %" PRId64 ", not %" PRId64,
                   state->aggregate->name, state->id, state->version, expected.value);
}

static enum jangle_result decide_state(struct jn_attempt *attempt)
{
    bool found;
    enum jangle_result result = check_expected_version(attempt, &found);

    if (!result && !found)
        result = decide_command(attempt);
    else if (attempt->chained)
        return prepare_answer(attempt, result);
    if (result == JANGLE_CONFLICT && !attempt->sending->final &&
        !attempt->sending->gave_way)
        jn_attempt_doubt(attempt);
    return result;
}

static void init_attempt(struct jn_attempt *attempt, struct jn_sending *sending)
{
    struct jn_commands *commands = sending->jangle->commands;
    const struct jangle_aggregate *aggregate = sending->route->aggregate;

    *attempt = (struct jn_attempt){
        .sending = sending,
        .decision = {.registry = &sending->jangle->registry,
                     .limits = &sending->jangle->limits,
                     .aggregate = aggregate,
                     .command = &sending->command,
                     .loader = &commands->loader,
                     .locks = &commands->locks,
                     .look_limit = sending->jangle->config.look_count,
                     .arena = &sending->arena,
                     .error = sending->error},
    };
    sending->stale = false;
}

enum jangle_result jn_attempt_begin(struct jn_attempt *attempt,
                                    struct jn_sending *sending)
{
    struct jn_commands *commands = sending->jangle->commands;
    const struct jangle_aggregate *aggregate = sending->route->aggregate;
    const char *id = sending->command.aggregate_id;
    enum jangle_result result;

    init_attempt(attempt, sending);
    attempt->entry = jn_stream_lock_of(sending->lock, aggregate->name, id);
    result = jn_fetch_own(&commands->loader, &commands->locks, attempt->entry, aggregate,
                          id, &attempt->own, sending->error);
    sending->unread = result != JANGLE_OK;
    if (result)
        return result;
    sending->command.version = attempt->own.state->state.version;
    return decide_state(attempt);
}

enum jangle_result jn_attempt_begin_chained(struct jn_attempt *attempt,
                                            struct jn_sending *sending,
                                            struct jn_shared_state *state)
{
    init_attempt(attempt, sending);
    attempt->chained = true;
    jn_shared_hold(state);
    attempt->own.state = state;
    sending->command.version = state->state.version;
    return decide_state(attempt);
}

/* The own state goes into the cache as the append has left it. A command that another
 * process has stored meanwhile has left it in another way. */
static void keep_state(struct jn_attempt *attempt)
{
    struct jn_stream_locks *locks = &attempt->sending->jangle->commands->locks;
    struct jn_shared_state *state = attempt->own.state;

    attempt->own.state = NULL;
    if (attempt->append.repeated) {
        jn_cache_doubt(locks, state->state.aggregate->name, state->id);
        jn_shared_drop(state);
    } else {
        jn_fetch_fold(locks, attempt->entry, state, &attempt->append);
    }
}

/* finish_looks lets go of the states that the decision looked at; jn_attempt_note_streams
 * still needs the names and versions of the looks. An answer that stores nothing leaves
 * the state as it is: the append was stored only if the command is answered, with its
 * refusal if that is remembered. */
enum jangle_result jn_attempt_end(struct jn_attempt *attempt,
                                  enum jangle_result result,
                                  const struct jangle_error *why)
{
    struct jn_sending *sending = attempt->sending;
    bool stored = attempt->prepared && !result;

    if (attempt->prepared)
        result = conclude_append(attempt, result, why);
    if (attempt->prepared && result == JANGLE_CONFLICT && !sending->final)
        jn_attempt_doubt(attempt);
    finish_looks(sending, &attempt->decision);
    if (result == JANGLE_CONFLICT && !sending->final)
        result = jn_attempt_note_streams(attempt);
    if (!result &&
        is_snapshot_due(sending, attempt->own.state, sending->outcome->version))
        jn_snapshotter_ask(&sending->jangle->commands->snapshotter,
                           sending->route->aggregate, sending->command.aggregate_id);
    if (stored && !attempt->chained)
        keep_state(attempt);
    jn_shared_drop(attempt->own.state);
    attempt->own.state = NULL;
    return result;
}
