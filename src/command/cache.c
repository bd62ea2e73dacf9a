/* cache.c - the states that stay in their lanes: looked up, replaced, doubted, evicted.
 */
#include "command/cache.h"

#include "base/pair.h"
#include "command/lane.h"

#include <assert.h>

/* A state that takes more than this part of all bytes would push out too many others. */
enum { LARGEST_PART = 8 };

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

/* ---- lanes by last use ---------------------------------------------------------- */

static void list_newest(struct jn_cache *cache, struct jn_stream_lock *lane)
{
    lane->older = cache->newest;
    lane->newer = NULL;
    if (cache->newest)
        cache->newest->newer = lane;
    else
        cache->oldest = lane;
    cache->newest = lane;
}

static void unlist(struct jn_cache *cache, struct jn_stream_lock *lane)
{
    if (lane->older)
        lane->older->newer = lane->newer;
    else
        cache->oldest = lane->newer;
    if (lane->newer)
        lane->newer->older = lane->older;
    else
        cache->newest = lane->older;
    lane->older = lane->newer = NULL;
}

/* ---- the state of a lane -------------------------------------------------------- */

static struct jn_stream_lock *
find_lane(const struct jn_stream_locks *locks, const char *kind, const char *id)
{
    char key[JN_LANE_KEY_SIZE];

    assert(jn_pair_size(kind, id) <= sizeof key);
    jn_pair_write(key, kind, id);
    return jn_map_find(&locks->map, key);
}

static bool is_of_now(const struct jn_cache *cache, const struct jn_stream_lock *lane)
{
    return lane->state && lane->state->generation == cache->generation;
}

static bool is_doubtful(const struct jn_stream_lock *lane)
{
    return lane->doubtful || lane->noted > lane->state->state.version;
}

/* The lane holds it no longer; whoever calls this does. */
static struct jn_shared_state *detach(struct jn_cache *cache, struct jn_stream_lock *lane)
{
    struct jn_shared_state *state = lane->state;

    if (!state)
        return NULL;
    lane->state = NULL;
    cache->count--;
    cache->bytes -= (int64_t)lane->bytes;
    lane->bytes = 0;
    return state;
}

static void
attach(struct jn_cache *cache, struct jn_stream_lock *lane, struct jn_shared_state *state)
{
    const struct jn_state *is = &state->state;

    jn_shared_hold(state);
    lane->state = state;
    lane->bytes = jn_shared_bytes(state) + sizeof *lane + strlen(lane->key) + 1;
    if (is->snapshot_version > lane->snapshot_version)
        lane->snapshot_version = is->snapshot_version;
    cache->count++;
    cache->bytes += (int64_t)lane->bytes;
}

static bool is_worth_keeping(const struct jn_cache *cache,
                             const struct jn_shared_state *state)
{
    return cache->count_limit > 0 && state->state.version > 0 &&
           state->generation == cache->generation &&
           (int64_t)jn_shared_bytes(state) <= cache->bytes_limit / LARGEST_PART;
}

/* ---- lanes that end, and that are evicted ---------------------------------------- */

void jn_cache_lane_begins(struct jn_stream_locks *locks, struct jn_stream_lock *lane)
{
    lane->held = true;
    if (lane->state)
        unlist(&locks->cache, lane);
}

/* Lanes that are to be freed are linked by `older`. */
static void remove_lane(struct jn_stream_locks *locks,
                        struct jn_stream_lock *lane,
                        struct jn_stream_lock **removed)
{
    jn_map_remove(&locks->map, lane->key);
    lane->older = *removed;
    *removed = lane;
}

/* What somebody holds would not go away, so it stays where others can use it. */
static bool is_in_use(const struct jn_stream_lock *lane)
{
    return atomic_load(&lane->state->holders) > 1;
}

static bool is_full(const struct jn_cache *cache)
{
    return cache->count > cache->count_limit || cache->bytes > cache->bytes_limit;
}

static void evict(struct jn_stream_locks *locks, struct jn_stream_lock **removed)
{
    struct jn_cache *cache = &locks->cache;
    struct jn_stream_lock *lane = cache->oldest;

    while (lane && is_full(cache)) {
        struct jn_stream_lock *newer = lane->newer;

        if (!is_in_use(lane)) {
            struct jn_shared_state *state = detach(cache, lane);

            unlist(cache, lane);
            remove_lane(locks, lane, removed);
            lane->state = state; /* it is freed with the lane */
            cache->evictions++;
        }
        lane = newer;
    }
}

struct jn_stream_lock *jn_cache_lane_ends(struct jn_stream_locks *locks,
                                          struct jn_stream_lock *lane)
{
    struct jn_cache *cache = &locks->cache;
    struct jn_stream_lock *removed = NULL;

    lane->held = false;
    if (is_of_now(cache, lane)) {
        list_newest(cache, lane);
    } else {
        struct jn_shared_state *state = detach(cache, lane);

        remove_lane(locks, lane, &removed);
        lane->state = state;
    }
    evict(locks, &removed);
    return removed;
}

void jn_cache_free_lanes(const struct jn_stream_locks *locks,
                         struct jn_stream_lock *lanes)
{
    while (lanes) {
        struct jn_stream_lock *next = lanes->older;

        jn_shared_drop(lanes->state);
        jn_free(locks->allocator, lanes);
        lanes = next;
    }
}

/* ---- for who holds the lock ------------------------------------------------------ */

/* The doubt ends here, before the state is brought up: what is noted after this is not in
 * what is read, perhaps, and makes the state doubtful again. */
struct jn_shared_state *
jn_cache_enter(struct jn_stream_locks *locks, struct jn_stream_lock *lane, bool *doubtful)
{
    struct jn_cache *cache = &locks->cache;
    struct jn_shared_state *state = NULL;

    *doubtful = false;
    jn_mutex_lock(&locks->mutex);
    if (is_of_now(cache, lane)) {
        *doubtful = is_doubtful(lane);
        state = *doubtful ? detach(cache, lane) : lane->state;
        if (!*doubtful)
            jn_shared_hold(state);
    }
    lane->doubtful = false;
    if (state && !*doubtful)
        cache->hits++;
    else if (cache->count_limit > 0)
        cache->misses++;
    jn_mutex_unlock(&locks->mutex);
    return state;
}

void jn_cache_take(struct jn_stream_locks *locks,
                   struct jn_stream_lock *lane,
                   const struct jn_shared_state *state)
{
    struct jn_shared_state *taken = NULL;

    jn_mutex_lock(&locks->mutex);
    if (lane->state == state)
        taken = detach(&locks->cache, lane);
    jn_mutex_unlock(&locks->mutex);
    jn_shared_drop(taken);
}

void jn_cache_put(struct jn_stream_locks *locks,
                  struct jn_stream_lock *lane,
                  struct jn_shared_state *state)
{
    struct jn_shared_state *replaced;

    jn_mutex_lock(&locks->mutex);
    replaced = detach(&locks->cache, lane);
    if (is_worth_keeping(&locks->cache, state))
        attach(&locks->cache, lane, state);
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
                                          struct jn_stream_lock *lane)
{
    if (!lane || !is_of_now(cache, lane))
        return NULL;
    jn_shared_hold(lane->state);
    if (!lane->held) {
        unlist(cache, lane);
        list_newest(cache, lane);
    }
    return lane->state;
}

struct jn_shared_state *jn_cache_look(struct jn_stream_locks *locks,
                                      const char *kind,
                                      const char *id,
                                      bool *doubtful)
{
    struct jn_cache *cache = &locks->cache;
    struct jn_stream_lock *lane;
    struct jn_shared_state *state;

    jn_mutex_lock(&locks->mutex);
    lane = find_lane(locks, kind, id);
    state = hold_state(cache, lane);
    *doubtful = state && is_doubtful(lane);
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
    struct jn_stream_lock *lane;
    struct jn_shared_state *state = NULL;

    jn_mutex_lock(&locks->mutex);
    lane = find_lane(locks, kind, id);
    if (lane && is_of_now(&locks->cache, lane)) {
        state = lane->state;
        jn_shared_hold(state);
    }
    jn_mutex_unlock(&locks->mutex);
    return state;
}

/* A lane in which no command is, for that key: the one that is in the map, or else
 * `fresh`. NULL: a command is in it, or there is no memory. */
static struct jn_stream_lock *find_free_lane(struct jn_stream_locks *locks,
                                             struct jn_stream_lock *fresh)
{
    struct jn_stream_lock *lane = jn_map_find(&locks->map, fresh->key);

    if (!lane)
        return jn_map_put(&locks->map, fresh->key, fresh) ? NULL : fresh;
    return lane->held ? NULL : lane;
}

/* With the mutex held. To be in the free lane for just this moment is to be its holder. A
 * conflict that was met on an older state is not met on this one. */
static struct jn_stream_lock *put_in_free_lane(struct jn_stream_locks *locks,
                                               struct jn_stream_lock *lane,
                                               struct jn_shared_state *state)
{
    struct jn_cache *cache = &locks->cache;

    jn_cache_lane_begins(locks, lane);
    if (!is_of_now(cache, lane) || lane->state->state.version < state->state.version ||
        lane->doubtful) {
        jn_shared_drop(detach(cache, lane));
        attach(cache, lane, state);
        lane->doubtful = false;
    }
    return jn_cache_lane_ends(locks, lane);
}

void jn_cache_offer(struct jn_stream_locks *locks, struct jn_shared_state *state)
{
    const char *kind = state->state.aggregate->name;
    struct jn_stream_lock *fresh =
        jn_new(locks->allocator, sizeof *fresh + jn_pair_size(kind, state->id));
    struct jn_stream_lock *lane, *removed = NULL;

    if (!fresh)
        return;
    jn_pair_write(fresh->key, kind, state->id);
    jn_mutex_lock(&locks->mutex);
    lane = is_worth_keeping(&locks->cache, state) ? find_free_lane(locks, fresh) : NULL;
    if (lane)
        removed = put_in_free_lane(locks, lane, state);
    if (lane == fresh)
        fresh = NULL;
    jn_mutex_unlock(&locks->mutex);
    jn_cache_free_lanes(locks, removed);
    jn_free(locks->allocator, fresh);
}

/* ---- doubt --------------------------------------------------------------------------
 */

void jn_cache_doubt(struct jn_stream_locks *locks, const char *kind, const char *id)
{
    struct jn_stream_lock *lane;

    jn_mutex_lock(&locks->mutex);
    lane = find_lane(locks, kind, id);
    if (lane)
        lane->doubtful = true;
    jn_mutex_unlock(&locks->mutex);
}

void jn_cache_note(struct jn_stream_locks *locks,
                   const char *kind,
                   const char *id,
                   int64_t version)
{
    struct jn_stream_lock *lane;

    jn_mutex_lock(&locks->mutex);
    lane = find_lane(locks, kind, id);
    if (lane && lane->noted < version)
        lane->noted = version;
    jn_mutex_unlock(&locks->mutex);
}

/* With the mutex held. A lane that is held keeps its state, which is of no use any more,
 * until its holder leaves. */
static struct jn_stream_lock *begin_generation(struct jn_stream_locks *locks)
{
    struct jn_cache *cache = &locks->cache;
    struct jn_stream_lock *removed = NULL;

    cache->generation++;
    while (cache->oldest) {
        struct jn_stream_lock *lane = cache->oldest;
        struct jn_shared_state *state = detach(cache, lane);

        unlist(cache, lane);
        remove_lane(locks, lane, &removed);
        lane->state = state;
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
    jn_cache_free_lanes(locks, removed);
}

bool jn_cache_is_epoch(struct jn_stream_locks *locks, int64_t epoch)
{
    bool is;

    jn_mutex_lock(&locks->mutex);
    is = locks->cache.epoch == epoch;
    jn_mutex_unlock(&locks->mutex);
    return is;
}

void jn_cache_empty(struct jn_stream_locks *locks)
{
    struct jn_stream_lock *removed;

    jn_mutex_lock(&locks->mutex);
    removed = begin_generation(locks);
    jn_mutex_unlock(&locks->mutex);
    jn_cache_free_lanes(locks, removed);
}

void jn_cache_abandon(struct jn_stream_locks *locks)
{
    struct jn_stream_lock *removed;

    if (!jn_mutex_try(&locks->mutex))
        return;
    removed = begin_generation(locks);
    jn_mutex_unlock(&locks->mutex);
    jn_cache_free_lanes(locks, removed);
}

/* ---- snapshots -----------------------------------------------------------------------
 */

void jn_cache_note_snapshot(struct jn_stream_locks *locks,
                            const char *kind,
                            const char *id,
                            int64_t version)
{
    struct jn_stream_lock *lane;

    jn_mutex_lock(&locks->mutex);
    lane = find_lane(locks, kind, id);
    if (lane && lane->snapshot_version < version)
        lane->snapshot_version = version;
    jn_mutex_unlock(&locks->mutex);
}

int64_t
jn_cache_snapshot_version(struct jn_stream_locks *locks, const char *kind, const char *id)
{
    const struct jn_stream_lock *lane;
    int64_t version;

    jn_mutex_lock(&locks->mutex);
    lane = find_lane(locks, kind, id);
    version = lane ? lane->snapshot_version : 0;
    jn_mutex_unlock(&locks->mutex);
    return version;
}
