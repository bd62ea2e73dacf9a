/* settle.c - what becomes of messages that were received. A message that shall come again
 * or is dead is copied, the copy is confirmed, and only then the message is acknowledged.
 * A crash in between leaves it in both queues, and never in none. */
#include "rabbitmq/settle.h"
#include "rabbitmq/connection.h"
#include "rabbitmq/declare.h"
#include "rabbitmq/delivery.h"
#include "rabbitmq/names.h"
#include "rabbitmq/properties.h"
#include "rabbitmq/receive.h"
#include "rabbitmq/send.h"
#include "rabbitmq/shown.h"
#include "rabbitmq/values.h"

enum { POOL_PAGE = 4096 };

struct settling {
    struct jn_rabbit *rabbit;
    struct jangle_settlement *settlements;
    struct jn_rabbit_message *messages; /* one a settlement; DONE: there is no copy */
    size_t count;
    amqp_pool_t pool;
    int64_t until_us;
};

static struct jn_rabbit_delivery *delivery_of(const struct jangle_settlement *settlement)
{
    return settlement->parcel->receipt;
}

/* ---- copies ---------------------------------------------------------------------- */

/* Where a parcel waits for its next attempt. */
static enum jangle_result aim_at_retry(struct settling *settling,
                                       struct jn_rabbit_attached *attached,
                                       int64_t delay_ms,
                                       struct jn_rabbit_message *message,
                                       struct jangle_error *error)
{
    const struct jangle_queue *queue = &attached->queue;
    char name[JN_RABBIT_NAME_SIZE];
    enum jangle_result result;

    message->topic = "";
    message->route = queue->name;
    if (delay_ms <= 0 && !queue->retry_ms)
        return JANGLE_OK;
    result = jn_rabbit_need_retry(settling->rabbit, attached, delay_ms, name,
                                  settling->until_us, error);
    if (result)
        return result;
    if (queue->retry_topic)
        message->topic = queue->retry_topic;
    message->route = jn_rabbit_text(&settling->pool, amqp_cstring_bytes(name));
    return message->route
               ? JANGLE_OK
               : jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a copy");
}

static enum jangle_result aim_at_dead(const struct jangle_queue *queue,
                                      struct jn_rabbit_message *message,
                                      struct jangle_error *error)
{
    if (!queue->dead)
        return jangle_error_set(error, JANGLE_INVALID,
                                "queue %s has no dead-letter queue, so a parcel of it "
                                "cannot be a dead letter",
                                JN_SHOWN(80, queue->name));
    message->topic = queue->dead_topic ? queue->dead_topic : "";
    message->route = queue->dead;
    return JANGLE_OK;
}

static enum jangle_result not_ours(struct jangle_error *error)
{
    return jangle_error_set(error, JANGLE_CONFLICT,
                            "the connection by which the parcel came has ended");
}

/* Making a retry queue reads what the broker says, and that may be that the queue of the
 * parcel is gone: then the parcel belongs to no queue any more. */
static enum jangle_result make_copy(struct settling *settling,
                                    const struct jangle_settlement *settlement,
                                    struct jn_rabbit_message *message,
                                    struct jangle_error *error)
{
    const struct jn_rabbit_delivery *delivery = delivery_of(settlement);
    struct jn_rabbit_attached *attached = delivery->attached;
    bool dead = settlement->disposition == JANGLE_DEAD;
    struct jn_rabbit_copy copy = {.dead = dead, .reason = settlement->reason};
    enum jangle_result result =
        dead ? aim_at_dead(&attached->queue, message, error)
             : aim_at_retry(settling, attached, settlement->delay_ms, message, error);

    if (result)
        return result;
    if (!jn_rabbit_delivery_is_ours(settling->rabbit, delivery))
        return not_ours(error);
    copy.attempts = settlement->attempts;
    if (dead && delivery->attempt > copy.attempts)
        copy.attempts = delivery->attempt;
    message->must_be_queued = true;
    message->body = delivery->body;
    message->progress = JN_RABBIT_UNSENT;
    return jn_rabbit_properties_copy(&settling->pool, delivery, &copy,
                                     &message->properties, error);
}

/* ---- one settlement -------------------------------------------------------------- */

static enum jangle_result prepare(struct settling *settling,
                                  const struct jangle_settlement *settlement,
                                  struct jn_rabbit_message *message,
                                  struct jangle_error *error)
{
    if (!jn_rabbit_delivery_is_ours(settling->rabbit, delivery_of(settlement)))
        return not_ours(error);
    switch (settlement->disposition) {
    case JANGLE_TAKEN:
        return JANGLE_OK;
    case JANGLE_AGAIN:
    case JANGLE_DEAD:
        return make_copy(settling, settlement, message, error);
    }
    return jangle_error_set(error, JANGLE_INVALID,
                            "a settlement does not say what becomes of its parcel");
}

static void prepare_all(struct settling *settling, struct jangle_error *error)
{
    for (size_t i = 0; i < settling->count; i++) {
        struct jn_rabbit_message *message = &settling->messages[i];
        struct jangle_error fault = {0};

        *message = (struct jn_rabbit_message){.progress = JN_RABBIT_DONE};
        message->result = prepare(settling, &settling->settlements[i], message, &fault);
        if (message->result)
            message->progress = JN_RABBIT_DONE;
        if (message->result)
            jangle_error_set(error, message->result, "%s", fault.message);
    }
}

/* ---- telling the broker ---------------------------------------------------------- */

/* The last of the first messages of that queue that are held and are all taken: what is
 * held is in the order of its tags. NULL: the first one is not taken. */
static const struct jn_rabbit_delivery *
last_of_first(const struct jn_rabbit *rabbit, const struct jn_rabbit_attached *attached)
{
    const struct jn_rabbit_delivery *last = NULL;

    for (const struct jn_rabbit_delivery *each = rabbit->held.head.next;
         each != &rabbit->held.head; each = each->next) {
        if (each->attached != attached)
            continue;
        if (!each->taken)
            break;
        last = each;
    }
    return last;
}

/* One frame acknowledges all messages up to a tag. That is safe only if each of them is
 * taken, so the others are told one by one. */
static void acknowledge_first(struct jn_rabbit *rabbit)
{
    for (struct jn_rabbit_attached *each = rabbit->attached; each; each = each->next) {
        const struct jn_rabbit_delivery *last = last_of_first(rabbit, each);

        if (!last)
            continue;
        if (amqp_basic_ack(rabbit->receiving.state, each->channel, last->tag, 1) !=
            AMQP_STATUS_OK) {
            jn_rabbit_lose(rabbit);
            return;
        }
        each->told = last->tag;
    }
}

/* Acknowledge it, or give it back. False: the connection broke. */
static bool tell_broker(struct jn_rabbit *rabbit,
                        const struct jn_rabbit_delivery *delivery,
                        bool taken)
{
    amqp_connection_state_t state = rabbit->receiving.state;
    const struct jn_rabbit_attached *attached = delivery->attached;
    int status;

    if (delivery->tag <= attached->told)
        return true;
    status = taken ? amqp_basic_ack(state, attached->channel, delivery->tag, 0)
                   : amqp_basic_nack(state, attached->channel, delivery->tag, 0, 1);
    return status == AMQP_STATUS_OK;
}

static void note_taken(struct settling *settling)
{
    for (size_t i = 0; i < settling->count; i++) {
        struct jn_rabbit_delivery *delivery = delivery_of(&settling->settlements[i]);

        delivery->taken = settling->messages[i].result == JANGLE_OK &&
                          jn_rabbit_delivery_is_ours(settling->rabbit, delivery);
    }
}

static void settle_one(struct settling *settling, size_t index)
{
    struct jn_rabbit *rabbit = settling->rabbit;
    struct jangle_settlement *settlement = &settling->settlements[index];
    struct jn_rabbit_delivery *delivery = delivery_of(settlement);

    settlement->result = settling->messages[index].result;
    if (!jn_rabbit_delivery_is_ours(rabbit, delivery)) {
        if (settlement->result == JANGLE_OK)
            settlement->result = JANGLE_CONFLICT;
    } else if (!tell_broker(rabbit, delivery, settlement->result == JANGLE_OK)) {
        settlement->result = JANGLE_CONFLICT;
        jn_rabbit_lose(rabbit);
    }
    jn_rabbit_delivery_free(rabbit, delivery);
}

/* ---- all ------------------------------------------------------------------------- */

static enum jangle_result copy_all(struct settling *settling, struct jangle_error *error)
{
    int64_t left_ms = (settling->until_us - jn_rabbit_now_us(settling->rabbit)) / 1000;
    bool any = false;

    for (size_t i = 0; i < settling->count; i++)
        any = any || settling->messages[i].progress != JN_RABBIT_DONE;
    if (!any)
        return JANGLE_OK;
    return jn_rabbit_send(settling->rabbit, settling->messages, settling->count, left_ms,
                          error);
}

/* A retry queue that somebody removed is made again when it is needed next. */
static void forget_missing(struct settling *settling, struct jangle_error *error)
{
    for (size_t i = 0; i < settling->count; i++) {
        struct jn_rabbit_attached *attached =
            delivery_of(&settling->settlements[i])->attached;

        if (settling->messages[i].result != JANGLE_NOT_FOUND)
            continue;
        jn_rabbit_forget_names(&settling->rabbit->receiving,
                               &settling->rabbit->allocator);
        if (attached)
            attached->retry_is_missing = true;
        jangle_error_set(error, JANGLE_NOT_FOUND,
                         "the queue for copies of a parcel is missing: it is given back");
    }
}

static enum jangle_result no_memory(struct jangle_settlement *settlements,
                                    size_t count,
                                    struct jn_rabbit *rabbit,
                                    struct jangle_error *error)
{
    for (size_t i = 0; i < count; i++) {
        struct jn_rabbit_delivery *delivery = delivery_of(&settlements[i]);

        settlements[i].result = JANGLE_NO_MEMORY;
        if (jn_rabbit_delivery_is_ours(rabbit, delivery) &&
            !tell_broker(rabbit, delivery, false))
            jn_rabbit_lose(rabbit);
        jn_rabbit_delivery_free(rabbit, delivery);
    }
    return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory to settle parcels");
}

enum jangle_result jn_rabbit_settle(struct jangle_transport *transport,
                                    struct jangle_settlement *settlements,
                                    size_t count,
                                    struct jangle_error *error)
{
    struct jn_rabbit *rabbit = (struct jn_rabbit *)transport;
    struct settling settling = {
        .rabbit = rabbit,
        .settlements = settlements,
        .count = count,
        .until_us = jn_rabbit_after_ms(rabbit, JN_RABBIT_CALL_MS),
        .messages = jn_new(&rabbit->allocator, (count + 1) * sizeof *settling.messages)};
    struct jangle_error fault = {0};
    enum jangle_result result;

    if (!settling.messages)
        return no_memory(settlements, count, rabbit, error);
    init_amqp_pool(&settling.pool, POOL_PAGE);
    jn_rabbit_limit_receiving(rabbit, settling.until_us);
    prepare_all(&settling, &fault);
    result = copy_all(&settling, &fault);
    forget_missing(&settling, &fault);
    note_taken(&settling);
    acknowledge_first(rabbit);
    for (size_t i = 0; i < count; i++)
        settle_one(&settling, i);
    empty_amqp_pool(&settling.pool);
    jn_free(&rabbit->allocator, settling.messages);
    if (result && result != JANGLE_NO_MEMORY)
        result = JANGLE_BUSY;
    if (fault.result)
        jangle_error_set(error, result ? result : fault.result, "%s", fault.message);
    return result;
}
