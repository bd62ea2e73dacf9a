/* commands.c - the parts of an instance that decide and store its commands are opened and
 * closed together. */
#include "command/commands.h"

#include "base/error.h"

/* ---- what groups tell the cache --------------------------------------------------- */

static void note_append(struct jn_stream_locks *locks, const struct jangle_append *append)
{
    for (size_t i = 0; i < append->count; i++) {
        const struct jangle_record *record = &append->records[i];

        jn_cache_note(locks, record->kind, record->id, record->version);
    }
}

/* What a command stores in its own stream is in its state before the next command is
 * decided; what it stores in the streams of others is noted here. */
static void
tell_cache(void *context, const struct jangle_group *group, enum jangle_result result)
{
    struct jn_stream_locks *locks = context;

    if (result == JANGLE_UNKNOWN)
        jn_cache_empty(locks);
    if (result)
        return;
    jn_cache_note_epoch(locks, group->epoch);
    for (size_t i = 0; i < group->append_count; i++)
        if (!group->appends[i].error.result && !group->appends[i].repeated)
            note_append(locks, &group->appends[i]);
}

/* ---- open and close -----------------------------------------------------------------
 */

/* A follower sends no commands, so it keeps no states. */
static void begin_cache(struct jn_commands *commands, const struct jangle *jangle)
{
    const struct jangle_config *config = &jangle->config;
    bool wanted = config->cache_count > 0 && !config->follower;

    jn_cache_begin(&commands->locks, wanted ? config->cache_count : 0,
                   config->cache_bytes, jangle->epoch);
}

/* The loader is filled in once, and read by all threads. config.queue_limit bounds the
 * commands that wait for a commit, and only those. */
static enum jangle_result open_parts(struct jn_commands *commands,
                                     const struct jangle *jangle)
{
    const struct jangle_allocator *allocator = &jangle->host.host.allocator;
    const struct jangle_config *config = &jangle->config;
    const struct jn_commit_limits limits = {.group_count = config->group_count,
                                            .group_bytes = config->group_bytes,
                                            .queue_limit = config->queue_limit,
                                            .gather_us = config->gather_us};

    commands->loader = (struct jn_loader){
        .store = jangle->store,
        .snapshots = jangle->snapshots,
        .registry = &jangle->registry,
        .limits = &jangle->limits,
        .allocator = allocator,
        .log = &jangle->log,
    };
    memcpy(commands->loader.store_id, jangle->store_id, sizeof jangle->store_id);
    if (jn_stream_locks_init(&commands->locks, allocator))
        return JANGLE_NO_MEMORY;
    begin_cache(commands, jangle);
    if (jn_snapshotter_init(&commands->snapshotter, &commands->loader, &commands->locks))
        goto no_snapshotter;
    if (jn_committer_init(&commands->committer, jangle->store, &limits, &jangle->host))
        goto no_committer;
    commands->committer.commit.watcher =
        (struct jn_commit_watcher){.ended = tell_cache, .context = &commands->locks};
    return JANGLE_OK;
no_committer:
    jn_snapshotter_finish(&commands->snapshotter);
no_snapshotter:
    jn_stream_locks_finish(&commands->locks);
    return JANGLE_NO_MEMORY;
}

enum jangle_result jn_commands_open(struct jangle *jangle,
                                    struct jn_commit_listener listener,
                                    struct jangle_error *error)
{
    const struct jangle_allocator *allocator = &jangle->host.host.allocator;
    struct jn_commands *commands = jn_new(allocator, sizeof *commands);

    if (!commands || open_parts(commands, jangle)) {
        jn_free(allocator, commands);
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory: nothing is open");
    }
    commands->committer.commit.listener = listener;
    jangle->commands = commands;
    return JANGLE_OK;
}

void jn_commands_close(struct jangle *jangle)
{
    struct jn_commands *commands = jangle->commands;

    jn_committer_finish(&commands->committer);
    jn_snapshotter_finish(&commands->snapshotter);
    jn_stream_locks_finish(&commands->locks);
    jn_free(&jangle->host.host.allocator, commands);
    jangle->commands = NULL;
}

void jn_commands_abandon(struct jangle *jangle)
{
    jn_cache_abandon(&jangle->commands->locks);
}
