/* ladder.c - how long parcels wait for their next attempt, and in which topics. */
#include "kafka/ladder.h"

#include <stdio.h>

/* Each delay has a topic of its own, because a topic is read from its first message on: a
 * long wait must not stand before a short one. So all in one topic wait equally long, and
 * its first message is the first that is due. */
static const int64_t delays_ms[] = {1000,     5000,     30000,     300000,    3600000,
                                    21600000, 86400000, 604800000, 4233600000};

enum { DELAYS = sizeof delays_ms / sizeof *delays_ms };

int64_t jn_kafka_ladder_delay(const struct jangle_queue *queue, size_t rung)
{
    if (queue->retry_ms)
        return rung == 0 ? queue->retry_ms : 0;
    return rung < DELAYS ? delays_ms[rung] : 0;
}

int64_t jn_kafka_ladder_at_least(const struct jangle_queue *queue, int64_t ms)
{
    if (queue->retry_ms)
        return queue->retry_ms;
    for (size_t i = 0; i < DELAYS; i++)
        if (delays_ms[i] >= ms)
            return delays_ms[i];
    return delays_ms[DELAYS - 1];
}

bool jn_kafka_retry_name(char name[JN_KAFKA_NAME_SIZE],
                         const struct jangle_queue *queue,
                         int64_t delay_ms)
{
    const char *base = queue->retry ? queue->retry : queue->name;
    const char *word = queue->retry ? "" : ".retry";
    int length;

    if (queue->retry && queue->retry_ms)
        length = snprintf(name, JN_KAFKA_NAME_SIZE, "%s", base);
    else
        length = snprintf(name, JN_KAFKA_NAME_SIZE, "%s%s.%lld", base, word,
                          (long long)delay_ms);
    return length > 0 && length < JN_KAFKA_NAME_SIZE;
}
