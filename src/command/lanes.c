/* lanes.c - who is at which aggregate, and who waits behind. */
#include "command/lanes.h"

#include "base/error.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* One who waits. On its own stack. */
struct place {
    struct place *next;
    struct jn_cond woken;
    bool front;
};

struct jn_lane {
    struct place *first, **last; /* behind the one at the front */
    struct jn_lane *beside;      /* another one of who is at the front */
    bool kept;
    char key[];
};

enum { KEY_SIZE = 512 };

enum jangle_result jn_lanes_init(struct jn_lanes *lanes,
                                 int64_t waiting_limit,
                                 const struct jangle_allocator *allocator)
{
    *lanes = (struct jn_lanes){.allocator = allocator, .waiting_limit = waiting_limit};
    jn_map_init(&lanes->map, allocator);
    return jn_mutex_init(&lanes->mutex);
}

void jn_lanes_finish(struct jn_lanes *lanes)
{
    assert(lanes->map.count == 0 && lanes->waiting == 0);
    jn_map_finish(&lanes->map);
    jn_mutex_finish(&lanes->mutex);
}

static struct jn_lane *make(struct jn_lanes *lanes, const char *kind, const char *id)
{
    size_t kind_size = strlen(kind), id_size = strlen(id) + 1;
    struct jn_lane *lane =
        jn_new(lanes->allocator, sizeof *lane + kind_size + 1 + id_size);

    if (!lane)
        return NULL;
    lane->last = &lane->first;
    memcpy(lane->key, kind, kind_size);
    lane->key[kind_size] = '/';
    memcpy(lane->key + kind_size + 1, id, id_size);
    return lane;
}

static void withdraw(struct jn_lane *lane, struct place *place)
{
    struct place **link = &lane->first;

    while (*link != place)
        link = &(*link)->next;
    *link = place->next;
    if (!*link)
        lane->last = link;
}

/* With the mutex held. */
static enum jangle_result wait(struct jn_lanes *lanes,
                               struct jn_lane *lane,
                               int64_t until_us,
                               struct jangle_error *error)
{
    struct place place = {0};
    bool in_time = true;

    if (lanes->waiting >= lanes->waiting_limit)
        return jn_fail(error, JANGLE_BUSY,
                       "%lld commands wait for their aggregates: queue_limit",
                       (long long)lanes->waiting);
    if (jn_cond_init(&place.woken))
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory: nothing is stored");
    *lane->last = &place;
    lane->last = &place.next;
    lanes->waiting++;
    atomic_fetch_add_explicit(&lanes->waits, 1, memory_order_relaxed);
    while (!place.front && in_time)
        in_time = jn_cond_wait_until(&place.woken, &lanes->mutex, until_us);
    lanes->waiting--;
    if (!place.front)
        withdraw(lane, &place);
    jn_cond_finish(&place.woken);
    if (place.front)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_TIMEOUT, "%s was busy with other commands for too long",
                   lane->key);
}

enum jangle_result jn_lanes_enter(struct jn_lanes *lanes,
                                  const char *kind,
                                  const char *id,
                                  int64_t until_us,
                                  struct jn_lane **lane,
                                  struct jangle_error *error)
{
    struct jn_lane *fresh = make(lanes, kind, id);
    enum jangle_result result = JANGLE_OK;

    if (!fresh)
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory: nothing is stored");
    jn_mutex_lock(&lanes->mutex);
    *lane = jn_map_find(&lanes->map, fresh->key);
    if (*lane) {
        result = wait(lanes, *lane, until_us, error);
    } else {
        *lane = fresh;
        result = jn_map_put(&lanes->map, fresh->key, fresh);
        if (result)
            jn_fail(error, result, "out of memory: nothing is stored");
        else
            fresh = NULL;
    }
    jn_mutex_unlock(&lanes->mutex);
    jn_free(lanes->allocator, fresh);
    return result;
}

/* With the mutex held. Returns the lane if nobody is in it any more. */
static struct jn_lane *leave(struct jn_lanes *lanes, struct jn_lane *lane)
{
    struct place *next = lane->first;

    lanes->kept -= lane->kept;
    lane->kept = false;
    lane->beside = NULL;
    if (!next)
        return jn_map_remove(&lanes->map, lane->key);
    lane->first = next->next;
    if (!lane->first)
        lane->last = &lane->first;
    next->front = true;
    jn_cond_signal(&next->woken);
    return NULL;
}

void jn_lanes_leave(struct jn_lanes *lanes, struct jn_lane *lane)
{
    while (lane) {
        struct jn_lane *beside = lane->beside;
        struct jn_lane *empty;

        jn_mutex_lock(&lanes->mutex);
        empty = leave(lanes, lane);
        jn_mutex_unlock(&lanes->mutex);
        jn_free(lanes->allocator, empty);
        lane = beside;
    }
}

/* ---- who lost twice ---------------------------------------------------------- */

static int compare_names(const void *one, const void *other)
{
    const struct jn_lane_name *a = one, *b = other;
    int order = strcmp(a->kind, b->kind);

    return order ? order : strcmp(a->id, b->id);
}

static void write_key(char key[KEY_SIZE], const struct jn_lane_name *name)
{
    int length = snprintf(key, KEY_SIZE, "%s/%s", name->kind, name->id);

    assert(length > 0 && length < KEY_SIZE);
    (void)length;
}

static bool holds(const struct jn_lane *lane, const struct jn_lane_name *name)
{
    char key[KEY_SIZE];

    write_key(key, name);
    while (lane && strcmp(lane->key, key) != 0)
        lane = lane->beside;
    return lane != NULL;
}

static bool holds_all(const struct jn_lane *lane, const struct jn_lane_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (!holds(lane, &names->items[i]))
            return false;
    return true;
}

static enum jangle_result take_all(struct jn_lanes *lanes,
                                   struct jn_lane_names *names,
                                   int64_t until_us,
                                   struct jn_lane **held,
                                   struct jangle_error *error)
{
    qsort(names->items, names->count, sizeof *names->items, compare_names);
    for (size_t i = 0; i < names->count; i++) {
        const struct jn_lane_name *name = &names->items[i];
        struct jn_lane *lane;
        enum jangle_result result;

        if (i && compare_names(name - 1, name) == 0)
            continue;
        result = jn_lanes_enter(lanes, name->kind, name->id, until_us, &lane, error);
        if (result)
            return result;
        lane->beside = *held;
        *held = lane;
    }
    return JANGLE_OK;
}

enum jangle_result jn_lanes_keep(struct jn_lanes *lanes,
                                 struct jn_lane_names *names,
                                 int64_t until_us,
                                 struct jn_lane **lane,
                                 struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    if (!holds_all(*lane, names)) {
        jn_lanes_leave(lanes, *lane);
        *lane = NULL;
        result = take_all(lanes, names, until_us, lane, error);
    }
    if (result) {
        jn_lanes_leave(lanes, *lane);
        *lane = NULL;
        return result;
    }
    jn_mutex_lock(&lanes->mutex);
    for (struct jn_lane *held = *lane; held; held = held->beside) {
        lanes->kept += !held->kept;
        held->kept = true;
    }
    jn_mutex_unlock(&lanes->mutex);
    return JANGLE_OK;
}

bool jn_lanes_is_kept(struct jn_lanes *lanes,
                      const struct jn_lane_name *name,
                      const struct jn_lane *lane)
{
    const struct jn_lane *found;
    char key[KEY_SIZE];
    bool kept;

    if (!atomic_load(&lanes->kept) || holds(lane, name))
        return false;
    write_key(key, name);
    jn_mutex_lock(&lanes->mutex);
    found = jn_map_find(&lanes->map, key);
    kept = found && found->kept;
    jn_mutex_unlock(&lanes->mutex);
    return kept;
}
