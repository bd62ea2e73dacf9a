/* memory.c - the memory of the system, for who gives none. */
#include "nats/memory.h"

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

const struct jangle_allocator jn_nats_system_memory = {.resize = resize_memory,
                                                       .free = free_memory};

void jn_nats_free_list(const char **list)
{
    union {
        const char **texts;
        void *memory;
    } both = {.texts = list};

    free(both.memory);
}

void jn_nats_free_text(char *text)
{
    free(text);
}
