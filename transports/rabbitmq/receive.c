/* receive.c - queues are attached, and messages are received from them. */
#include "rabbitmq/receive.h"
#include "rabbitmq/attached.h"
#include "rabbitmq/connection.h"
#include "rabbitmq/delivery.h"
#include "rabbitmq/shown.h"

#include <unistd.h>

/* Read what the broker has sent, and do not wait. BUSY: the connection broke, and was
 * dropped. */
static enum jangle_result read_frames(struct jn_rabbit *rabbit,
                                      struct jangle_error *error);

/* ---- the connection broke -------------------------------------------------------- */

void jn_rabbit_lose(struct jn_rabbit *rabbit)
{
    for (struct jn_rabbit_attached *each = rabbit->attached; each; each = each->next)
        jn_rabbit_attached_lose(rabbit, each);
    jn_rabbit_drop(&rabbit->receiving, &rabbit->allocator);
}

/* Questions drop a connection, too, if it breaks under them, and others make a new one.
 */
static void notice_loss(struct jn_rabbit *rabbit)
{
    for (struct jn_rabbit_attached *each = rabbit->attached; each; each = each->next)
        if (each->consuming && (!rabbit->receiving.state ||
                                each->generation != rabbit->receiving.generation))
            jn_rabbit_attached_lose(rabbit, each);
}

/* ---- attaching ------------------------------------------------------------------- */

static enum jangle_result answer(struct jn_rabbit *rabbit,
                                 const struct jn_rabbit_attached *attached,
                                 struct jangle_error *error)
{
    char what[96];

    jn_text_format(what, sizeof what, "queue %s", attached->queue.name);
    return jn_rabbit_answer(rabbit, &rabbit->receiving, attached->channel, what, error);
}

/* Each queue has a channel of its own: to close it gives everything back in order. */
static enum jangle_result consume_queue(struct jn_rabbit *rabbit,
                                        struct jn_rabbit_attached *attached,
                                        int64_t until_us,
                                        struct jangle_error *error)
{
    amqp_connection_state_t state = rabbit->receiving.state;
    enum jangle_result result;

    jn_rabbit_limit(rabbit, &rabbit->receiving, until_us);
    result = read_frames(rabbit, error); /* what an earlier use of the channel left */
    if (result)
        return result;
    amqp_channel_open(state, attached->channel);
    result = answer(rabbit, attached, error);
    if (result)
        return result;
    amqp_basic_qos(state, attached->channel, 0,
                   (uint16_t)rabbit->settings.options.prefetch, 0);
    result = answer(rabbit, attached, error);
    if (result)
        return result;
    amqp_basic_consume(state, attached->channel, amqp_cstring_bytes(attached->queue.name),
                       amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    result = answer(rabbit, attached, error);
    attached->consuming = result == JANGLE_OK;
    attached->generation = rabbit->receiving.generation;
    attached->gone = result == JANGLE_NOT_FOUND;
    return result;
}

/* The channel is open, but the queue was removed. */
static void close_channel(struct jn_rabbit *rabbit, struct jn_rabbit_attached *attached)
{
    amqp_channel_close(rabbit->receiving.state, attached->channel, AMQP_REPLY_SUCCESS);
    if (answer(rabbit, attached, NULL))
        notice_loss(rabbit);
}

/* Connect, and attach again what was attached. Both may take as long as a connection may,
 * however soon the caller wants parcels: else a broker that is far away would never be
 * attached to. */
static enum jangle_result
resume_receiving(struct jn_rabbit *rabbit, int64_t until_us, struct jangle_error *error)
{
    enum jangle_result first;
    int64_t floor_us;

    jn_rabbit_see_loss(rabbit);
    first = jn_rabbit_connect(rabbit, &rabbit->receiving, until_us, error);
    floor_us = jn_rabbit_after_ms(rabbit, rabbit->settings.options.connect_ms);
    if (until_us < floor_us)
        until_us = floor_us;
    for (struct jn_rabbit_attached *each = rabbit->attached;
         each && rabbit->receiving.state; each = each->next) {
        struct jangle_error why = {0};

        if (each->consuming || !consume_queue(rabbit, each, until_us, &why) || first)
            continue;
        first = jangle_error_set(error, why.result, "%s", why.message);
    }
    notice_loss(rabbit);
    return first;
}

enum jangle_result jn_rabbit_attach(struct jangle_transport *transport,
                                    const struct jangle_queue *queue,
                                    const struct jangle_log_offset *offsets,
                                    size_t offset_count,
                                    struct jangle_error *error)
{
    struct jn_rabbit *rabbit = (struct jn_rabbit *)transport;
    int64_t until_us = jn_rabbit_after_ms(rabbit, JN_RABBIT_CALL_MS);
    struct jn_rabbit_attached *attached;
    enum jangle_result result;

    (void)offsets; /* RabbitMQ's queues are no logs */
    (void)offset_count;
    result = resume_receiving(rabbit, until_us, error);
    if (result || jn_rabbit_attached_by_name(rabbit, queue->name))
        return result;
    attached = jn_rabbit_attached_add(rabbit, queue);
    if (!attached)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a queue");
    result = consume_queue(rabbit, attached, until_us, error);
    if (result)
        jn_rabbit_attached_remove(rabbit, attached);
    notice_loss(rabbit);
    return result;
}

enum jangle_result jn_rabbit_detach(struct jangle_transport *transport,
                                    const char *queue,
                                    struct jangle_error *error)
{
    struct jn_rabbit *rabbit = (struct jn_rabbit *)transport;
    struct jn_rabbit_attached *attached = jn_rabbit_attached_by_name(rabbit, queue);

    (void)error; /* a connection that breaks gives everything back as well */
    if (!attached)
        return JANGLE_OK;
    notice_loss(rabbit);
    if (attached->consuming) {
        jn_rabbit_limit(rabbit, &rabbit->receiving,
                        jn_rabbit_after_ms(rabbit, JN_RABBIT_CALL_MS));
        close_channel(rabbit, attached);
    }
    jn_rabbit_attached_remove(rabbit, attached);
    return JANGLE_OK;
}

/* ---- frames ---------------------------------------------------------------------- */

static void complete_arriving(struct jn_rabbit *rabbit,
                              struct jn_rabbit_attached *attached)
{
    if (!jn_rabbit_delivery_is_complete(attached->arriving))
        return;
    jn_rabbit_deliveries_append(&rabbit->waiting, attached->arriving);
    attached->arriving = NULL;
}

static enum jangle_result take_content(struct jn_rabbit *rabbit,
                                       struct jn_rabbit_attached *attached,
                                       const amqp_frame_t *frame,
                                       struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    if (!attached->arriving)
        return JANGLE_OK;
    if (frame->frame_type == AMQP_FRAME_BODY)
        jn_rabbit_delivery_body(attached->arriving, frame->payload.body_fragment);
    else
        result = jn_rabbit_delivery_header(attached->arriving, frame, error);
    if (result == JANGLE_OK)
        complete_arriving(rabbit, attached);
    return result;
}

/* A queue that was removed, or moved away: everything of it that we have is lost. */
static void take_cancel(struct jn_rabbit *rabbit, struct jn_rabbit_attached *attached)
{
    jn_rabbit_attached_lose(rabbit, attached);
    close_channel(rabbit, attached);
    attached->gone = true;
}

static enum jangle_result take_method(struct jn_rabbit *rabbit,
                                      struct jn_rabbit_attached *attached,
                                      const amqp_method_t *method,
                                      struct jangle_error *error)
{
    if (method->id == AMQP_BASIC_DELIVER_METHOD) {
        attached->arriving = jn_rabbit_delivery_new(rabbit, attached, method->decoded);
        return attached->arriving
                   ? JANGLE_OK
                   : jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a parcel");
    }
    if (method->id == AMQP_CHANNEL_CLOSE_METHOD)
        return jn_rabbit_channel_closed(method->decoded, "RabbitMQ ended the receiving",
                                        error);
    if (method->id == AMQP_BASIC_CANCEL_METHOD)
        take_cancel(rabbit, attached);
    return JANGLE_OK;
}

/* TIMEOUT and CANCELLED: no frame came. BUSY: the connection is of no use any more. */
static enum jangle_result take_frame(struct jn_rabbit *rabbit,
                                     int64_t until_us,
                                     bool may_be_woken,
                                     struct jangle_error *error)
{
    struct jn_rabbit_attached *attached;
    amqp_frame_t frame;
    enum jangle_result result = jn_rabbit_frame(rabbit, &rabbit->receiving, until_us,
                                                may_be_woken, &frame, error);

    if (result)
        return result;
    attached = jn_rabbit_attached_by_channel(rabbit, frame.channel);
    if (frame.channel == 0)
        result = jn_rabbit_notice(&rabbit->receiving, &frame, error);
    else if (attached && attached->consuming)
        result = frame.frame_type == AMQP_FRAME_METHOD
                     ? take_method(rabbit, attached, &frame.payload.method, error)
                     : take_content(rabbit, attached, &frame, error);
    if (rabbit->receiving.state)
        amqp_maybe_release_buffers(rabbit->receiving.state);
    return result;
}

static enum jangle_result read_frames(struct jn_rabbit *rabbit,
                                      struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    while (result == JANGLE_OK && rabbit->receiving.state)
        result = take_frame(rabbit, 0, false, error);
    if (result == JANGLE_TIMEOUT)
        return JANGLE_OK;
    jn_rabbit_lose(rabbit);
    return result
               ? result
               : jangle_error_set(error, JANGLE_BUSY, "the connection to RabbitMQ broke");
}

/* ---- receiving ------------------------------------------------------------------- */

static bool take_wake(struct jn_rabbit *rabbit)
{
    char bytes[64];
    bool woken = false;

    while (read(rabbit->woken[0], bytes, sizeof bytes) > 0)
        woken = true;
    return woken;
}

static enum jangle_result queue_is_gone(struct jn_rabbit *rabbit,
                                        struct jangle_error *error)
{
    for (struct jn_rabbit_attached *each = rabbit->attached; each; each = each->next)
        if (each->gone) {
            each->gone = false;
            return jangle_error_set(error, JANGLE_NOT_FOUND,
                                    "queue %s was removed at the broker",
                                    JN_SHOWN(80, each->queue.name));
        }
    return JANGLE_OK;
}

/* Wait until something is there. CANCELLED: a `wake`. */
static enum jangle_result
wait_for_parcels(struct jn_rabbit *rabbit, int64_t until_us, struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    while (result == JANGLE_OK && !jn_rabbit_deliveries_first(&rabbit->waiting)) {
        result = take_frame(rabbit, until_us, true, error);
        if (result == JANGLE_OK)
            result = queue_is_gone(rabbit, error);
    }
    return result == JANGLE_TIMEOUT || result == JANGLE_CANCELLED ? JANGLE_OK : result;
}

static enum jangle_result hand_out(struct jn_rabbit *rabbit,
                                   size_t limit,
                                   size_t bytes,
                                   size_t *count,
                                   struct jangle_error *error)
{
    struct jangle_parcel *parcels;
    size_t used = 0;

    limit = jn_rabbit_deliveries_count(&rabbit->waiting, limit);
    parcels =
        jn_resize(&rabbit->allocator, rabbit->parcels, (limit + 1) * sizeof *parcels);
    if (!parcels)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for parcels");
    rabbit->parcels = parcels;
    while (*count < limit) {
        struct jn_rabbit_delivery *first = jn_rabbit_deliveries_first(&rabbit->waiting);

        if (!first || (*count > 0 && first->body.len > bytes - used))
            return JANGLE_OK;
        used += first->body.len < bytes - used ? first->body.len : bytes - used;
        jn_rabbit_delivery_unlink(first);
        jn_rabbit_deliveries_append(&rabbit->held, first);
        parcels[(*count)++] = first->parcel;
    }
    return JANGLE_OK;
}

static enum jangle_result
receive_parcels(struct jn_rabbit *rabbit, int64_t wait_ms, struct jangle_error *error)
{
    int64_t until_us = jn_rabbit_after_ms(rabbit, wait_ms);
    enum jangle_result result = resume_receiving(rabbit, until_us, error);
    enum jangle_result read;

    if (rabbit->receiving.state && (read = read_frames(rabbit, error)))
        result = read;
    if (jn_rabbit_deliveries_first(&rabbit->waiting))
        return JANGLE_OK; /* of other queues than one that is missing, perhaps */
    if (result == JANGLE_OK)
        result = queue_is_gone(rabbit, error);
    if (result == JANGLE_OK && wait_ms > 0)
        result = wait_for_parcels(rabbit, until_us, error);
    if (result == JANGLE_BUSY || result == JANGLE_NO_MEMORY)
        jn_rabbit_lose(rabbit);
    return result;
}

enum jangle_result jn_rabbit_receive(struct jangle_transport *transport,
                                     size_t limit,
                                     size_t bytes,
                                     int64_t wait_ms,
                                     struct jangle_parcel **parcels,
                                     size_t *count,
                                     struct jangle_error *error)
{
    struct jn_rabbit *rabbit = (struct jn_rabbit *)transport;
    bool woken = take_wake(rabbit);
    enum jangle_result result = JANGLE_OK;

    *parcels = NULL;
    *count = 0;
    if (rabbit->receiving.state || !woken)
        result = receive_parcels(rabbit, woken ? 0 : wait_ms, error);
    take_wake(rabbit);
    if (result == JANGLE_OK)
        result = hand_out(rabbit, limit, bytes, count, error);
    *parcels = rabbit->parcels;
    return result;
}

void jn_rabbit_see_loss(struct jn_rabbit *rabbit)
{
    notice_loss(rabbit);
    if (rabbit->receiving.state && read_frames(rabbit, NULL))
        jn_rabbit_lose(rabbit);
}

enum jangle_result jn_rabbit_tend_receiving(struct jn_rabbit *rabbit,
                                            struct jangle_error *error)
{
    jn_rabbit_see_loss(rabbit);
    return rabbit->attached ? resume_receiving(rabbit, 0, error) : JANGLE_OK;
}

/* ---- what others ask ------------------------------------------------------------- */

static bool is_of_queue(const struct jn_rabbit_delivery *delivery, const char *queue)
{
    return strcmp(delivery->parcel.queue, queue) == 0;
}

int64_t jn_rabbit_waiting_count(const struct jn_rabbit *rabbit, const char *queue)
{
    int64_t count = 0;

    for (const struct jn_rabbit_delivery *each = rabbit->waiting.head.next;
         each != &rabbit->waiting.head; each = each->next)
        count += is_of_queue(each, queue);
    return count;
}

void jn_rabbit_limit_receiving(struct jn_rabbit *rabbit, int64_t until_us)
{
    jn_rabbit_see_loss(rabbit);
    if (rabbit->receiving.state)
        jn_rabbit_limit(rabbit, &rabbit->receiving, until_us);
}

enum jangle_result jn_rabbit_drop_waiting(struct jn_rabbit *rabbit,
                                          const char *queue,
                                          struct jangle_error *error)
{
    enum jangle_result result =
        rabbit->receiving.state ? read_frames(rabbit, error) : JANGLE_OK;
    struct jn_rabbit_delivery *next;

    if (result)
        return result;
    for (struct jn_rabbit_delivery *each = rabbit->waiting.head.next;
         each != &rabbit->waiting.head; each = next) {
        next = each->next;
        if (!is_of_queue(each, queue))
            continue;
        if (amqp_basic_ack(rabbit->receiving.state, each->attached->channel, each->tag,
                           0) != AMQP_STATUS_OK) {
            jn_rabbit_lose(rabbit); /* which forgets all of them */
            return jangle_error_set(error, JANGLE_BUSY,
                                    "the connection to RabbitMQ broke while parcels "
                                    "were removed");
        }
        jn_rabbit_delivery_free(rabbit, each);
    }
    return JANGLE_OK;
}

/* ---- begin and end --------------------------------------------------------------- */

void jn_rabbit_receiving_init(struct jn_rabbit *rabbit)
{
    jn_rabbit_deliveries_init(&rabbit->waiting);
    jn_rabbit_deliveries_init(&rabbit->held);
}

void jn_rabbit_receiving_finish(struct jn_rabbit *rabbit)
{
    struct jn_rabbit_delivery *held;

    while (rabbit->attached)
        jn_rabbit_attached_remove(rabbit, rabbit->attached);
    while ((held = jn_rabbit_deliveries_first(&rabbit->held)))
        jn_rabbit_delivery_free(rabbit, held);
    jn_free(&rabbit->allocator, rabbit->parcels);
}
