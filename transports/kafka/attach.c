/* attach.c - a transport begins to read a queue, and ends it. */
#include "kafka/attach.h"

#include "kafka/asking.h"
#include "kafka/clients.h"
#include "kafka/commit.h"
#include "kafka/ladder.h"
#include "kafka/log.h"
#include "kafka/offsets.h"

#include <stdlib.h>

/* ---- a copy of the queue ----------------------------------------------------------- */

static void free_queue(const struct jangle_allocator *allocator,
                       struct jangle_queue *queue)
{
    const char *const *routes = queue->routes;

    for (size_t i = 0; routes && routes[i]; i++)
        jn_free(allocator, (char *)(uintptr_t)routes[i]);
    jn_free(allocator, (void *)(uintptr_t)routes);
    jn_free(allocator, (char *)(uintptr_t)queue->name);
    jn_free(allocator, (char *)(uintptr_t)queue->topic);
    jn_free(allocator, (char *)(uintptr_t)queue->retry);
    jn_free(allocator, (char *)(uintptr_t)queue->dead);
}

static bool copy_routes(const struct jangle_allocator *allocator,
                        struct jangle_queue *queue,
                        const char *const *routes)
{
    size_t count = 0;
    const char **copies;

    while (routes && routes[count])
        count++;
    if (!routes)
        return true;
    copies = jn_new(allocator, (count + 1) * sizeof *copies);
    queue->routes = copies;
    for (size_t i = 0; copies && i < count; i++)
        if (!(copies[i] = jn_copy_text(allocator, routes[i])))
            return false;
    return copies != NULL;
}

static bool copy_queue(const struct jangle_allocator *allocator,
                       struct jangle_queue *copy,
                       const struct jangle_queue *queue)
{
    *copy = (struct jangle_queue){.retry_ms = queue->retry_ms};
    copy->name = jn_copy_text(allocator, queue->name);
    copy->topic = jn_copy_text(allocator, queue->topic);
    copy->retry = jn_copy_text(allocator, queue->retry);
    copy->dead = jn_copy_text(allocator, queue->dead);
    return copy->name && !copy->topic == !queue->topic && !copy->retry == !queue->retry &&
           !copy->dead == !queue->dead && copy_routes(allocator, copy, queue->routes);
}

/* ---- the list ---------------------------------------------------------------------- */

struct jn_kafka_attached *jn_kafka_find_attached(const struct jn_kafka *kafka,
                                                 const char *queue)
{
    struct jn_kafka_attached *attached = kafka->attached;

    while (attached && strcmp(attached->queue.name, queue) != 0)
        attached = attached->next;
    return attached;
}

static struct jn_kafka_attached *make_attached(struct jn_kafka *kafka,
                                               const struct jangle_queue *queue)
{
    struct jn_kafka_attached *attached = jn_new(&kafka->allocator, sizeof *attached);

    if (attached && copy_queue(&kafka->allocator, &attached->queue, queue)) {
        attached->next = kafka->attached;
        kafka->attached = attached;
        return attached;
    }
    if (attached)
        free_queue(&kafka->allocator, &attached->queue);
    jn_free(&kafka->allocator, attached);
    return NULL;
}

static void disown_deliveries(struct jn_kafka *kafka,
                              const struct jn_kafka_attached *attached)
{
    struct jn_kafka_delivery *at = kafka->held.next;

    for (; at != &kafka->held; at = at->next)
        if (at->attached == attached)
            at->attached = NULL;
}

void jn_kafka_attached_free(struct jn_kafka *kafka, struct jn_kafka_attached *attached)
{
    struct jn_kafka_attached **link = &kafka->attached;

    jn_kafka_attached_stop(attached);
    disown_deliveries(kafka, attached);
    while (*link != attached)
        link = &(*link)->next;
    *link = attached->next;
    jn_kafka_logs_free(kafka, attached);
    free_queue(&kafka->allocator, &attached->queue);
    jn_free(&kafka->allocator, attached);
}

/* ---- logs -------------------------------------------------------------------------- */

/* False: no memory. */
static bool add_partitions(struct jn_kafka *kafka,
                           struct jn_kafka_attached *attached,
                           const char *topic,
                           int64_t delay_ms,
                           bool *added)
{
    int partitions = jn_kafka_partitions(kafka, topic);

    for (int32_t i = 0; i < partitions; i++) {
        if (jn_kafka_log_find(attached, topic, strlen(topic), i))
            continue;
        if (!jn_kafka_log_add(kafka, attached, topic, i, delay_ms))
            return false;
        *added = true;
    }
    return true;
}

static bool
add_retries(struct jn_kafka *kafka, struct jn_kafka_attached *attached, bool *added)
{
    char name[JN_KAFKA_NAME_SIZE];
    int64_t delay_ms;

    for (size_t i = 0; (delay_ms = jn_kafka_ladder_delay(&attached->queue, i)); i++)
        if (jn_kafka_retry_name(name, &attached->queue, delay_ms) &&
            !add_partitions(kafka, attached, name, delay_ms, added))
            return false;
    return true;
}

static enum jangle_result missing(const struct jn_kafka_attached *attached,
                                  const char *topic,
                                  struct jangle_error *error)
{
    return jangle_error_set(error, JANGLE_NOT_FOUND,
                            "queue \"%s\" of Kafka needs topic \"%s\", which does not "
                            "exist, or is not shown to this user",
                            JN_SHOWN(80, attached->queue.name), JN_SHOWN(80, topic));
}

enum jangle_result jn_kafka_attached_extend(struct jn_kafka *kafka,
                                            struct jn_kafka_attached *attached,
                                            struct jangle_error *error)
{
    const struct jangle_queue *queue = &attached->queue;
    bool added = false;

    if (!jn_kafka_partitions(kafka, queue->name))
        return missing(attached, queue->name, error);
    if (queue->topic && !jn_kafka_partitions(kafka, queue->topic))
        return missing(attached, queue->topic, error);
    attached->looked_us = jn_monotonic_us();
    if (!add_partitions(kafka, attached, queue->name, 0, &added) ||
        (queue->topic && !add_partitions(kafka, attached, queue->topic, 0, &added)) ||
        !add_retries(kafka, attached, &added))
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a log of Kafka");
    if (added)
        jn_kafka_attached_stop(attached);
    return JANGLE_OK;
}

/* ---- the reader -------------------------------------------------------------------- */

/* The offsets stay those of the next parcels: what was fetched and not handed out is
 * fetched again. Nobody may have a message of the reader in hand: librdkafka would wait
 * for that without end. */
void jn_kafka_attached_stop(struct jn_kafka_attached *attached)
{
    struct jn_kafka_log *log = attached->logs;

    for (; log; log = log->next) {
        if (log->held)
            rd_kafka_message_destroy(log->held);
        log->held = NULL;
        log->resumed = false;
    }
    if (attached->next_message)
        rd_kafka_message_destroy(attached->next_message);
    if (attached->inbox)
        rd_kafka_queue_destroy(attached->inbox);
    if (attached->reader)
        jn_kafka_free_reader(attached->reader);
    attached->next_message = NULL;
    attached->inbox = NULL;
    attached->reader = NULL;
    attached->spoilt = false;
}

static rd_kafka_resp_err_t assign_logs(const struct jn_kafka_attached *attached)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    const struct jn_kafka_log *log = attached->logs;
    rd_kafka_resp_err_t fault;

    for (; log; log = log->next)
        rd_kafka_topic_partition_list_add(list, log->topic, log->partition)->offset =
            log->offset < 0 ? RD_KAFKA_OFFSET_BEGINNING : log->offset;
    fault = rd_kafka_assign(attached->reader, list);
    rd_kafka_topic_partition_list_destroy(list);
    return fault;
}

/* librdkafka would look for the partitions only half a second after they are assigned. If
 * no broker answers now, it does so. */
static void look_ahead(rd_kafka_t *reader)
{
    const struct rd_kafka_metadata *topics;

    if (!rd_kafka_metadata(reader, 1, NULL, &topics, JN_KAFKA_SLICE_MS))
        rd_kafka_metadata_destroy(topics);
}

/* What comes writes a byte into the pipe, as `wake` does. */
enum jangle_result jn_kafka_attached_start(struct jn_kafka *kafka,
                                           struct jn_kafka_attached *attached,
                                           struct jangle_error *error)
{
    rd_kafka_resp_err_t fault;

    if (attached->reader)
        return JANGLE_OK;
    attached->reader = jn_kafka_make_reader(kafka, attached->queue.name, error);
    if (!attached->reader)
        return JANGLE_BUSY;
    attached->inbox = rd_kafka_queue_get_consumer(attached->reader);
    rd_kafka_queue_io_event_enable(attached->inbox, kafka->woken[1], "", 1);
    look_ahead(attached->reader);
    fault = assign_logs(attached);
    if (!fault)
        return JANGLE_OK;
    jn_kafka_attached_stop(attached);
    return jangle_error_set(error, JANGLE_BUSY, "librdkafka cannot read queue \"%s\": %s",
                            JN_SHOWN(80, attached->queue.name), rd_kafka_err2str(fault));
}

/* ---- attach and detach ------------------------------------------------------------- */

/* Attaching again is like detaching first; but if it fails, what was attached stays. */
enum jangle_result jn_kafka_attach(struct jangle_transport *base,
                                   const struct jangle_queue *queue,
                                   const struct jangle_log_offset *offsets,
                                   size_t offset_count,
                                   struct jangle_error *error)
{
    struct jn_kafka *kafka = jn_kafka_of(base);
    struct jn_kafka_attached *before = jn_kafka_find_attached(kafka, queue->name);
    struct jn_kafka_attached *attached;
    enum jangle_result result = jn_kafka_look(kafka, 0, error);

    if (result)
        return result;
    attached = make_attached(kafka, queue);
    if (!attached)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory to attach");
    result = jn_kafka_attached_extend(kafka, attached, error);
    if (!result)
        result = jn_kafka_take_offsets(kafka, attached, offsets, offset_count, error);
    if (!result)
        result = jn_kafka_attached_start(kafka, attached, error);
    if (result)
        jn_kafka_attached_free(kafka, attached);
    else if (before)
        jn_kafka_attached_free(kafka, before);
    return result;
}

enum jangle_result jn_kafka_detach(struct jangle_transport *base,
                                   const char *queue,
                                   struct jangle_error *error)
{
    struct jn_kafka *kafka = jn_kafka_of(base);
    struct jn_kafka_attached *attached = jn_kafka_find_attached(kafka, queue);

    (void)error;
    if (!attached)
        return JANGLE_OK;
    jn_kafka_tell_group(kafka, attached);
    jn_kafka_attached_free(kafka, attached);
    return JANGLE_OK;
}
