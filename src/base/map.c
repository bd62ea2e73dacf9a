/* map.c - a text finds a pointer: open addressing, linear probing, no tombstones. */
#include "base/map.h"

#include "base/hash.h"

#include <assert.h>

enum { FIRST_CAPACITY = 16 };

void jn_map_init(struct jn_map *map, const struct jangle_allocator *allocator)
{
    *map = (struct jn_map){.allocator = allocator};
}

void jn_map_finish(struct jn_map *map)
{
    if (map->slots)
        jn_free(map->allocator, map->slots);
    *map = (struct jn_map){.allocator = map->allocator};
}

/* The slot of the key, or the free slot where it would go. At least a quarter of the
 * table is free, so the search ends. */
static struct jn_map_slot *
map_slot_of(const struct jn_map *map, const char *key, uint64_t hash)
{
    size_t at = (size_t)hash & (map->capacity - 1);

    while (map->slots[at].key &&
           (map->slots[at].hash != hash || strcmp(map->slots[at].key, key) != 0))
        at = (at + 1) & (map->capacity - 1);
    return &map->slots[at];
}

void *jn_map_find(const struct jn_map *map, const char *key)
{
    return map->count ? map_slot_of(map, key, jn_hash_text(key))->value : NULL;
}

/* The hashes are kept in the slots, so no key is hashed again. */
static bool grow_map(struct jn_map *map)
{
    struct jn_map larger = {.allocator = map->allocator,
                            .capacity =
                                map->capacity ? map->capacity * 2 : FIRST_CAPACITY,
                            .count = map->count};

    if (larger.capacity > SIZE_MAX / sizeof *larger.slots)
        return false;
    larger.slots = jn_new(map->allocator, larger.capacity * sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t at = 0; at < map->capacity; at++)
        if (map->slots[at].key)
            *map_slot_of(&larger, map->slots[at].key, map->slots[at].hash) =
                map->slots[at];
    jn_free(map->allocator, map->slots);
    *map = larger;
    return true;
}

enum jangle_result jn_map_put(struct jn_map *map, const char *key, void *value)
{
    uint64_t hash = jn_hash_text(key);
    struct jn_map_slot *slot;

    assert(value);
    if (map->count >= map->capacity / 4 * 3 && !grow_map(map))
        return JANGLE_NO_MEMORY;
    slot = map_slot_of(map, key, hash);
    assert(!slot->key);
    *slot = (struct jn_map_slot){.key = key, .value = value, .hash = hash};
    map->count++;
    return JANGLE_OK;
}

void *jn_map_remove(struct jn_map *map, const char *key)
{
    size_t mask = map->capacity - 1, hole;
    struct jn_map_slot *slot;
    void *value;

    if (!map->count)
        return NULL;
    slot = map_slot_of(map, key, jn_hash_text(key));
    value = slot->value;
    if (!value)
        return NULL;
    hole = (size_t)(slot - map->slots);
    map->slots[hole] = (struct jn_map_slot){0};
    map->count--;
    /* A later entry that was put behind the hole because its own slot was taken moves
     * into the hole: otherwise a search for it would stop there. */
    for (size_t at = (hole + 1) & mask; map->slots[at].key; at = (at + 1) & mask) {
        size_t home = (size_t)map->slots[at].hash & mask;

        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        map->slots[hole] = map->slots[at];
        map->slots[at] = (struct jn_map_slot){0};
        hole = at;
    }
    return value;
}

void *jn_map_next(const struct jn_map *map, size_t *at)
{
    while (*at < map->capacity) {
        void *value = map->slots[(*at)++].value;

        if (value)
            return value;
    }
    return NULL;
}
