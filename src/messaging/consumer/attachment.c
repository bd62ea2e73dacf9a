/* attachment.c - a consumer attaches to its queues, and waits if the broker is away. */
#include "messaging/consumer/attachment.h"

#include "messaging/consumer/lost_offset.h"

void jn_consuming_wait_for_broker(struct jn_consuming *consuming,
                                  const struct jangle_error *error)
{
    consuming->attached = false;
    jn_consuming_wait(consuming, jn_endpoint_note_failure(&consuming->endpoint, error));
}

void jn_consuming_detach(struct jn_consuming *consuming)
{
    struct jangle_transport *transport = consuming->endpoint.transport;

    for (size_t i = 0; i < consuming->inboxes.count; i++)
        transport->ops->detach(transport, consuming->inboxes.items[i].queue.name, NULL);
    consuming->attached = false;
}

static enum jangle_result attach_inbox(struct jn_consuming *consuming,
                                       const struct jn_inbox *inbox,
                                       struct jangle_error *error)
{
    struct jangle_transport *transport = consuming->endpoint.transport;
    enum jangle_result result = JANGLE_OK;

    if (!consuming->consumer->undeclared)
        result = jn_inbox_declare(inbox, transport, error);
    if (!result)
        result = jn_offsets_attach(&consuming->offsets, transport, &inbox->queue, error);
    return result;
}

bool jn_consuming_declare(struct jn_consuming *consuming)
{
    struct jangle_transport *transport = consuming->endpoint.transport;
    bool declared = true;

    for (size_t i = 0; !consuming->consumer->undeclared && i < consuming->inboxes.count;
         i++)
        declared &= !jn_inbox_declare(&consuming->inboxes.items[i], transport, NULL);
    return declared;
}

bool jn_consuming_attach(struct jn_consuming *consuming)
{
    struct jangle_error error = {0};
    enum jangle_result result = JANGLE_OK;

    if (consuming->attached)
        return true;
    if (jn_lost_offset_suspend(consuming))
        return false;
    for (size_t i = 0; !result && i < consuming->inboxes.count; i++)
        result = attach_inbox(consuming, &consuming->inboxes.items[i], &error);
    if (jn_offsets_lost(&consuming->offsets)) {
        jn_consuming_detach(consuming);
        jn_endpoint_note_answer(&consuming->endpoint);
        jn_lost_offset_suspend(consuming);
        return false;
    }
    if (result) {
        jn_consuming_wait_for_broker(consuming, &error);
        return false;
    }
    consuming->attached = true;
    jn_endpoint_note_answer(&consuming->endpoint);
    return true;
}
