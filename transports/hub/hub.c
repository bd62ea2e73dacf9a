/* hub.c - a broker in memory: it is opened, stopped, started and closed. */
#include "hub/hub.h"

#include "hub/broker.h"
#include "hub/connection.h"
#include "hub/transport.h"

struct jangle_hub *jangle_hub_open(const struct jangle_host *host)
{
    struct jangle_host complete = host ? *host : (struct jangle_host){0};
    struct jangle_hub *hub;

    jn_host_fill_in(&complete);
    hub = jn_new(&complete.allocator, sizeof *hub);
    if (!hub)
        return NULL;
    hub->host = complete;
    hub->process = getpid();
    if (jn_mutex_init(&hub->mutex)) {
        jn_free(&complete.allocator, hub);
        return NULL;
    }
    if (jn_cond_init(&hub->changed)) {
        jn_mutex_finish(&hub->mutex);
        jn_free(&complete.allocator, hub);
        return NULL;
    }
    jn_hub_list_init(&hub->transports);
    jn_hub_broker_init(&hub->queues, hub, false);
    jn_hub_broker_init(&hub->logs, hub, true);
    return hub;
}

struct jangle_broker jangle_hub_broker(struct jangle_hub *hub)
{
    return (struct jangle_broker){.options = &hub->queues, .open = jn_hub_transport_open};
}

struct jangle_broker jangle_hub_log_broker(struct jangle_hub *hub)
{
    return (struct jangle_broker){.options = &hub->logs, .open = jn_hub_transport_open};
}

void jangle_hub_stop(struct jangle_hub *hub)
{
    struct jn_hub_link *at;

    jn_mutex_lock(&hub->mutex);
    hub->stopped = true;
    for (at = hub->transports.next; at != &hub->transports; at = at->next)
        jn_hub_lose(JN_HUB_OF(at, struct jn_hub_transport, in_hub));
    jn_cond_broadcast(&hub->changed);
    jn_mutex_unlock(&hub->mutex);
}

void jangle_hub_start(struct jangle_hub *hub)
{
    jn_mutex_lock(&hub->mutex);
    hub->stopped = false;
    jn_mutex_unlock(&hub->mutex);
}

/* A child that fork made does not look at the mutex, which may be locked, nor at what
 * that guards, which may be half changed: it gets its memory back when it ends. */
void jangle_hub_close(struct jangle_hub *hub)
{
    struct jangle_allocator allocator;

    if (!hub || hub->process != getpid())
        return;
    assert(jn_hub_list_is_empty(&hub->transports));
    allocator = hub->host.allocator;
    jn_hub_broker_finish(&hub->queues);
    jn_hub_broker_finish(&hub->logs);
    jn_cond_finish(&hub->changed);
    jn_mutex_finish(&hub->mutex);
    jn_free(&allocator, hub);
}
