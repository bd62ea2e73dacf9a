/* spec.c - given, when, then for aggregates: the decider alone, with no store. */
#include "spec.h"

#include "codec.h"
#include "describe.h"
#include "error.h"

#include <stdarg.h>
#include <stdio.h>

/* What one is given when there is no memory for a real one; never written to. */
static const struct jangle_spec no_memory = {.broken = true};

void jn_spec_complain(struct jangle_here here, const char *format, ...)
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

void jn_spec_settle(struct jangle_spec *spec)
{
    struct jangle_here here = spec->when;

    for (size_t i = spec->named; i < spec->emissions.count; i++) {
        const struct jn_emission *emission = &spec->emissions.items[i];

        jn_spec_complain(here, "%s/%s: %s %s was emitted, and no jangle_then named it",
                         emission->kind, emission->id, emission->type->name,
                         emission->json);
    }
    if (spec->result && !spec->result_named)
        jn_spec_complain(here, "the command ended with %s: %s",
                         jangle_result_name(spec->result), spec->error.message);
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
    jn_spec_settle(spec);
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

/* ---- given ------------------------------------------------------------------- */

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
        jn_spec_complain(here, "%s", error.message);
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
    jn_spec_settle(spec);
    jn_arena_init(&arena, &spec->host.host.allocator);
    if (jn_encode_zeroed(&arena, type, data, &jn_limits_default, &json, &size, &error))
        jn_spec_complain(here, "%s", error.message);
    else
        fold(here, type, json, size);
    jn_arena_finish(&arena);
}

/* ---- when -------------------------------------------------------------------- */

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
    jn_spec_settle(spec);
    spec->when = here;
    decider = find_decider(spec->aggregate, type);
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
    decide(here, decider, type, data);
}
