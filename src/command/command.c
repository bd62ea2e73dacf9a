/* command.c - a command from jangle_send to its answer: checked, queued behind the other
 * commands of its aggregate, attempted until no other command is stored first,
 * reported. */

#include "command/command.h"

#include "base/error.h"
#include "base/ids.h"
#include "command/attempt.h"
#include "command/chain.h"
#include "command/commands.h"
#include "command/decision.h"
#include "core/call.h"
#include "core/instance.h"
#include "message/check.h"
#include "message/describe.h"
#include "message/encode.h"

/* After so many conflicts, or after it gave way once, a command keeps the locks of all
 * its streams (stream_lock.h says why). */
enum { KEEP_AFTER = 2 };

/* ---- before it is decided ---------------------------------------------------- */

/* The decider is found by the stored name of the command's type. A program may describe
 * one name twice; then the sizes differ, and the decider must not read the struct. */
static enum jangle_result find_route(struct jn_sending *sending)
{
    const struct jangle_message *type = sending->command.type;

    if (type->role != JANGLE_ROLE_COMMAND)
        return jn_fail(sending->error, JANGLE_INVALID, "%s is not a command", type->name);
    sending->route = jn_map_find(&sending->jangle->registry.routes, jn_type_name(type));
    if (!sending->route)
        return jn_fail(sending->error, JANGLE_INVALID,
                       "nobody decides %s: no aggregate lists it", type->name);
    if (sending->route->command->size != type->size)
        return jn_fail(sending->error, JANGLE_INVALID,
                       "%s is described in two ways, and the aggregate %s decides the "
                       "other one: send what it decides",
                       type->name, sending->route->aggregate->name);
    return JANGLE_OK;
}

static enum jangle_result
check_id(struct jn_sending *sending, const char *what, const char *id)
{
    const char *name = sending->command.type->name;

    if (!id || !*id)
        return jn_fail(sending->error, JANGLE_INVALID, "%s: the %s is empty", name, what);
    if (strlen(id) > JN_ID_LIMIT)
        return jn_fail(sending->error, JANGLE_INVALID,
                       "%s: the %s has %zu bytes, more than %d", name, what, strlen(id),
                       JN_ID_LIMIT);
    if (!jn_utf8_is_valid(id, strlen(id)))
        return jn_fail(sending->error, JANGLE_INVALID, "%s: the %s is not UTF-8", name,
                       what);
    return JANGLE_OK;
}

/* The ids of command and aggregate go into the outcome and the log before anything is
 * checked, because a refusal must say which command was refused. */
static void take_names(struct jn_sending *sending,
                       const struct jangle_envelope *envelope,
                       const void *data)
{
    const struct jangle_message *type = sending->command.type;
    const char *id;

    if (envelope && jn_is_id(envelope->command_id))
        jn_text_copy(sending->outcome->command_id, sizeof sending->outcome->command_id,
                     envelope->command_id);
    if (type->role != JANGLE_ROLE_COMMAND ||
        (!type->stream && type->fields[0].kind != JANGLE_KIND_TEXT))
        return;
    id = jn_type_target(type, data);
    if (jn_is_id(id))
        sending->command.aggregate_id = id;
}

/* The fingerprint is the hash of a command's type and JSON: it differs if the sender uses
 * a command id again for another command. The JSON itself is not kept. */
static enum jangle_result take_fingerprint(struct jn_sending *sending, const void *data)
{
    const struct jangle_message *type = sending->command.type;
    const char *json;
    size_t size;
    enum jangle_result result =
        jn_encode(&sending->arena, type, data, JN_NULLS_REFUSED, &sending->jangle->limits,
                  &json, &size, sending->error);

    if (!result)
        jn_hash_texts(sending->fingerprint,
                      (const char *const[]){jn_type_name(type), json, NULL});
    return result;
}

/* Without a command id nothing is stored that a fingerprint would be compared with. What
 * cannot be encoded is refused all the same. */
static enum jangle_result check_encoding(struct jn_sending *sending, const void *data)
{
    return jn_encode_check(sending->command.type, data, JN_NULLS_REFUSED,
                           &sending->jangle->limits, sending->error);
}

/* Check the command's data, and set the aggregate's id. */
static enum jangle_result
prepare_message(struct jn_sending *sending, const void *data, bool named)
{
    struct jangle_command *command = &sending->command;
    enum jangle_result result = jn_check_run(command->type, data, sending->error);

    if (!result)
        result = named ? take_fingerprint(sending, data) : check_encoding(sending, data);
    if (result)
        return result;
    command->aggregate_id = jn_type_target(command->type, data);
    return check_id(sending, "aggregate's id", command->aggregate_id);
}

/* Set the command's id, origin, expected version and deadline. A command whose sender
 * gave no id gets a fresh one, which the store does not keep (`named` is false), because
 * nobody can send the command again under an id that he does not know. */
static enum jangle_result prepare_envelope(struct jn_sending *sending,
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
            sending->until_us = jn_monotonic_after_ms(envelope->deadline_ms);
    }
    if (!command->origin.correlation_id)
        command->origin.correlation_id = id;
    return result;
}

/* ---- from send to answer ----------------------------------------------------- */

/* Pause after a conflict, for a random time below a bound that doubles, so that commands
 * which met once do not meet again. False if the deadline would pass meanwhile. */
static bool back_off(struct jn_sending *sending, int attempts)
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

static enum jangle_result give_up_command(struct jn_sending *sending, int attempts)
{
    const char *kind = sending->route->aggregate->name;
    const char *id = sending->command.aggregate_id;

    if (attempts > sending->jangle->config.conflict_retries)
        return jn_fail(
            sending->error, JANGLE_CONFLICT,
            "other commands for %s/%s were stored first %d times: send it again", kind,
            id, attempts);
    return jn_fail(sending->error, JANGLE_TIMEOUT,
                   "other commands for %s/%s were stored first until the deadline", kind,
                   id);
}

static void report_conflict(struct jn_sending *sending, int attempts)
{
    struct jangle *jangle = sending->jangle;

    JN_COUNT(jangle, conflicts, 1);
    JN_LOG(&jangle->log, COMMAND_CONFLICT,
           JN_PAIRS(JN_TEXT("command", sending->command.type->name),
                    JN_TEXT("aggregate", sending->command.aggregate_id),
                    JN_NUMBER("attempt", attempts)),
           sending->gave_way ? "it gives way to a command that keeps the lock of a stream"
                             : "another command was stored first");
}

/* After a conflict: OK if there is to be another attempt. A command that gave way makes
 * no pause, because it now waits for the lock of the stream that it gave way for. */
static enum jangle_result prepare_next_attempt(struct jn_sending *sending, int attempts)
{
    struct jangle *jangle = sending->jangle;
    bool gave_way = sending->gave_way;

    sending->gave_way = false;
    if (attempts > jangle->config.conflict_retries ||
        (!gave_way && !back_off(sending, attempts)))
        return give_up_command(sending, attempts);
    if (attempts < KEEP_AFTER && !gave_way)
        return JANGLE_OK;
    return jn_stream_locks_keep(&jangle->commands->locks, &sending->streams,
                                sending->until_us, &sending->lock, sending->error);
}

/* A conflict on what the command had not read tells only that this was out of date. It is
 * no lost race: the next attempt reads, follows at once, and is counted as the first. But
 * only once in a row, so that no store can keep a command busy without an end. */
static bool is_excused(struct jn_sending *sending, bool was_excused)
{
    bool stale = sending->stale;

    sending->stale = false;
    return stale && !was_excused;
}

/* Each attempt looks the id up first, because another process may have sent and stored
 * the same command, which is then what caused the conflict. */
enum jangle_result jn_sending_repeat(struct jn_sending *sending)
{
    bool excused = false;
    bool found;

    for (int attempts = 1;; attempts += !excused) {
        enum jangle_result result = jn_sending_find_stored(sending, &found);

        if (result || found)
            return result;
        jn_arena_reset(&sending->arena);
        jn_error_clear(sending->error);
        result = jn_sending_attempt(sending);
        if (jn_chain_fell(sending)) {
            excused = true; /* it is decided again, by itself: this is no conflict */
            continue;
        }
        if (result != JANGLE_CONFLICT || sending->final)
            return result;
        report_conflict(sending, attempts);
        jn_error_clear(sending->error);
        excused = is_excused(sending, excused);
        if (!excused)
            result = prepare_next_attempt(sending, attempts);
        if (!excused && result)
            return result;
    }
}

/* A view's handler cannot send commands, because a replay of the view would send them
 * again. */
static enum jangle_result check_caller(struct jn_sending *sending)
{
    if (!jn_inside_look(&sending->jangle->insides, NULL).handling)
        return JANGLE_OK;
    return jn_fail(sending->error, JANGLE_INVALID, "%s: a view cannot send commands",
                   jn_type_name(sending->command.type));
}

/* The cheapest checks come first. No lock is taken before all have passed. */
enum jangle_result jn_sending_check(struct jn_sending *sending,
                                    const struct jangle_envelope *envelope,
                                    const void *data)
{
    struct jangle *jangle = sending->jangle;

    take_names(sending, envelope, data);
    if (jn_check_open(jangle, sending->error) ||
        jn_check_leader(jangle, sending->error) || check_caller(sending) ||
        find_route(sending) ||
        prepare_message(sending, data, envelope && envelope->command_id) ||
        prepare_envelope(sending, envelope))
        return sending->error->result;
    JN_LOG(&jangle->log, COMMAND_RECEIVED,
           JN_PAIRS(JN_TEXT("command", sending->command.type->name),
                    JN_TEXT("aggregate", sending->command.aggregate_id),
                    JN_TEXT("command_id", sending->command.id)),
           "received");
    return JANGLE_OK;
}

static enum jangle_result run_command(struct jn_sending *sending,
                                      const struct jangle_envelope *envelope,
                                      const void *data)
{
    struct jangle *jangle = sending->jangle;
    struct jn_chain_member member;
    enum jangle_result result = jn_sending_check(sending, envelope, data);

    if (result)
        return result;
    jn_chain_member_init(&member, sending);
    result =
        jn_stream_locks_join(&jangle->commands->locks, sending->route->aggregate->name,
                             sending->command.aggregate_id, sending->until_us,
                             &member.waiter, &sending->lock, sending->error);
    if (result)
        return result;
    if (member.waiter.wait == JN_WAIT_ANSWERED)
        return member.result;
    result = jn_sending_repeat(sending);
    jn_stream_locks_release(&jangle->commands->locks, sending->lock);
    return result;
}

/* The last line of the log about a command, and the one counter of outcomes that it adds
 * to. */
void jn_sending_report(struct jn_sending *sending, enum jangle_result result)
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
        REPORT(rejected, COMMAND_REJECTED, "%s", sending->error->message);
    else if (result == JANGLE_INVALID)
        REPORT(invalid, COMMAND_INVALID, "%s", sending->error->message);
    else if (jn_log_is_put_off(result))
        REPORT(failed, COMMAND_PUT_OFF, "%s: %s", jangle_result_name(result),
               sending->error->message);
    else
        REPORT(failed, COMMAND_FAILED, "%s: %s", jangle_result_name(result),
               sending->error->message);
#undef REPORT
}

enum jangle_result jn_send(struct jangle *jangle,
                           struct jangle_outcome *outcome,
                           const struct jangle_envelope *envelope,
                           const struct jangle_message *type,
                           const void *data,
                           const struct jn_sender *sender)
{
    /* Not `*outcome`, because the command and its envelope may point into that. */
    struct jangle_outcome made = {0};
    struct jn_sending sending = {
        .jangle = jangle,
        .outcome = &made,
        .error = &made.error,
        .command = {.type = type, .data = data, .arena = &sending.arena},
        .sent_with = sender ? sender->with : NULL,
        .sender = sender ? sender->name : NULL,
        .cause = sender ? sender->cause : 0,
    };
    enum jangle_result result;

    jn_arena_init(&sending.arena, &jangle->host.host.allocator);
    sending.command.at = jn_host_now(&jangle->host);
    result = run_command(&sending, envelope, data);
    jn_call_end(jangle, "jangle_send", result, &made.error, NULL);
    jn_sending_report(&sending, result);
    jn_arena_finish(&sending.arena);
    if (outcome)
        *outcome = made;
    return result;
}

enum jangle_result jangle_send_(struct jangle *jangle,
                                struct jangle_outcome *outcome,
                                const struct jangle_envelope *envelope,
                                const struct jangle_message *type,
                                const void *data)
{
    if (jn_check_sender(jangle, outcome))
        return JANGLE_CLOSED;
    return jn_send(jangle, outcome, envelope, type, data, NULL);
}
