/* spec_aggregate.c - when for aggregates: the decider alone, without a store. */

#include "testing/spec_aggregate.h"

#include "base/error.h"
#include "command/look.h"
#include "message/check.h"
#include "message/describe.h"
#include "testing/spec_others.h"
#include "testing/spec_record.h"

#include <stdio.h>

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
            jn_spec_others_version(&spec->others, emission->kind, emission->id))
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

        if (emission->own)
            jn_spec_fold(here, &(struct jn_spec_message){
                                   .type = emission->type,
                                   .version = jn_type_version(emission->type),
                                   .json = emission->json,
                                   .size = emission->size});
        else
            jn_spec_others_add(here, emission);
    }
}

/* Decide as a program does. The ids of commands count up, so that a test can name them.
 */
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
    jn_decision_finish(&decision);
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
