/* declare.c - topics and queues are made. */
#include "hub/declare.h"

#include "hub/broker.h"
#include "hub/connection.h"
#include "hub/topic.h"

enum jangle_result jn_hub_declare_topic(struct jangle_transport *base,
                                        const char *topic,
                                        struct jangle_error *error)
{
    struct jn_hub_transport *transport = jn_hub_transport_of(base);
    enum jangle_result result = jn_hub_enter(transport, error);

    if (result)
        return result;
    if (!jn_hub_topic_make(transport->broker, topic))
        result = jn_hub_full(error, "declare a topic");
    jn_hub_leave(transport);
    return result;
}

/* ---- queues -------------------------------------------------------------------- */

static bool same_text(const char *one, const char *other)
{
    return one && other ? strcmp(one, other) == 0 : one == other;
}

/* The name of the first member in which two queues differ, or NULL. Bindings do not
 * count: each call may add some. */
static const char *find_difference(const struct jangle_queue *one,
                                   const struct jangle_queue *other)
{
    const struct {
        const char *name;
        bool same;
    } members[] = {
        {"retry", same_text(one->retry, other->retry)},
        {"retry_topic", same_text(one->retry_topic, other->retry_topic)},
        {"dead", same_text(one->dead, other->dead)},
        {"dead_topic", same_text(one->dead_topic, other->dead_topic)},
        {"in_order", one->in_order == other->in_order},
        {"retry_ms", one->retry_ms == other->retry_ms},
        {"expire_ms", one->expire_ms == other->expire_ms},
    };

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (!members[i].same)
            return members[i].name;
    return NULL;
}

/* What can be refused is refused before anything is made. */
static enum jangle_result check_queue(const struct jn_hub_broker *broker,
                                      const struct jangle_queue *queue,
                                      struct jangle_error *error)
{
    const struct jn_hub_queue *known = jn_hub_find_queue(broker, queue->name);
    const char *differs = known ? find_difference(&known->as, queue) : NULL;

    if (differs)
        return jangle_error_set(error, JANGLE_INVALID,
                                "hub: queue \"%s\" exists, and its %s differs: remove "
                                "the queue, or declare it as it is",
                                JN_SHOWN(60, queue->name), differs);
    if (queue->expire_ms && broker->keeps_logs)
        return jangle_error_set(error, JANGLE_INVALID,
                                "hub: queue \"%s\" is a log, which keeps what it has: it "
                                "cannot have an expire_ms",
                                JN_SHOWN(60, queue->name));
    if (queue->expire_ms && !queue->dead)
        return jangle_error_set(error, JANGLE_INVALID,
                                "hub: queue \"%s\" has an expire_ms and no dead-letter "
                                "queue, so what expires would be lost: name one",
                                JN_SHOWN(60, queue->name));
    if (queue->topic && !jn_hub_find_topic(broker, queue->topic))
        return jangle_error_set(error, JANGLE_NOT_FOUND,
                                "hub: queue \"%s\" cannot be bound to topic \"%s\", "
                                "which does not exist: declare the topic first",
                                JN_SHOWN(60, queue->name), JN_SHOWN(60, queue->topic));
    return JANGLE_OK;
}

/* A queue that belongs to another one: it is as it is if it exists. */
static struct jn_hub_queue *make_plain(struct jn_hub_broker *broker, const char *name)
{
    struct jn_hub_queue *known = jn_hub_find_queue(broker, name);

    return known ? known
                 : jn_hub_queue_make(broker, &(struct jangle_queue){.name = name});
}

/* A dead-letter queue is bound to its topic by its own name. The retry queue needs no
 * binding: only the hub puts parcels there. */
static bool make_others(struct jn_hub_broker *broker, const struct jangle_queue *queue)
{
    const char *routes[] = {queue->dead, NULL};
    struct jn_hub_queue *dead = NULL;

    if (queue->retry && !make_plain(broker, queue->retry))
        return false;
    if (queue->retry_topic && !jn_hub_topic_make(broker, queue->retry_topic))
        return false;
    if (queue->dead && !(dead = make_plain(broker, queue->dead)))
        return false;
    if (queue->dead_topic) {
        struct jn_hub_topic *topic = jn_hub_topic_make(broker, queue->dead_topic);

        return topic && (!dead || !jn_hub_topic_bind(topic, dead, routes));
    }
    return true;
}

static bool make_queue(struct jn_hub_broker *broker, const struct jangle_queue *queue)
{
    struct jn_hub_queue *made = jn_hub_find_queue(broker, queue->name);

    if (!made)
        made = jn_hub_queue_make(broker, queue);
    return made &&
           (!queue->topic || !jn_hub_topic_bind(jn_hub_find_topic(broker, queue->topic),
                                                made, queue->routes));
}

enum jangle_result jn_hub_declare_queue(struct jangle_transport *base,
                                        const struct jangle_queue *queue,
                                        struct jangle_error *error)
{
    struct jn_hub_transport *transport = jn_hub_transport_of(base);
    enum jangle_result result = jn_hub_enter(transport, error);

    if (result)
        return result;
    result = check_queue(transport->broker, queue, error);
    if (!result &&
        (!make_others(transport->broker, queue) || !make_queue(transport->broker, queue)))
        result = jn_hub_full(error, "declare a queue");
    jn_hub_leave(transport);
    return result;
}
