/* delivery.c - messages that were received and are not settled. */
#include "rabbitmq/delivery.h"
#include "rabbitmq/properties.h"
#include "rabbitmq/values.h"

enum { POOL_PAGE = 2048 };

/* ---- lists ----------------------------------------------------------------------- */

void jn_rabbit_deliveries_init(struct jn_rabbit_deliveries *list)
{
    list->head.next = list->head.previous = &list->head;
}

struct jn_rabbit_delivery *
jn_rabbit_deliveries_first(const struct jn_rabbit_deliveries *list)
{
    return list->head.next == &list->head ? NULL : list->head.next;
}

size_t jn_rabbit_deliveries_count(const struct jn_rabbit_deliveries *list, size_t most)
{
    const struct jn_rabbit_delivery *each = list->head.next;
    size_t count = 0;

    for (; each != &list->head && count < most; each = each->next)
        count++;
    return count;
}

void jn_rabbit_deliveries_append(struct jn_rabbit_deliveries *list,
                                 struct jn_rabbit_delivery *delivery)
{
    delivery->previous = list->head.previous;
    delivery->next = &list->head;
    list->head.previous->next = delivery;
    list->head.previous = delivery;
}

void jn_rabbit_delivery_unlink(struct jn_rabbit_delivery *delivery)
{
    if (!delivery->next)
        return;
    delivery->previous->next = delivery->next;
    delivery->next->previous = delivery->previous;
    delivery->next = delivery->previous = NULL;
}

/* ---- one delivery ---------------------------------------------------------------- */

static bool read_origin(struct jn_rabbit_delivery *delivery,
                        const amqp_basic_deliver_t *deliver)
{
    struct jangle_parcel *parcel = &delivery->parcel;

    parcel->receipt = delivery;
    parcel->queue = jn_rabbit_text(&delivery->pool,
                                   amqp_cstring_bytes(delivery->attached->queue.name));
    parcel->route = jn_rabbit_text(&delivery->pool, deliver->routing_key);
    if (deliver->exchange.len)
        parcel->topic = jn_rabbit_text(&delivery->pool, deliver->exchange);
    return parcel->queue && parcel->route && (!deliver->exchange.len || parcel->topic);
}

struct jn_rabbit_delivery *jn_rabbit_delivery_new(struct jn_rabbit *rabbit,
                                                  struct jn_rabbit_attached *attached,
                                                  const amqp_basic_deliver_t *deliver)
{
    struct jn_rabbit_delivery *delivery = jn_new(&rabbit->allocator, sizeof *delivery);

    if (!delivery)
        return NULL;
    init_amqp_pool(&delivery->pool, POOL_PAGE);
    delivery->attached = attached;
    delivery->generation = rabbit->receiving.generation;
    delivery->tag = deliver->delivery_tag;
    if (read_origin(delivery, deliver))
        return delivery;
    jn_rabbit_delivery_free(rabbit, delivery);
    return NULL;
}

void jn_rabbit_delivery_free(struct jn_rabbit *rabbit,
                             struct jn_rabbit_delivery *delivery)
{
    jn_rabbit_delivery_unlink(delivery);
    empty_amqp_pool(&delivery->pool);
    jn_free(&rabbit->allocator, delivery);
}

/* The properties are decoded once more, from a copy of their bytes in our own pool,
 * because what librabbitmq has decoded goes with its channel's buffers. */
enum jangle_result jn_rabbit_delivery_header(struct jn_rabbit_delivery *delivery,
                                             const amqp_frame_t *frame,
                                             struct jangle_error *error)
{
    amqp_bytes_t raw = frame->payload.properties.raw;
    size_t size = (size_t)frame->payload.properties.body_size;
    amqp_bytes_t copy = {0};
    void *decoded = NULL;

    amqp_pool_alloc_bytes(&delivery->pool, raw.len + 1, &copy);
    amqp_pool_alloc_bytes(&delivery->pool, size + 1, &delivery->body);
    if (!copy.bytes || !delivery->body.bytes)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a parcel");
    if (raw.len)
        memcpy(copy.bytes, raw.bytes, raw.len);
    copy.len = raw.len;
    delivery->body.len = size;
    if (amqp_decode_properties(AMQP_BASIC_CLASS, &delivery->pool, copy, &decoded))
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for properties");
    delivery->properties = *(const amqp_basic_properties_t *)decoded;
    delivery->parcel.body = delivery->body.bytes;
    delivery->parcel.body_size = size;
    return jn_rabbit_properties_read(delivery, error);
}

void jn_rabbit_delivery_body(struct jn_rabbit_delivery *delivery, amqp_bytes_t part)
{
    size_t room = delivery->body.len - delivery->arrived;
    size_t size = part.len < room ? part.len : room;

    if (size)
        memcpy((char *)delivery->body.bytes + delivery->arrived, part.bytes, size);
    delivery->arrived += size;
}

bool jn_rabbit_delivery_is_complete(const struct jn_rabbit_delivery *delivery)
{
    return delivery->body.bytes && delivery->arrived == delivery->body.len;
}

bool jn_rabbit_delivery_is_ours(const struct jn_rabbit *rabbit,
                                const struct jn_rabbit_delivery *delivery)
{
    return rabbit->receiving.state && delivery->attached && !delivery->attached->gone &&
           delivery->generation == rabbit->receiving.generation;
}
