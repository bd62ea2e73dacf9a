/* broker.c - the queues of a broker, and the passing of time. */
#include "hub/broker.h"

#include "hub/attachment.h"
#include "hub/dead.h"
#include "hub/delays.h"
#include "hub/log.h"
#include "hub/queue.h"
#include "hub/topic.h"

enum { BURY_AGAIN_US = 1000000 };

/* ---- queues -------------------------------------------------------------------- */

/* The texts of a queue that it owns, beside its name. */
static void list_texts(struct jangle_queue *queue, const char **texts[4])
{
    texts[0] = &queue->retry;
    texts[1] = &queue->retry_topic;
    texts[2] = &queue->dead;
    texts[3] = &queue->dead_topic;
}

static void free_queue(const struct jangle_allocator *allocator,
                       struct jn_hub_queue *queue)
{
    const char **texts[4];

    list_texts(&queue->as, texts);
    for (size_t i = 0; i < 4; i++)
        jn_free(allocator, (char *)(uintptr_t)*texts[i]);
    jn_free(allocator, (char *)(uintptr_t)queue->name.text);
    jn_free(allocator, queue->delays.items);
    jn_hub_log_finish(&queue->log, allocator);
    jn_free(allocator, queue);
}

static bool copy_texts(const struct jangle_allocator *allocator,
                       struct jn_hub_queue *queue,
                       const char *name)
{
    const char **texts[4];
    bool all = true;

    list_texts(&queue->as, texts);
    for (size_t i = 0; i < 4; i++) {
        const char *text = *texts[i];

        *texts[i] = jn_copy_text(allocator, text);
        all = all && (!text || *texts[i]);
    }
    queue->name.text = jn_copy_text(allocator, name);
    return all && queue->name.text;
}

struct jn_hub_queue *jn_hub_queue_make(struct jn_hub_broker *broker,
                                       const struct jangle_queue *as)
{
    const struct jangle_allocator *allocator = jn_hub_memory(broker);
    struct jn_hub_queue *queue = jn_new(allocator, sizeof *queue);

    if (!queue)
        return NULL;
    queue->as = *as;
    queue->broker = broker;
    jn_hub_list_init(&queue->waiting);
    jn_hub_list_init(&queue->bindings);
    jn_hub_list_init(&queue->attachments);
    if (!copy_texts(allocator, queue, as->name) ||
        jn_hub_log_init(&queue->log, allocator, "queue", as->name)) {
        free_queue(allocator, queue);
        return NULL;
    }
    queue->as.name = queue->name.text;
    queue->as.topic = NULL;
    queue->as.routes = NULL;
    queue->number = ++broker->hub->queue_count;
    jn_hub_names_add(&broker->queues, &queue->name);
    jn_hub_link_before(&queue->in_broker, &broker->all_queues);
    return queue;
}

/* What comes back to a queue waits in its own heap, or in that of its retry queue. */
void jn_hub_queue_remove(struct jn_hub_queue *queue)
{
    struct jn_hub_queue *retry = jn_hub_find_queue(queue->broker, queue->as.retry);

    while (!jn_hub_list_is_empty(&queue->attachments))
        jn_hub_attachment_remove(
            JN_HUB_OF(queue->attachments.next, struct jn_hub_attachment, in_queue));
    if (retry)
        jn_hub_delays_drop(&retry->delays, queue, jn_hub_item_free);
    jn_hub_queue_purge(queue);
    while (!jn_hub_list_is_empty(&queue->bindings))
        jn_hub_topic_unbind(
            JN_HUB_OF(queue->bindings.next, struct jn_hub_binding, in_queue));
    jn_hub_names_remove(&queue->broker->queues, &queue->name);
    jn_hub_unlink(&queue->in_broker);
    free_queue(jn_hub_memory(queue->broker), queue);
}

/* ---- time ---------------------------------------------------------------------- */

/* Put an item into its home. In a broker of logs it becomes an entry, which needs memory.
 */
static bool come_back(struct jn_hub_item *item)
{
    if (!item->home->broker->keeps_logs) {
        jn_hub_queue_add(item, item->due_us);
        return true;
    }
    if (jn_hub_queue_put(item->home, item->contents, item->attempt))
        return false;
    jn_hub_item_free(item);
    return true;
}

static int64_t end_delays(struct jn_hub_queue *queue, int64_t now_us)
{
    struct jn_hub_item *item;

    while ((item = jn_hub_delays_top(&queue->delays)) && item->due_us <= now_us) {
        jn_hub_delays_pop(&queue->delays);
        if (come_back(item))
            continue;
        jn_hub_delays_push(&queue->delays, jn_hub_memory(queue->broker), item);
        break;
    }
    return item ? item->due_us : INT64_MAX;
}

/* Those that wait are in the order in which they expire. One that has expired stays if
 * there is nowhere to bury it, and that is tried again later. */
static int64_t end_waiting(struct jn_hub_queue *queue, int64_t now_us)
{
    while (!jn_hub_list_is_empty(&queue->waiting)) {
        struct jn_hub_item *item =
            JN_HUB_OF(queue->waiting.next, struct jn_hub_item, link);

        if (item->expires_us > now_us)
            return item->expires_us;
        if (jn_hub_bury(queue, item->contents, item->attempt - 1,
                        "it waited in the queue for too long"))
            return now_us + BURY_AGAIN_US;
        jn_hub_queue_take(item);
        jn_hub_item_free(item);
    }
    return INT64_MAX;
}

/* All delays end first: what comes back may have expired since. */
void jn_hub_broker_advance(struct jn_hub_broker *broker)
{
    int64_t now_us = jn_hub_now_us(broker), next_us = INT64_MAX;
    struct jn_hub_link *all = &broker->all_queues, *at;

    if (now_us < broker->next_us)
        return;
    for (at = all->next; at != all; at = at->next) {
        int64_t us = end_delays(JN_HUB_OF(at, struct jn_hub_queue, in_broker), now_us);

        next_us = us < next_us ? us : next_us;
    }
    broker->next_us = next_us;
    for (at = all->next; at != all; at = at->next) {
        int64_t us = end_waiting(JN_HUB_OF(at, struct jn_hub_queue, in_broker), now_us);

        if (us < broker->next_us)
            broker->next_us = us;
    }
}

/* ---- the whole ----------------------------------------------------------------- */

void jn_hub_broker_init(struct jn_hub_broker *broker, struct jangle_hub *hub, bool logs)
{
    *broker =
        (struct jn_hub_broker){.hub = hub, .keeps_logs = logs, .next_us = INT64_MAX};
    jn_hub_list_init(&broker->all_queues);
}

void jn_hub_broker_finish(struct jn_hub_broker *broker)
{
    while (!jn_hub_list_is_empty(&broker->all_queues))
        jn_hub_queue_remove(
            JN_HUB_OF(broker->all_queues.next, struct jn_hub_queue, in_broker));
    for (size_t i = 0; i < JN_HUB_BUCKET_COUNT; i++)
        while (broker->topics.buckets[i])
            jn_hub_topic_free(broker, (struct jn_hub_topic *)broker->topics.buckets[i]);
}
