/* attached.c - the queues that a transport is attached to. */
#include "nats/attached.h"
#include "nats/connection.h"
#include "nats/delivery.h"
#include "nats/pull.h"
#include "nats/sources.h"
#include "nats/turn.h"

static struct jn_nats_attached *find(const struct jn_nats *nats, const char *queue)
{
    struct jn_nats_attached *attached = nats->attached;

    while (attached && strcmp(attached->queue.name, queue) != 0)
        attached = attached->next;
    return attached;
}

void jn_nats_attached_finish(struct jn_nats *nats)
{
    while (nats->attached) {
        struct jn_nats_attached *first = nats->attached;

        nats->attached = first->next;
        jn_nats_sources_free(nats, first);
    }
}

/* ---- attaching ------------------------------------------------------------------- */

enum jangle_result jn_nats_attach(struct jangle_transport *transport,
                                  const struct jangle_queue *queue,
                                  const struct jangle_log_offset *offsets,
                                  size_t offset_count,
                                  struct jangle_error *error)
{
    struct jn_nats *nats = (struct jn_nats *)transport;
    struct jn_nats_attached *made;
    enum jangle_result result = jn_nats_connect(nats, error);

    (void)offsets, (void)offset_count; /* no queue is a log here */
    if (result || find(nats, queue->name))
        return result;
    made = jn_nats_sources_make(nats, queue, error);
    if (!made)
        return JANGLE_NO_MEMORY;
    result = jn_nats_sources_read(nats, made, error);
    if (result) {
        jn_nats_sources_free(nats, made);
        return result;
    }
    made->generation = nats->generation;
    made->next = nats->attached;
    nats->attached = made;
    return JANGLE_OK;
}

/* What had been asked for and still arrives is given back by who looks at it, because its
 * queue is not attached any more. */
static void take_the_rest(struct jn_nats *nats)
{
    natsSubscription *old = NULL;
    natsMsg *message = NULL;

    if (!jn_nats_is_connected(nats) || jn_nats_renew_arrivals(nats, &old, NULL)) {
        natsSubscription_Destroy(old);
        return;
    }
    while (!natsSubscription_NextMsg(&message, old, 1))
        jn_nats_arrive(nats, message);
    natsSubscription_Destroy(old);
    for (struct jn_nats_attached *each = nats->attached; each; each = each->next)
        jn_nats_stop_pulling(each);
    if (jn_nats_is_connected(nats))
        natsConnection_FlushTimeout(nats->connection, JN_NATS_CLOSE_MS);
}

enum jangle_result jn_nats_detach(struct jangle_transport *transport,
                                  const char *queue,
                                  struct jangle_error *error)
{
    struct jn_nats *nats = (struct jn_nats *)transport;
    struct jn_nats_attached **at = &nats->attached;
    struct jn_nats_attached *gone;

    (void)error;
    while (*at && strcmp((*at)->queue.name, queue) != 0)
        at = &(*at)->next;
    gone = *at;
    if (!gone)
        return JANGLE_OK;
    take_the_rest(nats);
    jn_nats_give_back(nats, gone);
    if (jn_nats_is_connected(nats))
        natsConnection_FlushTimeout(nats->connection, JN_NATS_CLOSE_MS);
    jn_nats_turn_give(nats, gone);
    *at = gone->next;
    jn_nats_sources_free(nats, gone);
    return JANGLE_OK;
}

enum jangle_result jn_nats_refresh(struct jn_nats *nats, struct jangle_error *error)
{
    enum jangle_result result = jn_nats_connect(nats, error);

    for (struct jn_nats_attached *each = nats->attached; !result && each;
         each = each->next) {
        if (each->generation == nats->generation && !each->stale)
            continue;
        if (each->generation != nats->generation) {
            jn_nats_turn_lose(each);
            jn_nats_give_back(nats, each);
        }
        result = jn_nats_sources_read(nats, each, error);
        if (result)
            break;
        each->generation = nats->generation;
        each->stale = false;
    }
    return result;
}
