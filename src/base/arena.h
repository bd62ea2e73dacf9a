/* arena.h - the inside of jangle/arena.h: blocks that only grow, freed in one go. */
#ifndef JN_ARENA_H
#define JN_ARENA_H

#include <jangle/arena.h>
#include <jangle/plugin/support.h>

struct jn_block;

struct jangle_arena {
    const struct jangle_allocator *allocator;
    struct jn_block *blocks; /* the newest first */
    size_t used;             /* bytes handed out since init or reset */
    bool failed;             /* memory ran out: what was made here cannot be trusted */
};

/* Takes no memory until something is made. */
void jn_arena_init(struct jangle_arena *arena, const struct jangle_allocator *allocator);

/* Frees all; a zeroed arena is fine. */
void jn_arena_finish(struct jangle_arena *arena);

/* Empties it for the next message, keeps one block, forgets that memory ran out. */
void jn_arena_reset(struct jangle_arena *arena);

/* Was this made here? For the debug build's check of states. */
bool jn_arena_holds(const struct jangle_arena *arena, const void *memory);

/* Bytes that making `size` of them takes, as `used` counts. */
static inline size_t jn_arena_weight(size_t size)
{
    return size ? (size + 15) & ~(size_t)15 : 16;
}

/* As jangle_alloc, for a caller who writes each byte before he reads it: what is in the
 * memory is not defined, for clearing a list of hundreds of rows to use one of them costs
 * more than an event. NULL when out of memory. */
void *jn_arena_room(struct jangle_arena *arena, size_t size);

/* Copies; NULL when out of memory. The text of a NULL is NULL. */
void *jn_arena_copy(struct jangle_arena *arena, const void *bytes, size_t size);
char *jn_arena_copy_text(struct jangle_arena *arena, const char *text);

/* OK; or NO_MEMORY, with a sentence, if memory ran out since init or reset. */
enum jangle_result jn_arena_check(const struct jangle_arena *arena,
                                  struct jangle_error *error);

#endif
