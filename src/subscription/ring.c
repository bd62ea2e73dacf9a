/* ring.c - the last events that this process has stored, in memory. */
#include "subscription/ring.h"

#include "subscription/record.h"

#include <assert.h>

enum { KEPT_BYTES_LIMIT = 64 * 1024 }; /* of one event: larger ones are read again */

struct jn_slot {
    struct jangle_record record; /* points into `memory`; position 0: empty */
    char *memory;
    size_t size;
};

enum jangle_result jn_ring_init(struct jn_ring *ring,
                                int64_t count,
                                const struct jangle_allocator *allocator)
{
    assert(count > 0);
    *ring = (struct jn_ring){.allocator = allocator, .count = (size_t)count};
    ring->slots = jn_new(allocator, ring->count * sizeof *ring->slots);
    if (!ring->slots)
        return JANGLE_NO_MEMORY;
    if (jn_mutex_init(&ring->mutex)) {
        jn_free(allocator, ring->slots);
        return JANGLE_NO_MEMORY;
    }
    return JANGLE_OK;
}

void jn_ring_finish(struct jn_ring *ring)
{
    for (size_t i = 0; i < ring->count; i++)
        jn_free(ring->allocator, ring->slots[i].memory);
    jn_free(ring->allocator, ring->slots);
    jn_mutex_finish(&ring->mutex);
}

/* A slot keeps its memory for the next event: after some time nothing is allocated. */
static bool make_room(struct jn_ring *ring, struct jn_slot *slot, size_t size)
{
    char *memory;

    if (size <= slot->size)
        return true;
    memory = jn_resize(ring->allocator, slot->memory, size);
    if (!memory)
        return false;
    slot->memory = memory;
    slot->size = size;
    return true;
}

static void keep_record(struct jn_ring *ring, const struct jangle_record *record)
{
    struct jn_slot *slot = &ring->slots[(size_t)record->position % ring->count];
    size_t size = jn_record_size(record);

    slot->record.position = 0; /* empty, if the event is not kept */
    if (size <= KEPT_BYTES_LIMIT && make_room(ring, slot, size + 1))
        jn_record_copy(&slot->record, record, slot->memory);
}

void jn_ring_keep(struct jn_ring *ring, const struct jangle_record *record)
{
    assert(record->position > 0);
    jn_mutex_lock(&ring->mutex);
    keep_record(ring, record);
    jn_mutex_unlock(&ring->mutex);
}

bool jn_ring_visit(struct jn_ring *ring,
                   int64_t position,
                   bool (*visit)(void *context, const struct jangle_record *record),
                   void *context)
{
    const struct jn_slot *slot = &ring->slots[(size_t)position % ring->count];
    bool wanted = false;

    jn_mutex_lock(&ring->mutex);
    if (slot->record.position == position)
        wanted = visit(context, &slot->record);
    jn_mutex_unlock(&ring->mutex);
    return wanted;
}
