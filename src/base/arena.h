/* arena.h - the inside of jangle/arena.h: memory that is handed out piece by piece, from
 * large blocks, and freed all at once. */
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

/* The first piece is what takes memory, not this call. */
void jn_arena_init(struct jangle_arena *arena, const struct jangle_allocator *allocator);

/* Frees all; a zeroed arena is fine. */
void jn_arena_finish(struct jangle_arena *arena);

/* Free all pieces, and forget that memory ran out. One block is kept for the next
 * message. */
void jn_arena_reset(struct jangle_arena *arena);

/* How far an arena is filled. */
struct jn_arena_mark {
    struct jn_block *block; /* the newest then */
    struct jn_block *next;  /* the one behind it then */
    size_t block_used;
    size_t used;
};

struct jn_arena_mark jn_arena_mark(const struct jangle_arena *arena);

/* Take back all pieces that were made since. The arena must not have been reset
 * meanwhile. That memory ran out is not forgotten. */
void jn_arena_set_back(struct jangle_arena *arena, const struct jn_arena_mark *mark);

/* Does the memory lie in a piece of this arena? */
bool jn_arena_holds(const struct jangle_arena *arena, const void *memory);

/* The bytes that the arena takes from its allocator: whole blocks, also what is not
 * handed out. */
size_t jn_arena_bytes(const struct jangle_arena *arena);

/* How much a piece of `size` bytes adds to `used`. */
static inline size_t jn_arena_weight(size_t size)
{
    return size ? (size + 15) & ~(size_t)15 : 16;
}

/* As jangle_alloc, but the memory is not cleared: for a caller that writes each byte
 * before it reads it. (To clear a list of hundreds of rows and use one of them costs more
 * than an event.) NULL when out of memory. */
void *jn_arena_room(struct jangle_arena *arena, size_t size);

/* Copies. NULL when out of memory, and for a text that is NULL. */
void *jn_arena_copy(struct jangle_arena *arena, const void *bytes, size_t size);
char *jn_arena_copy_text(struct jangle_arena *arena, const char *text);

/* OK; or NO_MEMORY, with a sentence, if memory ran out since init or reset. */
enum jangle_result jn_arena_check(const struct jangle_arena *arena,
                                  struct jangle_error *error);

#endif
