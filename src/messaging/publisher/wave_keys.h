/* wave_keys.h - which keys are in a wave of messages already, and whether another message
 * of the same key may be in it, too. */
#ifndef JN_WAVE_KEYS_H
#define JN_WAVE_KEYS_H

#include <jangle/plugin/support.h>

struct jn_wave_key {
    uint64_t hash;
    bool used;   /* a message of it was looked at */
    bool closed; /* no other message of it may be in the wave */
};

/* A hash table in an arena, of a size that never changes. */
struct jn_wave_keys {
    struct jn_wave_key *slots;
    size_t capacity; /* a power of two */
};

/* Make a table that has room for so many keys. NO_MEMORY shows in the arena. */
void jn_wave_keys_make(struct jn_wave_keys *keys,
                       struct jangle_arena *arena,
                       size_t count);

/* Forget all keys. */
void jn_wave_keys_clear(struct jn_wave_keys *keys);

/* The slot of a key, which is empty if the key is new. Never NULL. */
struct jn_wave_key *jn_wave_keys_find(struct jn_wave_keys *keys, uint64_t hash);

#endif
