/* remove.c - topics and queues at the broker: counted, emptied, removed. */
#include "rabbitmq/remove.h"
#include "rabbitmq/asking.h"
#include "rabbitmq/receive.h"
#include "rabbitmq/shown.h"
#include "rabbitmq/store.h"

/* ---- counting and emptying ------------------------------------------------------- */

enum jangle_result jn_rabbit_count(struct jangle_transport *transport,
                                   const char *queue,
                                   int64_t *count,
                                   struct jangle_error *error)
{
    struct jn_rabbit *rabbit = (struct jn_rabbit *)transport;
    const amqp_queue_declare_ok_t *told;
    enum jangle_result result = jn_rabbit_begin_asking(
        rabbit, jn_rabbit_after_ms(rabbit, JN_RABBIT_CALL_MS), error);

    *count = 0;
    if (result)
        return result;
    told = amqp_queue_declare(rabbit->receiving.state, JN_RABBIT_ASKING,
                              amqp_cstring_bytes(queue), 1, 1, 0, 0, amqp_empty_table);
    result = jn_rabbit_asked(rabbit, "queue", queue, error);
    if (result == JANGLE_OK)
        *count = (int64_t)told->message_count + jn_rabbit_waiting_count(rabbit, queue);
    return result;
}

/* NOT_FOUND is as good as removed. */
static enum jangle_result or_missing(enum jangle_result result,
                                     struct jangle_error *error)
{
    if (result != JANGLE_NOT_FOUND)
        return result;
    if (error)
        *error = (struct jangle_error){0};
    return JANGLE_OK;
}

enum jangle_result jn_rabbit_purge(struct jangle_transport *transport,
                                   const char *queue,
                                   struct jangle_error *error)
{
    struct jn_rabbit *rabbit = (struct jn_rabbit *)transport;
    enum jangle_result result = jn_rabbit_begin_asking(
        rabbit, jn_rabbit_after_ms(rabbit, JN_RABBIT_CALL_MS), error);

    if (result)
        return result;
    amqp_queue_purge(rabbit->receiving.state, JN_RABBIT_ASKING,
                     amqp_cstring_bytes(queue));
    result = or_missing(jn_rabbit_asked(rabbit, "queue", queue, error), error);
    if (result == JANGLE_OK)
        result = jn_rabbit_drop_waiting(rabbit, queue, error);
    return result;
}

/* ---- removing -------------------------------------------------------------------- */

static enum jangle_result remove_one(struct jn_rabbit *rabbit,
                                     const char *queue,
                                     int64_t until_us,
                                     struct jangle_error *error)
{
    enum jangle_result result =
        queue ? jn_rabbit_begin_asking(rabbit, until_us, error) : JANGLE_OK;

    if (!queue || result)
        return result;
    amqp_queue_delete(rabbit->receiving.state, JN_RABBIT_ASKING,
                      amqp_cstring_bytes(queue), 0, 0);
    return or_missing(jn_rabbit_asked(rabbit, "queue", queue, error), error);
}

static enum jangle_result remove_retries(struct jn_rabbit *rabbit,
                                         const struct jangle_queue *queue,
                                         int64_t until_us,
                                         struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;
    char name[JN_RABBIT_NAME_SIZE];

    if (jn_rabbit_is_dead_letters(queue))
        return JANGLE_OK;
    if (jn_rabbit_retry_is_fixed(queue))
        return remove_one(rabbit, queue->retry, until_us, error);
    for (size_t i = 0; result == JANGLE_OK && jn_rabbit_ladder_delay(i); i++)
        if (jn_rabbit_retry_name(name, queue, jn_rabbit_ladder_delay(i)))
            result = remove_one(rabbit, name, until_us, error);
    return result;
}

/* The topic stays, and that is BUSY, if a queue is bound to it. */
static enum jangle_result remove_unbound(struct jn_rabbit *rabbit,
                                         const char *topic,
                                         int64_t until_us,
                                         struct jangle_error *error)
{
    enum jangle_result result = jn_rabbit_begin_asking(rabbit, until_us, error);

    if (result)
        return result;
    amqp_exchange_delete(rabbit->receiving.state, JN_RABBIT_ASKING,
                         amqp_cstring_bytes(topic), 1);
    result = or_missing(jn_rabbit_asked(rabbit, "topic", topic, error), error);
    if (result != JANGLE_INVALID)
        return result;
    if (error)
        *error = (struct jangle_error){0};
    return jangle_error_set(error, JANGLE_BUSY,
                            "topic %s: a queue is still bound to it, so it stays",
                            JN_SHOWN(80, topic));
}

/* The topics of the retry queue and of the dead-letter queue go with the last queue that
 * is bound to them. */
static enum jangle_result remove_topics(struct jn_rabbit *rabbit,
                                        const struct jangle_queue *queue,
                                        int64_t until_us,
                                        struct jangle_error *error)
{
    char of_store[JN_RABBIT_NAME_SIZE];
    bool is_store = jn_rabbit_is_store(queue) && queue->topic &&
                    jn_rabbit_store_dead(of_store, queue->topic);
    const char *topics[] = {queue->retry_topic, queue->dead_topic,
                            is_store ? of_store : NULL};

    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        enum jangle_result result = JANGLE_OK;

        if (topics[i])
            result = remove_unbound(rabbit, topics[i], until_us, NULL);
        if (result && rabbit->receiving.state == NULL)
            return jangle_error_set(error, result, "RabbitMQ went away");
    }
    return JANGLE_OK;
}

enum jangle_result jn_rabbit_remove_queue(struct jangle_transport *transport,
                                          const struct jangle_queue *queue,
                                          struct jangle_error *error)
{
    struct jn_rabbit *rabbit = (struct jn_rabbit *)transport;
    int64_t until_us = jn_rabbit_after_ms(rabbit, JN_RABBIT_CALL_MS);
    enum jangle_result result = remove_one(rabbit, queue->name, until_us, error);

    if (result == JANGLE_OK)
        result = remove_retries(rabbit, queue, until_us, error);
    if (result == JANGLE_OK)
        result = remove_one(rabbit, queue->dead, until_us, error);
    return result ? result : remove_topics(rabbit, queue, until_us, error);
}

enum jangle_result jn_rabbit_remove_topic(struct jangle_transport *transport,
                                          const char *topic,
                                          struct jangle_error *error)
{
    struct jn_rabbit *rabbit = (struct jn_rabbit *)transport;

    return remove_unbound(rabbit, topic, jn_rabbit_after_ms(rabbit, JN_RABBIT_CALL_MS),
                          error);
}
