/* memory.c - the memory of the system, for who gives none. */
#include "redis/memory.h"

#include <stdlib.h>

static void *resize_memory(void *context, void *memory, size_t size)
{
    (void)context;
    return realloc(memory, size);
}

static void free_memory(void *context, void *memory)
{
    (void)context;
    free(memory);
}

const struct jangle_allocator jn_redis_memory_system = {.resize = resize_memory,
                                                        .free = free_memory};
