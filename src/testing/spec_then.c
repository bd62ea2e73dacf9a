/* spec_then.c - then: what a command, a turn or an event caused is compared with what the
 * test expects. */
#include "testing/spec.h"

#include "message/codec.h"
#include "message/decode.h"
#include "message/describe.h"
#include "testing/spec_aggregate.h"
#include "testing/spec_record.h"

/* ---- then -------------------------------------------------------------------- */

static const char *verb_of(const struct jangle_spec *spec)
{
    return spec->aggregate ? "emitted" : "sent";
}

/* Is the emission of that type, with these members? Complains about the first
 * difference. */
static void compare_members(struct jangle_here here,
                            const struct jn_emission *emission,
                            const struct jangle_message *type,
                            const void *data)
{
    struct jangle_spec *spec = here.spec;
    struct jangle_error error = {0};
    void *emitted = jangle_alloc(&spec->arena, type->size);

    if (emission->type != type)
        jn_spec_complain(here, "%s %s was %s, not %s", emission->type->name,
                         emission->json, verb_of(spec), type->name);
    else if (!emitted ||
             jn_decode(&spec->arena, type, emission->json, emission->size,
                       jn_type_version(type), &jn_limits_default, emitted, &error))
        jn_spec_complain(here, "%s", emitted ? error.message : "out of memory");
    else
        jn_spec_compare(here, type, emitted, data);
}

/* Does the emission go there? An event goes to a stream, a command to the aggregate that
 * decides it. */
static void compare_target(struct jangle_here here,
                           const struct jn_emission *emission,
                           const struct jangle_aggregate *aggregate,
                           const char *id)
{
    const struct jangle_aggregate *own = here.spec->aggregate;
    const char *kind = aggregate ? aggregate->name : own ? own->name : "";

    id = id ? id : own ? here.spec->id : emission->id;
    if (!own && aggregate && !jn_spec_find_decider(aggregate, emission->type))
        jn_spec_complain(here, "%s was sent, which %s does not decide",
                         emission->type->name, kind);
    else if (!own && strcmp(emission->id, id) != 0)
        jn_spec_complain(here, "%s was sent to %s, not to %s", emission->type->name,
                         emission->id, id);
    else if (own && (strcmp(emission->kind, kind) != 0 || strcmp(emission->id, id) != 0))
        jn_spec_complain(here, "%s was emitted to %s/%s, not to %s/%s",
                         emission->type->name, emission->kind, emission->id, kind, id);
}

/* What a `when` caused is named in order: each jangle_then takes the next event or
 * command. */
void jangle_then_(struct jangle_here here,
                  const struct jangle_aggregate *aggregate,
                  const char *id,
                  const struct jangle_message *type,
                  const void *data)
{
    struct jangle_spec *spec = here.spec;
    const struct jn_emission *emission;

    if (spec->broken)
        return;
    if (spec->named == spec->emissions.count) {
        jn_spec_complain(here, "%s was not %s: there %s %s", type->name, verb_of(spec),
                         spec->named ? "were no more" : "were no",
                         spec->aggregate ? "events" : "commands");
        return;
    }
    emission = &spec->emissions.items[spec->named++];
    compare_target(here, emission, aggregate, id);
    compare_members(here, emission, type, data);
}

/* If there is more, the `when` is ended here, so that the complaints name the line of
 * this `then`. */
void jangle_then_nothing_(struct jangle_here here)
{
    const struct jn_spec_subscriber *asked = &here.spec->subscriber;

    if (!here.spec->broken && (here.spec->named < here.spec->emissions.count ||
                               (here.spec->result && !here.spec->result_named) ||
                               (asked->answer.data && !asked->answer_named))) {
        here.spec->when = here;
        jn_spec_settle(here.spec);
    }
}

/* The reason of a rejection is the whole sentence, because users read it. Of other
 * results the reason need only contain the text. */
void jangle_then_result_(struct jangle_here here,
                         enum jangle_result result,
                         const char *text)
{
    struct jangle_spec *spec = here.spec;

    if (spec->broken)
        return;
    spec->result_named = true;
    if (spec->result != result)
        jn_spec_complain(here, "the %s ended with %s%s%s, not with %s",
                         jn_spec_noun(spec), jangle_result_name(spec->result),
                         spec->result ? ": " : "", spec->error.message,
                         jangle_result_name(result));
    else if (result == JANGLE_REJECTED ? strcmp(spec->error.message, text) != 0
                                       : !strstr(spec->error.message, text))
        jn_spec_complain(here, "the reason is \"%s\", not \"%s\"", spec->error.message,
                         text);
}

/* What becomes of an event is more than a result. An event that ended with REJECTED is
 * tried again, unless the handler itself refused it: the result may be that of a command
 * which it sent. An event that ended with INVALID is tried again, unless no other attempt
 * can do better. */
static void expect_end(struct jangle_here here,
                       enum jangle_result result,
                       bool tried_again,
                       const char *text)
{
    struct jangle_spec *spec = here.spec;
    enum jn_outcome outcome = spec->subscriber.outcome;

    if (spec->kind != JN_SPEC_SUBSCRIBER || spec->subscriber.asked ||
        spec->result != result ||
        tried_again == (outcome != JN_REFUSED && outcome != JN_CANNOT)) {
        jangle_then_result_(here, result, text);
        return;
    }
    spec->result_named = true;
    jn_spec_complain(here, "the event ended with %s: %s: it will %sbe tried again",
                     jangle_result_name(result), spec->error.message,
                     tried_again ? "not " : "");
}

void jangle_then_rejected_(struct jangle_here here, const char *reason)
{
    expect_end(here, JANGLE_REJECTED, false, reason);
}

void jangle_then_invalid_(struct jangle_here here, const char *text)
{
    expect_end(here, JANGLE_INVALID, false, text);
}

void jangle_then_failed_(struct jangle_here here,
                         enum jangle_result result,
                         const char *text)
{
    expect_end(here, result, true, text);
}

void jangle_then_done_(struct jangle_here here)
{
    jangle_then_result_(here, JANGLE_OK, "");
}

void jangle_then_reply_(struct jangle_here here, const char *reply)
{
    if (jn_spec_is(here, JN_SPEC_AGGREGATE, "jangle_then_reply") &&
        strcmp(here.spec->reply, reply) != 0)
        jn_spec_complain(here, "the reply is \"%s\", not \"%s\"", here.spec->reply,
                         reply);
}

/* A saga's state is decoded for this, because between turns there is only its JSON. */
void jangle_then_state_(struct jangle_here here,
                        const struct jangle_message *type,
                        const void *data)
{
    struct jangle_spec *spec = here.spec;
    const struct jangle_message *own;
    struct jn_saga saga;

    if (!jn_spec_is(here, JN_SPEC_AGGREGATE | JN_SPEC_SAGA, "jangle_then_state"))
        return;
    own = spec->aggregate ? spec->aggregate->state : spec->saga.record.type->saga->state;
    if (type != own)
        jn_spec_complain(here, "the state is a %s, not a %s", own->name, type->name);
    else if (spec->aggregate)
        jn_spec_compare(here, type, spec->state.data, data);
    else if (jn_spec_load_saga(here, &saga))
        jn_spec_compare(here, type, saga.state, data);
}

/* ---- what only sagas do ------------------------------------------------------ */

void jangle_then_finished_(struct jangle_here here)
{
    if (jn_spec_is(here, JN_SPEC_SAGA, "jangle_then_finished") &&
        here.spec->saga.record.status != JANGLE_SAGA_FINISHED)
        jn_spec_complain(here, "the saga is not over");
}

/* The delay is compared as the engine takes it, which knows a longest one. */
void jangle_then_retry_in_(struct jangle_here here, int64_t ms)
{
    struct jangle_spec *spec = here.spec;
    int64_t asked_ms = spec->retry_in_ms;

    if (!jn_spec_is(here, JN_SPEC_SAGA | JN_SPEC_SUBSCRIBER, "jangle_then_retry_in"))
        return;
    if (asked_ms == JN_BY_POLICY) {
        jn_spec_complain(here, "the %s did not ask to be run again", jn_spec_noun(spec));
        return;
    }
    spec->result_named = true;
    if (asked_ms != jn_host_asked_ms(ms))
        jn_spec_complain(here, "the %s asked to be run again in %lld ms, not in %lld",
                         jn_spec_noun(spec), (long long)asked_ms, (long long)ms);
}

void jangle_then_timeout_at_(struct jangle_here here, jangle_time at)
{
    int64_t us = here.spec->saga.record.timeout_at.us;

    if (jn_spec_is(here, JN_SPEC_SAGA, "jangle_then_timeout_at") && us != at.us)
        jn_spec_complain(here, "the timeout is at %lld, not at %lld (0: there is none)",
                         (long long)us, (long long)at.us);
}
