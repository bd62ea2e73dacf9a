/* settle.c - what becomes of messages that were received. A log keeps them all: what is
 * taken is passed, and what shall come again or is dead is copied, and passed when the
 * copy is confirmed. What could not be copied is read again, with all behind it. */
#include "kafka/settle.h"

#include "kafka/admin.h"
#include "kafka/asking.h"
#include "kafka/attach.h"
#include "kafka/clock.h"
#include "kafka/commit.h"
#include "kafka/ladder.h"
#include "kafka/receive.h"
#include "kafka/send.h"

#include <limits.h>
#include <stdio.h>

enum { MORE = 3, ATTEMPTS_SIZE = 16 };

/* A copy on its way. */
struct copy {
    char topic[JN_KAFKA_NAME_SIZE];
    char attempts[ATTEMPTS_SIZE];
    struct jangle_header more[MORE];
};

struct settling {
    struct jn_kafka *kafka;
    struct jangle_settlement *settlements;
    struct jn_kafka_message *messages; /* one a settlement; result UNKNOWN: to be sent */
    struct copy *copies;               /* the same */
    size_t count;
};

static struct jn_kafka_delivery *delivery_of(const struct jangle_settlement *settlement)
{
    return settlement->parcel->receipt;
}

/* ---- copies ------------------------------------------------------------------------ */

/* The topic in which a parcel waits is made when it is needed first. */
static enum jangle_result aim_at_retry(struct jn_kafka *kafka,
                                       struct jn_kafka_attached *attached,
                                       const struct jangle_settlement *settlement,
                                       struct jn_kafka_message *message,
                                       struct copy *copy,
                                       struct jangle_error *error)
{
    const struct jangle_queue *queue = &attached->queue;
    int64_t delay_ms = jn_kafka_ladder_at_least(queue, settlement->delay_ms);
    enum jangle_result result;

    message->attempt =
        settlement->attempts < INT_MAX ? settlement->attempts + 1 : INT_MAX;
    message->topic = queue->name;
    if (settlement->delay_ms <= 0 && !queue->retry_ms)
        return JANGLE_OK;
    if (!jn_kafka_retry_name(copy->topic, queue, delay_ms))
        return jangle_error_set(error, JANGLE_INVALID,
                                "the name of queue \"%s\" leaves no room for that of a "
                                "retry topic",
                                JN_SHOWN(80, queue->name));
    result = jn_kafka_look(kafka, JN_KAFKA_FRESH_MS, error);
    if (!result && !jn_kafka_partitions(kafka, copy->topic))
        result = jn_kafka_make_topic(kafka, copy->topic, JN_KAFKA_RETRY, error);
    if (!result)
        result = jn_kafka_attached_extend(kafka, attached, error);
    message->topic = copy->topic;
    message->due_ms = jn_kafka_wall_ms(kafka) + delay_ms;
    return result;
}

/* Dead letters are rare, and nothing may be lost on its way to a topic that was removed:
 * so the brokers are asked each time whether it is there. */
static enum jangle_result find_dead(struct jn_kafka *kafka,
                                    const struct jangle_queue *queue,
                                    struct jangle_error *error)
{
    enum jangle_result result = jn_kafka_look(kafka, 0, error);

    if (result || jn_kafka_partitions(kafka, queue->dead))
        return result;
    return jangle_error_set(error, JANGLE_NOT_FOUND,
                            "the dead-letter queue \"%s\" of queue \"%s\" does not exist",
                            JN_SHOWN(80, queue->dead), JN_SHOWN(80, queue->name));
}

static enum jangle_result aim_at_dead(struct jn_kafka *kafka,
                                      const struct jn_kafka_attached *attached,
                                      const struct jangle_settlement *settlement,
                                      struct jn_kafka_message *message,
                                      struct copy *copy,
                                      struct jangle_error *error)
{
    const struct jangle_queue *queue = &attached->queue;
    int received = delivery_of(settlement)->parcel.attempt;
    int attempts = settlement->attempts > received ? settlement->attempts : received;

    if (!queue->dead)
        return jangle_error_set(
            error, JANGLE_INVALID,
            "queue \"%s\" has no dead-letter queue, so a parcel of it "
            "cannot be a dead letter",
            JN_SHOWN(80, queue->name));
    snprintf(copy->attempts, sizeof copy->attempts, "%d", attempts);
    copy->more[0] = (struct jangle_header){"jangle-reason",
                                           settlement->reason ? settlement->reason : ""};
    copy->more[1] = (struct jangle_header){"jangle-queue", queue->name};
    copy->more[2] = (struct jangle_header){"jangle-attempts", copy->attempts};
    message->more = copy->more;
    message->more_count = MORE;
    message->topic = queue->dead;
    return find_dead(kafka, queue, error);
}

/* ---- what is to be done ------------------------------------------------------------ */

/* UNKNOWN: a copy is to be sent. */
static enum jangle_result
prepare(struct settling *settling, size_t i, struct jangle_error *error)
{
    const struct jangle_settlement *settlement = &settling->settlements[i];
    struct jn_kafka_delivery *delivery = delivery_of(settlement);
    struct jn_kafka_message *message = &settling->messages[i];
    struct copy *copy = &settling->copies[i];
    enum jangle_result result;

    message->parcel = &delivery->parcel;
    if (!delivery->attached)
        return JANGLE_CONFLICT;
    switch (settlement->disposition) {
    case JANGLE_TAKEN:
        return JANGLE_OK;
    case JANGLE_AGAIN:
        result = aim_at_retry(settling->kafka, delivery->attached, settlement, message,
                              copy, error);
        break;
    case JANGLE_DEAD:
        result = aim_at_dead(settling->kafka, delivery->attached, settlement, message,
                             copy, error);
        break;
    default:
        return JANGLE_INVALID;
    }
    return result ? result : JANGLE_UNKNOWN;
}

/* What is not settled is read again from there on. */
static void read_again(struct jn_kafka_delivery *delivery)
{
    int64_t offset = delivery->parcel.offset.offset;

    if (!delivery->attached)
        return;
    if (offset < delivery->log->offset)
        delivery->log->offset = offset;
    jn_kafka_attached_stop(delivery->attached);
}

static enum jangle_result settle_all(struct settling *settling,
                                     struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;
    int64_t until_us = jn_monotonic_after_ms(JN_KAFKA_CALL_MS);

    for (size_t i = 0; i < settling->count; i++) {
        enum jangle_result prepared = result ? result : prepare(settling, i, error);

        settling->messages[i].result = prepared;
        if (prepared == JANGLE_BUSY || prepared == JANGLE_NO_MEMORY)
            result = prepared;
    }
    if (!result)
        result = jn_kafka_send(settling->kafka, settling->messages, settling->count,
                               until_us, error);
    for (size_t i = 0; i < settling->count; i++) {
        enum jangle_result *each = &settling->messages[i].result;

        if (*each == JANGLE_UNKNOWN || *each == JANGLE_TIMEOUT)
            *each = JANGLE_BUSY; /* it was not confirmed, whatever the call says */
    }
    if (result == JANGLE_TIMEOUT && error)
        error->result = JANGLE_BUSY;
    return result == JANGLE_TIMEOUT ? JANGLE_BUSY : result;
}

enum jangle_result jn_kafka_settle(struct jangle_transport *base,
                                   struct jangle_settlement *settlements,
                                   size_t count,
                                   struct jangle_error *error)
{
    struct jn_kafka *kafka = jn_kafka_of(base);
    const struct jangle_allocator *allocator = &kafka->allocator;
    struct settling settling = {
        .kafka = kafka,
        .settlements = settlements,
        .messages = jn_new(allocator, (count + 1) * sizeof *settling.messages),
        .copies = jn_new(allocator, (count + 1) * sizeof *settling.copies),
        .count = count};
    enum jangle_result result = JANGLE_NO_MEMORY;

    if (settling.messages && settling.copies)
        result = settle_all(&settling, error);
    else
        jangle_error_set(error, result, "no memory to settle parcels");
    for (size_t i = 0; i < count; i++) {
        struct jn_kafka_delivery *delivery = delivery_of(&settlements[i]);

        settlements[i].result =
            settling.messages && settling.copies ? settling.messages[i].result : result;
        if (settlements[i].result)
            read_again(delivery);
        jn_kafka_delivery_free(kafka, delivery);
    }
    jn_free(allocator, settling.messages);
    jn_free(allocator, settling.copies);
    jn_kafka_tell_groups(kafka);
    return result;
}
