/* memory.h - the memory of one pattern: pieces that are freed together. */
#ifndef JN_PATTERN_MEMORY_H
#define JN_PATTERN_MEMORY_H

#include <jangle/plugin/storage.h>

struct jn_pattern_piece;

struct jn_pattern_memory {
    struct jangle_allocator allocator;
    struct jn_pattern_piece *pieces;
    bool failed; /* a piece was asked for, and there was no memory */
};

/* malloc and free, for a caller who brings no allocator. */
extern const struct jangle_allocator jn_pattern_system_memory;

/* A zeroed piece, aligned for any type; NULL if there is no memory. */
void *jn_pattern_take(struct jn_pattern_memory *memory, size_t size);

void jn_pattern_free_all(struct jn_pattern_memory *memory);

#endif
