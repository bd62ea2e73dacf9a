/* cache.c - the states that stay in their entries: looked up, replaced, doubted, evicted.
 */
#include "command/cache.h"

#include "base/pair.h"
#include "command/stream_entry.h"

void jn_cache_begin(struct jn_stream_locks *locks,
                    int64_t count_limit,
                    int64_t bytes_limit,
                    int64_t epoch)
{
    locks->cache = (struct jn_cache){
        .count_limit = count_limit, .bytes_limit = bytes_limit, .epoch = epoch};
}

void jn_cache_measure(struct jn_stream_locks *locks, struct jn_cache_figures *figures)
{
    const struct jn_cache *cache = &locks->cache;

    jn_mutex_lock(&locks->mutex);
    *figures = (struct jn_cache_figures){.hits = cache->hits,
                                         .misses = cache->misses,
                                         .evictions = cache->evictions,
                                         .count = cache->count,
                                         .bytes = cache->bytes};
    jn_mutex_unlock(&locks->mutex);
}

/* ---- for who holds the lock ------------------------------------------------------ */

/* The doubt ends here, before the state is brought up: what is noted after this is not in
 * what is read, perhaps, and makes the state doubtful again. */
struct jn_shared_state *jn_cache_enter(struct jn_stream_locks *locks,
                                       struct jn_stream_lock *entry,
                                       bool *doubtful)
{
    struct jn_cache *cache = &locks->cache;
    struct jn_shared_state *state = NULL;

    *doubtful = false;
    jn_mutex_lock(&locks->mutex);
    if (jn_entry_is_of_now(cache, entry)) {
        *doubtful = jn_entry_is_doubtful(entry);
        state = *doubtful ? jn_entry_detach(cache, entry) : entry->state;
        if (!*doubtful)
            jn_shared_hold(state);
    }
    entry->doubtful = false;
    if (state && !*doubtful)
        cache->hits++;
    else if (cache->count_limit > 0)
        cache->misses++;
    jn_mutex_unlock(&locks->mutex);
    return state;
}

void jn_cache_take(struct jn_stream_locks *locks,
                   struct jn_stream_lock *entry,
                   const struct jn_shared_state *state)
{
    struct jn_shared_state *taken = NULL;

    jn_mutex_lock(&locks->mutex);
    if (entry->state == state)
        taken = jn_entry_detach(&locks->cache, entry);
    jn_mutex_unlock(&locks->mutex);
    jn_shared_drop(taken);
}

void jn_cache_put(struct jn_stream_locks *locks,
                  struct jn_stream_lock *entry,
                  struct jn_shared_state *state)
{
    struct jn_shared_state *replaced;

    jn_mutex_lock(&locks->mutex);
    replaced = jn_entry_detach(&locks->cache, entry);
    if (jn_entry_may_have(&locks->cache, state))
        jn_entry_attach(&locks->cache, entry, state);
    jn_mutex_unlock(&locks->mutex);
    jn_shared_drop(replaced);
}

/* ---- for anybody ------------------------------------------------------------------ */

void jn_cache_stamp(struct jn_stream_locks *locks, struct jn_shared_state *state)
{
    jn_mutex_lock(&locks->mutex);
    state->epoch = locks->cache.epoch;
    state->generation = locks->cache.generation;
    jn_mutex_unlock(&locks->mutex);
}

/* With the mutex held. */
static struct jn_shared_state *hold_state(struct jn_cache *cache,
                                          struct jn_stream_lock *entry)
{
    if (!entry || !jn_entry_is_of_now(cache, entry))
        return NULL;
    jn_shared_hold(entry->state);
    if (!entry->held) {
        jn_entry_unlist(cache, entry);
        jn_entry_list(cache, entry);
    }
    return entry->state;
}

struct jn_shared_state *jn_cache_look(struct jn_stream_locks *locks,
                                      const char *kind,
                                      const char *id,
                                      bool *doubtful)
{
    struct jn_cache *cache = &locks->cache;
    struct jn_stream_lock *entry;
    struct jn_shared_state *state;

    jn_mutex_lock(&locks->mutex);
    entry = jn_entry_find(locks, kind, id);
    state = hold_state(cache, entry);
    *doubtful = state && jn_entry_is_doubtful(entry);
    if (state && !*doubtful)
        cache->hits++;
    else if (cache->count_limit > 0)
        cache->misses++;
    jn_mutex_unlock(&locks->mutex);
    return state;
}

struct jn_shared_state *
jn_cache_peek(struct jn_stream_locks *locks, const char *kind, const char *id)
{
    struct jn_stream_lock *entry;
    struct jn_shared_state *state = NULL;

    jn_mutex_lock(&locks->mutex);
    entry = jn_entry_find(locks, kind, id);
    if (entry && jn_entry_is_of_now(&locks->cache, entry)) {
        state = entry->state;
        jn_shared_hold(state);
    }
    jn_mutex_unlock(&locks->mutex);
    return state;
}

/* An entry in which no command is, for that key: the one that is in the map, or else
 * `fresh`. NULL: a command is in it, or there is no memory. */
static struct jn_stream_lock *find_free_entry(struct jn_stream_locks *locks,
                                              struct jn_stream_lock *fresh)
{
    struct jn_stream_lock *entry = jn_map_find(&locks->map, fresh->key);

    if (!entry)
        return jn_map_put(&locks->map, fresh->key, fresh) ? NULL : fresh;
    return entry->held ? NULL : entry;
}

/* With the mutex held. To be in the free entry for just this moment is to be its holder.
 * A conflict that was met on an older state is not met on this one. */
static struct jn_stream_lock *put_in_free_entry(struct jn_stream_locks *locks,
                                                struct jn_stream_lock *entry,
                                                struct jn_shared_state *state)
{
    struct jn_cache *cache = &locks->cache;

    jn_entry_begin(locks, entry);
    if (!jn_entry_is_of_now(cache, entry) ||
        entry->state->state.version < state->state.version || entry->doubtful) {
        jn_shared_drop(jn_entry_detach(cache, entry));
        jn_entry_attach(cache, entry, state);
        entry->doubtful = false;
    }
    return jn_entry_end(locks, entry);
}

void jn_cache_offer(struct jn_stream_locks *locks, struct jn_shared_state *state)
{
    const char *kind = state->state.aggregate->name;
    struct jn_stream_lock *fresh =
        jn_new(locks->allocator, sizeof *fresh + jn_pair_size(kind, state->id));
    struct jn_stream_lock *entry, *removed = NULL;

    if (!fresh)
        return;
    jn_pair_write(fresh->key, kind, state->id);
    jn_mutex_lock(&locks->mutex);
    entry =
        jn_entry_may_have(&locks->cache, state) ? find_free_entry(locks, fresh) : NULL;
    if (entry)
        removed = put_in_free_entry(locks, entry, state);
    if (entry == fresh)
        fresh = NULL;
    jn_mutex_unlock(&locks->mutex);
    jn_entries_free(locks, removed);
    jn_free(locks->allocator, fresh);
}

/* ---- doubt --------------------------------------------------------------------------
 */

void jn_cache_doubt(struct jn_stream_locks *locks, const char *kind, const char *id)
{
    struct jn_stream_lock *entry;

    jn_mutex_lock(&locks->mutex);
    entry = jn_entry_find(locks, kind, id);
    if (entry)
        entry->doubtful = true;
    jn_mutex_unlock(&locks->mutex);
}

void jn_cache_note(struct jn_stream_locks *locks,
                   const char *kind,
                   const char *id,
                   int64_t version)
{
    struct jn_stream_lock *entry;

    jn_mutex_lock(&locks->mutex);
    entry = jn_entry_find(locks, kind, id);
    if (entry && entry->noted < version)
        entry->noted = version;
    jn_mutex_unlock(&locks->mutex);
}

/* With the mutex held. An entry that is held keeps its state, which is of no use any
 * more, until its holder leaves. */
static struct jn_stream_lock *begin_generation(struct jn_stream_locks *locks)
{
    struct jn_cache *cache = &locks->cache;
    struct jn_stream_lock *removed = NULL;

    cache->generation++;
    while (cache->oldest) {
        struct jn_stream_lock *entry = cache->oldest;
        struct jn_shared_state *state = jn_entry_detach(cache, entry);

        jn_entry_unlist(cache, entry);
        jn_entry_remove(locks, entry, &removed);
        entry->state = state;
    }
    return removed;
}

void jn_cache_note_epoch(struct jn_stream_locks *locks, int64_t epoch)
{
    struct jn_stream_lock *removed = NULL;

    jn_mutex_lock(&locks->mutex);
    if (epoch && epoch != locks->cache.epoch) {
        locks->cache.epoch = epoch;
        removed = begin_generation(locks);
    }
    jn_mutex_unlock(&locks->mutex);
    jn_entries_free(locks, removed);
}

int64_t jn_cache_generation(struct jn_stream_locks *locks)
{
    int64_t generation;

    jn_mutex_lock(&locks->mutex);
    generation = locks->cache.generation;
    jn_mutex_unlock(&locks->mutex);
    return generation;
}

int64_t jn_cache_epoch(struct jn_stream_locks *locks)
{
    int64_t epoch;

    jn_mutex_lock(&locks->mutex);
    epoch = locks->cache.epoch;
    jn_mutex_unlock(&locks->mutex);
    return epoch;
}

bool jn_cache_is_epoch(struct jn_stream_locks *locks, int64_t epoch)
{
    return jn_cache_epoch(locks) == epoch;
}

void jn_cache_empty(struct jn_stream_locks *locks)
{
    struct jn_stream_lock *removed;

    jn_mutex_lock(&locks->mutex);
    removed = begin_generation(locks);
    jn_mutex_unlock(&locks->mutex);
    jn_entries_free(locks, removed);
}

void jn_cache_abandon(struct jn_stream_locks *locks)
{
    struct jn_stream_lock *removed;

    if (!jn_mutex_try(&locks->mutex))
        return;
    removed = begin_generation(locks);
    jn_mutex_unlock(&locks->mutex);
    jn_entries_free(locks, removed);
}

/* ---- snapshots -----------------------------------------------------------------------
 */

void jn_cache_note_snapshot(struct jn_stream_locks *locks,
                            const char *kind,
                            const char *id,
                            int64_t version)
{
    struct jn_stream_lock *entry;

    jn_mutex_lock(&locks->mutex);
    entry = jn_entry_find(locks, kind, id);
    if (entry && entry->snapshot_version < version)
        entry->snapshot_version = version;
    jn_mutex_unlock(&locks->mutex);
}

int64_t
jn_cache_snapshot_version(struct jn_stream_locks *locks, const char *kind, const char *id)
{
    const struct jn_stream_lock *entry;
    int64_t version;

    jn_mutex_lock(&locks->mutex);
    entry = jn_entry_find(locks, kind, id);
    version = entry ? entry->snapshot_version : 0;
    jn_mutex_unlock(&locks->mutex);
    return version;
}
