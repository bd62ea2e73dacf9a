/* tend.c - what was received stays ours: the server is told that we work on it, before a
 * third of its time has passed. */
#include "nats/tend.h"
#include "nats/connection.h"
#include "nats/delivery.h"
#include "nats/pull.h"

static bool is_due(int64_t until_us, int64_t ack_wait_us)
{
    return jn_monotonic_us() > until_us - ack_wait_us * 2 / 3;
}

static size_t prolong_list(struct jn_nats *nats, struct jn_nats_deliveries *list)
{
    struct jn_nats_delivery *each = list->head.next;
    size_t count = 0;

    for (; each != &list->head; each = each->next) {
        if (!jn_nats_delivery_is_ours(nats, each) ||
            !is_due(each->until_us, each->attached->ack_wait_us))
            continue;
        jn_nats_tell(nats, natsMsg_GetReply(each->message), "+WPI");
        each->until_us = jn_monotonic_us() + each->attached->ack_wait_us;
        count++;
    }
    return count;
}

/* After what was received, so that it outlasts that. */
static size_t prolong_turns(struct jn_nats *nats)
{
    struct jn_nats_attached *each = nats->attached;
    size_t count = 0;

    for (; each; each = each->next) {
        struct jn_nats_turn *turn = &each->turn;

        if (!turn->held || jn_monotonic_us() >= turn->until_us ||
            !is_due(turn->until_us, each->ack_wait_us))
            continue;
        jn_nats_tell(nats, turn->reply, "+WPI");
        turn->until_us = jn_monotonic_us() + each->ack_wait_us;
        count++;
    }
    return count;
}

static void take_arrivals(struct jn_nats *nats)
{
    uint64_t queued = 0;
    natsMsg *message = NULL;

    if (natsSubscription_QueuedMsgs(nats->arrivals, &queued))
        return;
    for (; queued && !natsSubscription_NextMsg(&message, nats->arrivals, 1); queued--)
        jn_nats_arrive(nats, message);
}

enum jangle_result jn_nats_tend(struct jangle_transport *transport,
                                struct jangle_error *error)
{
    struct jn_nats *nats = (struct jn_nats *)transport;
    size_t count;
    natsStatus status;

    if (!jn_nats_is_connected(nats))
        return JANGLE_OK; /* the next operation connects */
    take_arrivals(nats);
    count = prolong_list(nats, &nats->held) + prolong_list(nats, &nats->waiting);
    count += prolong_turns(nats);
    if (!count || !jn_nats_is_connected(nats))
        return JANGLE_OK;
    status = natsConnection_FlushTimeout(nats->connection, JN_NATS_CLOSE_MS);
    return status ? jn_nats_fail(nats, "prolonging what was received", status, 0, error)
                  : JANGLE_OK;
}
