/* decision.c - what a decider may do: emit, reject and reply; then the records of it. */
#include "command/decision.h"

#include "base/error.h"
#include "core/registry_find.h"
#include "message/check.h"
#include "message/describe.h"
#include "message/encode.h"
#include "message/event.h"

#include <stdarg.h>
#include <stdio.h>

enum { EMISSION_LIMIT = 1000 };

enum jangle_result jn_decision_stick(struct jangle_decision *decision,
                                     enum jangle_result result)
{
    if (!decision->result)
        decision->result = result;
    return decision->result;
}

enum jangle_result
jangle_reject(struct jangle_decision *decision, const char *reason, ...)
{
    va_list values;
    enum jangle_result result;

    if (decision->result)
        return decision->result;
    va_start(values, reason);
    result = jn_fail_values(decision->error, JANGLE_REJECTED, reason, values);
    va_end(values);
    return jn_decision_stick(decision, result);
}

enum jangle_result jangle_reply(struct jangle_decision *decision, const char *format, ...)
{
    va_list values;
    int size;

    if (decision->result)
        return decision->result;
    va_start(values, format);
    size = vsnprintf(decision->reply, sizeof decision->reply, format, values);
    va_end(values);
    if (size >= 0 && (size_t)size < sizeof decision->reply)
        return JANGLE_OK;
    return jn_decision_stick(
        decision,
        jn_fail(decision->error, JANGLE_INVALID,
                "%s replied to %s with more than %zu bytes", decision->aggregate->name,
                decision->command->type->name, sizeof decision->reply - 1));
}

/* ---- emitting ---------------------------------------------------------------- */

bool jn_is_id(const char *id)
{
    size_t size = id ? strnlen(id, JN_ID_LIMIT + 1) : 0;

    return size && size <= JN_ID_LIMIT && jn_utf8_is_valid(id, size);
}

bool jn_decision_is_own(const struct jangle_decision *decision,
                        const struct jangle_aggregate *aggregate,
                        const char *id)
{
    return aggregate == decision->aggregate &&
           strcmp(id, decision->command->aggregate_id) == 0;
}

const struct jn_look *jn_decision_find_look(const struct jangle_decision *decision,
                                            const struct jangle_aggregate *aggregate,
                                            const char *id)
{
    for (size_t i = 0; i < decision->looks.count; i++) {
        const struct jn_look *look = &decision->looks.items[i];

        if (look->aggregate == aggregate && strcmp(look->id, id) == 0)
            return look;
    }
    return NULL;
}

/* Has the stream events, as far as this decision knows without asking the store? If it
 * does not know, the commit finds out, and find_taken_stream in attempt.c names the
 * stream. */
static bool stream_has_begun(const struct jangle_decision *decision,
                             const struct jangle_aggregate *aggregate,
                             const char *id)
{
    const struct jn_emissions *emissions = &decision->emissions;
    const struct jn_look *look;

    if (jn_decision_is_own(decision, aggregate, id) && decision->command->version > 0)
        return true;
    for (size_t i = 0; i < emissions->count; i++)
        if (strcmp(emissions->items[i].kind, aggregate->name) == 0 &&
            strcmp(emissions->items[i].id, id) == 0)
            return true;
    look = jn_decision_find_look(decision, aggregate, id);
    return look && look->version > 0;
}

/* The id and the aggregate come from the decider: they may be anything. */
static enum jangle_result check_target(struct jangle_decision *decision,
                                       const struct jangle_aggregate *aggregate,
                                       const char *id,
                                       const struct jangle_message *type,
                                       bool fresh)
{
    if (!aggregate || !aggregate->name)
        return jn_fail(decision->error, JANGLE_INVALID,
                       "%s emits %s to an aggregate that is NULL, or has no name",
                       decision->aggregate->name, type->name);
    if (decision->registry &&
        aggregate != jn_map_find(&decision->registry->aggregates, aggregate->name))
        return jn_fail(decision->error, JANGLE_INVALID,
                       "%s emits %s to %s, which is not among config.aggregates",
                       decision->aggregate->name, type->name, aggregate->name);
    if (!jn_is_id(id))
        return jn_fail(decision->error, JANGLE_INVALID,
                       "%s emits %s to a %s whose id is not 1..%d bytes of UTF-8",
                       decision->aggregate->name, type->name, aggregate->name,
                       JN_ID_LIMIT);
    if (!jn_row_applier(&aggregate->events, jn_type_name(type)))
        return jn_fail(decision->error, JANGLE_INVALID,
                       "%s emits %s, which is not among the events of %s",
                       decision->aggregate->name, type->name, aggregate->name);
    if (fresh && stream_has_begun(decision, aggregate, id))
        return jn_fail(decision->error, JANGLE_REJECTED, "%s/%s exists already",
                       aggregate->name, id);
    if (decision->emissions.count >= EMISSION_LIMIT)
        return jn_fail(decision->error, JANGLE_INVALID,
                       "%s emits more than %d events for one command",
                       decision->aggregate->name, EMISSION_LIMIT);
    return JANGLE_OK;
}

/* What is emitted is checked and copied at once, because the decider may reuse its
 * memory. A failure stays, and nothing of the decision is stored. */
static enum jangle_result emit_event(struct jangle_decision *decision,
                                     const struct jangle_aggregate *aggregate,
                                     const char *id,
                                     const struct jangle_message *type,
                                     const void *data,
                                     bool fresh)
{
    struct jn_emission emission = {.type = type, .fresh = fresh};
    enum jangle_result result;

    if (decision->result)
        return decision->result;
    result = check_target(decision, aggregate, id, type, fresh);
    if (!result)
        result = jn_check_run(type, data, decision->error);
    if (!result)
        result =
            jn_encode(decision->arena, type, data, JN_NULLS_REFUSED, decision->limits,
                      &emission.json, &emission.size, decision->error);
    if (result)
        return jn_decision_stick(decision, result);
    emission.kind = aggregate->name;
    emission.own = jn_decision_is_own(decision, aggregate, id);
    emission.id = jn_arena_copy_text(decision->arena, id);
    if (!emission.id || !jangle_list_add_(decision->arena, &decision->emissions,
                                          sizeof emission, &emission))
        return jn_decision_stick(decision, jn_fail(decision->error, JANGLE_NO_MEMORY,
                                                   "out of memory: nothing is stored"));
    return JANGLE_OK;
}

enum jangle_result jangle_emit_(struct jangle_decision *decision,
                                const struct jangle_message *type,
                                const void *data)
{
    return emit_event(decision, decision->aggregate, decision->command->aggregate_id,
                      type, data, false);
}

enum jangle_result jangle_emit_to_(struct jangle_decision *decision,
                                   const struct jangle_aggregate *aggregate,
                                   const char *id,
                                   const struct jangle_message *type,
                                   const void *data)
{
    return emit_event(decision, aggregate, id, type, data, false);
}

enum jangle_result jangle_emit_new_(struct jangle_decision *decision,
                                    const struct jangle_aggregate *aggregate,
                                    const char *id,
                                    const struct jangle_message *type,
                                    const void *data)
{
    return emit_event(decision, aggregate, id, type, data, true);
}

/* ---- the result, and the records --------------------------------------------- */

enum jangle_result jn_decision_make(struct jangle_decision *decision,
                                    jangle_decide_fn *decide,
                                    const void *state)
{
    const char *name = decision->command->type->name;
    enum jangle_result returned;

    decision->state = state;
    returned = decide(decision, state, decision->command);

    if (jn_arena_check(decision->arena, NULL)) { /* it may have decided on half a text */
        jn_error_clear(decision->error);
        return jn_fail(decision->error, JANGLE_NO_MEMORY,
                       "out of memory: nothing is stored");
    }
    if (decision->result)
        return decision->result;
    if (returned == JANGLE_OK)
        return JANGLE_OK;
    if (returned == JANGLE_REJECTED)
        return jn_fail(decision->error, returned, "%s refused %s without a reason",
                       decision->aggregate->name, name);
    return jn_fail(decision->error, JANGLE_INVALID,
                   "%s answered %s with %s: a decision is OK or a jangle_reject",
                   decision->aggregate->name, name, JN_RESULT_SHOWN(returned));
}

struct jangle_condition jn_decision_condition(const struct jangle_decision *decision,
                                              size_t index)
{
    const struct jn_look *look;

    if (!index)
        return (struct jangle_condition){.kind = decision->aggregate->name,
                                         .id = decision->command->aggregate_id,
                                         .version = decision->command->version};
    look = &decision->looks.items[index - 1];
    return (struct jangle_condition){
        .kind = look->aggregate->name, .id = look->id, .version = look->version};
}

/* Versions of the own stream go on from the one that was decided on. A stream that must
 * be new gets version 1, which the store takes only if it has no events; 0 asks for no
 * version. */
static enum jangle_result write_records(const struct jangle_decision *decision,
                                        const struct jn_host *host,
                                        struct jangle_append *append)
{
    struct jangle_origin origin = decision->command->origin;
    int64_t version = decision->command->version;
    const char *meta;
    enum jangle_result result;

    origin.causation_id = decision->command->id;
    result =
        jn_meta_write(decision->arena, &origin, decision->limits, &meta, decision->error);
    if (result)
        return result;
    for (size_t i = 0; i < append->count; i++) {
        const struct jn_emission *emission = &decision->emissions.items[i];
        struct jangle_record *record = &append->records[i];

        *record = (struct jangle_record){
            .kind = emission->kind,
            .id = emission->id,
            .version = emission->own ? ++version : emission->fresh,
            .type = jn_type_name(emission->type),
            .type_version = jn_type_version(emission->type),
            .at = decision->command->at,
            .payload = emission->json,
            .payload_size = emission->size,
            .meta = meta,
        };
        jn_host_id(host, record->event_id);
    }
    append->receipt.version = version;
    return JANGLE_OK;
}

enum jangle_result jn_decision_append(const struct jangle_decision *decision,
                                      const struct jn_host *host,
                                      struct jangle_append *append)
{
    size_t count = 1 + decision->looks.count;
    struct jangle_condition *conditions =
        jangle_alloc(decision->arena, count * sizeof *conditions);

    append->count = decision->emissions.count;
    append->records =
        jangle_alloc(decision->arena, append->count * sizeof *append->records);
    if (!conditions || (append->count && !append->records))
        return jn_fail(decision->error, JANGLE_NO_MEMORY,
                       "out of memory: nothing is stored");
    for (size_t i = 0; i < count; i++)
        conditions[i] = jn_decision_condition(decision, i);
    append->conditions = conditions;
    append->condition_count = count;
    memcpy(append->receipt.reply, decision->reply, sizeof append->receipt.reply);
    return write_records(decision, host, append);
}
