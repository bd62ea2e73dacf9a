/* delays.c - a binary heap of items by the moment at which they are due. */
#include "hub/delays.h"

enum { FIRST_CAPACITY = 16 };

/* Of those that are due at the same moment, the one that was received first is first. */
static bool is_before(const struct jn_hub_item *one, const struct jn_hub_item *other)
{
    return one->due_us < other->due_us ||
           (one->due_us == other->due_us && one->number < other->number);
}

static void swap_items(struct jn_hub_delays *delays, size_t i, size_t j)
{
    struct jn_hub_item *item = delays->items[i];

    delays->items[i] = delays->items[j];
    delays->items[j] = item;
}

static void sift_up(struct jn_hub_delays *delays, size_t i)
{
    while (i && is_before(delays->items[i], delays->items[(i - 1) / 2])) {
        swap_items(delays, i, (i - 1) / 2);
        i = (i - 1) / 2;
    }
}

static void sift_down(struct jn_hub_delays *delays, size_t i)
{
    for (;;) {
        size_t least = i;

        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < delays->count;
             child++)
            if (is_before(delays->items[child], delays->items[least]))
                least = child;
        if (least == i)
            return;
        swap_items(delays, i, least);
        i = least;
    }
}

enum jangle_result jn_hub_delays_push(struct jn_hub_delays *delays,
                                      const struct jangle_allocator *allocator,
                                      struct jn_hub_item *item)
{
    if (delays->count == delays->capacity) {
        size_t capacity = delays->capacity ? delays->capacity * 2 : FIRST_CAPACITY;
        void *items = jn_resize(allocator, delays->items, capacity * sizeof item);

        if (!items)
            return JANGLE_NO_MEMORY;
        delays->items = items;
        delays->capacity = capacity;
    }
    delays->items[delays->count] = item;
    sift_up(delays, delays->count++);
    return JANGLE_OK;
}

void jn_hub_delays_pop(struct jn_hub_delays *delays)
{
    delays->items[0] = delays->items[--delays->count];
    sift_down(delays, 0);
}

void jn_hub_delays_drop(struct jn_hub_delays *delays,
                        const struct jn_hub_queue *home,
                        void (*discard)(struct jn_hub_item *item))
{
    size_t kept = 0;

    for (size_t i = 0; i < delays->count; i++) {
        if (delays->items[i]->home == home)
            discard(delays->items[i]);
        else
            delays->items[kept++] = delays->items[i];
    }
    delays->count = kept;
    for (size_t i = kept / 2 + 1; i-- > 0;)
        sift_down(delays, i);
}
