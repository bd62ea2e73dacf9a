/* commands.c - the parts of an instance that decide and store its commands are opened and
 * closed together. */
#include "command/commands.h"

#include "base/error.h"

/* The loader is filled in once, and read by all threads. config.queue_limit bounds the
 * commands that wait for a commit, and only those. */
static enum jangle_result open_parts(struct jn_commands *commands,
                                     const struct jangle *jangle)
{
    const struct jangle_allocator *allocator = &jangle->host.host.allocator;
    const struct jangle_config *config = &jangle->config;
    const struct jn_commit_limits limits = {.group_count = config->group_count,
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
    if (jn_snapshotter_init(&commands->snapshotter, &commands->loader))
        goto no_snapshotter;
    if (jn_committer_init(&commands->committer, jangle->store, &limits, &jangle->host))
        goto no_committer;
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
