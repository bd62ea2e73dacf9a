/* receive.c - messages come in. The readers fetch in threads of their own; here what they
 * have is looked through, copied, and handed out. */
#include "kafka/receive.h"

#include "kafka/asking.h"
#include "kafka/attach.h"
#include "kafka/clients.h"
#include "kafka/clock.h"
#include "kafka/commit.h"
#include "kafka/log.h"
#include "kafka/message.h"

#include <poll.h>
#include <unistd.h>

enum { FIRST_CAPACITY = 16, WAIT_MS = 1000 };

/* What one call may still hand out. */
struct room {
    size_t limit;
    size_t bytes;
    bool full;
    bool no_memory;
};

void jn_kafka_delivery_free(const struct jn_kafka *kafka,
                            struct jn_kafka_delivery *delivery)
{
    delivery->previous->next = delivery->next;
    delivery->next->previous = delivery->previous;
    jn_free(&kafka->allocator, delivery);
}

/* ---- handing out ------------------------------------------------------------------- */

static bool has_slot(struct jn_kafka *kafka)
{
    size_t capacity =
        kafka->parcel_capacity ? kafka->parcel_capacity * 2 : FIRST_CAPACITY;
    void *parcels;

    if (kafka->parcel_count < kafka->parcel_capacity)
        return true;
    parcels = jn_resize(&kafka->allocator, kafka->parcels,
                        capacity * sizeof(struct jangle_parcel));
    if (!parcels)
        return false;
    kafka->parcels = parcels;
    kafka->parcel_capacity = capacity;
    return true;
}

static void link_delivery(struct jn_kafka *kafka, struct jn_kafka_delivery *delivery)
{
    delivery->previous = kafka->held.previous;
    delivery->next = &kafka->held;
    kafka->held.previous->next = delivery;
    kafka->held.previous = delivery;
}

/* The first parcel may be larger than what is allowed. */
static bool fits(const struct jn_kafka *kafka, struct room *room, size_t size)
{
    room->full =
        kafka->parcel_count >= room->limit || (kafka->parcel_count && size > room->bytes);
    return !room->full;
}

/* False: there is no room now; the message stays the caller's, as always. */
static bool hand_out(struct jn_kafka *kafka,
                     struct jn_kafka_attached *attached,
                     struct jn_kafka_log *log,
                     const rd_kafka_message_t *message,
                     struct room *room)
{
    struct jn_kafka_delivery *delivery;

    if (!fits(kafka, room, message->len))
        return false;
    delivery =
        has_slot(kafka) ? jn_kafka_delivery_make(kafka, attached, log, message) : NULL;
    if (!delivery) {
        room->no_memory = room->full = true;
        return false;
    }
    link_delivery(kafka, delivery);
    kafka->parcels[kafka->parcel_count++] = delivery->parcel;
    room->bytes -= message->len < room->bytes ? message->len : room->bytes;
    log->offset = message->offset + 1;
    return true;
}

/* ---- retry topics ------------------------------------------------------------------ */

static void set_paused(const struct jn_kafka_attached *attached,
                       const struct jn_kafka_log *log,
                       bool paused)
{
    rd_kafka_topic_partition_list_t *one = rd_kafka_topic_partition_list_new(1);

    rd_kafka_topic_partition_list_add(one, log->topic, log->partition);
    if (paused)
        rd_kafka_pause_partitions(attached->reader, one);
    else
        rd_kafka_resume_partitions(attached->reader, one);
    rd_kafka_topic_partition_list_destroy(one);
}

/* Keep the message until it is due, and fetch nothing behind it. If the clock was set, or
 * another program has written the time, it waits no longer than its topic says. */
static bool hold_back(const struct jn_kafka *kafka,
                      const struct jn_kafka_attached *attached,
                      struct jn_kafka_log *log,
                      rd_kafka_message_t *message)
{
    int64_t left_ms =
        log->delay_ms ? jn_kafka_message_due(message) - jn_kafka_wall_ms(kafka) : 0;

    if (left_ms <= 0)
        return false;
    if (left_ms > log->delay_ms)
        left_ms = log->delay_ms;
    log->held = message;
    log->held_until_us = jn_kafka_now_us(kafka) + left_ms * 1000;
    set_paused(attached, log, true);
    return true;
}

static void hand_out_due(struct jn_kafka *kafka,
                         struct jn_kafka_attached *attached,
                         struct room *room)
{
    struct jn_kafka_log *log = attached->logs;

    for (; log && !room->full; log = log->next) {
        if (!log->held || jn_kafka_now_us(kafka) < log->held_until_us ||
            !hand_out(kafka, attached, log, log->held, room))
            continue;
        rd_kafka_message_destroy(log->held);
        log->held = NULL;
        log->resumed = true;
        set_paused(attached, log, false);
    }
}

/* ---- one message ------------------------------------------------------------------- */

/* Behind some errors, such as a checksum that is wrong, librdkafka goes on with the next
 * message. So the reader is made again, from the offset that is next, as soon as this
 * message is destroyed. */
static void note_fault(struct jn_kafka_attached *attached,
                       const char *topic,
                       const rd_kafka_message_t *message)
{
    jn_text_format(attached->fault, sizeof attached->fault,
                   "log %s/%d of Kafka cannot be read at offset %lld: %s", topic,
                   (int)message->partition, (long long)message->offset,
                   rd_kafka_err2str(message->err));
    attached->spoilt = true;
}

/* librdkafka tells errors as messages. Those of no log pass by themselves. */
static void note_error(struct jn_kafka *kafka,
                       struct jn_kafka_attached *attached,
                       const rd_kafka_message_t *message)
{
    const char *topic = message->rkt ? rd_kafka_topic_name(message->rkt) : "?";

    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
        message->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
        jn_text_format(attached->lost, sizeof attached->lost,
                       "log %s/%d of Kafka no longer has offset %lld", topic,
                       (int)message->partition, (long long)message->offset);
    else if (message->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
             message->err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
             message->err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
        attached->looked_us = 0;
    else if (message->rkt)
        note_fault(attached, topic, message);
    else
        jn_text_show(kafka->down, sizeof kafka->down, rd_kafka_err2str(message->err));
}

/* Only what came by the topic is selected by its route. What has none, because another
 * program sent it, is handed out. */
static bool is_wanted(const struct jn_kafka_attached *attached,
                      const struct jn_kafka_log *log,
                      const rd_kafka_message_t *message)
{
    const char *const *routes = attached->queue.routes;
    const char *route;
    size_t size;

    if (!routes || !attached->queue.topic || strcmp(log->topic, attached->queue.topic))
        return true;
    route = jn_kafka_message_route(message, &size);
    for (; route && *routes; routes++)
        if (strlen(*routes) == size && memcmp(*routes, route, size) == 0)
            return true;
    return !route;
}

static void name_log(struct jn_kafka_log *log, const rd_kafka_message_t *message)
{
    rd_kafka_timestamp_type_t type;

    if (!*log->name)
        jn_kafka_log_christen(log, message->offset,
                              rd_kafka_message_timestamp(message, &type));
}

/* The caller destroys the message; false: it is kept here. */
static bool look_through(struct jn_kafka *kafka,
                         struct jn_kafka_attached *attached,
                         rd_kafka_message_t *message,
                         struct room *room)
{
    const char *topic = message->rkt ? rd_kafka_topic_name(message->rkt) : "";
    struct jn_kafka_log *log =
        jn_kafka_log_find(attached, topic, strlen(topic), message->partition);

    if (message->err)
        note_error(kafka, attached, message);
    if (message->err || !log || message->offset < log->offset || log->held)
        return true;
    if (log->resumed && message->offset > log->offset) {
        attached->spoilt = true; /* it was fetched before the pause */
        return true;
    }
    log->resumed = false;
    name_log(log, message);
    if (hold_back(kafka, attached, log, message))
        return false;
    if (!is_wanted(attached, log, message)) {
        log->offset = message->offset + 1;
        return true;
    }
    if (hand_out(kafka, attached, log, message, room))
        return true;
    attached->next_message = message;
    return false;
}

static void hand_out_all(struct jn_kafka *kafka,
                         struct jn_kafka_attached *attached,
                         struct room *room)
{
    hand_out_due(kafka, attached, room);
    while (!room->full && attached->reader && !*attached->lost) {
        rd_kafka_message_t *message = attached->next_message;

        attached->next_message = NULL;
        if (!message)
            message = rd_kafka_consume_queue(attached->inbox, 0);
        if (!message)
            return;
        if (look_through(kafka, attached, message, room))
            rd_kafka_message_destroy(message);
        if (attached->spoilt)
            jn_kafka_attached_stop(attached);
    }
}

/* ---- all queues -------------------------------------------------------------------- */

/* Is the queue still there, and has its topic more partitions than it had? */
static enum jangle_result look_after(struct jn_kafka *kafka,
                                     struct jn_kafka_attached *attached,
                                     struct jangle_error *error)
{
    int64_t look_us = kafka->settings.look_ms * 1000;
    enum jangle_result result = JANGLE_OK;

    if (attached->reader)
        jn_kafka_hear(attached->reader);
    if (kafka->is_down || jn_monotonic_us() - attached->looked_us >= look_us)
        result = jn_kafka_look(kafka, 0, error);
    if (!result && jn_monotonic_us() - attached->looked_us >= look_us)
        result = jn_kafka_attached_extend(kafka, attached, error);
    if (!result && *attached->lost)
        result = jangle_error_set(error, JANGLE_BUSY, "%s: attach to \"%s\" again",
                                  attached->lost, JN_SHOWN(80, attached->queue.name));
    if (!result && *attached->fault) {
        result = jangle_error_set(error, JANGLE_BUSY, "%s", attached->fault);
        attached->fault[0] = '\0';
    }
    return result ? result : jn_kafka_attached_start(kafka, attached, error);
}

/* A queue that was removed is told once, and is then no longer attached. */
static enum jangle_result look_after_all(struct jn_kafka *kafka,
                                         struct jangle_error *error)
{
    struct jn_kafka_attached *attached = kafka->attached;
    enum jangle_result result =
        kafka->is_down ? jn_kafka_look(kafka, 0, error) : JANGLE_OK;

    for (; attached && !result; attached = result ? attached : attached->next)
        result = look_after(kafka, attached, error);
    if (result == JANGLE_NOT_FOUND)
        jn_kafka_attached_free(kafka, attached);
    return result;
}

/* The queue whose turn it was goes to the end, so that a busy one does not keep the
 * others from being received. */
static void turn(struct jn_kafka *kafka)
{
    struct jn_kafka_attached *first = kafka->attached, *last = first;

    if (!first || !first->next)
        return;
    while (last->next)
        last = last->next;
    kafka->attached = first->next;
    first->next = NULL;
    last->next = first;
}

static void collect(struct jn_kafka *kafka, size_t limit, size_t bytes, bool *no_memory)
{
    struct room room = {.limit = limit, .bytes = bytes, .full = limit == 0};
    struct jn_kafka_attached *attached = kafka->attached;

    for (; attached && !room.full; attached = attached->next)
        hand_out_all(kafka, attached, &room);
    turn(kafka);
    *no_memory = room.no_memory && !kafka->parcel_count;
}

/* ---- waiting ----------------------------------------------------------------------- */

static void empty_pipe(const struct jn_kafka *kafka)
{
    char bytes[64];

    while (read(kafka->woken[0], bytes, sizeof bytes) > 0)
        ;
}

/* How long nothing can be due. */
static int64_t silent_ms(const struct jn_kafka *kafka)
{
    const struct jn_kafka_attached *attached = kafka->attached;
    int64_t silent = WAIT_MS;

    for (; attached; attached = attached->next) {
        const struct jn_kafka_log *log = attached->logs;

        for (; log; log = log->next) {
            int64_t left_us = log->held_until_us - jn_kafka_now_us(kafka);

            if (log->held && left_us / 1000 + 1 < silent)
                silent = left_us < 0 ? 0 : left_us / 1000 + 1;
        }
        if (!attached->reader || *attached->lost)
            silent = 0;
    }
    return silent;
}

/* False: the time is up, or somebody has called `wake`. */
static bool wait_for_more(struct jn_kafka *kafka, int64_t until_us)
{
    struct pollfd file = {.fd = kafka->woken[0], .events = POLLIN};
    int64_t silent = silent_ms(kafka);
    int left_ms = jn_kafka_ms_until(until_us, WAIT_MS);

    if (left_ms == 0 || atomic_load(&kafka->is_woken))
        return false;
    poll(&file, 1, silent < left_ms ? (int)silent : left_ms);
    return true;
}

enum jangle_result jn_kafka_receive(struct jangle_transport *base,
                                    size_t limit,
                                    size_t bytes,
                                    int64_t wait_ms,
                                    struct jangle_parcel **parcels,
                                    size_t *count,
                                    struct jangle_error *error)
{
    struct jn_kafka *kafka = jn_kafka_of(base);
    int64_t until_us = wait_ms > 0 ? jn_monotonic_after_ms(wait_ms) : 0;
    enum jangle_result result;
    bool no_memory = false;

    kafka->parcel_count = 0;
    do {
        empty_pipe(kafka);
        result = look_after_all(kafka, error);
        if (!result)
            collect(kafka, limit, bytes, &no_memory);
    } while (!result && !kafka->parcel_count && !no_memory && limit &&
             wait_for_more(kafka, until_us));
    atomic_store(&kafka->is_woken, false);
    jn_kafka_tell_groups(kafka);
    if (no_memory)
        result = jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a parcel");
    *parcels = kafka->parcels;
    *count = kafka->parcel_count;
    return result;
}
