/* pair.h - "owner/name": the one way in which two names become a key, such as that of a
 * stream, of an aggregate's kind and its id. */
#ifndef JN_PAIR_H
#define JN_PAIR_H

#include "base/arena.h"

/* The size of the key, with its end. */
size_t jn_pair_size(const char *owner, const char *name);

/* Write the key to `key`, where there is room for it. Returns where the name begins. */
char *jn_pair_write(char *key, const char *owner, const char *name);

/* The key, in the arena; NULL when out of memory, which the arena remembers. */
const char *jn_pair_make(struct jangle_arena *arena, const char *owner, const char *name);

#endif
