/* receive.c - parcels go out. */
#include "hub/receive.h"

#include "hub/attachment.h"
#include "hub/connection.h"
#include "hub/log.h"
#include "hub/queue.h"
#include "hub/topic.h"

enum { FIRST_CAPACITY = 16 };

/* What one call may still take. */
struct room {
    size_t limit;
    size_t bytes;
    bool full;
};

/* The first parcel may be larger than what is allowed. */
static bool fits(struct room *room, const struct jn_hub_transport *transport, size_t size)
{
    room->full = transport->parcel_count >= room->limit ||
                 (transport->parcel_count && size > room->bytes);
    return !room->full;
}

static bool has_slot(struct jn_hub_transport *transport)
{
    const struct jangle_allocator *allocator = &transport->host.allocator;
    size_t capacity =
        transport->parcel_capacity ? transport->parcel_capacity * 2 : FIRST_CAPACITY;
    void *parcels;

    if (transport->parcel_count < transport->parcel_capacity)
        return true;
    parcels =
        jn_resize(allocator, transport->parcels, capacity * sizeof(struct jangle_parcel));
    if (!parcels)
        return false;
    transport->parcels = parcels;
    transport->parcel_capacity = capacity;
    return true;
}

/* What a receipt points to, with the names that the parcel shows. */
static struct jn_hub_delivery *make_delivery(struct jn_hub_attachment *attachment,
                                             const char *log)
{
    size_t queue_size = strlen(attachment->name) + 1;
    size_t log_size = log ? strlen(log) + 1 : 0;
    struct jn_hub_delivery *made = jn_new(jn_hub_memory(attachment->queue->broker),
                                          sizeof *made + queue_size + log_size);

    if (!made)
        return NULL;
    memcpy(made->texts, attachment->name, queue_size);
    if (log)
        memcpy(made->texts + queue_size, log, log_size);
    made->attachment = attachment;
    jn_hub_link_before(&made->link, &attachment->deliveries);
    return made;
}

/* Put a parcel into the hands of the receiver. */
static struct jn_hub_delivery *hand_over(struct jn_hub_transport *transport,
                                         struct jn_hub_attachment *attachment,
                                         struct jn_hub_contents *contents,
                                         int attempt,
                                         const char *log,
                                         struct room *room)
{
    struct jn_hub_delivery *delivery =
        has_slot(transport) ? make_delivery(attachment, log) : NULL;
    struct jangle_parcel *parcel;

    if (!delivery)
        return NULL;
    parcel = &transport->parcels[transport->parcel_count++];
    delivery->contents = jn_hub_contents_hold(contents);
    delivery->attempt = attempt;
    *parcel = contents->parcel;
    parcel->queue = delivery->texts;
    parcel->attempt = attempt;
    parcel->offset.log = log ? delivery->texts + strlen(delivery->texts) + 1 : NULL;
    parcel->receipt = delivery;
    room->bytes -= parcel->body_size < room->bytes ? parcel->body_size : room->bytes;
    return delivery;
}

static enum jangle_result take_items(struct jn_hub_transport *transport,
                                     struct jn_hub_attachment *attachment,
                                     struct room *room)
{
    struct jn_hub_link *waiting = &attachment->queue->waiting;

    while (!jn_hub_list_is_empty(waiting)) {
        struct jn_hub_item *item = JN_HUB_OF(waiting->next, struct jn_hub_item, link);
        struct jn_hub_delivery *delivery;

        if (!fits(room, transport, item->contents->parcel.body_size))
            return JANGLE_OK;
        delivery =
            hand_over(transport, attachment, item->contents, item->attempt, NULL, room);
        if (!delivery)
            return JANGLE_NO_MEMORY;
        delivery->item = item;
        jn_hub_queue_take(item);
    }
    return JANGLE_OK;
}

/* ---- logs ---------------------------------------------------------------------- */

static enum jangle_result take_entry(struct jn_hub_transport *transport,
                                     struct jn_hub_attachment *attachment,
                                     const struct jn_hub_log *log,
                                     size_t cursor,
                                     struct room *room)
{
    int64_t offset = attachment->cursors[cursor];
    const struct jn_hub_entry *entry = jn_hub_log_at(log, offset);
    struct jn_hub_delivery *delivery;

    if (!fits(room, transport, entry->contents->parcel.body_size))
        return JANGLE_OK;
    delivery = hand_over(transport, attachment, entry->contents, entry->attempt,
                         log->name, room);
    if (!delivery)
        return JANGLE_NO_MEMORY;
    delivery->cursor = cursor;
    delivery->offset = offset;
    transport->parcels[transport->parcel_count - 1].offset.offset = offset;
    attachment->cursors[cursor]++;
    return JANGLE_OK;
}

static enum jangle_result take_log(struct jn_hub_transport *transport,
                                   struct jn_hub_attachment *attachment,
                                   size_t cursor,
                                   struct room *room)
{
    struct jn_hub_log *log;
    struct jn_hub_binding *binding;
    int64_t *at = &attachment->cursors[cursor];
    enum jangle_result result = JANGLE_OK;

    jn_hub_log_of(attachment->queue, cursor, &log, &binding);
    if (binding && *at < binding->floor)
        *at = binding->floor;
    if (*at < log->first)
        *at = log->first;
    while (!result && !room->full && *at <= jn_hub_log_end(log)) {
        if (binding && !jn_hub_binding_wants(
                           binding, jn_hub_log_at(log, *at)->contents->parcel.route))
            ++*at;
        else
            result = take_entry(transport, attachment, log, cursor, room);
    }
    return result;
}

static enum jangle_result take_logs(struct jn_hub_transport *transport,
                                    struct jn_hub_attachment *attachment,
                                    struct room *room)
{
    enum jangle_result result = jn_hub_attachment_extend(attachment);

    for (size_t i = 0; !result && !room->full && i < attachment->cursor_count; i++)
        result = take_log(transport, attachment, i, room);
    return result;
}

/* ---- the whole ----------------------------------------------------------------- */

/* The attachment whose turn it was goes to the end, so that a busy queue does not keep
 * the others from being received. */
static enum jangle_result take_all(struct jn_hub_transport *transport, struct room *room)
{
    struct jn_hub_link *all = &transport->attachments, *first = all->next, *at;
    enum jangle_result result = JANGLE_OK;

    for (at = first; !result && !room->full && at != all; at = at->next) {
        struct jn_hub_attachment *attachment =
            JN_HUB_OF(at, struct jn_hub_attachment, in_transport);

        if (!jn_hub_attachment_is_active(attachment))
            continue;
        result = transport->broker->keeps_logs ? take_logs(transport, attachment, room)
                                               : take_items(transport, attachment, room);
    }
    if (first != all) {
        jn_hub_unlink(first);
        jn_hub_link_before(first, all);
    }
    return transport->parcel_count ? JANGLE_OK : result;
}

/* A queue that was removed is reported once, and is then no longer attached. */
static enum jangle_result report_removed(struct jn_hub_transport *transport,
                                         struct jangle_error *error)
{
    struct jn_hub_link *at = transport->attachments.next;

    for (; at != &transport->attachments; at = at->next) {
        struct jn_hub_attachment *attachment =
            JN_HUB_OF(at, struct jn_hub_attachment, in_transport);

        if (!attachment->removed)
            continue;
        jangle_error_set(error, JANGLE_NOT_FOUND,
                         "hub: queue \"%s\" was removed while \"%s\" received from it",
                         JN_SHOWN(60, attachment->name), JN_SHOWN(60, transport->name));
        jn_hub_attachment_free(transport, attachment);
        return JANGLE_NOT_FOUND;
    }
    return JANGLE_OK;
}

static enum jangle_result try_to_take(struct jn_hub_transport *transport,
                                      size_t limit,
                                      size_t bytes,
                                      struct jangle_error *error)
{
    struct room room = {.limit = limit, .bytes = bytes};
    enum jangle_result result = report_removed(transport, error);

    if (result)
        return result;
    result = take_all(transport, &room);
    return result ? jn_hub_full(error, "receive a parcel") : JANGLE_OK;
}

/* Wait for a change, or for the next moment at which a delay ends. False: the time is up.
 * Condition variables wait by the system's clock, so that is what counts here. */
static bool wait_for_change(const struct jn_hub_transport *transport, int64_t until_us)
{
    const struct jn_hub_broker *broker = transport->broker;
    struct jangle_hub *hub = broker->hub;
    int64_t now_us = jn_monotonic_us();

    if (now_us >= until_us)
        return false;
    if (broker->next_us != INT64_MAX) {
        int64_t left_us = broker->next_us - jn_hub_now_us(broker);

        left_us = left_us < 1000 ? 1000 : left_us;
        until_us = left_us < until_us - now_us ? now_us + left_us : until_us;
    }
    jn_cond_wait_until(&hub->changed, &hub->mutex, until_us);
    return true;
}

enum jangle_result jn_hub_receive(struct jangle_transport *base,
                                  size_t limit,
                                  size_t bytes,
                                  int64_t wait_ms,
                                  struct jangle_parcel **parcels,
                                  size_t *count,
                                  struct jangle_error *error)
{
    struct jn_hub_transport *transport = jn_hub_transport_of(base);
    int64_t until_us = wait_ms > 0 ? jn_monotonic_after_ms(wait_ms) : 0;
    enum jangle_result result;

    transport->parcel_count = 0;
    jn_mutex_lock(&transport->broker->hub->mutex);
    do {
        result = jn_hub_connect(transport, error);
        if (!result)
            result = try_to_take(transport, limit, bytes, error);
    } while (!result && !transport->parcel_count && limit && !transport->woken &&
             wait_for_change(transport, until_us));
    transport->woken = false;
    *parcels = transport->parcels;
    *count = transport->parcel_count;
    jn_hub_leave(transport);
    return result;
}
