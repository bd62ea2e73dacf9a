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

static const struct {
    enum jn_spec_kind kind;
    const char *one, *many, *noun;
} kinds[] = {{JN_SPEC_AGGREGATE, "an aggregate", "aggregates", "command"},
             {JN_SPEC_SAGA, "a saga", "sagas", "turn"},
             {JN_SPEC_SUBSCRIBER, "a subscriber", "subscribers", "event"}};

enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

bool jn_spec_is(struct jangle_here here, unsigned wanted, const char *what)
{
    const struct jangle_spec *spec = here.spec;
    const char *names[KIND_COUNT], *own = "";
    size_t count = 0;

    if (spec->broken)
        return false;
    if (spec->kind & wanted)
        return true;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (kinds[i].kind & wanted)
            names[count++] = kinds[i].many;
        if (kinds[i].kind == spec->kind)
            own = kinds[i].one;
    }
    jn_spec_complain(here, "%s is for %s%s%s, and this is %s", what, names[0],
                     count > 1 ? " and " : "", count > 1 ? names[1] : "", own);
    return false;
}

const char *jn_spec_noun(const struct jangle_spec *spec)
{
    if (spec->subscriber.asked)
        return "question";
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (kinds[i].kind == spec->kind)
            return kinds[i].noun;
    return "";
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
                                       const struct jn_spec_subject *subject,
                                       struct jangle_error *error)
{
    spec->id = jn_copy_text(&spec->host.host.allocator, subject->id ? subject->id : "");
    if (!spec->id)
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory");
    if (subject->saga)
        return jn_spec_saga_init(spec, subject->saga, error);
    if (subject->subscriber)
        return jn_spec_subscriber_init(spec, subject->subscriber, error);
    spec->aggregate = subject->aggregate;
    return jn_state_init(&spec->state, &spec->loader, spec->aggregate, spec->id, error);
}

static void init_world(struct jangle_spec *spec, const struct jn_spec_subject *subject)
{
    const struct jangle_allocator *allocator = &spec->host.host.allocator;

    spec->kind = subject->saga         ? JN_SPEC_SAGA
                 : subject->subscriber ? JN_SPEC_SUBSCRIBER
                                       : JN_SPEC_AGGREGATE;
    spec->now = (jangle_time){INT64_C(946684800000000)};
    jn_arena_init(&spec->arena, allocator);
    jn_arena_init(&spec->world.arena, allocator);
    jn_arena_init(&spec->subscriber.arena, allocator);
    spec->world.from_kind = spec->world.from_id = "";
    jn_spec_others_init(&spec->others, allocator);
    spec->loader = (struct jn_loader){.store = &spec->others.base,
                                      .limits = &jn_limits_default,
                                      .allocator = allocator,
                                      .log = &spec->log};
}

static enum jangle_result prepare(struct jangle_spec *spec,
                                  const struct jn_spec_subject *subject,
                                  struct jangle_error *error)
{
    struct jangle_config config = {
        .aggregates = {subject->aggregate ? &subject->aggregate : NULL,
                       subject->aggregate != NULL},
        .sagas = {subject->saga ? &subject->saga : NULL, subject->saga != NULL},
        .storage = jangle_memory()};
    const struct jangle_allocator *allocator = &spec->host.host.allocator;
    enum jangle_result result = jn_config_complete(&config, error);

    spec->step_limit = config.step_count;
    spec->look_limit = config.look_count;
    init_world(spec, subject);
    if (!result)
        result = jn_log_init(&spec->log, &spec->host.host.logger, &spec->host.host.clock,
                             NULL, error);
    if (!result)
        result = jn_registry_init(&spec->registry, &config, allocator, error);
    if (result)
        return result;
    result = init_subject(spec, subject, error);
    if (result) {
        jn_free(allocator, spec->id);
        jn_arena_finish(&spec->world.arena);
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
                                 const struct jn_spec_subject *subject)
{
    struct jangle_error error = {0};
    struct jangle_spec *spec = make(host);

    if (!spec)
        return fail("out of memory");
    if (!prepare(spec, subject, &error))
        return spec;
    destroy(spec);
    return fail(error.message);
}

static struct jangle_spec *open_quietly(const struct jn_spec_subject *subject)
{
    return jn_spec_open(&(struct jangle_host){.logger = jangle_logger_none()}, subject);
}

struct jangle_spec *jangle_spec_aggregate(const struct jangle_aggregate *aggregate,
                                          const char *id)
{
    return open_quietly(&(struct jn_spec_subject){.aggregate = aggregate, .id = id});
}

struct jangle_spec *jangle_spec_saga(const struct jangle_saga *saga, const char *id)
{
    return open_quietly(&(struct jn_spec_subject){.saga = saga, .id = id});
}

struct jangle_spec *jangle_spec_subscriber(const struct jangle_subscriber *subscriber)
{
    return open_quietly(&(struct jn_spec_subject){.subscriber = subscriber});
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
        jn_spec_complain(here, "the %s ended with %s: %s", jn_spec_noun(spec),
                         jangle_result_name(spec->result), spec->error.message);
    jn_spec_settle_answer(spec);
    if (spec->arena.failed || spec->world.arena.failed)
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
    jn_spec_subscriber_finish(spec);
    jn_arena_finish(&spec->arena);
    jn_arena_finish(&spec->world.arena);
    jn_arena_finish(&spec->others.arena);
    if (spec->aggregate)
        jn_state_finish(&spec->state, &spec->loader);
    jn_registry_finish(&spec->registry);
    jn_free(&spec->host.host.allocator, spec->id);
    destroy(spec);
    return failures;
}

/* ---- what is around it ------------------------------------------------------- */

void jangle_spec_at(struct jangle_spec *spec, jangle_time now)
{
    if (!spec->broken)
        spec->now = now;
}

static void set_text(struct jangle_here here, const char **to, const char *text)
{
    const char *copy = jn_arena_copy_text(&here.spec->world.arena, text ? text : "");

    if (copy)
        *to = copy;
    else
        jn_spec_complain(here, "out of memory");
}

void jangle_spec_from(struct jangle_spec *spec, const char *aggregate_id)
{
    struct jangle_here here = {spec, "jangle_spec_from", 0};

    if (jn_spec_is(here, JN_SPEC_SAGA | JN_SPEC_SUBSCRIBER, "jangle_spec_from"))
        set_text(here, &spec->world.from_id, aggregate_id);
}

void jangle_spec_from_kind(struct jangle_spec *spec, const char *aggregate)
{
    struct jangle_here here = {spec, "jangle_spec_from_kind", 0};

    if (jn_spec_is(here, JN_SPEC_SAGA | JN_SPEC_SUBSCRIBER, "jangle_spec_from_kind"))
        set_text(here, &spec->world.from_kind, aggregate);
}
