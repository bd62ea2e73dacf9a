/* delays.h - the heap of items that are delayed. */
#ifndef JN_HUB_DELAYS_H
#define JN_HUB_DELAYS_H

#include "hub/hub.h"

/* NO_MEMORY: nothing has changed. */
enum jangle_result jn_hub_delays_push(struct jn_hub_delays *delays,
                                      const struct jangle_allocator *allocator,
                                      struct jn_hub_item *item);

/* The item that is due first, or NULL. */
static inline struct jn_hub_item *jn_hub_delays_top(const struct jn_hub_delays *delays)
{
    return delays->count ? delays->items[0] : NULL;
}

/* Take it out of the heap. */
void jn_hub_delays_pop(struct jn_hub_delays *delays);

/* Take out all items whose home is that queue, and hand them to `discard`. */
void jn_hub_delays_drop(struct jn_hub_delays *delays,
                        const struct jn_hub_queue *home,
                        void (*discard)(struct jn_hub_item *item));

#endif
