/* queue.h - the items of a queue: how they come in, go back, and are delayed. */
#ifndef JN_HUB_QUEUE_H
#define JN_HUB_QUEUE_H

#include "hub/hub.h"

/* A new item, in no list, with a reference to the contents. NULL: no memory. */
struct jn_hub_item *
jn_hub_item_new(struct jn_hub_queue *home, struct jn_hub_contents *contents, int attempt);
void jn_hub_item_free(struct jn_hub_item *item);

/* Put an item at the end of its home, which it reaches at the moment `now_us`. It expires
 * by that. */
void jn_hub_queue_add(struct jn_hub_item *item, int64_t now_us);

/* Put an item back where it was taken from. `near` (may be NULL) is one that waits, and
 * whose turn is near: whoever gives back many names the one before, which spares the
 * search. */
void jn_hub_queue_give_back(struct jn_hub_item *item, struct jn_hub_item *near);

/* Take the first item. */
void jn_hub_queue_take(struct jn_hub_item *item);

/* Keep an item for so many ms, in the retry queue of its home if there is one. It comes
 * back to the end of its home. NO_MEMORY: nothing has changed. */
enum jangle_result jn_hub_queue_delay(struct jn_hub_item *item, int64_t delay_ms);

/* Hand in contents straight to a queue: as an item, or into its log. NO_MEMORY. */
enum jangle_result jn_hub_queue_put(struct jn_hub_queue *queue,
                                    struct jn_hub_contents *contents,
                                    int attempt);

/* Free all items that wait or are delayed, and empty the queue's own log. */
void jn_hub_queue_purge(struct jn_hub_queue *queue);

#endif
