/* dead.c - dead letters. */
#include "hub/dead.h"

#include "hub/queue.h"
#include "hub/topic.h"

#include <stdio.h>

/* A dead letter that goes through a topic has the name of the dead-letter queue as its
 * route, so others who are bound to that topic see where it goes. */
static struct jn_hub_contents *copy_dead(const struct jn_hub_queue *queue,
                                         const struct jn_hub_contents *contents,
                                         int attempt,
                                         const char *reason)
{
    char attempts[16];
    const struct jangle_header headers[] = {
        {"jangle-reason", reason ? reason : ""},
        {"jangle-queue", queue->name.text},
        {"jangle-attempts", attempts},
    };
    struct jangle_parcel parcel = contents->parcel;

    snprintf(attempts, sizeof attempts, "%d", attempt);
    if (queue->as.dead_topic)
        parcel.route = queue->as.dead;
    return jn_hub_contents_copy(jn_hub_memory(queue->broker), &parcel, headers,
                                sizeof headers / sizeof *headers);
}

enum jangle_result jn_hub_bury(const struct jn_hub_queue *queue,
                               const struct jn_hub_contents *contents,
                               int attempt,
                               const char *reason)
{
    struct jn_hub_broker *broker = queue->broker;
    struct jn_hub_topic *topic = jn_hub_find_topic(broker, queue->as.dead_topic);
    struct jn_hub_queue *dead = jn_hub_find_queue(broker, queue->as.dead);
    struct jn_hub_contents *copy;
    enum jangle_result result;

    if (!dead || (queue->as.dead_topic && !topic))
        return JANGLE_NOT_FOUND;
    copy = copy_dead(queue, contents, attempt, reason);
    if (!copy)
        return JANGLE_NO_MEMORY;
    result = topic ? jn_hub_topic_put(topic, broker, copy, 1, true)
                   : jn_hub_queue_put(dead, copy, 1);
    jn_hub_contents_drop(jn_hub_memory(broker), copy);
    return result;
}
