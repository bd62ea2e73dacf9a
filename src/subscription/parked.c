/* parked.c - the parked keys of one subscriber, in memory. */
#include "subscription/parked.h"

#include <assert.h>

static const size_t nowhere = SIZE_MAX; /* not in the heap */

struct jangle_parked jn_row_to_stored(const struct jn_row *row, const char *subscriber)
{
    struct jangle_parked stored = row->stored;

    stored.subscriber = subscriber;
    stored.error = row->reason;
    return stored;
}

struct jn_row jn_row_of_stored(const struct jangle_parked *stored)
{
    struct jn_row row = {.stored = *stored};

    jn_text_show(row.reason, sizeof row.reason, stored->error ? stored->error : "");
    return row;
}

const char *jn_position_key(struct jangle_arena *arena, int64_t position)
{
    char text[JN_DIGITS_SIZE];
    size_t size = jn_digits_write(text, position, 1);

    return jn_arena_copy(arena, text, size + 1);
}

void jn_parked_init(struct jn_parked_set *set,
                    const struct jangle_allocator *allocator,
                    bool tracked)
{
    *set = (struct jn_parked_set){.allocator = allocator, .tracked = tracked};
    jn_map_init(&set->map, allocator);
}

void jn_parked_finish(struct jn_parked_set *set)
{
    struct jn_parked *parked;

    for (size_t at = 0; (parked = jn_map_next(&set->map, &at));)
        jn_free(set->allocator, parked);
    jn_map_finish(&set->map);
    jn_free(set->allocator, set->heap);
}

/* ---- the heap: a binary one (J. Williams, 1964), by due_us ------------------- */

static void heap_put(struct jn_parked_set *set, struct jn_parked *parked, size_t at)
{
    set->heap[at] = parked;
    parked->heap_at = at;
}

static void sift_up(struct jn_parked_set *set, struct jn_parked *parked, size_t at)
{
    for (; at > 0; at = (at - 1) / 2) {
        struct jn_parked *parent = set->heap[(at - 1) / 2];

        if (parent->row.due_us <= parked->row.due_us)
            break;
        heap_put(set, parent, at);
    }
    heap_put(set, parked, at);
}

static void sift_down(struct jn_parked_set *set, struct jn_parked *parked, size_t at)
{
    for (size_t child; (child = 2 * at + 1) < set->heap_count; at = child) {
        if (child + 1 < set->heap_count &&
            set->heap[child + 1]->row.due_us < set->heap[child]->row.due_us)
            child++;
        if (parked->row.due_us <= set->heap[child]->row.due_us)
            break;
        heap_put(set, set->heap[child], at);
    }
    heap_put(set, parked, at);
}

static void heap_remove(struct jn_parked_set *set, struct jn_parked *parked)
{
    struct jn_parked *last;
    size_t at = parked->heap_at;

    if (at == nowhere)
        return;
    parked->heap_at = nowhere;
    last = set->heap[--set->heap_count];
    if (last == parked)
        return;
    sift_down(set, last, at);
    sift_up(set, last, last->heap_at);
}

static void heap_add(struct jn_parked_set *set, struct jn_parked *parked)
{
    assert(set->heap_count < set->heap_capacity);
    sift_up(set, parked, set->heap_count++);
}

static bool heap_reserve(struct jn_parked_set *set)
{
    size_t capacity = set->heap_capacity ? 2 * set->heap_capacity : 16;
    struct jn_parked **heap;

    if (set->heap_count < set->heap_capacity)
        return true;
    heap = jn_resize(set->allocator, set->heap, capacity * sizeof(*heap));
    if (!heap)
        return false;
    set->heap = heap;
    set->heap_capacity = capacity;
    return true;
}

/* ---- keys -------------------------------------------------------------------- */

/* A key in the map is in one of three states: it waits (then it is in the heap), it is
 * dead, or it is released and stays until the store has been told. */

static bool does_wait(const struct jn_row *row)
{
    return !row->stored.dead && !row->stored.released;
}

static bool is_row_dead(const struct jn_row *row)
{
    return row->stored.dead && !row->stored.released;
}

static bool is_row_untried(const struct jn_row *row)
{
    return does_wait(row) && !row->stored.attempts;
}

/* A released key: the caller gives it its row. NULL when out of memory. */
static struct jn_parked *add_parked(struct jn_parked_set *set, const char *key)
{
    size_t size = strlen(key) + 1;
    struct jn_parked *parked = jn_new(set->allocator, sizeof *parked + size);
    char *copy;

    if (!parked)
        return NULL;
    copy = memcpy(parked + 1, key, size);
    parked->row = (struct jn_row){.stored = {.key = copy, .released = true}};
    parked->heap_at = nowhere;
    if (jn_map_put(&set->map, copy, parked)) {
        jn_free(set->allocator, parked);
        return NULL;
    }
    return parked;
}

static void drop_parked(struct jn_parked_set *set, struct jn_parked *parked)
{
    assert(parked->row.stored.released && parked->heap_at == nowhere);
    jn_map_remove(&set->map, parked->row.stored.key);
    jn_free(set->allocator, parked);
}

/* A key that changes while a commit carries an earlier change gets a higher number, so
 * that jn_parked_settle leaves it in the list. */
static void note_change(struct jn_parked_set *set, struct jn_parked *parked)
{
    if (!parked->changed) {
        parked->next_changed = set->changed;
        set->changed = parked;
    }
    parked->changed = ++set->changes;
}

struct jn_parked *jn_parked_find(const struct jn_parked_set *set, const char *key)
{
    struct jn_parked *parked = jn_map_find(&set->map, key);

    return parked && !parked->row.stored.released ? parked : NULL;
}

enum jangle_result
jn_parked_put(struct jn_parked_set *set, const struct jn_row *row, bool stored)
{
    struct jn_parked *parked = jn_map_find(&set->map, row->stored.key);
    const char *key;

    if (!heap_reserve(set)) /* before anything is changed */
        return JANGLE_NO_MEMORY;
    if (!parked && row->stored.released)
        return JANGLE_OK;
    if (!parked && !(parked = add_parked(set, row->stored.key)))
        return JANGLE_NO_MEMORY;

    key = parked->row.stored.key; /* the set's own copy outlives the row's */
    set->waiting += does_wait(row) - does_wait(&parked->row);
    set->dead += is_row_dead(row) - is_row_dead(&parked->row);
    set->untried += is_row_untried(row) - is_row_untried(&parked->row);
    heap_remove(set, parked);
    parked->row = *row;
    parked->row.stored.key = key;
    if (does_wait(row))
        heap_add(set, parked);
    if (!stored && set->tracked)
        note_change(set, parked);
    else if (row->stored.released && !parked->changed)
        drop_parked(set, parked);
    return JANGLE_OK;
}

struct jn_parked *jn_parked_first(const struct jn_parked_set *set)
{
    return set->heap_count ? set->heap[0] : NULL;
}

struct jn_parked *jn_parked_after(const struct jn_parked_set *set, int64_t position)
{
    struct jn_parked *found = NULL;

    for (size_t i = 0; i < set->heap_count; i++) {
        struct jn_parked *parked = set->heap[i];

        if (parked->row.stored.position > position &&
            (!found || parked->row.stored.position < found->row.stored.position))
            found = parked;
    }
    return found;
}

struct jn_parked *
jn_parked_at(const struct jn_parked_set *set, int64_t position, bool dead)
{
    struct jn_parked *parked, *waiting = NULL;

    for (size_t at = 0; (parked = jn_map_next(&set->map, &at));) {
        if (parked->row.stored.released || parked->row.stored.position != position)
            continue;
        if (parked->row.stored.dead)
            return parked;
        waiting = parked;
    }
    return dead ? NULL : waiting;
}

void jn_parked_settle(struct jn_parked_set *set, int64_t change)
{
    struct jn_parked **link = &set->changed;

    while (*link) {
        struct jn_parked *parked = *link;

        if (parked->changed > change) {
            link = &parked->next_changed;
            continue;
        }
        *link = parked->next_changed;
        parked->changed = 0;
        parked->next_changed = NULL;
        if (parked->row.stored.released)
            drop_parked(set, parked);
    }
}
