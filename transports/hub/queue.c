/* queue.c - the items of a queue. Those that wait are in a list in the order of their
 * numbers, so an item that is given back finds its old turn. */
#include "hub/queue.h"

#include "hub/delays.h"
#include "hub/log.h"

struct jn_hub_item *
jn_hub_item_new(struct jn_hub_queue *home, struct jn_hub_contents *contents, int attempt)
{
    struct jn_hub_item *item = jn_new(jn_hub_memory(home->broker), sizeof *item);

    if (!item)
        return NULL;
    jn_hub_list_init(&item->link);
    item->contents = jn_hub_contents_hold(contents);
    item->home = home;
    item->number = home->next_item++;
    item->attempt = attempt;
    return item;
}

void jn_hub_item_free(struct jn_hub_item *item)
{
    const struct jangle_allocator *allocator = jn_hub_memory(item->home->broker);

    jn_hub_contents_drop(allocator, item->contents);
    jn_free(allocator, item);
}

/* A moment, later by so many ms; or the last moment of all. */
static int64_t later_us(int64_t now_us, int64_t ms)
{
    if (ms <= 0)
        return now_us;
    return ms > (INT64_MAX - now_us) / 1000 ? INT64_MAX : now_us + ms * 1000;
}

static void look_no_later(struct jn_hub_broker *broker, int64_t us)
{
    if (us < broker->next_us)
        broker->next_us = us;
}

void jn_hub_queue_add(struct jn_hub_item *item, int64_t now_us)
{
    struct jn_hub_queue *queue = item->home;

    item->number = queue->next_item++;
    item->expires_us =
        queue->as.expire_ms ? later_us(now_us, queue->as.expire_ms) : INT64_MAX;
    look_no_later(queue->broker, item->expires_us);
    jn_hub_link_before(&item->link, &queue->waiting);
    queue->waiting_count++;
}

static uint64_t number_at(struct jn_hub_link *at)
{
    return JN_HUB_OF(at, struct jn_hub_item, link)->number;
}

/* What is given back was received before most of what waits, so its turn is looked for
 * from the beginning. */
void jn_hub_queue_give_back(struct jn_hub_item *item, struct jn_hub_item *near)
{
    struct jn_hub_queue *queue = item->home;
    struct jn_hub_link *waiting = &queue->waiting;
    struct jn_hub_link *at = near ? &near->link : waiting->next;

    while (at->previous != waiting && number_at(at->previous) > item->number)
        at = at->previous;
    while (at != waiting && number_at(at) < item->number)
        at = at->next;
    jn_hub_link_before(&item->link, at);
    queue->waiting_count++;
    look_no_later(queue->broker, item->expires_us);
}

void jn_hub_queue_take(struct jn_hub_item *item)
{
    jn_hub_unlink(&item->link);
    item->home->waiting_count--;
}

/* If the retry queue was removed alone, its home keeps the item. */
enum jangle_result jn_hub_queue_delay(struct jn_hub_item *item, int64_t delay_ms)
{
    struct jn_hub_queue *home = item->home;
    struct jn_hub_broker *broker = home->broker;
    struct jn_hub_queue *retry = jn_hub_find_queue(broker, home->as.retry);

    if (home->as.retry_ms)
        delay_ms = home->as.retry_ms;
    item->due_us = later_us(jn_hub_now_us(broker), delay_ms);
    if (jn_hub_delays_push(retry ? &retry->delays : &home->delays, jn_hub_memory(broker),
                           item))
        return JANGLE_NO_MEMORY;
    look_no_later(broker, item->due_us);
    return JANGLE_OK;
}

enum jangle_result jn_hub_queue_put(struct jn_hub_queue *queue,
                                    struct jn_hub_contents *contents,
                                    int attempt)
{
    struct jn_hub_item *item;

    if (queue->broker->keeps_logs)
        return jn_hub_log_append(&queue->log, jn_hub_memory(queue->broker), contents,
                                 attempt);
    item = jn_hub_item_new(queue, contents, attempt);
    if (!item)
        return JANGLE_NO_MEMORY;
    jn_hub_queue_add(item, jn_hub_now_us(queue->broker));
    return JANGLE_OK;
}

void jn_hub_queue_purge(struct jn_hub_queue *queue)
{
    while (!jn_hub_list_is_empty(&queue->waiting)) {
        struct jn_hub_item *item =
            JN_HUB_OF(queue->waiting.next, struct jn_hub_item, link);

        jn_hub_queue_take(item);
        jn_hub_item_free(item);
    }
    for (size_t i = 0; i < queue->delays.count; i++)
        jn_hub_item_free(queue->delays.items[i]);
    queue->delays.count = 0;
    if (queue->broker->keeps_logs)
        jn_hub_log_purge(&queue->log, jn_hub_memory(queue->broker));
}
