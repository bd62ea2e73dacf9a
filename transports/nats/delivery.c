/* delivery.c - messages that were received and are not settled. */
#include "nats/delivery.h"
#include "nats/connection.h"

void jn_nats_deliveries_init(struct jn_nats_deliveries *list)
{
    list->head.next = list->head.previous = &list->head;
}

void jn_nats_deliveries_append(struct jn_nats_deliveries *list,
                               struct jn_nats_delivery *delivery)
{
    delivery->next = &list->head;
    delivery->previous = list->head.previous;
    delivery->previous->next = delivery;
    list->head.previous = delivery;
}

void jn_nats_delivery_unlink(struct jn_nats_delivery *delivery)
{
    delivery->previous->next = delivery->next;
    delivery->next->previous = delivery->previous;
}

struct jn_nats_delivery *jn_nats_deliveries_first(struct jn_nats_deliveries *list)
{
    return list->head.next == &list->head ? NULL : list->head.next;
}

void jn_nats_delivery_free(struct jn_nats *nats, struct jn_nats_delivery *delivery)
{
    jn_nats_delivery_unlink(delivery);
    natsMsg_Destroy(delivery->message);
    jn_free(&nats->allocator, delivery);
}

bool jn_nats_delivery_is_ours(struct jn_nats *nats,
                              const struct jn_nats_delivery *delivery)
{
    return delivery->attached && jn_nats_is_connected(nats) &&
           delivery->attached->generation == nats->generation &&
           jn_monotonic_us() < delivery->until_us;
}

void jn_nats_tell(struct jn_nats *nats, const char *reply, const char *what)
{
    if (jn_nats_is_connected(nats))
        natsConnection_PublishString(nats->connection, reply, what);
}

/* What is given back after its time may be with somebody else: the server would take it
 * from him. */
static void give_back_list(struct jn_nats *nats,
                           struct jn_nats_deliveries *list,
                           const struct jn_nats_attached *attached,
                           bool handed_out)
{
    struct jn_nats_delivery *each = list->head.next, *next;

    for (; each != &list->head; each = next) {
        next = each->next;
        if (each->attached != attached)
            continue;
        if (jn_monotonic_us() < each->until_us)
            jn_nats_tell(nats, natsMsg_GetReply(each->message), "-NAK");
        each->attached = NULL;
        if (!handed_out)
            jn_nats_delivery_free(nats, each);
    }
}

void jn_nats_give_back(struct jn_nats *nats, struct jn_nats_attached *attached)
{
    give_back_list(nats, &nats->held, attached, true);
    give_back_list(nats, &nats->waiting, attached, false);
}
