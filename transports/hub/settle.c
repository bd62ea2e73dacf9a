/* settle.c - what becomes of parcels that were received. */
#include "hub/settle.h"

#include "hub/attachment.h"
#include "hub/connection.h"
#include "hub/dead.h"
#include "hub/queue.h"
#include "hub/topic.h"

void jn_hub_delivery_free(const struct jangle_allocator *allocator,
                          struct jn_hub_delivery *delivery)
{
    jn_hub_unlink(&delivery->link);
    jn_hub_contents_drop(allocator, delivery->contents);
    jn_free(allocator, delivery);
}

/* Who is bound to the topic of retries sees what is tried again. The retry queue itself
 * is not bound to it. */
static enum jangle_result show_retry(const struct jn_hub_queue *queue,
                                     const struct jn_hub_delivery *delivery,
                                     int attempt)
{
    struct jn_hub_broker *broker = queue->broker;
    struct jn_hub_topic *topic = jn_hub_find_topic(broker, queue->as.retry_topic);
    struct jangle_parcel parcel = delivery->contents->parcel;
    struct jn_hub_contents *copy;
    enum jangle_result result;

    if (!topic)
        return JANGLE_OK;
    parcel.route = queue->as.retry;
    copy = jn_hub_contents_copy(jn_hub_memory(broker), &parcel, NULL, 0);
    if (!copy)
        return JANGLE_NO_MEMORY;
    result = jn_hub_topic_put(topic, broker, copy, attempt, false);
    jn_hub_contents_drop(jn_hub_memory(broker), copy);
    return result;
}

/* In a broker of logs the parcel stays where it is, so an item is made for the copy. */
static enum jangle_result try_again(const struct jangle_settlement *settlement,
                                    struct jn_hub_delivery *delivery)
{
    struct jn_hub_queue *queue = delivery->attachment->queue;
    struct jn_hub_item *item = delivery->item;
    int attempt = settlement->attempts + 1;
    enum jangle_result result = show_retry(queue, delivery, attempt);

    if (result)
        return result;
    if (!item)
        item = jn_hub_item_new(queue, delivery->contents, attempt);
    if (!item)
        return JANGLE_NO_MEMORY;
    result = jn_hub_queue_delay(item, settlement->delay_ms);
    if (!result)
        item->attempt = attempt;
    else if (!delivery->item)
        jn_hub_item_free(item);
    return result;
}

static enum jangle_result dispose(const struct jangle_settlement *settlement,
                                  struct jn_hub_delivery *delivery)
{
    int attempts = settlement->attempts > delivery->attempt ? settlement->attempts
                                                            : delivery->attempt;
    enum jangle_result result = JANGLE_OK;

    switch (settlement->disposition) {
    case JANGLE_TAKEN:
        break;
    case JANGLE_AGAIN:
        return try_again(settlement, delivery);
    case JANGLE_DEAD:
        result = jn_hub_bury(delivery->attachment->queue, delivery->contents, attempts,
                             settlement->reason);
        break;
    default:
        return JANGLE_INVALID;
    }
    if (!result && delivery->item)
        jn_hub_item_free(delivery->item);
    return result;
}

/* What could not be done leaves the parcel in its queue. */
static enum jangle_result settle_one(const struct jangle_settlement *settlement,
                                     struct jn_hub_delivery *delivery)
{
    enum jangle_result result;

    if (delivery->removed)
        return JANGLE_NOT_FOUND;
    if (!delivery->attachment)
        return JANGLE_CONFLICT;
    result = dispose(settlement, delivery);
    if (result)
        jn_hub_delivery_give_back(delivery, NULL);
    return result;
}

/* If the hub is stopped, all parcels were given back before: only the receipts are freed.
 */
enum jangle_result jn_hub_settle(struct jangle_transport *base,
                                 struct jangle_settlement *settlements,
                                 size_t count,
                                 struct jangle_error *error)
{
    struct jn_hub_transport *transport = jn_hub_transport_of(base);
    enum jangle_result connected, result;

    jn_mutex_lock(&transport->broker->hub->mutex);
    result = connected = jn_hub_connect(transport, error);
    for (size_t i = 0; i < count; i++) {
        struct jangle_settlement *settlement = &settlements[i];
        struct jn_hub_delivery *delivery = settlement->parcel->receipt;

        settlement->result = connected ? connected : settle_one(settlement, delivery);
        if (settlement->result == JANGLE_NO_MEMORY)
            result = jn_hub_full(error, "settle a parcel");
        jn_hub_delivery_free(jn_hub_memory(transport->broker), delivery);
    }
    jn_hub_leave(transport);
    return result;
}
