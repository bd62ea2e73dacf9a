/* connection.c - how a call of a transport begins and ends. */
#include "hub/connection.h"

#include "hub/attachment.h"
#include "hub/broker.h"

/* The queue may have been removed while there was no connection, and made again. */
static void attach_again(struct jn_hub_transport *transport)
{
    struct jn_hub_link *at = transport->attachments.next;

    for (; at != &transport->attachments; at = at->next) {
        struct jn_hub_attachment *attachment =
            JN_HUB_OF(at, struct jn_hub_attachment, in_transport);
        struct jn_hub_queue *queue;

        if (attachment->queue || attachment->removed)
            continue;
        queue = jn_hub_find_queue(transport->broker, attachment->name);
        if (queue && queue->number == attachment->queue_number)
            jn_hub_attachment_connect(attachment, queue);
        else
            attachment->removed = true;
    }
}

enum jangle_result jn_hub_connect(struct jn_hub_transport *transport,
                                  struct jangle_error *error)
{
    if (transport->broker->hub->stopped)
        return jangle_error_set(error, JANGLE_BUSY,
                                "hub: it is stopped, so \"%s\" cannot reach it before "
                                "jangle_hub_start",
                                JN_SHOWN(60, transport->name));
    attach_again(transport);
    jn_hub_broker_advance(transport->broker);
    return JANGLE_OK;
}

enum jangle_result jn_hub_enter(struct jn_hub_transport *transport,
                                struct jangle_error *error)
{
    enum jangle_result result;

    jn_mutex_lock(&transport->broker->hub->mutex);
    result = jn_hub_connect(transport, error);
    if (result)
        jn_mutex_unlock(&transport->broker->hub->mutex);
    return result;
}

void jn_hub_leave(struct jn_hub_transport *transport)
{
    jn_cond_broadcast(&transport->broker->hub->changed);
    jn_mutex_unlock(&transport->broker->hub->mutex);
}

void jn_hub_lose(struct jn_hub_transport *transport)
{
    struct jn_hub_link *at = transport->attachments.next;

    for (; at != &transport->attachments; at = at->next)
        jn_hub_attachment_end(transport,
                              JN_HUB_OF(at, struct jn_hub_attachment, in_transport));
}
