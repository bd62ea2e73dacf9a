/* spec.c - given, when, then for aggregates: the decider alone, with no store. */
#include "codec.h"
#include "decision.h"
#include "describe.h"
#include "error.h"
#include "event.h"
#include "state.h"

#include <jangle/testing.h>

#include <stdarg.h>
#include <stdio.h>

struct jangle_spec {
    bool broken; /* never came to be: everything fails */
    struct jn_host host;
    struct jn_log log;
    struct jn_registry registry;
    struct jn_loader loader;
    const struct jangle_aggregate *aggregate;
    char *id;
    jangle_time now;
    struct jn_state state;
    int failures;
    int commands;              /* sent */
    struct jangle_arena arena; /* of what the last `when` came to: */
    struct jn_emissions emissions;
    size_t named; /* emissions that a `then` named */
    enum jangle_result result;
    struct jangle_error error;
    bool result_named;
    char reply[64];
    struct jangle_here when; /* where it was said */
};

/* What one is given when there is no memory for a real one; never written to. */
static const struct jangle_spec no_memory = {.broken = true};

static void complain(struct jangle_here here, const char *format, ...)
    JANGLE_PRINTF(2, 3);

static void complain(struct jangle_here here, const char *format, ...)
{
    va_list values;

    here.spec->failures++;
    fprintf(stderr, "%s:%d: ", here.file, here.line);
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputc('\n', stderr);
}

/* ---- open and close ---------------------------------------------------------- */

/* The memory of a spec comes from its own host, which must not move. */
static struct jangle_spec *make(void)
{
    struct jangle_host defaults = {.logger = jangle_logger_none()};
    struct jn_host host;
    struct jangle_spec *spec;

    if (jn_host_init(&host, &defaults))
        return NULL;
    spec = jn_new(&host.host.allocator, sizeof *spec);
    if (spec && jn_host_init(&spec->host, &defaults)) {
        jn_free(&host.host.allocator, spec);
        spec = NULL;
    }
    jn_host_finish(&host);
    return spec;
}

static void destroy(struct jangle_spec *spec)
{
    struct jangle_allocator allocator = spec->host.host.allocator;

    jn_host_finish(&spec->host);
    jn_free(&allocator, spec);
}

static enum jangle_result prepare(struct jangle_spec *spec,
                                  const struct jangle_aggregate *aggregate,
                                  const char *id)
{
    const struct jangle_aggregate *const aggregates[] = {aggregate, NULL};
    struct jangle_config config = {.aggregates = aggregates};
    const struct jangle_allocator *allocator = &spec->host.host.allocator;

    spec->aggregate = aggregate;
    spec->now = (jangle_time){INT64_C(946684800000000)};
    jn_arena_init(&spec->arena, allocator);
    spec->loader = (struct jn_loader){.registry = &spec->registry,
                                      .limits = &jn_limits_default,
                                      .allocator = allocator,
                                      .log = &spec->log};
    if (jn_registry_init(&spec->registry, &config, allocator, &spec->error))
        return spec->error.result;
    spec->id = jn_copy_text(allocator, id);
    if (spec->id &&
        !jn_state_init(&spec->state, &spec->loader, aggregate, spec->id, &spec->error))
        return JANGLE_OK;
    jn_free(allocator, spec->id);
    jn_registry_finish(&spec->registry);
    return jn_fail(&spec->error, JANGLE_NO_MEMORY, "out of memory");
}

/* The one place where a const spec is handed out: nobody writes to it. */
static struct jangle_spec *fail(const char *why)
{
    struct jangle_spec *spec;
    const struct jangle_spec *none = &no_memory;

    fprintf(stderr, "jangle_spec: %s\n", why);
    memcpy(&spec, &none, sizeof spec);
    return spec;
}

struct jangle_spec *jangle_spec_aggregate(const struct jangle_aggregate *aggregate,
                                          const char *id)
{
    struct jangle_error error = {0};
    struct jangle_spec *spec = make();

    if (!spec)
        return fail("out of memory");
    if (!jn_log_init(&spec->log, &spec->host.host.logger, &spec->host.host.clock, NULL,
                     &error) &&
        !prepare(spec, aggregate, id))
        return spec;
    error = spec->error.result ? spec->error : error;
    destroy(spec);
    return fail(error.message);
}

struct jangle_spec *jangle_spec_saga(const struct jangle_saga *saga, const char *id)
{
    (void)saga, (void)id;
    return fail("this version of jangle runs no sagas");
}

/* What the last `when` caused and no `then` named. */
static void settle(struct jangle_spec *spec)
{
    struct jangle_here here = spec->when;

    for (size_t i = spec->named; i < spec->emissions.count; i++) {
        const struct jn_emission *emission = &spec->emissions.items[i];

        complain(here, "%s/%s: %s %s was emitted, and no jangle_then named it",
                 emission->kind, emission->id, emission->type->name, emission->json);
    }
    if (spec->result && !spec->result_named)
        complain(here, "the command ended with %s: %s", jangle_result_name(spec->result),
                 spec->error.message);
    spec->emissions = (struct jn_emissions){0};
    spec->named = 0;
    spec->result = JANGLE_OK;
    spec->result_named = false;
    spec->error = (struct jangle_error){0};
    spec->reply[0] = 0;
    jn_arena_reset(&spec->arena);
}

int jangle_spec_close(struct jangle_spec *spec)
{
    int failures;

    if (spec->broken)
        return 1;
    settle(spec);
    failures = spec->failures;
    jn_arena_finish(&spec->arena);
    jn_state_finish(&spec->state, &spec->loader);
    jn_registry_finish(&spec->registry);
    jn_free(&spec->host.host.allocator, spec->id);
    destroy(spec);
    return failures;
}

void jangle_spec_at(struct jangle_spec *spec, jangle_time now)
{
    if (!spec->broken)
        spec->now = now;
}

void jangle_spec_from(struct jangle_spec *spec, const char *aggregate_id)
{
    (void)spec, (void)aggregate_id;
}

/* ---- given
 * ------------------------------------------------------------------------------------ */

/* Fold an event into the state, as if it came from a store. */
static void fold(struct jangle_here here,
                 const struct jangle_message *type,
                 const char *json,
                 size_t size)
{
    struct jangle_spec *spec = here.spec;
    struct jangle_error error = {0};
    struct jangle_record record = {.position = spec->state.version + 1,
                                   .kind = spec->aggregate->name,
                                   .id = spec->id,
                                   .version = spec->state.version + 1,
                                   .type = jn_type_name(type),
                                   .type_version = jn_type_version(type),
                                   .at = spec->now,
                                   .payload = json,
                                   .payload_size = size,
                                   .meta = ""};

    if (jn_state_fold(&spec->state, &spec->loader, &record, &error))
        complain(here, "%s", error.message);
}

void jangle_given_(struct jangle_here here,
                   const struct jangle_message *type,
                   const void *data)
{
    struct jangle_spec *spec = here.spec;
    struct jangle_error error = {0};
    struct jangle_arena arena;
    const char *json;
    size_t size;

    if (spec->broken)
        return;
    settle(spec);
    jn_arena_init(&arena, &spec->host.host.allocator);
    if (jn_encode_zeroed(&arena, type, data, &jn_limits_default, &json, &size, &error))
        complain(here, "%s", error.message);
    else
        fold(here, type, json, size);
    jn_arena_finish(&arena);
}

/* ---- when
 * ---------------------------------------------------------------------------------------
 */

static jangle_decide_fn *find_decider(const struct jangle_aggregate *aggregate,
                                      const struct jangle_message *type)
{
    const struct jangle_decider *decider = aggregate->commands;

    while (decider && decider->command && decider->command != type)
        decider++;
    return decider && decider->command ? decider->decide : NULL;
}

static void decide(struct jangle_here here,
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
                                       .arena = &spec->arena,
                                       .error = &spec->error};

    snprintf(id, sizeof id, "command-%d", ++spec->commands);
    command.origin.correlation_id = id;
    spec->result = jn_decision_make(&decision, decider, spec->state.data);
    if (spec->result)
        return;
    spec->emissions = decision.emissions;
    memcpy(spec->reply, decision.reply, sizeof spec->reply);
    for (size_t i = 0; i < spec->emissions.count; i++) {
        const struct jn_emission *emission = &spec->emissions.items[i];

        if (emission->own)
            fold(here, emission->type, emission->json, emission->size);
    }
}

void jangle_when_(struct jangle_here here,
                  const struct jangle_message *type,
                  const void *data)
{
    struct jangle_spec *spec = here.spec;
    jangle_decide_fn *decider;
    const char *id;

    if (spec->broken)
        return;
    settle(spec);
    spec->when = here;
    decider = find_decider(spec->aggregate, type);
    if (!decider) {
        complain(here, "%s does not decide %s", spec->aggregate->name, type->name);
        return;
    }
    spec->result = jn_check_run(type, data, &spec->error);
    if (spec->result)
        return;
    id = type->stream;
    if (!id)
        memcpy(&id, (const char *)data + type->fields[0].offset, sizeof id);
    if (strcmp(id, spec->id) != 0)
        complain(here, "%s is for %s, and this is about %s", type->name, id, spec->id);
    decide(here, decider, type, data);
}

/* ---- then
 * ----------------------------------------------------------------------------------------
 */

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
        complain(here, "%s %s was emitted, not %s", emission->type->name, emission->json,
                 type->name);
    else if (!emitted ||
             jn_decode(&spec->arena, type, emission->json, emission->size,
                       jn_type_version(type), &jn_limits_default, emitted, &error))
        complain(here, "%s", emitted ? error.message : "out of memory");
    else if (!jn_type_equal(type, emitted, data, &difference))
        complain(here, "%s.%s is %s, not %s", type->name, difference.path,
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
        complain(here, "%s was not emitted: there %s", type->name,
                 spec->named ? "were no more events" : "was no event");
        return;
    }
    emission = &spec->emissions.items[spec->named++];
    kind = aggregate ? aggregate->name : spec->aggregate->name;
    id = id ? id : spec->id;
    if (strcmp(emission->kind, kind) != 0 || strcmp(emission->id, id) != 0)
        complain(here, "%s was emitted to %s/%s, not to %s/%s", emission->type->name,
                 emission->kind, emission->id, kind, id);
    compare(here, emission, type, data);
}

void jangle_then_nothing_(struct jangle_here here)
{
    if (!here.spec->broken && (here.spec->named < here.spec->emissions.count ||
                               (here.spec->result && !here.spec->result_named))) {
        here.spec->when = here;
        settle(here.spec);
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
        complain(here, "the command ended with %s%s%s, not with %s",
                 jangle_result_name(spec->result), spec->result ? ": " : "",
                 spec->error.message, jangle_result_name(result));
    else if (result == JANGLE_REJECTED ? strcmp(spec->error.message, text) != 0
                                       : !strstr(spec->error.message, text))
        complain(here, "the reason is \"%s\", not \"%s\"", spec->error.message, text);
}

void jangle_then_reply_(struct jangle_here here, const char *reply)
{
    if (!here.spec->broken && strcmp(here.spec->reply, reply) != 0)
        complain(here, "the reply is \"%s\", not \"%s\"", here.spec->reply, reply);
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
        complain(here, "the state is a %s, not a %s", spec->aggregate->state->name,
                 type->name);
    else if (!jn_type_equal(type, spec->state.data, data, &difference))
        complain(here, "%s.%s is %s, not %s", type->name, difference.path,
                 difference.left, difference.right);
}

/* ---- what only sagas do
 * ---------------------------------------------------------------------- */

static void only_sagas(struct jangle_here here, const char *what)
{
    if (!here.spec->broken)
        complain(here, "%s is for sagas, and this is an aggregate", what);
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
