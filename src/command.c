/* command.c - what happens to a command: load, decide, commit; again if another won. */
#include "decision.h"
#include "describe.h"
#include "engine.h"
#include "error.h"
#include "hash.h"
#include "utf8.h"

#include <inttypes.h>
#include <stdio.h>

/* A command on its way through. */
struct sending {
    struct jangle *jangle;
    struct jangle_outcome *outcome;
    const struct jn_route *route;
    struct jangle_command command;
    bool named; /* the id is the sender's: it is remembered */
    unsigned char fingerprint[JN_HASH_SIZE];
    jangle_optional_int expected_version;
    int64_t until_us;
    bool final;                /* a CONFLICT that no other attempt will change */
    struct jangle_arena arena; /* of one attempt */
};

static struct jangle_error *error_of(struct sending *sending)
{
    return &sending->outcome->error;
}

/* ---- before it is decided ------------------------------------------------------------
 */

static enum jangle_result find_route(struct sending *sending)
{
    const struct jangle_message *type = sending->command.type;

    if (type->role != JANGLE_ROLE_COMMAND)
        return jn_fail(error_of(sending), JANGLE_INVALID, "%s is not a command",
                       type->name);
    sending->route = jn_registry_route(&sending->jangle->registry, jn_type_name(type));
    if (!sending->route)
        return jn_fail(error_of(sending), JANGLE_INVALID,
                       "nobody decides %s: no aggregate lists it", type->name);
    if (sending->route->command->size != type->size)
        return jn_fail(error_of(sending), JANGLE_INVALID,
                       "%s is described in two ways: %s decides the other", type->name,
                       sending->route->aggregate->name);
    return JANGLE_OK;
}

static enum jangle_result
check_id(struct sending *sending, const char *what, const char *id)
{
    const char *name = sending->command.type->name;

    if (!id || !*id)
        return jn_fail(error_of(sending), JANGLE_INVALID, "%s: the %s is empty", name,
                       what);
    if (strlen(id) > JN_ID_LIMIT)
        return jn_fail(error_of(sending), JANGLE_INVALID,
                       "%s: the %s has %zu bytes, more than %d", name, what, strlen(id),
                       JN_ID_LIMIT);
    if (!jn_utf8_is_valid(id, strlen(id)))
        return jn_fail(error_of(sending), JANGLE_INVALID, "%s: the %s is not UTF-8", name,
                       what);
    return JANGLE_OK;
}

/* The first member, or the one fixed aggregate. */
static const char *aggregate_id_of(const struct jangle_message *type, const void *data)
{
    const char *id;

    if (type->stream)
        return type->stream;
    memcpy(&id, (const char *)data + type->fields[0].offset, sizeof id);
    return id;
}

static enum jangle_result check_message(struct sending *sending, const void *data)
{
    struct jangle_command *command = &sending->command;
    const char *json;
    size_t size;
    enum jangle_result result = jn_check_run(command->type, data, error_of(sending));

    if (result)
        return result;
    result = jn_encode(&sending->arena, command->type, data, &sending->jangle->limits,
                       &json, &size, error_of(sending));
    if (result)
        return result;
    jn_hash_texts(sending->fingerprint,
                  (const char *const[]){jn_type_name(command->type), json, NULL});
    command->aggregate_id = aggregate_id_of(command->type, data);
    return check_id(sending, "aggregate's id", command->aggregate_id);
}

static enum jangle_result check_envelope(struct sending *sending,
                                         const struct jangle_envelope *envelope)
{
    struct jangle_command *command = &sending->command;
    char *id = sending->outcome->command_id;
    unsigned char bytes[JANGLE_ID_SIZE];
    enum jangle_result result = JANGLE_OK;

    sending->named = envelope && envelope->command_id;
    if (sending->named) {
        result = check_id(sending, "command id", envelope->command_id);
        if (!result)
            memcpy(id, envelope->command_id, strlen(envelope->command_id) + 1);
    } else {
        jn_host_id(&sending->jangle->host, bytes);
        jn_id_to_text(bytes, id);
    }
    command->id = id;
    sending->until_us = -1;
    if (envelope) {
        command->origin = envelope->origin;
        sending->expected_version = envelope->expected_version;
        if (envelope->deadline_ms)
            sending->until_us = jn_monotonic_us() + envelope->deadline_ms * 1000;
    }
    if (!command->origin.correlation_id)
        command->origin.correlation_id = id;
    return result;
}

/* ---- answers
 * ---------------------------------------------------------------------------- */

static void answer(struct sending *sending, const struct jangle_receipt *receipt)
{
    sending->outcome->position = receipt->position;
    sending->outcome->version = receipt->version;
    memcpy(sending->outcome->reply, receipt->reply, sizeof sending->outcome->reply);
}

/* Was a command of this id stored before? `found` if so; then the result is the answer.
 */
static enum jangle_result find_stored(struct sending *sending, bool *found)
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
    *found = true;
    if (result)
        return jn_fail(error_of(sending), result, "%s", error.message);
    if (memcmp(receipt.fingerprint, sending->fingerprint, sizeof receipt.fingerprint) !=
        0)
        return jn_fail(error_of(sending), JANGLE_INVALID,
                       "the command id %s belongs to another command",
                       sending->command.id);
    sending->outcome->repeated = true;
    answer(sending, &receipt);
    return JANGLE_OK;
}

/* An answer that stores nothing is only true of a state that is current: CONFLICT if
 * another process, or an emit_to, has moved it on. */
static enum jangle_result confirm(struct sending *sending)
{
    struct jangle_store *store = sending->jangle->store;
    struct jangle_error error = {0};
    int64_t version;
    enum jangle_result result =
        store->ops->stream_head(store, sending->route->aggregate->name,
                                sending->command.aggregate_id, &version, &error);

    if (result)
        return jn_fail(error_of(sending), result, "%s", error.message);
    return version == sending->command.version ? JANGLE_OK : JANGLE_CONFLICT;
}

/* ---- an attempt
 * ---------------------------------------------------------------------------- */

/* A stream that must not exist does: final, and named. CONFLICT if none does. */
static enum jangle_result find_taken(struct sending *sending,
                                     const struct jangle_decision *decision)
{
    struct jangle_store *store = sending->jangle->store;

    for (size_t i = 0; i < decision->emissions.count; i++) {
        const struct jn_emission *emission = &decision->emissions.items[i];
        int64_t version = 0;
        enum jangle_result result = JANGLE_OK;

        if (emission->fresh && !emission->own)
            result = store->ops->stream_head(store, emission->kind, emission->id,
                                             &version, error_of(sending));
        if (!result && version > 0)
            result = confirm(sending); /* CONFLICT: decided on what is so no longer */
        if (result)
            return result;
        if (version > 0)
            return jn_fail(error_of(sending), JANGLE_REJECTED, "%s/%s exists already",
                           emission->kind, emission->id);
    }
    return JANGLE_CONFLICT;
}

/* Everything before the unknown is known to be durable. */
static void remember_unknown(struct jangle *jangle)
{
    int64_t none = -1;

    atomic_compare_exchange_strong(&jangle->unsure, &none, atomic_load(&jangle->durable));
}

static enum jangle_result commit(struct sending *sending,
                                 const struct jangle_decision *decision)
{
    struct jangle *jangle = sending->jangle;
    struct jangle_append append = {.command_id =
                                       sending->named ? sending->command.id : NULL};
    enum jangle_result result;

    memcpy(append.receipt.fingerprint, sending->fingerprint,
           sizeof append.receipt.fingerprint);
    result = jn_decision_append(decision, &jangle->host, &append);
    if (result)
        return result;
    result = jn_committer_send(&jangle->commits, &append, sending->until_us,
                               error_of(sending));
    if (result == JANGLE_UNKNOWN)
        remember_unknown(jangle);
    if (result == JANGLE_CONFLICT)
        return find_taken(sending, decision);
    if (result == JANGLE_INVALID)
        return jn_fail(error_of(sending), result,
                       "%s is refused by the store, or its command id %s belongs to "
                       "another command",
                       sending->command.type->name, sending->command.id);
    if (result)
        return result;
    sending->outcome->repeated = append.repeated;
    answer(sending, &append.receipt);
    return JANGLE_OK;
}

/* A refusal, or an OK that stores nothing: if the state it was made on is current, and
 * nobody else has stored this very command meanwhile. */
static enum jangle_result refuse(struct sending *sending,
                                 const struct jn_state *state,
                                 const struct jangle_decision *decision,
                                 enum jangle_result result)
{
    struct jangle_error reason = *error_of(sending);
    enum jangle_result current;
    bool found = false;

    jn_error_clear(error_of(sending));
    current = confirm(sending);
    if (!current)
        current = find_stored(sending, &found);
    if (current || found)
        return current;
    *error_of(sending) = reason;
    sending->outcome->version = state->version;
    memcpy(sending->outcome->reply, decision->reply, sizeof sending->outcome->reply);
    return result;
}

static enum jangle_result decide(struct sending *sending, const struct jn_state *state)
{
    struct jangle_decision decision = {
        .registry = &sending->jangle->registry,
        .limits = &sending->jangle->limits,
        .aggregate = sending->route->aggregate,
        .command = &sending->command,
        .arena = &sending->arena,
        .error = error_of(sending),
    };
    enum jangle_result result;

    result = jn_decision_make(&decision, sending->route->decide, state->data);
    if (!result && decision.emissions.count)
        return commit(sending, &decision);
    if (result && result != JANGLE_REJECTED)
        return result;
    return refuse(sending, state, &decision, result);
}

static enum jangle_result attempt(struct sending *sending)
{
    struct jangle *jangle = sending->jangle;
    const struct jangle_aggregate *aggregate = sending->route->aggregate;
    struct jn_state state;
    enum jangle_result result =
        jn_state_init(&state, &jangle->loader, aggregate, sending->command.aggregate_id,
                      error_of(sending));

    if (result)
        return result;
    result = jn_state_load(&state, &jangle->loader, error_of(sending));
    sending->command.version = state.version;
    if (!result && sending->expected_version.given &&
        sending->expected_version.value != state.version) {
        sending->outcome->version = state.version;
        sending->final = true;
        result = jn_fail(error_of(sending), JANGLE_CONFLICT,
                         "%s/%s is at version %" PRId64 ", not %" PRId64, aggregate->name,
                         sending->command.aggregate_id, state.version,
                         sending->expected_version.value);
    }
    if (!result)
        result = decide(sending, &state);
    if (!result && jn_state_snapshot_is_due(&state, sending->outcome->version))
        jn_snapshotter_ask(&jangle->snapshotter, aggregate, state.id);
    jn_state_finish(&state, &jangle->loader);
    return result;
}

/* ---- from send to answer
 * --------------------------------------------------------------- */

/* Longer each time, and never the same for two. False when the time is over. */
static bool back_off(struct sending *sending, int attempts)
{
    static const struct jangle_retry pace = {.first_delay_ms = 1, .max_delay_ms = 50};
    struct jangle *jangle = sending->jangle;
    int64_t now_us = jn_monotonic_us();
    int64_t until_us = now_us + jn_host_backoff_ms(&jangle->host, &pace, attempts) * 1000;

    if (sending->until_us >= 0 && until_us > sending->until_us)
        return false;
    jn_pause_until(until_us);
    return true;
}

static enum jangle_result attempt_until_it_lasts(struct sending *sending)
{
    struct jangle *jangle = sending->jangle;
    int limit = jangle->config.conflict_retries;
    bool found;

    for (int attempts = 1;; attempts++) {
        enum jangle_result result = find_stored(sending, &found);

        if (result || found)
            return result;
        jn_arena_reset(&sending->arena);
        jn_error_clear(error_of(sending));
        result = attempt(sending);
        if (result != JANGLE_CONFLICT || sending->final)
            return result;
        JN_COUNT(jangle, conflicts, 1);
        JN_LOG(&jangle->log, COMMAND_CONFLICT,
               JN_PAIRS(JN_TEXT("command", sending->command.type->name),
                        JN_TEXT("aggregate", sending->command.aggregate_id),
                        JN_NUMBER("attempt", attempts)),
               "another command won");
        jn_error_clear(error_of(sending));
        if (attempts > limit)
            return jn_fail(error_of(sending), JANGLE_CONFLICT,
                           "other commands for %s/%s won %d times",
                           sending->route->aggregate->name, sending->command.aggregate_id,
                           attempts);
        if (!back_off(sending, attempts))
            return jn_fail(error_of(sending), JANGLE_TIMEOUT,
                           "other commands for %s/%s won until the deadline",
                           sending->route->aggregate->name,
                           sending->command.aggregate_id);
    }
}

static enum jangle_result
receive(struct sending *sending, const struct jangle_envelope *envelope, const void *data)
{
    struct jangle *jangle = sending->jangle;
    struct jn_lane *lane;
    enum jangle_result result = jn_check_open(jangle, error_of(sending));

    if (!result)
        result = find_route(sending);
    if (!result)
        result = check_message(sending, data);
    if (!result)
        result = check_envelope(sending, envelope);
    if (result)
        return result;
    JN_LOG(&jangle->log, COMMAND_RECEIVED,
           JN_PAIRS(JN_TEXT("command", sending->command.type->name),
                    JN_TEXT("aggregate", sending->command.aggregate_id),
                    JN_TEXT("command_id", sending->command.id)),
           "received");
    result = jn_lanes_enter(&jangle->lanes, sending->route->aggregate->name,
                            sending->command.aggregate_id, sending->until_us, &lane,
                            error_of(sending));
    if (result)
        return result;
    result = attempt_until_it_lasts(sending);
    jn_lanes_leave(&jangle->lanes, lane);
    return result;
}

static void report(struct sending *sending, enum jangle_result result)
{
    struct jangle *jangle = sending->jangle;
    const char *name = sending->command.type->name;
    const char *aggregate = sending->command.aggregate_id;

#define REPORT(counter, topic, ...)                                                      \
    do {                                                                                 \
        JN_COUNT(jangle, counter, 1);                                                    \
        JN_LOG(&jangle->log, topic,                                                      \
               JN_PAIRS(JN_TEXT("command", name), JN_TEXT("aggregate", aggregate),       \
                        JN_TEXT("command_id", sending->outcome->command_id),             \
                        JN_NUMBER("position", sending->outcome->position)),              \
               __VA_ARGS__);                                                             \
    } while (0)

    if (result == JANGLE_OK)
        REPORT(accepted, COMMAND_ACCEPTED, "stored");
    else if (result == JANGLE_REJECTED)
        REPORT(rejected, COMMAND_REJECTED, "%s", error_of(sending)->message);
    else if (result == JANGLE_INVALID)
        REPORT(invalid, COMMAND_INVALID, "%s", error_of(sending)->message);
    else
        REPORT(failed, COMMAND_FAILED, "%s: %s", jangle_result_name(result),
               error_of(sending)->message);
#undef REPORT
}

enum jangle_result jangle_send_(struct jangle *jangle,
                                struct jangle_outcome *outcome,
                                const struct jangle_envelope *envelope,
                                const struct jangle_message *type,
                                const void *data)
{
    struct jangle_outcome unwanted;
    struct sending sending = {
        .jangle = jangle,
        .outcome = outcome ? outcome : &unwanted,
        .command = {.type = type, .data = data, .arena = &sending.arena},
    };
    enum jangle_result result;

    *sending.outcome = (struct jangle_outcome){0};
    jn_arena_init(&sending.arena, &jangle->host.host.allocator);
    sending.command.at = jn_host_now(&jangle->host);
    result = receive(&sending, envelope, data);
    report(&sending, result);
    jn_arena_finish(&sending.arena);
    return result;
}
