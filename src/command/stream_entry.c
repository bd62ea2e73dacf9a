/* stream_entry.c - entries of the map of stream locks: which have a state, in what order
 * they were used, which ones make room. */
#include "command/stream_entry.h"

#include "base/pair.h"

#include <assert.h>

/* A state that takes more than this part of all bytes would push out too many others. */
enum { LARGEST_PART = 8 };

/* ---- entries by last use ---------------------------------------------------------- */

void jn_entry_list(struct jn_cache *cache, struct jn_stream_lock *entry)
{
    entry->older = cache->newest;
    entry->newer = NULL;
    if (cache->newest)
        cache->newest->newer = entry;
    else
        cache->oldest = entry;
    cache->newest = entry;
}

void jn_entry_unlist(struct jn_cache *cache, struct jn_stream_lock *entry)
{
    if (entry->older)
        entry->older->newer = entry->newer;
    else
        cache->oldest = entry->newer;
    if (entry->newer)
        entry->newer->older = entry->older;
    else
        cache->newest = entry->older;
    entry->older = entry->newer = NULL;
}

/* ---- the state of an entry -------------------------------------------------------- */

struct jn_stream_lock *
jn_entry_find(const struct jn_stream_locks *locks, const char *kind, const char *id)
{
    char key[JN_STREAM_KEY_SIZE];

    assert(jn_pair_size(kind, id) <= sizeof key);
    jn_pair_write(key, kind, id);
    return jn_map_find(&locks->map, key);
}

bool jn_entry_is_of_now(const struct jn_cache *cache, const struct jn_stream_lock *entry)
{
    return entry->state && entry->state->generation == cache->generation;
}

bool jn_entry_is_doubtful(const struct jn_stream_lock *entry)
{
    return entry->doubtful || entry->noted > entry->state->state.version;
}

/* The entry holds it no longer; whoever calls this does. */
struct jn_shared_state *jn_entry_detach(struct jn_cache *cache,
                                        struct jn_stream_lock *entry)
{
    struct jn_shared_state *state = entry->state;

    if (!state)
        return NULL;
    entry->state = NULL;
    cache->count--;
    cache->bytes -= (int64_t)entry->bytes;
    entry->bytes = 0;
    return state;
}

void jn_entry_attach(struct jn_cache *cache,
                     struct jn_stream_lock *entry,
                     struct jn_shared_state *state)
{
    const struct jn_state *is = &state->state;

    jn_shared_hold(state);
    entry->state = state;
    entry->bytes = jn_shared_bytes(state) + sizeof *entry + strlen(entry->key) + 1;
    if (is->snapshot_version > entry->snapshot_version)
        entry->snapshot_version = is->snapshot_version;
    cache->count++;
    cache->bytes += (int64_t)entry->bytes;
}

bool jn_entry_may_have(const struct jn_cache *cache, const struct jn_shared_state *state)
{
    return cache->count_limit > 0 && state->state.version > 0 &&
           state->generation == cache->generation &&
           (int64_t)jn_shared_bytes(state) <= cache->bytes_limit / LARGEST_PART;
}

/* ---- entries that end, and that are evicted ---------------------------------------- */

void jn_entry_begin(struct jn_stream_locks *locks, struct jn_stream_lock *entry)
{
    entry->held = true;
    if (entry->state)
        jn_entry_unlist(&locks->cache, entry);
}

/* Entries that are to be freed are linked by `older`. */
void jn_entry_remove(struct jn_stream_locks *locks,
                     struct jn_stream_lock *entry,
                     struct jn_stream_lock **removed)
{
    jn_map_remove(&locks->map, entry->key);
    entry->older = *removed;
    *removed = entry;
}

/* What somebody holds would not go away, so it stays where others can use it. */
static bool is_in_use(const struct jn_stream_lock *entry)
{
    return atomic_load(&entry->state->holders) > 1;
}

static bool is_full(const struct jn_cache *cache)
{
    return cache->count > cache->count_limit || cache->bytes > cache->bytes_limit;
}

static void evict(struct jn_stream_locks *locks, struct jn_stream_lock **removed)
{
    struct jn_cache *cache = &locks->cache;
    struct jn_stream_lock *entry = cache->oldest;

    while (entry && is_full(cache)) {
        struct jn_stream_lock *newer = entry->newer;

        if (!is_in_use(entry)) {
            struct jn_shared_state *state = jn_entry_detach(cache, entry);

            jn_entry_unlist(cache, entry);
            jn_entry_remove(locks, entry, removed);
            entry->state = state; /* it is freed with the entry */
            cache->evictions++;
        }
        entry = newer;
    }
}

struct jn_stream_lock *jn_entry_end(struct jn_stream_locks *locks,
                                    struct jn_stream_lock *entry)
{
    struct jn_cache *cache = &locks->cache;
    struct jn_stream_lock *removed = NULL;

    entry->held = false;
    if (jn_entry_is_of_now(cache, entry)) {
        jn_entry_list(cache, entry);
    } else {
        struct jn_shared_state *state = jn_entry_detach(cache, entry);

        jn_entry_remove(locks, entry, &removed);
        entry->state = state;
    }
    evict(locks, &removed);
    return removed;
}

void jn_entries_free(const struct jn_stream_locks *locks, struct jn_stream_lock *entries)
{
    while (entries) {
        struct jn_stream_lock *next = entries->older;

        jn_shared_drop(entries->state);
        jn_free(locks->allocator, entries);
        entries = next;
    }
}
