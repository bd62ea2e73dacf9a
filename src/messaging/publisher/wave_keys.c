/* wave_keys.c - which keys are in a wave of messages already, and whether another message
 * of the same key may be in it, too. */
#include "messaging/publisher/wave_keys.h"

#include "base/arena.h"

#include <string.h>

void jn_wave_keys_make(struct jn_wave_keys *keys,
                       struct jangle_arena *arena,
                       size_t count)
{
    keys->capacity = 2;
    while (keys->capacity < 2 * count)
        keys->capacity *= 2;
    keys->slots = jn_arena_room(arena, keys->capacity * sizeof *keys->slots);
}

void jn_wave_keys_clear(struct jn_wave_keys *keys)
{
    memset(keys->slots, 0, keys->capacity * sizeof *keys->slots);
}

/* At most half of the slots are used, so the search ends. */
struct jn_wave_key *jn_wave_keys_find(struct jn_wave_keys *keys, uint64_t hash)
{
    size_t mask = keys->capacity - 1;
    size_t at = (size_t)hash & mask;

    while (keys->slots[at].used && keys->slots[at].hash != hash)
        at = (at + 1) & mask;
    keys->slots[at].hash = hash;
    return &keys->slots[at];
}
