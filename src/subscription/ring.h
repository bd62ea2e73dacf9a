/* ring.h - the last events that this process has stored, in memory: subscribers that are
 * close behind need not read the store.
 *
 * It is a cache only: an event that is not in the ring is in the store. */
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

/* Keep a copy, which replaces an older event. Cannot fail: an event that is too large, or
 * finds no memory, is not kept. */
void jn_ring_keep(struct jn_ring *ring, const struct jangle_record *record);

/* Visit the event at exactly that position, with the ring locked. Returns what `visit`
 * returns; false if the event is not there. */
bool jn_ring_visit(struct jn_ring *ring,
                   int64_t position,
                   bool (*visit)(void *context, const struct jangle_record *record),
                   void *context);

#endif
