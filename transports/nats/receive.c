/* receive.c - parcels are handed out. */
#include "nats/receive.h"
#include "nats/attached.h"
#include "nats/connection.h"
#include "nats/delivery.h"
#include "nats/pull.h"

enum {
    ANSWER_MS = 250, /* what a call without any time may wait for the server's word */
    GATHER_MS = 2
};

void jn_nats_wake(struct jangle_transport *transport)
{
    struct jn_nats *nats = (struct jn_nats *)transport;

    jn_mutex_lock(&nats->mutex);
    nats->woken = true;
    jn_mutex_unlock(&nats->mutex);
}

static bool take_wake(struct jn_nats *nats)
{
    bool woken;

    jn_mutex_lock(&nats->mutex);
    woken = nats->woken;
    nats->woken = false;
    jn_mutex_unlock(&nats->mutex);
    return woken;
}

/* ---- waiting --------------------------------------------------------------------- */

/* False if nothing came in that time. */
static bool look(struct jn_nats *nats, int64_t ms)
{
    natsMsg *message = NULL;

    if (!jn_nats_is_connected(nats) ||
        natsSubscription_NextMsg(&message, nats->arrivals, ms < 1 ? 1 : ms))
        return false;
    jn_nats_arrive(nats, message);
    return true;
}

static size_t count_waiting(const struct jn_nats *nats, size_t limit)
{
    const struct jn_nats_delivery *each = nats->waiting.head.next;
    size_t count = 0;

    for (; each != &nats->waiting.head && count < limit; each = each->next)
        count++;
    return count;
}

/* What the server has sent at once is taken at once. What arrives is mostly what is to be
 * handed out, so it is counted again only when enough has arrived. */
static void gather(struct jn_nats *nats, size_t limit)
{
    size_t missing = limit - count_waiting(nats, limit);

    while (missing && jn_nats_is_asking(nats) && look(nats, GATHER_MS))
        if (!--missing)
            missing = limit - count_waiting(nats, limit);
}

static int64_t shorter(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

static void
wait_for_some(struct jn_nats *nats, size_t limit, size_t bytes, int64_t wait_ms)
{
    int64_t until_us = jn_monotonic_after_ms(wait_ms);
    int64_t answer_us = jn_monotonic_after_ms(ANSWER_MS);

    while (!jn_nats_deliveries_first(&nats->waiting) && jn_nats_is_connected(nats)) {
        int64_t rest_us = until_us - jn_monotonic_us();

        jn_nats_ask_for(nats, limit, bytes, rest_us > 1000 ? rest_us : 0);
        if (rest_us <= 0 &&
            (!jn_nats_is_asking(nats) || jn_monotonic_us() >= answer_us || wait_ms > 0))
            break;
        if (take_wake(nats)) {
            while (look(nats, 1))
                ;
            break;
        }
        look(nats, shorter(rest_us > 0 ? rest_us / 1000 : GATHER_MS, JN_NATS_SLICE_MS));
    }
}

/* ---- handing out ----------------------------------------------------------------- */

static size_t hand_out(struct jn_nats *nats, size_t limit, size_t bytes)
{
    struct jn_nats_delivery *delivery;
    size_t count = 0, used = 0;

    while (count < limit && (delivery = jn_nats_deliveries_first(&nats->waiting))) {
        size_t size = delivery->parcel.body_size;

        if (count && (size > bytes || used > bytes - size))
            break;
        jn_nats_delivery_unlink(delivery);
        jn_nats_deliveries_append(&nats->held, delivery);
        nats->parcels[count++] = delivery->parcel;
        used += size;
    }
    return count;
}

/* What has waited here for too long is no longer ours. */
static void drop_overdue(struct jn_nats *nats)
{
    struct jn_nats_delivery *each = nats->waiting.head.next, *next;

    for (; each != &nats->waiting.head; each = next) {
        next = each->next;
        if (!jn_nats_delivery_is_ours(nats, each))
            jn_nats_delivery_free(nats, each);
    }
}

static bool make_room(struct jn_nats *nats, size_t limit)
{
    struct jangle_parcel *grown =
        jn_resize(&nats->allocator, nats->parcels, limit * sizeof *grown);

    if (grown)
        nats->parcels = grown;
    return grown;
}

/* Also if the turn is ours, and what another one had in hand is waited for. */
const char *jn_nats_standing_by(struct jangle_transport *transport)
{
    const struct jn_nats_attached *each = ((struct jn_nats *)transport)->attached;
    int64_t now_us = jn_monotonic_us();

    while (each && (!each->queue.in_order ||
                    (each->turn.held && now_us >= each->turn.rest_until_us)))
        each = each->next;
    return each ? each->queue.name : NULL;
}

enum jangle_result jn_nats_receive(struct jangle_transport *transport,
                                   size_t limit,
                                   size_t bytes,
                                   int64_t wait_ms,
                                   struct jangle_parcel **parcels,
                                   size_t *count,
                                   struct jangle_error *error)
{
    struct jn_nats *nats = (struct jn_nats *)transport;
    enum jangle_result result;

    *count = 0;
    nats->call++;
    result = jn_nats_refresh(nats, error);
    if (result || !limit)
        return result;
    if (!make_room(nats, limit))
        return jangle_error_set(error, JANGLE_NO_MEMORY,
                                "NATS: no memory to receive %zu parcels", limit);
    drop_overdue(nats);
    wait_for_some(nats, limit, bytes, wait_ms);
    gather(nats, limit);
    *count = hand_out(nats, limit, bytes);
    *parcels = nats->parcels;
    if (*count || jn_nats_is_connected(nats))
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_BUSY, "NATS: the connection has ended");
}
