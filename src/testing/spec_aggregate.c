/* spec_aggregate.c - when for aggregates: the decider alone, without a store. Decisions
 * look at other aggregates, whose events are given here, too. */
#include "testing/spec_aggregate.h"

#include "command/look.h"
#include "core/registry_find.h"
#include "message/check.h"
#include "message/describe.h"
#include "testing/spec_record.h"

#include <stdio.h>

static bool is_of(const struct jangle_record *record, const char *kind, const char *id)
{
    return strcmp(record->kind, kind) == 0 && strcmp(record->id, id) == 0;
}

/* The only operation of a store that loading a state needs. */
static enum jangle_result read_stream(struct jangle_store *store,
                                      const char *kind,
                                      const char *id,
                                      int64_t version,
                                      jangle_record_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    const struct jn_spec_others *others = (const struct jn_spec_others *)store;
    enum jangle_result result = JANGLE_OK;

    (void)error;
    for (size_t i = 0; !result && i < others->records.count; i++) {
        const struct jangle_record *record = &others->records.items[i];

        if (is_of(record, kind, id) && record->version > version)
            result = visit(context, record);
    }
    return result;
}

void jn_spec_others_init(struct jn_spec_others *others)
{
    static const struct jangle_store_ops ops = {
        .abi = 1, .name = "given", .read_stream = read_stream};

    others->base.ops = &ops;
}

static int64_t
version_of_other(const struct jn_spec_others *others, const char *kind, const char *id)
{
    int64_t version = 0;

    for (size_t i = 0; i < others->records.count; i++)
        version += is_of(&others->records.items[i], kind, id);
    return version;
}

/* Add an event to the history of another aggregate. */
static void add_to_other(struct jangle_here here,
                         const char *kind,
                         const char *id,
                         const struct jn_spec_message *message)
{
    struct jn_spec_others *others = &here.spec->others;
    struct jangle_arena *arena = &here.spec->stubs.arena;
    struct jangle_record record = jn_spec_record_of(
        here.spec, message, jn_arena_copy_text(arena, kind),
        jn_arena_copy_text(arena, id), version_of_other(others, kind, id) + 1);

    record.position = (int64_t)others->records.count + 1;
    record.payload = jn_arena_copy(arena, message->json, message->size);
    if (!record.kind || !record.id || !record.payload ||
        !jangle_list_add_(arena, &others->records, sizeof record, &record))
        jn_spec_complain(here, "out of memory: %s is not added", message->type->name);
}

/* The aggregate that is tried may be meant, too: then the event is one of its own. */
void jangle_given_of_(struct jangle_here here,
                      const struct jangle_aggregate *aggregate,
                      const char *id,
                      const struct jangle_message *type,
                      const void *data)
{
    struct jangle_spec *spec = here.spec;
    struct jn_spec_message message;

    if (!jn_spec_is(here, JN_SPEC_AGGREGATE, "jangle_given_of"))
        return;
    jn_spec_begin(here);
    if (!jn_spec_encode(here, &spec->stubs.arena, type, data, &message))
        return;
    if (aggregate == spec->aggregate && strcmp(id, spec->id) == 0)
        jn_spec_fold(here, &message);
    else if (jn_row_applier(&aggregate->events, jn_type_name(type)))
        add_to_other(here, aggregate->name, id, &message);
    else
        jn_spec_complain(here, "%s is not among the events of %s", type->name,
                         aggregate->name);
}

jangle_decide_fn *jn_spec_find_decider(const struct jangle_aggregate *aggregate,
                                       const struct jangle_message *type)
{
    const struct jangle_deciders *commands = &aggregate->commands;

    for (size_t i = 0; i < commands->count; i++)
        if (commands->items[i].command == type)
            return commands->items[i].decide;
    return NULL;
}

/* Refuse a stream that the decision wants to be new, and that has events. */
static enum jangle_result check_fresh(struct jangle_spec *spec,
                                      const struct jn_emissions *emissions)
{
    for (size_t i = 0; i < emissions->count; i++) {
        const struct jn_emission *emission = &emissions->items[i];

        if (emission->fresh && !emission->own &&
            version_of_other(&spec->others, emission->kind, emission->id))
            return jn_fail(&spec->error, JANGLE_REJECTED, "%s/%s exists already",
                           emission->kind, emission->id);
    }
    return JANGLE_OK;
}

/* What was emitted has happened from now on, to the aggregate or to another one. */
static void keep_emitted(struct jangle_here here)
{
    for (size_t i = 0; i < here.spec->emissions.count; i++) {
        const struct jn_emission *emission = &here.spec->emissions.items[i];
        struct jn_spec_message message = {.type = emission->type,
                                          .version = jn_type_version(emission->type),
                                          .json = emission->json,
                                          .size = emission->size};

        if (emission->own)
            jn_spec_fold(here, &message);
        else
            add_to_other(here, emission->kind, emission->id, &message);
    }
}

/* Decide as a program does. The ids of commands count up, so that a test can
 * name them. */
static void decide_command(struct jangle_here here,
                           jangle_decide_fn *decider,
                           const struct jangle_message *type,
                           const void *data)
{
    struct jangle_spec *spec = here.spec;
    char id[32];
    struct jangle_command command = {.type = type,
                                     .data = data,
                                     .id = id,
                                     .aggregate_id = spec->id,
                                     .version = spec->state.version,
                                     .at = spec->now,
                                     .arena = &spec->arena};
    struct jangle_decision decision = {.limits = &jn_limits_default,
                                       .aggregate = spec->aggregate,
                                       .command = &command,
                                       .loader = &spec->loader,
                                       .look_limit = spec->look_limit,
                                       .arena = &spec->arena,
                                       .error = &spec->error};

    snprintf(id, sizeof id, "command-%d", ++spec->commands);
    command.origin.correlation_id = id;
    spec->result = jn_decision_make(&decision, decider, spec->state.data);
    jn_decision_free_looks(&decision);
    if (!spec->result)
        spec->result = check_fresh(spec, &decision.emissions);
    if (spec->result)
        return;
    spec->emissions = decision.emissions;
    memcpy(spec->reply, decision.reply, sizeof spec->reply);
    keep_emitted(here);
}

void jn_spec_decide(struct jangle_here here,
                    const struct jangle_message *type,
                    const void *data)
{
    struct jangle_spec *spec = here.spec;
    jangle_decide_fn *decider = jn_spec_find_decider(spec->aggregate, type);
    const char *id;

    if (!decider) {
        jn_spec_complain(here, "%s does not decide %s", spec->aggregate->name,
                         type->name);
        return;
    }
    spec->result = jn_check_run(type, data, &spec->error);
    if (spec->result)
        return;
    id = type->stream;
    if (!id)
        memcpy(&id, (const char *)data + type->fields[0].offset, sizeof id);
    if (strcmp(id, spec->id) != 0)
        jn_spec_complain(here, "%s is for %s, and this is about %s", type->name, id,
                         spec->id);
    decide_command(here, decider, type, data);
}
