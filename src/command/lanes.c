/* lanes.c - who is at which aggregate, and who waits behind. */
#include "command/lanes.h"

#include "base/error.h"

#include <assert.h>

/* One who waits. On its own stack. */
struct place {
    struct place *next;
    struct jn_cond woken;
    bool front;
};

struct jn_lane {
    struct place *first, **last; /* behind the one at the front */
    char key[];
};

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

void jn_lanes_leave(struct jn_lanes *lanes, struct jn_lane *lane)
{
    struct place *next;

    jn_mutex_lock(&lanes->mutex);
    next = lane->first;
    if (next) {
        lane->first = next->next;
        if (!lane->first)
            lane->last = &lane->first;
        next->front = true;
        jn_cond_signal(&next->woken);
        lane = NULL;
    } else {
        jn_map_remove(&lanes->map, lane->key);
    }
    jn_mutex_unlock(&lanes->mutex);
    jn_free(lanes->allocator, lane);
}
