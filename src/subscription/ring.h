/* ring.h - the last events of this process, kept for those who follow close behind.
 *
 * A cache, and no more: an event that is not in it is in the store. */
#ifndef JN_RING_H
#define JN_RING_H

#include "base/arena.h"

#include <jangle/plugin/store.h>

struct jn_slot;

struct jn_ring {
    struct jn_mutex mutex;
    const struct jangle_allocator *allocator;
    struct jn_slot *slots; /* the event at `position` is in slot position % count */
    size_t count;
};

/* NO_MEMORY. `count` is above 0. */
enum jangle_result jn_ring_init(struct jn_ring *ring,
                                int64_t count,
                                const struct jangle_allocator *allocator);
void jn_ring_finish(struct jn_ring *ring);

/* Keep a copy; it takes the place of an older one. Never fails: what cannot be copied, or
 * is too large, is not kept. */
void jn_ring_keep(struct jn_ring *ring, const struct jangle_record *record);

/* Visit the event at exactly that position. False if it is not there, or was not wanted:
 * `visit` returns whether it was. The ring is locked meanwhile. */
bool jn_ring_visit(struct jn_ring *ring,
                   int64_t position,
                   bool (*visit)(void *context, const struct jangle_record *record),
                   void *context);

#endif
