/* map.h - a hash table from texts to pointers. Open addressing, linear probing, no
 * tombstones. */
#ifndef JN_MAP_H
#define JN_MAP_H

#include <jangle/plugin/support.h>

struct jn_map_slot {
    const char *key; /* borrowed: it must live as long as it is in the map */
    void *value;
    uint64_t hash;
};

struct jn_map {
    const struct jangle_allocator *allocator;
    struct jn_map_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

void jn_map_init(struct jn_map *map, const struct jangle_allocator *allocator);

/* Frees the table, but neither keys nor values. */
void jn_map_finish(struct jn_map *map);

/* NULL if there is none. */
void *jn_map_find(const struct jn_map *map, const char *key);

/* NO_MEMORY. The key must not be in the map yet (asserted); values are not NULL. */
enum jangle_result jn_map_put(struct jn_map *map, const char *key, void *value);

/* Returns what was removed, or NULL. */
void *jn_map_remove(struct jn_map *map, const char *key);

/* for (size_t at = 0; (value = jn_map_next(map, &at));)
 * visits all values, in no order. The map must not change meanwhile. */
void *jn_map_next(const struct jn_map *map, size_t *at);

#endif
