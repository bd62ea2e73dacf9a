/* transport.c - a transport of the hub: it is opened, woken and closed. */
#include "hub/transport.h"

#include "hub/attach.h"
#include "hub/attachment.h"
#include "hub/connection.h"
#include "hub/declare.h"
#include "hub/publish.h"
#include "hub/receive.h"
#include "hub/remove.h"
#include "hub/settle.h"

static enum jangle_result tend(struct jangle_transport *base, struct jangle_error *error)
{
    struct jn_hub_transport *transport = jn_hub_transport_of(base);
    enum jangle_result result = jn_hub_enter(transport, error);

    if (!result)
        jn_hub_leave(transport);
    return result;
}

static void wake(struct jangle_transport *base)
{
    struct jn_hub_transport *transport = jn_hub_transport_of(base);
    struct jangle_hub *hub = transport->broker->hub;

    jn_mutex_lock(&hub->mutex);
    transport->woken = true;
    jn_cond_broadcast(&hub->changed);
    jn_mutex_unlock(&hub->mutex);
}

static const char *standing_by(struct jangle_transport *base)
{
    struct jn_hub_transport *transport = jn_hub_transport_of(base);
    struct jn_mutex *mutex = &transport->broker->hub->mutex;
    struct jn_hub_link *all = &transport->attachments, *at;
    const char *name = NULL;

    jn_mutex_lock(mutex);
    for (at = all->next; at != all && !name; at = at->next) {
        const struct jn_hub_attachment *attachment =
            JN_HUB_OF(at, struct jn_hub_attachment, in_transport);

        if (attachment->queue && !jn_hub_attachment_is_active(attachment))
            name = attachment->name;
    }
    jn_mutex_unlock(mutex);
    return name;
}

/* ---- close --------------------------------------------------------------------- */

static void free_transport(struct jn_hub_transport *transport)
{
    const struct jangle_allocator *allocator = jn_hub_memory(transport->broker);

    while (!jn_hub_list_is_empty(&transport->attachments))
        jn_hub_attachment_free(transport,
                               JN_HUB_OF(transport->attachments.next,
                                         struct jn_hub_attachment, in_transport));
    while (!jn_hub_list_is_empty(&transport->lost))
        jn_hub_delivery_free(
            allocator, JN_HUB_OF(transport->lost.next, struct jn_hub_delivery, link));
    jn_hub_unlink(&transport->in_hub);
}

/* In a child that fork made, the mutex may be locked by a thread that does not exist
 * there, and the lists may be half changed. So only what nobody else ever touched is
 * freed. */
static void close_transport(struct jangle_transport *base)
{
    struct jn_hub_transport *transport = jn_hub_transport_of(base);
    struct jangle_allocator allocator = transport->host.allocator;
    struct jangle_hub *hub = transport->broker->hub;

    if (transport->process == getpid()) {
        jn_mutex_lock(&hub->mutex);
        free_transport(transport);
        jn_cond_broadcast(&hub->changed);
        jn_mutex_unlock(&hub->mutex);
    }
    jn_free(&allocator, transport->parcels);
    jn_free(&allocator, transport);
}

/* ---- open ---------------------------------------------------------------------- */

static const struct jangle_transport_ops ops = {
    .abi = 1,
    .name = "hub",
    .keeps_prefix = true,
    .declare_topic = jn_hub_declare_topic,
    .declare_queue = jn_hub_declare_queue,
    .publish = jn_hub_publish,
    .attach = jn_hub_attach,
    .detach = jn_hub_detach,
    .receive = jn_hub_receive,
    .settle = jn_hub_settle,
    .tend = tend,
    .wake = wake,
    .count = jn_hub_count,
    .purge = jn_hub_purge,
    .remove_queue = jn_hub_remove_queue,
    .remove_topic = jn_hub_remove_topic,
    .close = close_transport,
    .standing_by = standing_by,
};

enum jangle_result jn_hub_transport_open(const struct jangle_broker *broker,
                                         const struct jangle_host *host,
                                         const char *name,
                                         struct jangle_transport **transport,
                                         struct jangle_error *error)
{
    /* The descriptor was made from a hub that may be changed. */
    struct jn_hub_broker *to = (struct jn_hub_broker *)(uintptr_t)broker->options;
    size_t size = strlen(name) + 1;
    struct jn_hub_transport *made = jn_new(&host->allocator, sizeof *made + size);

    if (!made)
        return jn_hub_full(error, "open a transport");
    made->base.ops = &ops;
    made->broker = to;
    made->host = *host;
    made->process = getpid();
    memcpy(made->name, name, size);
    jn_hub_list_init(&made->attachments);
    jn_hub_list_init(&made->lost);
    jn_mutex_lock(&to->hub->mutex);
    jn_hub_link_before(&made->in_hub, &to->hub->transports);
    jn_mutex_unlock(&to->hub->mutex);
    *transport = &made->base;
    return JANGLE_OK;
}
