/* snapshotter.c - the queue of aggregates whose snapshot is due. */
#include "command/snapshotter.h"

#include "base/pair.h"
#include "command/cache.h"
#include "command/shared_state.h"
#include "command/state_check.h"

#include <stdatomic.h>

/* When so many wait, no more are taken: the next command of the aggregate asks again. */
enum { JOB_LIMIT = 1000 };

struct jn_snapshot_job {
    struct jn_link link;
    const struct jangle_aggregate *aggregate;
    const char *id; /* the last part of `key` */
    char key[];
};

enum jangle_result jn_snapshotter_init(struct jn_snapshotter *snapshotter,
                                       const struct jn_loader *loader,
                                       struct jn_stream_locks *locks)
{
    *snapshotter = (struct jn_snapshotter){.loader = loader, .locks = locks};
    jn_map_init(&snapshotter->due, loader->allocator);
    return jn_mutex_init(&snapshotter->mutex);
}

/* The oldest job, out of the queue; NULL if there is none. */
static struct jn_snapshot_job *take_job(struct jn_snapshotter *snapshotter)
{
    struct jn_snapshot_job *job;

    jn_mutex_lock(&snapshotter->mutex);
    job = jn_queue_take(&snapshotter->queue);
    if (job)
        jn_map_remove(&snapshotter->due, job->key);
    atomic_fetch_sub(&snapshotter->waiting, job != NULL);
    jn_mutex_unlock(&snapshotter->mutex);
    return job;
}

void jn_snapshotter_finish(struct jn_snapshotter *snapshotter)
{
    struct jn_snapshot_job *job;

    while ((job = take_job(snapshotter)))
        jn_free(snapshotter->loader->allocator, job);
    jn_map_finish(&snapshotter->due);
    jn_mutex_finish(&snapshotter->mutex);
}

void jn_snapshotter_ask(struct jn_snapshotter *snapshotter,
                        const struct jangle_aggregate *aggregate,
                        const char *id)
{
    const struct jangle_allocator *allocator = snapshotter->loader->allocator;
    struct jn_snapshot_job *job;

    if (!snapshotter->loader->snapshots)
        return;
    job = jn_new(allocator, sizeof *job + jn_pair_size(aggregate->name, id));
    if (!job)
        return;
    job->aggregate = aggregate;
    job->id = jn_pair_write(job->key, aggregate->name, id);
    jn_mutex_lock(&snapshotter->mutex);
    if (snapshotter->due.count < JOB_LIMIT && !jn_map_find(&snapshotter->due, job->key) &&
        !jn_map_put(&snapshotter->due, job->key, job)) {
        jn_queue_put(&snapshotter->queue, &job->link);
        atomic_fetch_add(&snapshotter->waiting, 1);
        job = NULL;
    }
    jn_mutex_unlock(&snapshotter->mutex);
    jn_free(allocator, job);
}

bool jn_snapshotter_has_work(const struct jn_snapshotter *snapshotter)
{
    return atomic_load(&snapshotter->waiting) > 0;
}

/* The state that is cached, which has nothing but what is committed; or else it is read.
 * It is held while it is saved, and no lock is: so no command waits for a snapshot. NULL:
 * it could not be read. */
static struct jn_shared_state *find_state(const struct jn_snapshotter *snapshotter,
                                          const struct jn_snapshot_job *job,
                                          struct jangle_error *error)
{
    struct jn_shared_state *state =
        jn_cache_peek(snapshotter->locks, job->aggregate->name, job->id);

    if (state) {
        jn_state_check_cached(&state->state);
        return state;
    }
    state = jn_shared_make(snapshotter->loader, job->aggregate, job->id, error);
    if (state && jn_state_load(&state->state, error)) {
        jn_shared_drop(state);
        return NULL;
    }
    return state;
}

/* Is it still due? Another snapshot may have been saved since it was asked for. */
static bool is_due(const struct jn_snapshotter *snapshotter,
                   const struct jn_snapshot_job *job,
                   const struct jn_state *state)
{
    int64_t last =
        jn_cache_snapshot_version(snapshotter->locks, job->aggregate->name, job->id);

    return jn_state_snapshot_is_due(state, state->version) &&
           state->version - last >= job->aggregate->snapshot_every;
}

static enum jangle_result save_snapshot(struct jn_snapshotter *snapshotter,
                                        const struct jn_snapshot_job *job,
                                        struct jangle_error *error)
{
    struct jn_shared_state *shared = find_state(snapshotter, job, error);
    enum jangle_result result = JANGLE_OK;

    if (!shared)
        return error->result;
    if (is_due(snapshotter, job, &shared->state)) {
        result = jn_state_save(&shared->state, error);
        if (!result) {
            jn_cache_note_snapshot(snapshotter->locks, job->aggregate->name, job->id,
                                   shared->state.version);
            atomic_fetch_add_explicit(&snapshotter->taken, 1, memory_order_relaxed);
        }
    }
    jn_shared_drop(shared);
    return result;
}

bool jn_snapshotter_run_once(struct jn_snapshotter *snapshotter)
{
    struct jn_snapshot_job *job = take_job(snapshotter);
    struct jangle_error error = {0};

    if (!job)
        return false;
    if (save_snapshot(snapshotter, job, &error))
        JN_LOG_STORE(snapshotter->loader->log, error.result,
                     JN_PAIRS(JN_TEXT("stream", job->key)), "no snapshot: %s",
                     error.message);
    jn_free(snapshotter->loader->allocator, job);
    return true;
}
