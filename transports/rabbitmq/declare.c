/* declare.c - topics and queues are made at the broker. */
#include "rabbitmq/declare.h"
#include "rabbitmq/arguments.h"
#include "rabbitmq/asking.h"
#include "rabbitmq/names.h"
#include "rabbitmq/shown.h"
#include "rabbitmq/store.h"

static amqp_bytes_t bytes_of(const char *text)
{
    return amqp_cstring_bytes(text);
}

/* ---- topics ---------------------------------------------------------------------- */

static const char *topic_kind(const struct jn_rabbit *rabbit)
{
    return rabbit->settings.options.fanout ? "fanout" : "topic";
}

static enum jangle_result make_topic(struct jn_rabbit *rabbit,
                                     const char *topic,
                                     int64_t until_us,
                                     struct jangle_error *error)
{
    enum jangle_result result = jn_rabbit_begin_asking(rabbit, until_us, error);

    if (result)
        return result;
    amqp_exchange_declare(rabbit->receiving.state, JN_RABBIT_ASKING, bytes_of(topic),
                          bytes_of(topic_kind(rabbit)), 0, 1, 0, 0, amqp_empty_table);
    return jn_rabbit_asked(rabbit, "topic", topic, error);
}

enum jangle_result jn_rabbit_declare_topic(struct jangle_transport *transport,
                                           const char *topic,
                                           struct jangle_error *error)
{
    struct jn_rabbit *rabbit = (struct jn_rabbit *)transport;

    return make_topic(rabbit, topic, jn_rabbit_after_ms(rabbit, JN_RABBIT_CALL_MS),
                      error);
}

/* ---- queues ---------------------------------------------------------------------- */

static enum jangle_result make_queue(struct jn_rabbit *rabbit,
                                     const char *name,
                                     struct jn_rabbit_next next,
                                     int64_t expire_ms,
                                     bool in_order,
                                     int64_t until_us,
                                     struct jangle_error *error)
{
    struct jn_rabbit_arguments arguments;
    enum jangle_result result = jn_rabbit_arguments_fill(
        &arguments, &rabbit->settings.options, next, expire_ms, in_order, error);

    if (result == JANGLE_OK)
        result = jn_rabbit_begin_asking(rabbit, until_us, error);
    if (result)
        return result;
    amqp_queue_declare(
        rabbit->receiving.state, JN_RABBIT_ASKING, bytes_of(name), 0, 1, 0, 0,
        (amqp_table_t){.num_entries = arguments.count, .entries = arguments.entries});
    return jn_rabbit_asked(rabbit, "queue", name, error);
}

static enum jangle_result bind_queue(struct jn_rabbit *rabbit,
                                     const char *name,
                                     const char *topic,
                                     const char *route,
                                     int64_t until_us,
                                     struct jangle_error *error)
{
    enum jangle_result result = jn_rabbit_begin_asking(rabbit, until_us, error);

    if (result)
        return result;
    amqp_queue_bind(rabbit->receiving.state, JN_RABBIT_ASKING, bytes_of(name),
                    bytes_of(topic), bytes_of(route), amqp_empty_table);
    return jn_rabbit_asked(rabbit, "binding of queue", name, error);
}

static enum jangle_result bind_routes(struct jn_rabbit *rabbit,
                                      const struct jangle_queue *queue,
                                      int64_t until_us,
                                      struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    if (!queue->topic)
        return JANGLE_OK;
    if (!queue->routes)
        return bind_queue(rabbit, queue->name, queue->topic, "#", until_us, error);
    for (size_t i = 0; result == JANGLE_OK && queue->routes[i]; i++)
        result = bind_queue(rabbit, queue->name, queue->topic, queue->routes[i], until_us,
                            error);
    return result;
}

/* ---- what belongs to a queue ----------------------------------------------------- */

static struct jn_rabbit_next dead_of(const struct jangle_queue *queue)
{
    return (struct jn_rabbit_next){.topic = !queue->dead        ? NULL
                                            : queue->dead_topic ? queue->dead_topic
                                                                : "",
                                   .route = queue->dead};
}

/* Where parcels go that have waited for their next attempt. With a retry topic it is as
 * in petisco: by the queue's own topic, with the name of the retry queue as their route;
 * or by the retry topic, with the name of the queue, if it is a store queue. */
static struct jn_rabbit_next retried_of(const struct jangle_queue *queue)
{
    if (!queue->retry_topic)
        return (struct jn_rabbit_next){.topic = "", .route = queue->name};
    if (!queue->topic || jn_rabbit_is_store(queue))
        return (struct jn_rabbit_next){.topic = queue->retry_topic, .route = queue->name};
    return (struct jn_rabbit_next){.topic = queue->topic, .route = queue->retry};
}

/* Its topic, too, if it has one. */
static enum jangle_result make_dead(struct jn_rabbit *rabbit,
                                    const struct jangle_queue *queue,
                                    int64_t until_us,
                                    struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    if (!queue->dead)
        return JANGLE_OK;
    result = make_queue(rabbit, queue->dead, (struct jn_rabbit_next){0}, 0, false,
                        until_us, error);
    if (result || !queue->dead_topic)
        return result;
    result = make_topic(rabbit, queue->dead_topic, until_us, error);
    return result ? result
                  : bind_queue(rabbit, queue->dead, queue->dead_topic, queue->dead,
                               until_us, error);
}

static enum jangle_result make_retry(struct jn_rabbit *rabbit,
                                     const struct jangle_queue *queue,
                                     const char *name,
                                     int64_t delay_ms,
                                     int64_t until_us,
                                     struct jangle_error *error)
{
    enum jangle_result result =
        make_queue(rabbit, name, retried_of(queue), delay_ms, false, until_us, error);

    if (result || !queue->retry_topic)
        return result;
    result = make_topic(rabbit, queue->retry_topic, until_us, error);
    return result ? result
                  : bind_queue(rabbit, name, queue->retry_topic, name, until_us, error);
}

/* The retry queues of a ladder are made when the first parcel needs them. */
static enum jangle_result make_fixed_retry(struct jn_rabbit *rabbit,
                                           const struct jangle_queue *queue,
                                           int64_t until_us,
                                           struct jangle_error *error)
{
    struct jn_rabbit_next next = retried_of(queue);
    enum jangle_result result = JANGLE_OK;

    if (jn_rabbit_retry_is_fixed(queue))
        result =
            make_retry(rabbit, queue, queue->retry, queue->retry_ms, until_us, error);
    if (result == JANGLE_OK && queue->retry && *next.topic)
        result = bind_queue(rabbit, queue->name, next.topic, next.route, until_us, error);
    return result;
}

/* ---- petisco's store queue --------------------------------------------------------- */

/* The routes by which petisco's own consumers send what failed back to a store queue. */
static enum jangle_result bind_store_retries(struct jn_rabbit *rabbit,
                                             const struct jangle_queue *queue,
                                             int64_t until_us,
                                             struct jangle_error *error)
{
    enum jangle_result result =
        bind_queue(rabbit, queue->name, queue->topic, queue->retry, until_us, error);

    if (result == JANGLE_OK)
        result =
            bind_queue(rabbit, queue->name, queue->topic, queue->name, until_us, error);
    for (size_t i = 0; result == JANGLE_OK && queue->routes[i]; i++)
        result = bind_queue(rabbit, queue->name, queue->retry_topic, queue->routes[i],
                            until_us, error);
    return result;
}

static enum jangle_result bind_store_dead(struct jn_rabbit *rabbit,
                                          const struct jangle_queue *queue,
                                          const char *of,
                                          const char *topic,
                                          int64_t until_us,
                                          struct jangle_error *error)
{
    char route[JN_RABBIT_NAME_SIZE];

    if (!jn_rabbit_store_dead(route, of))
        return jangle_error_set(error, JANGLE_INVALID,
                                "a route of the dead letters of %s is too long",
                                JN_SHOWN(80, queue->name));
    return bind_queue(rabbit, queue->dead, topic, route, until_us, error);
}

/* They send what is dead to the dead letters of the topic, with the route by which it
 * came; without these bindings that would be lost. */
static enum jangle_result bind_store(struct jn_rabbit *rabbit,
                                     const struct jangle_queue *queue,
                                     int64_t until_us,
                                     struct jangle_error *error)
{
    char topic[JN_RABBIT_NAME_SIZE];
    enum jangle_result result;

    if (!jn_rabbit_is_store(queue) || !queue->topic || !queue->dead || !queue->retry)
        return JANGLE_OK;
    result = bind_store_retries(rabbit, queue, until_us, error);
    if (result == JANGLE_OK && !jn_rabbit_store_dead(topic, queue->topic))
        result = jangle_error_set(error, JANGLE_INVALID,
                                  "the name of the topic for dead letters of %s is too "
                                  "long",
                                  JN_SHOWN(80, queue->topic));
    if (result == JANGLE_OK)
        result = make_topic(rabbit, topic, until_us, error);
    if (result == JANGLE_OK)
        result = bind_queue(rabbit, queue->dead, topic, queue->dead, until_us, error);
    for (size_t i = 0; result == JANGLE_OK && queue->routes[i]; i++)
        result = bind_store_dead(rabbit, queue, queue->routes[i], topic, until_us, error);
    return result;
}

/* ---- the whole ------------------------------------------------------------------- */

enum jangle_result jn_rabbit_declare_queue(struct jangle_transport *transport,
                                           const struct jangle_queue *queue,
                                           struct jangle_error *error)
{
    struct jn_rabbit *rabbit = (struct jn_rabbit *)transport;
    int64_t until_us = jn_rabbit_after_ms(rabbit, JN_RABBIT_CALL_MS);
    enum jangle_result result = make_dead(rabbit, queue, until_us, error);

    if (result || jn_rabbit_is_dead_letters(queue))
        return result;
    result = make_queue(rabbit, queue->name, dead_of(queue), queue->expire_ms,
                        queue->in_order, until_us, error);
    if (result == JANGLE_OK)
        result = bind_routes(rabbit, queue, until_us, error);
    if (result == JANGLE_OK)
        result = make_fixed_retry(rabbit, queue, until_us, error);
    return result ? result : bind_store(rabbit, queue, until_us, error);
}

/* One that is fixed was made together with its queue. */
enum jangle_result jn_rabbit_need_retry(struct jn_rabbit *rabbit,
                                        struct jn_rabbit_attached *attached,
                                        int64_t delay_ms,
                                        char name[JN_RABBIT_NAME_SIZE],
                                        int64_t until_us,
                                        struct jangle_error *error)
{
    const struct jangle_queue *queue = &attached->queue;
    int64_t rung_ms = jn_rabbit_ladder_at_least(delay_ms);
    enum jangle_result result = JANGLE_OK;

    if (!jn_rabbit_retry_name(name, queue, rung_ms))
        return jangle_error_set(error, JANGLE_INVALID,
                                "the name of the retry queue of %s is too long",
                                JN_SHOWN(80, queue->name));
    if (jn_rabbit_retry_is_fixed(queue)) {
        if (attached->retry_is_missing && !jn_rabbit_is_dead_letters(queue))
            result = make_fixed_retry(rabbit, queue, until_us, error);
        attached->retry_is_missing = attached->retry_is_missing && result;
        return result;
    }
    if (jn_rabbit_knows(&rabbit->receiving, name))
        return JANGLE_OK;
    result = make_retry(rabbit, queue, name, rung_ms, until_us, error);
    return result ? result
                  : jn_rabbit_learn(&rabbit->receiving, &rabbit->allocator, name, error);
}
