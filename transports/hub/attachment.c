/* attachment.c - a transport that receives from a queue. */
#include "hub/attachment.h"

#include "hub/queue.h"

static const struct jangle_allocator *memory_of(const struct jn_hub_transport *transport)
{
    return jn_hub_memory(transport->broker);
}

struct jn_hub_attachment *jn_hub_attachment_new(struct jn_hub_transport *transport,
                                                const char *queue)
{
    size_t size = strlen(queue) + 1;
    struct jn_hub_attachment *made = jn_new(memory_of(transport), sizeof *made + size);

    if (!made)
        return NULL;
    memcpy(made->name, queue, size);
    jn_hub_list_init(&made->in_queue);
    jn_hub_list_init(&made->deliveries);
    jn_hub_link_before(&made->in_transport, &transport->attachments);
    return made;
}

struct jn_hub_attachment *jn_hub_attachment_find(const struct jn_hub_transport *transport,
                                                 const char *queue)
{
    struct jn_hub_link *at = transport->attachments.next;

    for (; at != &transport->attachments; at = at->next) {
        struct jn_hub_attachment *found =
            JN_HUB_OF(at, struct jn_hub_attachment, in_transport);

        if (strcmp(found->name, queue) == 0)
            return found;
    }
    return NULL;
}

void jn_hub_attachment_connect(struct jn_hub_attachment *attachment,
                               struct jn_hub_queue *queue)
{
    attachment->queue = queue;
    attachment->queue_number = queue->number;
    jn_hub_link_before(&attachment->in_queue, &queue->attachments);
}

/* A log is read again from the first parcel that was not settled. */
void jn_hub_delivery_give_back(struct jn_hub_delivery *delivery, struct jn_hub_item *near)
{
    int64_t *cursors = delivery->attachment->cursors;

    if (delivery->item)
        jn_hub_queue_give_back(delivery->item, near);
    else if (delivery->offset < cursors[delivery->cursor])
        cursors[delivery->cursor] = delivery->offset;
    delivery->item = NULL;
}

/* The last one first, as jn_hub_queue_give_back wants it. */
void jn_hub_attachment_end(struct jn_hub_transport *transport,
                           struct jn_hub_attachment *attachment)
{
    struct jn_hub_item *near = NULL;

    while (!jn_hub_list_is_empty(&attachment->deliveries)) {
        struct jn_hub_delivery *delivery =
            JN_HUB_OF(attachment->deliveries.previous, struct jn_hub_delivery, link);
        struct jn_hub_item *item = delivery->item;

        if (attachment->queue)
            jn_hub_delivery_give_back(delivery, near);
        near = item ? item : near;
        delivery->attachment = NULL;
        jn_hub_unlink(&delivery->link);
        jn_hub_link_before(&delivery->link, &transport->lost);
    }
    jn_hub_unlink(&attachment->in_queue);
    attachment->queue = NULL;
}

void jn_hub_attachment_free(struct jn_hub_transport *transport,
                            struct jn_hub_attachment *attachment)
{
    jn_hub_attachment_end(transport, attachment);
    jn_hub_unlink(&attachment->in_transport);
    jn_free(memory_of(transport), attachment->cursors);
    jn_free(memory_of(transport), attachment);
}

/* The receipts stay with the attachment until it is ended. */
void jn_hub_attachment_remove(struct jn_hub_attachment *attachment)
{
    struct jn_hub_link *at = attachment->deliveries.next;

    for (; at != &attachment->deliveries; at = at->next) {
        struct jn_hub_delivery *delivery = JN_HUB_OF(at, struct jn_hub_delivery, link);

        if (delivery->item)
            jn_hub_item_free(delivery->item);
        delivery->item = NULL;
        delivery->removed = true;
    }
    jn_hub_unlink(&attachment->in_queue);
    attachment->queue = NULL;
    attachment->removed = true;
}

bool jn_hub_attachment_is_active(const struct jn_hub_attachment *attachment)
{
    const struct jn_hub_queue *queue = attachment->queue;

    return queue &&
           (!queue->as.in_order || queue->attachments.next == &attachment->in_queue);
}

/* ---- logs ---------------------------------------------------------------------- */

static size_t count_logs(const struct jn_hub_queue *queue)
{
    const struct jn_hub_link *at;
    size_t count = 1;

    for (at = queue->bindings.next; at != &queue->bindings; at = at->next)
        count++;
    return count;
}

/* The queue may have been bound to another topic since the last call. */
enum jangle_result jn_hub_attachment_extend(struct jn_hub_attachment *attachment)
{
    const struct jn_hub_queue *queue = attachment->queue;
    size_t count = count_logs(queue);
    int64_t *cursors;

    if (count == attachment->cursor_count)
        return JANGLE_OK;
    cursors = jn_resize(jn_hub_memory(queue->broker), attachment->cursors,
                        count * sizeof *cursors);
    if (!cursors)
        return JANGLE_NO_MEMORY;
    attachment->cursors = cursors;
    while (attachment->cursor_count < count)
        cursors[attachment->cursor_count++] = 1;
    return JANGLE_OK;
}

bool jn_hub_log_of(struct jn_hub_queue *queue,
                   size_t cursor,
                   struct jn_hub_log **log,
                   struct jn_hub_binding **binding)
{
    struct jn_hub_link *at = queue->bindings.next;

    *log = &queue->log;
    *binding = NULL;
    if (!cursor)
        return true;
    while (at != &queue->bindings && --cursor)
        at = at->next;
    if (at == &queue->bindings)
        return false;
    *binding = JN_HUB_OF(at, struct jn_hub_binding, in_queue);
    *log = &(*binding)->topic->log;
    return true;
}
