/* ladder.c - how long parcels wait for their next attempt, and what the queues are called
 * in which they do. */
#include "rabbitmq/ladder.h"

#include <stdio.h>

/* Each delay has a queue of its own, because a queue lets out its first parcel first: a
 * long wait must not stand before a short one. The delay is in the queue's name, because
 * arguments never change. */
static const int64_t delays_ms[] = {1000,     5000,     30000,     300000,    3600000,
                                    21600000, 86400000, 604800000, 4233600000};

enum { DELAYS = sizeof delays_ms / sizeof *delays_ms };

bool jn_rabbit_retry_is_fixed(const struct jangle_queue *queue)
{
    return queue->retry && queue->retry_ms;
}

bool jn_rabbit_is_dead_letters(const struct jangle_queue *queue)
{
    return queue->dead && strcmp(queue->dead, queue->name) == 0;
}

int64_t jn_rabbit_ladder_delay(size_t rung)
{
    return rung < DELAYS ? delays_ms[rung] : 0;
}

int64_t jn_rabbit_ladder_at_least(int64_t ms)
{
    for (size_t i = 0; i < DELAYS; i++)
        if (delays_ms[i] >= ms)
            return delays_ms[i];
    return delays_ms[DELAYS - 1];
}

bool jn_rabbit_retry_name(char name[JN_RABBIT_NAME_SIZE],
                          const struct jangle_queue *queue,
                          int64_t delay_ms)
{
    int length;

    if (jn_rabbit_retry_is_fixed(queue))
        length = snprintf(name, JN_RABBIT_NAME_SIZE, "%s", queue->retry);
    else
        length = snprintf(name, JN_RABBIT_NAME_SIZE, "%s%s.%lld",
                          queue->retry ? queue->retry : queue->name,
                          queue->retry ? "" : ".retry", (long long)delay_ms);
    return length > 0 && length < JN_RABBIT_NAME_SIZE;
}
