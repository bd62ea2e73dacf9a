/* spec_then.c - then: what a command came to, held against what was expected. */
#include "spec.h"

#include "codec.h"
#include "describe.h"

/* ---- then -------------------------------------------------------------------- */

/* Is the emission that one? Complains about the first difference. */
static void compare(struct jangle_here here,
                    const struct jn_emission *emission,
                    const struct jangle_message *type,
                    const void *data)
{
    struct jangle_spec *spec = here.spec;
    struct jangle_error error = {0};
    struct jn_difference difference;
    void *emitted = jangle_alloc(&spec->arena, type->size);

    if (emission->type != type)
        jn_spec_complain(here, "%s %s was emitted, not %s", emission->type->name,
                         emission->json, type->name);
    else if (!emitted ||
             jn_decode(&spec->arena, type, emission->json, emission->size,
                       jn_type_version(type), &jn_limits_default, emitted, &error))
        jn_spec_complain(here, "%s", emitted ? error.message : "out of memory");
    else if (!jn_type_equal(type, emitted, data, &difference))
        jn_spec_complain(here, "%s.%s is %s, not %s", type->name, difference.path,
                         difference.left, difference.right);
}

void jangle_then_(struct jangle_here here,
                  const struct jangle_aggregate *aggregate,
                  const char *id,
                  const struct jangle_message *type,
                  const void *data)
{
    struct jangle_spec *spec = here.spec;
    const struct jn_emission *emission;
    const char *kind;

    if (spec->broken)
        return;
    if (spec->named == spec->emissions.count) {
        jn_spec_complain(here, "%s was not emitted: there %s", type->name,
                         spec->named ? "were no more events" : "was no event");
        return;
    }
    emission = &spec->emissions.items[spec->named++];
    kind = aggregate ? aggregate->name : spec->aggregate->name;
    id = id ? id : spec->id;
    if (strcmp(emission->kind, kind) != 0 || strcmp(emission->id, id) != 0)
        jn_spec_complain(here, "%s was emitted to %s/%s, not to %s/%s",
                         emission->type->name, emission->kind, emission->id, kind, id);
    compare(here, emission, type, data);
}

void jangle_then_nothing_(struct jangle_here here)
{
    if (!here.spec->broken && (here.spec->named < here.spec->emissions.count ||
                               (here.spec->result && !here.spec->result_named))) {
        here.spec->when = here;
        jn_spec_settle(here.spec);
    }
}

void jangle_then_result_(struct jangle_here here,
                         enum jangle_result result,
                         const char *text)
{
    struct jangle_spec *spec = here.spec;

    if (spec->broken)
        return;
    spec->result_named = true;
    if (spec->result != result)
        jn_spec_complain(here, "the command ended with %s%s%s, not with %s",
                         jangle_result_name(spec->result), spec->result ? ": " : "",
                         spec->error.message, jangle_result_name(result));
    else if (result == JANGLE_REJECTED ? strcmp(spec->error.message, text) != 0
                                       : !strstr(spec->error.message, text))
        jn_spec_complain(here, "the reason is \"%s\", not \"%s\"", spec->error.message,
                         text);
}

void jangle_then_reply_(struct jangle_here here, const char *reply)
{
    if (!here.spec->broken && strcmp(here.spec->reply, reply) != 0)
        jn_spec_complain(here, "the reply is \"%s\", not \"%s\"", here.spec->reply,
                         reply);
}

void jangle_then_state_(struct jangle_here here,
                        const struct jangle_message *type,
                        const void *data)
{
    struct jangle_spec *spec = here.spec;
    struct jn_difference difference;

    if (spec->broken)
        return;
    if (type != spec->aggregate->state)
        jn_spec_complain(here, "the state is a %s, not a %s",
                         spec->aggregate->state->name, type->name);
    else if (!jn_type_equal(type, spec->state.data, data, &difference))
        jn_spec_complain(here, "%s.%s is %s, not %s", type->name, difference.path,
                         difference.left, difference.right);
}

/* ---- what only sagas do ------------------------------------------------------ */

static void only_sagas(struct jangle_here here, const char *what)
{
    if (!here.spec->broken)
        jn_spec_complain(here, "%s is for sagas, and this is an aggregate", what);
}

void jangle_given_answer_(struct jangle_here here,
                          const struct jangle_message *type,
                          enum jangle_result result,
                          const char *reason)
{
    (void)type, (void)result, (void)reason;
    only_sagas(here, "jangle_given_answer");
}

void jangle_when_timed_out_(struct jangle_here here)
{
    only_sagas(here, "jangle_when_timed_out");
}

void jangle_when_run_again_(struct jangle_here here)
{
    only_sagas(here, "jangle_when_run_again");
}

void jangle_then_finished_(struct jangle_here here)
{
    only_sagas(here, "jangle_then_finished");
}

void jangle_then_retry_in_(struct jangle_here here, int64_t ms)
{
    (void)ms;
    only_sagas(here, "jangle_then_retry_in");
}

void jangle_then_timeout_at_(struct jangle_here here, jangle_time at)
{
    (void)at;
    only_sagas(here, "jangle_then_timeout_at");
}
