/* confirm.c - is what a command was decided on still so? What does a conflict mean, and
 * what is in doubt after it? */
#include "command/confirm.h"

#include "base/error.h"
#include "command/commands.h"

#include <inttypes.h>

static enum jangle_result confirm_stream(struct jn_sending *sending,
                                         const struct jangle_condition *condition)
{
    struct jangle_store *store = sending->jangle->store;
    struct jangle_error error = {0};
    int64_t version;
    enum jangle_result result =
        store->ops->stream_head(store, condition->kind, condition->id, &version, &error);

    if (result)
        return jn_fail_as(sending->error, &error);
    if (version == condition->version)
        return JANGLE_OK;
    return jn_fail(sending->error, JANGLE_CONFLICT,
                   "%s/%s went from version %" PRId64 " to %" PRId64
                   " while the command was decided",
                   condition->kind, condition->id, condition->version, version);
}

/* No fence may have been passed since the states were read, because it may have given a
 * version to another event (ST-31). The heads were asked for before this, so that they
 * are of the same epoch. */
static enum jangle_result confirm_epoch(struct jn_sending *sending, int64_t epoch)
{
    struct jangle *jangle = sending->jangle;
    unsigned char store_id[JANGLE_ID_SIZE];
    struct jangle_error error = {0};
    int64_t now;
    enum jangle_result result;

    if (!epoch)
        return JANGLE_OK;
    result = jangle->store->ops->identify(jangle->store, store_id, &now, &error);
    if (result)
        return jn_fail_as(sending->error, &error);
    jn_cache_note_epoch(&jangle->commands->locks, now);
    if (now == epoch)
        return JANGLE_OK;
    return jn_fail(sending->error, JANGLE_CONFLICT,
                   "the store has recovered while the command was decided");
}

/* OK if every stream that the command was decided on still has the version that the
 * decider saw; CONFLICT if one has moved, because then the command must be decided again.
 * It is enough to ask for one after the other: all states were read before the first
 * question, and a version never comes back within an epoch, so all of them were current
 * at that moment. Index 0 is the command's own aggregate. The epoch of its state is asked
 * for, because it was read first, and an epoch that is known never goes down: if another
 * state is of a later epoch, the store is not in this one any more. */
enum jangle_result jn_attempt_confirm(const struct jn_attempt *attempt)
{
    const struct jangle_decision *decision = &attempt->decision;
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i <= decision->looks.count; i++) {
        struct jangle_condition condition = jn_decision_condition(decision, i);

        result = confirm_stream(attempt->sending, &condition);
    }
    return result ? result : confirm_epoch(attempt->sending, attempt->own.state->epoch);
}

/* ---- what a conflict means --------------------------------------------------------- */

/* So many conflicts in a row although no stream had moved mean that the store
 * is damaged. */
enum { UNEXPLAINED_MAX = 2 };

/* Why did the store answer CONFLICT? Usually a stream that the command was decided on has
 * moved; then jn_attempt_confirm has filled sending->error, and jn_fail_as leaves that as
 * it is. If no stream has moved, a commit that was seen was perhaps lost in a power cut:
 * that is possible once. The second time in a row the store is damaged, and the command
 * fails, because attempts would go on without end. A saga's step (sent_with) has
 * conditions of its own, so its conflict is passed on as it is. */
static enum jangle_result explain_conflict(const struct jn_attempt *attempt,
                                           const struct jangle_error *conflict)
{
    struct jn_sending *sending = attempt->sending;
    enum jangle_result result =
        sending->sent_with ? JANGLE_CONFLICT : jn_attempt_confirm(attempt);

    sending->unexplained = result ? 0 : sending->unexplained + 1;
    if (result && result != JANGLE_CONFLICT)
        return result;
    if (sending->unexplained < UNEXPLAINED_MAX)
        return jn_fail_as(sending->error, conflict);
    return jn_fail(sending->error, JANGLE_STORAGE,
                   "the store is damaged: %s/%s is at version %" PRId64
                   ", on which the command was decided, but the store answers: %s",
                   sending->route->aggregate->name, sending->command.aggregate_id,
                   sending->command.version, conflict->message);
}

/* If jangle_emit_new named a stream that exists by now, the command is REJECTED for good,
 * and the sentence names the stream: but only if the decision is still true, because
 * otherwise the decider may name another stream next time. Every other conflict is
 * explained. */
enum jangle_result jn_attempt_explain(const struct jn_attempt *attempt,
                                      const struct jangle_error *conflict)
{
    struct jn_sending *sending = attempt->sending;
    const struct jangle_decision *decision = &attempt->decision;
    struct jangle_store *store = sending->jangle->store;

    for (size_t i = 0; i < decision->emissions.count; i++) {
        const struct jn_emission *emission = &decision->emissions.items[i];
        int64_t version = 0;
        enum jangle_result result = JANGLE_OK;

        if (emission->fresh && !emission->own)
            result = store->ops->stream_head(store, emission->kind, emission->id,
                                             &version, sending->error);
        /* Only if the decision is still true: else it may want another stream
         * next time. */
        if (!result && version > 0)
            result = jn_attempt_confirm(attempt);
        if (result)
            return result;
        if (version > 0)
            return jn_fail(sending->error, JANGLE_REJECTED, "%s/%s exists already",
                           emission->kind, emission->id);
    }
    return explain_conflict(attempt, conflict);
}

/* ---- after a conflict ------------------------------------------------------------ */

/* Was the conflict met on a state that was not read for this attempt, or that is of
 * another epoch? */
static bool is_stale(const struct jn_attempt *attempt)
{
    const struct jn_looks *looks = &attempt->decision.looks;
    bool hit = attempt->own.hit;

    for (size_t i = 0; i < looks->count; i++)
        hit = hit || looks->items[i].fetched.hit;
    return hit || !jn_cache_is_epoch(&attempt->sending->jangle->commands->locks,
                                     attempt->own.state->epoch);
}

/* After a conflict no state that was decided on may be used as it is. */
void jn_attempt_doubt(const struct jn_attempt *attempt)
{
    struct jn_sending *sending = attempt->sending;

    sending->stale = is_stale(attempt);
    for (size_t i = 0; i <= attempt->decision.looks.count; i++) {
        struct jangle_condition condition = jn_decision_condition(&attempt->decision, i);

        jn_cache_doubt(&sending->jangle->commands->locks, condition.kind, condition.id);
    }
}

static bool note_stream(struct jn_sending *sending, const char *kind, const char *id)
{
    return jangle_list_add(&sending->arena, &sending->streams, jn_stream_name,
                           .kind = kind, .id = id) != NULL;
}

enum jangle_result jn_attempt_note_streams(const struct jn_attempt *attempt)
{
    struct jn_sending *sending = attempt->sending;
    const struct jangle_decision *decision = &attempt->decision;
    bool noted = true;

    sending->streams = (struct jn_stream_names){0};
    for (size_t i = 0; noted && i <= decision->looks.count; i++) {
        struct jangle_condition condition = jn_decision_condition(decision, i);

        noted = note_stream(sending, condition.kind, condition.id);
    }
    for (size_t i = 0; noted && i < decision->emissions.count; i++) {
        const struct jn_emission *emission = &decision->emissions.items[i];

        noted = emission->own || note_stream(sending, emission->kind, emission->id);
    }
    if (noted)
        return JANGLE_CONFLICT;
    jn_error_clear(sending->error);
    return jn_fail(sending->error, JANGLE_NO_MEMORY, "out of memory: nothing is stored");
}
