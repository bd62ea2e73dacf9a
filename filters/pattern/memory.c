/* memory.c - pieces of memory in a chain, because a pattern is freed as a whole. */
#include "pattern/memory.h"

#include <jangle/plugin/support.h>

#include <stdlib.h>

static void *resize_memory(void *context, void *memory, size_t size)
{
    (void)context;
    return realloc(memory, size ? size : 1);
}

static void free_memory(void *context, void *memory)
{
    (void)context;
    free(memory);
}

const struct jangle_allocator jn_pattern_system_memory = {.resize = resize_memory,
                                                          .free = free_memory};

struct jn_pattern_piece {
    struct jn_pattern_piece *next;
    max_align_t bytes[];
};

void *jn_pattern_take(struct jn_pattern_memory *memory, size_t size)
{
    struct jn_pattern_piece *piece = jn_new(&memory->allocator, sizeof *piece + size);

    if (!piece) {
        memory->failed = true;
        return NULL;
    }
    piece->next = memory->pieces;
    memory->pieces = piece;
    return piece->bytes;
}

void jn_pattern_free_all(struct jn_pattern_memory *memory)
{
    while (memory->pieces) {
        struct jn_pattern_piece *piece = memory->pieces;

        memory->pieces = piece->next;
        jn_free(&memory->allocator, piece);
    }
}
