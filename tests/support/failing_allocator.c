/* failing_allocator.c - memory that runs out when it is told to, and counts. */
#include "support/failing_allocator.h"

#include <assert.h>
#include <stdlib.h>

/* Before each piece: its size. */
union header {
    size_t size;
    max_align_t alignment;
};

static bool fails(struct failing_allocator *memory)
{
    int64_t call = ++memory->calls;

    if (!memory->fail_at || call < memory->fail_at)
        return false;
    if (call > memory->fail_at && !memory->for_good)
        return false;
    memory->failed++;
    return true;
}

/* A piece always moves when it is resized, so that whoever keeps the old address is
 * found out. */
static void *resize(void *context, void *old, size_t size)
{
    struct failing_allocator *memory = context;
    union header *header;

    if (fails(memory))
        return NULL;
    header = malloc(sizeof *header + size);
    if (!header)
        return NULL;
    header->size = size;
    memory->pieces++;
    memory->bytes += (int64_t)size;
    if (memory->bytes > memory->most_bytes)
        memory->most_bytes = memory->bytes;
    memset(header + 1, 0xa5, size);
    if (old) {
        size_t old_size = ((union header *)old - 1)->size;

        memcpy(header + 1, old, old_size < size ? old_size : size);
        memory->allocator.free(context, old);
    }
    return header + 1;
}

static void give_back(void *context, void *piece)
{
    struct failing_allocator *memory = context;
    union header *header = (union header *)piece - 1;

    assert(piece);
    memory->pieces--;
    memory->bytes -= (int64_t)header->size;
    memset(piece, 0x5a, header->size); /* whoever still reads it is found out */
    free(header);
}

void failing_allocator_init(struct failing_allocator *memory, int64_t fail_at)
{
    *memory = (struct failing_allocator){.fail_at = fail_at};
    memory->allocator = (struct jangle_allocator){resize, give_back, memory};
}

void failing_allocator_arm(struct failing_allocator *memory, int64_t fail_at)
{
    memory->calls = 0;
    memory->failed = 0;
    memory->fail_at = fail_at;
}
