/* held.c - parcels that were received and are not settled. */
#include "redis/held.h"

void jn_redis_held_init(struct jn_redis *redis)
{
    redis->held.head.next = redis->held.head.previous = &redis->held.head;
}

void jn_redis_held_add(struct jn_redis *redis, struct jn_redis_delivery *delivery)
{
    struct jn_redis_delivery *head = &redis->held.head;

    delivery->previous = head->previous;
    delivery->next = head;
    head->previous->next = delivery;
    head->previous = delivery;
}

void jn_redis_held_remove(struct jn_redis *redis, struct jn_redis_delivery *delivery)
{
    delivery->previous->next = delivery->next;
    delivery->next->previous = delivery->previous;
    jn_free(&redis->allocator, delivery);
}

void jn_redis_held_finish(struct jn_redis *redis)
{
    while (redis->held.head.next != &redis->held.head)
        jn_redis_held_remove(redis, redis->held.head.next);
}

void jn_redis_held_lose(struct jn_redis *redis, const struct jn_redis_attached *attached)
{
    struct jn_redis_delivery *each = redis->held.head.next;

    for (; each != &redis->held.head; each = each->next)
        if (each->attached == attached)
            each->attached = NULL;
}
