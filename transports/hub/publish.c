/* publish.c - parcels come in. All of one call go in under one lock, in their order, and
 * a lack of memory ends the call: so a queue keeps a beginning of them. */
#include "hub/publish.h"

#include "hub/connection.h"
#include "hub/queue.h"
#include "hub/topic.h"

static enum jangle_result put_contents(struct jn_hub_broker *broker,
                                       const struct jangle_parcel *parcel,
                                       struct jn_hub_contents *contents)
{
    int attempt = parcel->attempt ? parcel->attempt : 1;
    struct jn_hub_topic *topic;
    struct jn_hub_queue *queue;

    if (parcel->topic) {
        topic = jn_hub_find_topic(broker, parcel->topic);
        return topic ? jn_hub_topic_put(topic, broker, contents, attempt,
                                        parcel->must_be_queued)
                     : JANGLE_NOT_FOUND;
    }
    queue = jn_hub_find_queue(broker, parcel->queue);
    return queue ? jn_hub_queue_put(queue, contents, attempt) : JANGLE_NOT_FOUND;
}

static enum jangle_result put_parcel(struct jn_hub_broker *broker,
                                     const struct jangle_parcel *parcel)
{
    struct jn_hub_contents *contents;
    enum jangle_result result;

    if (!parcel->topic && !parcel->queue)
        return JANGLE_INVALID;
    contents = jn_hub_contents_copy(jn_hub_memory(broker), parcel, NULL, 0);
    if (!contents)
        return JANGLE_NO_MEMORY;
    result = put_contents(broker, parcel, contents);
    jn_hub_contents_drop(jn_hub_memory(broker), contents);
    return result;
}

static void refuse_parcels(struct jangle_parcel *parcels, size_t count)
{
    for (size_t i = 0; i < count; i++)
        parcels[i].result = JANGLE_BUSY;
}

enum jangle_result jn_hub_publish(struct jangle_transport *base,
                                  struct jangle_parcel *parcels,
                                  size_t count,
                                  int64_t timeout_ms,
                                  struct jangle_error *error)
{
    struct jn_hub_transport *transport = jn_hub_transport_of(base);
    enum jangle_result result = jn_hub_enter(transport, error);

    (void)timeout_ms;
    if (result) {
        refuse_parcels(parcels, count);
        return result;
    }
    for (size_t i = 0; i < count && !result; i++) {
        parcels[i].result = put_parcel(transport->broker, &parcels[i]);
        if (parcels[i].result != JANGLE_NO_MEMORY)
            continue;
        refuse_parcels(parcels + i, count - i);
        result = jn_hub_full(error, "publish a parcel");
    }
    jn_hub_leave(transport);
    return result;
}
