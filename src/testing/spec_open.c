/* spec_open.c - a spec is opened, and closed with its last complaints. */
#include "testing/spec_open.h"

#include "core/config.h"
#include "testing/spec_aggregate.h"
#include "testing/spec_saga.h"
#include "testing/spec_subscriber.h"

#include <stdio.h>

/* The spec that a caller is given when none could be opened. Nobody writes to it. */
static const struct jangle_spec no_memory = {.broken = true};

/* The memory of a spec comes from its own host. A host must not move, so a first one
 * stands in while there is no spec. */
static struct jangle_spec *spec_new(const struct jangle_host *given)
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

static void spec_free(struct jangle_spec *spec)
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

/* Everything that cannot fail. The spec's time begins at 2000-01-01 00:00 UTC. */
static void init_parts(struct jangle_spec *spec, const struct jn_spec_subject *subject)
{
    const struct jangle_allocator *allocator = &spec->host.host.allocator;

    spec->kind = subject->saga         ? JN_SPEC_SAGA
                 : subject->subscriber ? JN_SPEC_SUBSCRIBER
                                       : JN_SPEC_AGGREGATE;
    spec->now = (jangle_time){INT64_C(946684800000000)};
    jn_arena_init(&spec->arena, allocator);
    jn_arena_init(&spec->stubs.arena, allocator);
    jn_arena_init(&spec->subscriber.arena, allocator);
    spec->stubs.from_kind = spec->stubs.from_id = "";
    jn_spec_others_init(&spec->others);
    spec->retry_in_ms = JN_BY_POLICY;
    spec->loader = (struct jn_loader){.store = &spec->others.base,
                                      .limits = &jn_limits_default,
                                      .allocator = allocator,
                                      .log = &spec->log};
}

/* A registry is made for the one table, as jangle_open would, so that whatever
 * jangle_open refuses is refused here with the same sentence. */
static enum jangle_result spec_init(struct jangle_spec *spec,
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
    init_parts(spec, subject);
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
        jn_arena_finish(&spec->stubs.arena);
        jn_registry_finish(&spec->registry);
    }
    return result;
}

/* The broken spec is const, and callers want one that is not: nothing writes to it. */
static struct jangle_spec *open_broken(const char *why)
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
    struct jangle_spec *spec = spec_new(host);

    if (!spec)
        return open_broken("out of memory");
    if (!spec_init(spec, subject, &error))
        return spec;
    spec_free(spec);
    return open_broken(error.message);
}

/* What is logged would only disturb the output of a test. */
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

/* A broken spec counts as one thing that does not hold. What it has printed is its
 * reason. */
int jangle_spec_close(struct jangle_spec *spec)
{
    int failures;

    if (spec->broken)
        return 1;
    jn_spec_settle(spec);
    failures = spec->failures;
    jn_spec_subscriber_finish(spec);
    jn_arena_finish(&spec->arena);
    jn_arena_finish(&spec->stubs.arena);
    if (spec->aggregate)
        jn_state_finish(&spec->state);
    jn_registry_finish(&spec->registry);
    jn_free(&spec->host.host.allocator, spec->id);
    spec_free(spec);
    return failures;
}
