/* spec.c - given, when, then: opened, told what there is, and asked how much did not
 * hold. */
#include "testing/spec.h"

#include "base/error.h"
#include "core/config.h"

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

bool jn_spec_is_saga(struct jangle_here here, const char *what)
{
    if (here.spec->broken)
        return false;
    if (here.spec->aggregate)
        jn_spec_complain(here, "%s is for sagas, and this is an aggregate", what);
    return !here.spec->aggregate;
}

bool jn_spec_is_aggregate(struct jangle_here here, const char *what)
{
    if (here.spec->broken)
        return false;
    if (!here.spec->aggregate)
        jn_spec_complain(here, "%s is for aggregates, and this is a saga", what);
    return here.spec->aggregate != NULL;
}

/* ---- open and close ---------------------------------------------------------- */

/* The memory of a spec comes from its own host, which must not move. */
static struct jangle_spec *make(const struct jangle_host *given)
{
    struct jn_host host;
    struct jangle_spec *spec;

    if (jn_host_init(&host, given))
        return NULL;
    spec = jn_new(&host.host.allocator, sizeof *spec);
    if (spec && jn_host_init(&spec->host, given)) {
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

static enum jangle_result init_subject(struct jangle_spec *spec,
                                       const struct jangle_aggregate *aggregate,
                                       const struct jangle_saga *saga,
                                       const char *id,
                                       struct jangle_error *error)
{
    spec->id = jn_copy_text(&spec->host.host.allocator, id);
    if (!spec->id)
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory");
    if (saga)
        return jn_spec_saga_init(spec, saga, error);
    spec->aggregate = aggregate;
    return jn_state_init(&spec->state, &spec->loader, aggregate, spec->id, error);
}

static enum jangle_result prepare(struct jangle_spec *spec,
                                  const struct jangle_aggregate *aggregate,
                                  const struct jangle_saga *saga,
                                  const char *id,
                                  struct jangle_error *error)
{
    struct jangle_config config = {
        .aggregates = {aggregate ? &aggregate : NULL, aggregate != NULL},
        .sagas = {saga ? &saga : NULL, saga != NULL},
        .storage = jangle_memory()};
    const struct jangle_allocator *allocator = &spec->host.host.allocator;
    enum jangle_result result = jn_config_complete(&config, error);

    spec->step_limit = config.step_count;
    spec->now = (jangle_time){INT64_C(946684800000000)};
    jn_arena_init(&spec->arena, allocator);
    spec->loader = (struct jn_loader){.registry = &spec->registry,
                                      .limits = &jn_limits_default,
                                      .allocator = allocator,
                                      .log = &spec->log};
    if (!result)
        result = jn_log_init(&spec->log, &spec->host.host.logger, &spec->host.host.clock,
                             NULL, error);
    if (!result)
        result = jn_registry_init(&spec->registry, &config, allocator, error);
    if (result)
        return result;
    result = init_subject(spec, aggregate, saga, id, error);
    if (result) {
        jn_free(allocator, spec->id);
        jn_arena_finish(&spec->saga.arena);
        jn_registry_finish(&spec->registry);
    }
    return result;
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

struct jangle_spec *jn_spec_open(const struct jangle_host *host,
                                 const struct jangle_aggregate *aggregate,
                                 const struct jangle_saga *saga,
                                 const char *id)
{
    struct jangle_error error = {0};
    struct jangle_spec *spec = make(host);

    if (!spec)
        return fail("out of memory");
    if (!prepare(spec, aggregate, saga, id, &error))
        return spec;
    destroy(spec);
    return fail(error.message);
}

struct jangle_spec *jangle_spec_aggregate(const struct jangle_aggregate *aggregate,
                                          const char *id)
{
    struct jangle_host defaults = {.logger = jangle_logger_none()};

    return jn_spec_open(&defaults, aggregate, NULL, id);
}

struct jangle_spec *jangle_spec_saga(const struct jangle_saga *saga, const char *id)
{
    struct jangle_host defaults = {.logger = jangle_logger_none()};

    return jn_spec_open(&defaults, NULL, saga, id);
}

static void complain_of_unnamed(struct jangle_here here,
                                const struct jn_emission *emission)
{
    if (here.spec->aggregate)
        jn_spec_complain(here, "%s/%s: %s %s was emitted, and no jangle_then named it",
                         emission->kind, emission->id, emission->type->name,
                         emission->json);
    else
        jn_spec_complain(here, "%s %s was sent, and no jangle_then named it",
                         emission->type->name, emission->json);
}

void jn_spec_settle(struct jangle_spec *spec)
{
    struct jangle_here here = spec->when;

    for (size_t i = spec->named; i < spec->emissions.count; i++)
        complain_of_unnamed(here, &spec->emissions.items[i]);
    if (spec->result && !spec->result_named)
        jn_spec_complain(here, "the %s ended with %s: %s",
                         spec->aggregate ? "command" : "turn",
                         jangle_result_name(spec->result), spec->error.message);
    if (spec->arena.failed)
        jn_spec_complain(here, "out of memory: there may have been more");
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
    jn_arena_finish(&spec->saga.arena);
    if (spec->aggregate)
        jn_state_finish(&spec->state, &spec->loader);
    jn_registry_finish(&spec->registry);
    jn_free(&spec->host.host.allocator, spec->id);
    destroy(spec);
    return failures;
}

/* ---- given, when ------------------------------------------------------------- */

void jangle_spec_at(struct jangle_spec *spec, jangle_time now)
{
    if (!spec->broken)
        spec->now = now;
}

void jangle_given_(struct jangle_here here,
                   const struct jangle_message *type,
                   const void *data)
{
    if (here.spec->broken)
        return;
    jn_spec_settle(here.spec);
    here.spec->when = here;
    if (here.spec->aggregate)
        jn_spec_fold(here, type, data);
    else
        jn_spec_apply(here, type, data);
}

void jangle_when_(struct jangle_here here,
                  const struct jangle_message *type,
                  const void *data)
{
    if (here.spec->broken)
        return;
    jn_spec_settle(here.spec);
    here.spec->when = here;
    if (here.spec->aggregate)
        jn_spec_decide(here, type, data);
    else
        jn_spec_react(here, type, data);
}
