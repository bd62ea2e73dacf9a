/* remove.c - what waits is counted and removed, and so are queues and topics. */
#include "kafka/remove.h"

#include "kafka/admin.h"
#include "kafka/asking.h"
#include "kafka/attach.h"
#include "kafka/declare.h"
#include "kafka/ladder.h"

/* ---- count ------------------------------------------------------------------------- */

/* What lies in a partition from that offset on; a negative one is its first. */
static enum jangle_result add_waiting(struct jn_kafka *kafka,
                                      const char *topic,
                                      int32_t partition,
                                      int64_t from,
                                      int64_t *count,
                                      struct jangle_error *error)
{
    int64_t first = 0, end = 0;
    enum jangle_result result =
        jn_kafka_reach(kafka, topic, partition, &first, &end, error);

    if (from < first)
        from = first;
    if (!result && end > from)
        *count += end - from;
    return result;
}

static enum jangle_result count_attached(struct jn_kafka *kafka,
                                         const struct jn_kafka_attached *attached,
                                         int64_t *count,
                                         struct jangle_error *error)
{
    const struct jn_kafka_log *log = attached->logs;
    enum jangle_result result = JANGLE_OK;

    for (; log && !result; log = log->next)
        if (!log->delay_ms)
            result =
                add_waiting(kafka, log->topic, log->partition, log->offset, count, error);
    return result;
}

static void list_partitions(const struct jn_kafka *kafka,
                            const char *topic,
                            rd_kafka_topic_partition_list_t *list)
{
    int partitions = topic ? jn_kafka_partitions(kafka, topic) : 0;

    for (int i = 0; i < partitions; i++)
        rd_kafka_topic_partition_list_add(list, topic, i);
}

/* By what the group was told, for a queue that somebody else reads. */
static enum jangle_result count_declared(struct jn_kafka *kafka,
                                         const struct jn_kafka_declared *declared,
                                         int64_t *count,
                                         struct jangle_error *error)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    enum jangle_result result;

    list_partitions(kafka, declared->name, list);
    list_partitions(kafka, declared->topic, list);
    result = jn_kafka_group_offsets(kafka, declared->name, list, error);
    for (int i = 0; !result && i < list->cnt; i++)
        result = add_waiting(kafka, list->elems[i].topic, list->elems[i].partition,
                             list->elems[i].offset, count, error);
    rd_kafka_topic_partition_list_destroy(list);
    return result;
}

static enum jangle_result
find_queue(struct jn_kafka *kafka, const char *queue, struct jangle_error *error)
{
    enum jangle_result result = jn_kafka_look(kafka, 0, error);

    if (result || jn_kafka_partitions(kafka, queue))
        return result;
    return jangle_error_set(error, JANGLE_NOT_FOUND,
                            "queue \"%s\" does not exist: Kafka has no topic of that "
                            "name, or does not show it to this user",
                            JN_SHOWN(80, queue));
}

/* Kafka does not know which topic a queue reads: of one that was neither attached nor
 * declared here, nothing can be said. */
enum jangle_result jn_kafka_count(struct jangle_transport *base,
                                  const char *queue,
                                  int64_t *count,
                                  struct jangle_error *error)
{
    struct jn_kafka *kafka = jn_kafka_of(base);
    const struct jn_kafka_attached *attached = jn_kafka_find_attached(kafka, queue);
    const struct jn_kafka_declared *declared = jn_kafka_find_declared(kafka, queue);
    enum jangle_result result = find_queue(kafka, queue, error);

    *count = 0;
    if (!result && attached)
        return count_attached(kafka, attached, count, error);
    if (!result && declared)
        return count_declared(kafka, declared, count, error);
    *count = -1;
    return result;
}

/* ---- remove ------------------------------------------------------------------------ */

/* The topic that the queue is bound to is read by others, too, and stays as it is. */
enum jangle_result jn_kafka_purge(struct jangle_transport *base,
                                  const char *queue,
                                  struct jangle_error *error)
{
    struct jn_kafka *kafka = jn_kafka_of(base);
    enum jangle_result result = find_queue(kafka, queue, error);

    return result ? result : jn_kafka_empty_topic(kafka, queue, error);
}

static enum jangle_result
remove_if_there(struct jn_kafka *kafka, const char *topic, struct jangle_error *error)
{
    enum jangle_result result = topic ? jn_kafka_look(kafka, 0, error) : JANGLE_OK;

    if (result || !topic || !jn_kafka_partitions(kafka, topic))
        return result;
    return jn_kafka_delete_topic(kafka, topic, error);
}

static enum jangle_result remove_retries(struct jn_kafka *kafka,
                                         const struct jangle_queue *queue,
                                         struct jangle_error *error)
{
    char name[JN_KAFKA_NAME_SIZE];
    enum jangle_result result = JANGLE_OK;
    int64_t delay_ms;

    for (size_t i = 0; !result && (delay_ms = jn_kafka_ladder_delay(queue, i)); i++)
        if (jn_kafka_retry_name(name, queue, delay_ms))
            result = remove_if_there(kafka, name, error);
    return result;
}

enum jangle_result jn_kafka_remove_queue(struct jangle_transport *base,
                                         const struct jangle_queue *queue,
                                         struct jangle_error *error)
{
    struct jn_kafka *kafka = jn_kafka_of(base);
    enum jangle_result result = remove_if_there(kafka, queue->name, error);

    if (!result)
        result = remove_if_there(kafka, queue->dead, error);
    return result ? result : remove_retries(kafka, queue, error);
}

/* Kafka knows of no queue that reads the topic, so none keeps it. */
enum jangle_result jn_kafka_remove_topic(struct jangle_transport *base,
                                         const char *topic,
                                         struct jangle_error *error)
{
    return remove_if_there(jn_kafka_of(base), topic, error);
}
