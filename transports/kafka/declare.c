/* declare.c - topics and queues are made sure of. Kafka keeps no bindings: which topic a
 * queue reads, and which routes of it, says whoever attaches. */
#include "kafka/declare.h"

#include "kafka/admin.h"
#include "kafka/asking.h"

enum jangle_result jn_kafka_declare_topic(struct jangle_transport *base,
                                          const char *topic,
                                          struct jangle_error *error)
{
    return jn_kafka_make_topic(jn_kafka_of(base), topic, JN_KAFKA_PLAIN, error);
}

/* ---- what was declared ------------------------------------------------------------- */

const struct jn_kafka_declared *jn_kafka_find_declared(const struct jn_kafka *kafka,
                                                       const char *queue)
{
    const struct jn_kafka_declared *at = kafka->declared;

    while (at && strcmp(at->name, queue) != 0)
        at = at->next;
    return at;
}

static enum jangle_result note_declared(struct jn_kafka *kafka,
                                        const char *name,
                                        const char *topic,
                                        struct jangle_error *error)
{
    size_t size = strlen(name) + 1;
    struct jn_kafka_declared *noted;

    if (jn_kafka_find_declared(kafka, name))
        return JANGLE_OK;
    noted = jn_new(&kafka->allocator, sizeof *noted + size);
    if (noted && topic)
        noted->topic = jn_copy_text(&kafka->allocator, topic);
    if (!noted || (topic && !noted->topic)) {
        jn_free(&kafka->allocator, noted);
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a queue");
    }
    memcpy(noted->name, name, size);
    noted->next = kafka->declared;
    kafka->declared = noted;
    return JANGLE_OK;
}

void jn_kafka_forget_declared(struct jn_kafka *kafka)
{
    while (kafka->declared) {
        struct jn_kafka_declared *first = kafka->declared;

        kafka->declared = first->next;
        jn_free(&kafka->allocator, first->topic);
        jn_free(&kafka->allocator, first);
    }
}

/* ---- queues ------------------------------------------------------------------------ */

static enum jangle_result check_queue(struct jn_kafka *kafka,
                                      const struct jangle_queue *queue,
                                      struct jangle_error *error)
{
    enum jangle_result result = jn_kafka_check_name(queue->name, error);

    if (!result && queue->expire_ms)
        return jangle_error_set(error, JANGLE_INVALID,
                                "queue \"%s\" is a log of Kafka, which keeps what it has "
                                "for its retention: it cannot have an expire_ms",
                                JN_SHOWN(80, queue->name));
    if (!result)
        result = jn_kafka_look(kafka, 0, error);
    if (!result && queue->topic && !jn_kafka_partitions(kafka, queue->topic))
        return jangle_error_set(error, JANGLE_NOT_FOUND,
                                "queue \"%s\" cannot read topic \"%s\", which Kafka does "
                                "not have, or does not show to this user",
                                JN_SHOWN(80, queue->name), JN_SHOWN(80, queue->topic));
    return result;
}

/* Retry topics are made when they are needed first. */
enum jangle_result jn_kafka_declare_queue(struct jangle_transport *base,
                                          const struct jangle_queue *queue,
                                          struct jangle_error *error)
{
    struct jn_kafka *kafka = jn_kafka_of(base);
    enum jangle_result result = check_queue(kafka, queue, error);

    if (!result)
        result = jn_kafka_make_topic(kafka, queue->name, JN_KAFKA_PLAIN, error);
    if (!result && queue->dead)
        result = jn_kafka_make_topic(kafka, queue->dead, JN_KAFKA_DEAD, error);
    if (!result)
        result = note_declared(kafka, queue->name, queue->topic, error);
    if (!result && queue->dead)
        result = note_declared(kafka, queue->dead, NULL, error);
    return result;
}
