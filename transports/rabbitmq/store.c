/* store.c - petisco's store queue, which gets the messages of every type. */
#include "rabbitmq/store.h"

#include <stdio.h>

bool jn_rabbit_is_store(const struct jangle_queue *queue)
{
    for (size_t i = 0; queue->retry_topic && queue->routes && queue->routes[i]; i++)
        if (strpbrk(queue->routes[i], "*#"))
            return true;
    return false;
}

bool jn_rabbit_store_dead(char name[JN_RABBIT_NAME_SIZE], const char *of)
{
    return snprintf(name, JN_RABBIT_NAME_SIZE, "dead_letter.%s", of) <
           JN_RABBIT_NAME_SIZE;
}
