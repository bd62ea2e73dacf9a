/* remove.c - what waits in a queue is counted and removed, and queues and topics are. */
#include "hub/remove.h"

#include "hub/attachment.h"
#include "hub/broker.h"
#include "hub/connection.h"
#include "hub/log.h"
#include "hub/queue.h"
#include "hub/topic.h"

/* ---- counting ------------------------------------------------------------------ */

/* How many parcels of a log lie before a receiver that wants them. */
static int64_t count_log(const struct jn_hub_log *log,
                         const struct jn_hub_binding *binding,
                         int64_t from)
{
    int64_t count = 0;

    if (binding && from < binding->floor)
        from = binding->floor;
    if (from < log->first)
        from = log->first;
    for (; from <= jn_hub_log_end(log); from++)
        count += !binding ||
                 jn_hub_binding_wants(binding,
                                      jn_hub_log_at(log, from)->contents->parcel.route);
    return count;
}

/* Each receiver of a log has read another part of it, so only one that is attached here
 * can be asked. */
static int64_t count_logs(const struct jn_hub_transport *transport,
                          struct jn_hub_queue *queue)
{
    const struct jn_hub_attachment *attachment =
        jn_hub_attachment_find(transport, queue->name.text);
    struct jn_hub_log *log;
    struct jn_hub_binding *binding;
    int64_t count = 0;

    if (!attachment || attachment->queue != queue)
        return -1;
    for (size_t i = 0; jn_hub_log_of(queue, i, &log, &binding); i++)
        count += count_log(log, binding,
                           i < attachment->cursor_count ? attachment->cursors[i] : 1);
    return count;
}

enum jangle_result jn_hub_count(struct jangle_transport *base,
                                const char *name,
                                int64_t *count,
                                struct jangle_error *error)
{
    struct jn_hub_transport *transport = jn_hub_transport_of(base);
    enum jangle_result result = jn_hub_enter(transport, error);
    struct jn_hub_queue *queue;

    if (result)
        return result;
    queue = jn_hub_find_queue(transport->broker, name);
    if (!queue)
        result = jangle_error_set(error, JANGLE_NOT_FOUND,
                                  "hub: queue \"%s\" does not exist", JN_SHOWN(60, name));
    else if (transport->broker->keeps_logs)
        *count = count_logs(transport, queue);
    else
        *count = (int64_t)(queue->waiting_count + queue->delays.count);
    jn_hub_leave(transport);
    return result;
}

/* ---- removing ------------------------------------------------------------------ */

/* The log of a topic stays, because other queues read it, too. */
static void purge_queue(struct jn_hub_queue *queue)
{
    struct jn_hub_link *at = queue->bindings.next;

    jn_hub_queue_purge(queue);
    for (; at != &queue->bindings; at = at->next) {
        struct jn_hub_binding *binding = JN_HUB_OF(at, struct jn_hub_binding, in_queue);

        binding->floor = jn_hub_log_end(&binding->topic->log) + 1;
    }
}

enum jangle_result
jn_hub_purge(struct jangle_transport *base, const char *name, struct jangle_error *error)
{
    struct jn_hub_transport *transport = jn_hub_transport_of(base);
    enum jangle_result result = jn_hub_enter(transport, error);
    struct jn_hub_queue *queue;

    if (result)
        return result;
    queue = jn_hub_find_queue(transport->broker, name);
    if (queue)
        purge_queue(queue);
    jn_hub_leave(transport);
    return JANGLE_OK;
}

static void remove_named(struct jn_hub_broker *broker, const char *name)
{
    struct jn_hub_queue *queue = jn_hub_find_queue(broker, name);

    if (queue)
        jn_hub_queue_remove(queue);
}

/* The queue goes first: it takes what is delayed out of its retry queue. */
enum jangle_result jn_hub_remove_queue(struct jangle_transport *base,
                                       const struct jangle_queue *queue,
                                       struct jangle_error *error)
{
    struct jn_hub_transport *transport = jn_hub_transport_of(base);
    enum jangle_result result = jn_hub_enter(transport, error);

    if (result)
        return result;
    remove_named(transport->broker, queue->name);
    remove_named(transport->broker, queue->retry);
    remove_named(transport->broker, queue->dead);
    jn_hub_leave(transport);
    return JANGLE_OK;
}

enum jangle_result jn_hub_remove_topic(struct jangle_transport *base,
                                       const char *name,
                                       struct jangle_error *error)
{
    struct jn_hub_transport *transport = jn_hub_transport_of(base);
    enum jangle_result result = jn_hub_enter(transport, error);
    struct jn_hub_topic *topic;

    if (result)
        return result;
    topic = jn_hub_find_topic(transport->broker, name);
    if (topic && !jn_hub_list_is_empty(&topic->bindings)) {
        const struct jn_hub_binding *binding =
            JN_HUB_OF(topic->bindings.next, struct jn_hub_binding, in_topic);

        result =
            jangle_error_set(error, JANGLE_BUSY,
                             "hub: topic \"%s\" stays, because queue \"%s\" is bound "
                             "to it: remove the queue first",
                             JN_SHOWN(60, name), JN_SHOWN(60, binding->queue->name.text));
    } else if (topic) {
        jn_hub_topic_free(transport->broker, topic);
    }
    jn_hub_leave(transport);
    return result;
}
