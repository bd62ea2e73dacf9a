/* spec_given.c - given and when: a message, typed or in JSON, is brought into the form
 * that a store would hold, and handed to what the spec tries. */
#include "testing/spec.h"

#include "message/decode.h"
#include "testing/spec_aggregate.h"
#include "testing/spec_record.h"
#include "testing/spec_saga.h"
#include "testing/spec_subscriber.h"

#include <string.h>

/* ---- messages ---------------------------------------------------------------- */

/* A subscriber has an instance of its own, whose registry also knows its queries. */
static const struct jn_registry *registry_of(const struct jangle_spec *spec)
{
    return spec->kind == JN_SPEC_SUBSCRIBER ? &spec->subscriber.jangle->registry
                                            : &spec->registry;
}

static const struct jangle_message *
find_type(const struct jangle_spec *spec, const char *name, bool is_command)
{
    const struct jn_route *route;

    if (!is_command)
        return jn_map_find(&registry_of(spec)->events, name);
    route = jn_map_find(&registry_of(spec)->routes, name);
    return route ? route->command : NULL;
}

static const char *name_of_tried(const struct jangle_spec *spec)
{
    return spec->kind == JN_SPEC_SUBSCRIBER ? spec->subscriber.table.name
           : spec->kind == JN_SPEC_SAGA     ? spec->saga.record.type->saga->name
                                            : spec->aggregate->name;
}

/* False: the spec complained. The JSON is read later, as that of a store is. */
static bool find_message(struct jangle_here here,
                         bool is_command,
                         const char *name,
                         int version,
                         const char *json,
                         struct jn_spec_message *message)
{
    const struct jangle_message *type = find_type(here.spec, name, is_command);

    *message = (struct jn_spec_message){
        .type = type, .version = version, .json = json, .size = strlen(json)};
    if (type)
        return true;
    jn_spec_complain(here, "%s knows no %s that is stored as \"%s\"",
                     name_of_tried(here.spec), is_command ? "command" : "event", name);
    return false;
}

/* ---- given ------------------------------------------------------------------- */

/* Each `given` and `when` first ends the `when` before it: what that caused and no `then`
 * named is complained of now. */
static bool begin_call(struct jangle_here here)
{
    if (here.spec->broken)
        return false;
    jn_spec_begin(here);
    return true;
}

/* An event that has happened: nothing reacts to it, but a subscriber handles it. */
static void give_event(struct jangle_here here, const struct jn_spec_message *message)
{
    if (here.spec->kind == JN_SPEC_AGGREGATE)
        jn_spec_fold(here, message);
    else if (here.spec->kind == JN_SPEC_SAGA)
        jn_spec_apply(here, message);
    else
        jn_spec_handle_before(here, message);
}

void jangle_given_(struct jangle_here here,
                   const struct jangle_message *type,
                   const void *data)
{
    struct jn_spec_message message;

    if (begin_call(here) &&
        jn_spec_encode(here, &here.spec->stubs.arena, type, data, &message))
        give_event(here, &message);
}

void jangle_given_json_(struct jangle_here here,
                        const char *name,
                        int version,
                        const char *json)
{
    struct jn_spec_message message;

    if (begin_call(here) && find_message(here, false, name, version, json, &message))
        give_event(here, &message);
}

/* ---- when -------------------------------------------------------------------- */

/* A command in JSON is decoded first, because deciders take the struct. */
static void decide_json(struct jangle_here here, const struct jn_spec_message *message)
{
    struct jangle_spec *spec = here.spec;
    void *data = jangle_alloc(&spec->arena, message->type->size);

    spec->result =
        data ? jn_decode(&spec->arena, message->type, message->json, message->size,
                         message->version, &jn_limits_default, data, &spec->error)
             : jn_fail(&spec->error, JANGLE_NO_MEMORY, "out of memory");
    if (!spec->result)
        jn_spec_decide(here, message->type, data);
}

/* An event that comes now. */
static void bring_event(struct jangle_here here, const struct jn_spec_message *message)
{
    if (here.spec->kind == JN_SPEC_SAGA)
        jn_spec_react(here, message);
    else
        jn_spec_handle(here, message);
}

void jangle_when_(struct jangle_here here,
                  const struct jangle_message *type,
                  const void *data)
{
    struct jn_spec_message message;

    if (!begin_call(here))
        return;
    if (here.spec->kind == JN_SPEC_AGGREGATE)
        jn_spec_decide(here, type, data);
    else if (jn_spec_encode(here, &here.spec->stubs.arena, type, data, &message))
        bring_event(here, &message);
}

void jangle_when_json_(struct jangle_here here,
                       const char *name,
                       int version,
                       const char *json)
{
    struct jn_spec_message message;
    bool is_command;

    if (!begin_call(here))
        return;
    is_command = here.spec->kind == JN_SPEC_AGGREGATE;
    if (!find_message(here, is_command, name, version, json, &message))
        return;
    if (is_command)
        decide_json(here, &message);
    else
        bring_event(here, &message);
}

void jangle_when_run_again_(struct jangle_here here)
{
    if (!jn_spec_is(here, JN_SPEC_SAGA | JN_SPEC_SUBSCRIBER, "jangle_when_run_again"))
        return;
    if (here.spec->kind == JN_SPEC_SAGA)
        jn_spec_turn_again(here);
    else
        jn_spec_handle_again(here);
}
