/* jangle.c - jangle_open and jangle_close: the parts of an instance are put together, and
 * taken apart. The only file that knows them all. */
#include "base/error.h"
#include "command/commands.h"
#include "core/call.h"
#include "core/config.h"
#include "core/engine.h"
#include "core/instance.h"
#include "core/registry_builder.h"
#include "core/registry_names.h"
#include "dispatch/dispatch.h"
#include "dispatch/plain.h"
#include "engine/catalogue.h"
#include "engine/stores.h"
#include "engine/worker.h"
#include "messaging/consumer/consumer.h"
#include "messaging/endpoint/abandon.h"
#include "messaging/publisher/publisher.h"
#include "saga/saga_dispatch.h"
#include "saga/saga_timers.h"
#include "subscription/hold.h"
#include "view/view_kind.h"

/* ---- the configuration ------------------------------------------------------- */

/* A table without a count, or without items, is copied as it is, so that the registry or
 * the log can refuse it with the table's name. */
static const void *
copy_items(struct jangle_arena *arena, const void *items, size_t count, size_t size)
{
    return items && count ? jn_arena_copy(arena, items, count * size) : items;
}

static void copy_tables(struct jangle_arena *arena, struct jangle_config *config)
{
#define COPY(table)                                                                      \
    config->table.items = copy_items(arena, config->table.items, config->table.count,    \
                                     sizeof *config->table.items)
    COPY(aggregates);
    COPY(subscribers);
    COPY(sagas);
    COPY(publishers);
    COPY(consumers);
    COPY(log_levels);
#undef COPY
}

/* The program's own name for itself, or else that of its process. */
static void copy_program(struct jangle_arena *arena, struct jangle_config *config)
{
    char name[JN_PROCESS_NAME_SIZE];

    if (!config->program)
        jn_process_name(name);
    config->program = jn_arena_copy_text(arena, config->program ? config->program : name);
}

/* Copy everything that the caller may free once jangle_open has returned. */
static enum jangle_result copy_config(struct jangle *jangle,
                                      const struct jangle_config *given,
                                      struct jangle_error *error)
{
    struct jangle_arena *arena = &jangle->arena;
    struct jangle_config *config = &jangle->config;

    jn_arena_init(arena, &jangle->host.host.allocator);
    *config = *given;
    copy_tables(arena, config);
    copy_program(arena, config);
    config->storage.location = jn_arena_copy_text(arena, given->storage.location);
    config->snapshot_storage.location =
        jn_arena_copy_text(arena, given->snapshot_storage.location);
    if (jn_arena_check(arena, error))
        return JANGLE_NO_MEMORY;
    if (jn_config_complete(config, error))
        return JANGLE_INVALID;
    jangle->backend_host = jangle->host.host;
    jangle->backend_host.logger = jn_log_for_backends(&jangle->log);
    jangle->limits = (struct jn_limits){.message_bytes = config->message_bytes,
                                        .json_depth = config->json_depth};
    return jn_log_init(&jangle->log, &jangle->host.host.logger, &jangle->host.host.clock,
                       &config->log_levels, error);
}

/* ---- events that a group commit has stored ----------------------------------- */

static void log_events(struct jangle *jangle, const struct jangle_append *append)
{
    for (size_t i = 0; i < append->count; i++) {
        const struct jangle_record *record = &append->records[i];

        JN_LOG(&jangle->log, EVENT_COMMITTED,
               JN_PAIRS(JN_TEXT("event", record->type), JN_TEXT("kind", record->kind),
                        JN_TEXT("id", record->id), JN_NUMBER("version", record->version),
                        JN_NUMBER("position", record->position)),
               "stored");
    }
}

/* The listener of the committer, which the thread that leads the commit calls with no
 * lock held. Appends that were refused, or that an earlier command with the same id
 * answered, stored nothing. */
static void
report_committed(void *context, const struct jangle_append *appends, size_t count)
{
    struct jangle *jangle = context;
    int64_t events = 0;

    for (size_t i = 0; i < count; i++)
        if (!appends[i].error.result && !appends[i].repeated && appends[i].count) {
            events += (int64_t)appends[i].count;
            if (jn_log_wants(&jangle->log, JANGLE_LOG_EVENT_COMMITTED))
                log_events(jangle, &appends[i]);
        }
    if (!events)
        return;
    JN_COUNT(jangle, events, events);
    JN_COUNT(jangle, commits, 1);
    jn_dispatch_committed(jangle, appends, count);
}

/* ---- open -------------------------------------------------------------------- */

/* Timers go first, because they use what dispatch holds. No worker runs any more. */
static void stop_following(struct jangle *jangle)
{
    jn_consumers_close(jangle);
    jn_timers_close(jangle);
    jn_dispatch_close(jangle);
}

/* The kinds of subscriptions are handed to dispatch here, so that dispatch includes
 * neither views nor sagas. Workers start last: they use all the rest. */
static enum jangle_result start_following(struct jangle *jangle,
                                          struct jangle_error *error)
{
    static const struct jn_kinds kinds = {
        .plain = &jn_plain_kind,
        .view = &jn_view_kind,
        .saga = &jn_saga_kind,
        .publisher = &jn_publisher_kind,
    };
    enum jangle_result result = jn_dispatch_open(jangle, &kinds, error);

    if (result)
        return result;
    result = jn_consumers_open(jangle, error);
    if (!result)
        result = jn_workers_start(jangle, error);
    if (result)
        stop_following(jangle);
    return result;
}

/* Upwards through the layers; what has been opened is closed in the other order. */
static enum jangle_result start_parts(struct jangle *jangle, struct jangle_error *error)
{
    enum jangle_result result = jn_stores_open(jangle, error);

    if (!result)
        result = jn_registry_read_names(jangle, error);
    if (!result)
        result = jn_catalogue_write(jangle, error);
    if (result)
        goto no_stores;
    result = jn_commands_open(
        jangle,
        (struct jn_commit_listener){.committed = report_committed, .context = jangle},
        error);
    if (result)
        goto no_stores;
    result = start_following(jangle, error);
    if (!result)
        return JANGLE_OK;
    jn_commands_close(jangle);
no_stores:
    jn_stores_close(jangle);
    return result;
}

static enum jangle_result build_instance(struct jangle *jangle,
                                         const struct jangle_config *config,
                                         struct jangle_error *error)
{
    enum jangle_result result = copy_config(jangle, config, error);

    if (result)
        return result;
    result = jn_registry_init(&jangle->registry, &jangle->config,
                              &jangle->host.host.allocator, error);
    if (result)
        return result;
    if (!jangle->config.follower) /* a follower calls no handler */
        result = jn_registry_check_emitters(&jangle->registry, &jangle->config, error);
    if (!result)
        result = jn_filters_open(jangle, error);
    if (result)
        goto no_filters;
    result = start_parts(jangle, error);
    if (!result)
        return JANGLE_OK;
    jn_filters_close(jangle);
no_filters:
    jn_registry_finish(&jangle->registry);
    return result;
}

/* The memory of the instance itself comes from the configured allocator, too: so there is
 * a host on the stack before there is one in the instance. */
static struct jangle *make_instance(const struct jangle_config *config)
{
    struct jn_host host;
    struct jangle *jangle;

    if (jn_host_init(&host, &config->host))
        return NULL;
    jangle = jn_new(&host.host.allocator, sizeof *jangle);
    if (!jangle || jn_host_init(&jangle->host, &config->host))
        goto no_host;
    if (jn_insides_init(&jangle->insides))
        goto no_insides;
    jn_host_finish(&host);
    jn_process_init(&jangle->process);
    return jangle;
no_insides:
    jn_host_finish(&jangle->host);
no_host:
    jn_free(&host.host.allocator, jangle);
    jn_host_finish(&host);
    return NULL;
}

static void free_instance(struct jangle *jangle)
{
    struct jangle_allocator allocator = jangle->host.host.allocator;

    jn_process_finish(&jangle->process);
    jn_arena_finish(&jangle->arena);
    jn_free(&allocator, jangle);
}

static void destroy_instance(struct jangle *jangle)
{
    jn_host_finish(&jangle->host);
    jn_insides_finish(&jangle->insides);
    free_instance(jangle);
}

static void log_open(const struct jangle *jangle)
{
    const struct jangle_config *config = &jangle->config;

    for (size_t i = 0; i < config->aggregates.count; i++)
        JN_LOG(&jangle->log, REGISTERED,
               JN_PAIRS(JN_TEXT("aggregate", config->aggregates.items[i]->name)),
               "taken in");
    for (size_t i = 0; i < config->subscribers.count; i++)
        JN_LOG(&jangle->log, REGISTERED,
               JN_PAIRS(JN_TEXT("subscriber", config->subscribers.items[i]->name)),
               "taken in");
    for (size_t i = 0; i < config->sagas.count; i++)
        JN_LOG(&jangle->log, REGISTERED,
               JN_PAIRS(JN_TEXT("saga", config->sagas.items[i]->name)), "taken in");
    JN_LOG(&jangle->log, OPENED,
           JN_PAIRS(JN_TEXT("location", config->storage.location),
                    JN_NUMBER("position", atomic_load(&jangle->head))),
           "opened");
}

struct jangle *jangle_open(const struct jangle_config *config, struct jangle_error *error)
{
    struct jangle_error why = {0};
    struct jangle *jangle = config ? make_instance(config) : NULL;
    enum jangle_result result;

    if (!config)
        jn_fail(&why, JANGLE_INVALID,
                "config is NULL: begin with {0}, and set at least its storage");
    else if (!jangle)
        jn_fail(&why, JANGLE_NO_MEMORY, "out of memory: nothing is open");
    result = jangle ? build_instance(jangle, config, &why) : why.result;
    if (jangle && result) {
        jn_call_end(jangle, "jangle_open", result, &why, NULL);
        destroy_instance(jangle);
        jangle = NULL;
    }
    if (error)
        *error = why;
    if (jangle)
        log_open(jangle);
    return jangle;
}

/* ---- close ------------------------------------------------------------------- */

/* In a child process after fork. Its workers do not exist, and another thread of the
 * parent may have held any lock at that moment, so what the locks guard is left as
 * it is. */
static void abandon_instance(struct jangle *jangle)
{
    struct jangle_store *store = jangle->store;
    struct jangle_snapshot_store *snapshots = jangle->snapshots;

    jn_endpoints_abandon(jangle);
    jn_commands_abandon(jangle);
    if (store->ops->abandon)
        store->ops->abandon(store);
    if (snapshots && snapshots->ops->abandon)
        snapshots->ops->abandon(snapshots);
    jn_filters_close(jangle);
    jn_registry_finish(&jangle->registry);
    free_instance(jangle);
}

/* A callback that closed its own instance would wait for itself, or free the memory that
 * it runs in. */
static bool is_called_back(struct jangle *jangle)
{
    const char *callback = jn_thread_callback(jangle);

    if (!callback)
        return false;
    JN_LOG(&jangle->log, CLOSE_REFUSED, NULL, 0,
           "%s cannot close jangle, which has called it: nothing is closed. Call "
           "jangle_stop there, and jangle_close when it has returned",
           callback);
    return true;
}

enum jangle_result jangle_close(struct jangle *jangle, int64_t timeout_ms)
{
    if (!jangle)
        return JANGLE_OK;
    if (jn_check_process(jangle, NULL)) {
        abandon_instance(jangle);
        return JANGLE_OK;
    }
    if (is_called_back(jangle))
        return JANGLE_BUSY;
    jangle_stop(jangle);
    jn_dispatch_wake(jangle);
    jn_consumers_wake(jangle);
    jn_committer_hurry(&jangle->commands->committer);
    if (jn_workers_join(jangle, timeout_ms))
        return JANGLE_TIMEOUT;
    stop_following(jangle);
    jn_commands_close(jangle);
    JN_LOG(&jangle->log, OPENED,
           JN_PAIRS(JN_TEXT("location", jangle->config.storage.location),
                    JN_NUMBER("position", atomic_load(&jangle->head))),
           "closed");
    jn_stores_close(jangle);
    jn_filters_close(jangle);
    jn_registry_finish(&jangle->registry);
    destroy_instance(jangle);
    return JANGLE_OK;
}

const char *jangle_version(void)
{
    return JANGLE_VERSION;
}
