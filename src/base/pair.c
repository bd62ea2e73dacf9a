/* pair.c - "owner/name": the one way in which two names become a key. */
#include "base/pair.h"

#include <string.h>

size_t jn_pair_size(const char *owner, const char *name)
{
    return strlen(owner) + 1 + strlen(name) + 1;
}

char *jn_pair_write(char *key, const char *owner, const char *name)
{
    size_t size = strlen(owner);

    memcpy(key, owner, size);
    key[size] = '/';
    return memcpy(key + size + 1, name, strlen(name) + 1);
}

const char *jn_pair_make(struct jangle_arena *arena, const char *owner, const char *name)
{
    char *key = jn_arena_room(arena, jn_pair_size(owner, name));

    if (key)
        jn_pair_write(key, owner, name);
    return key;
}
