/* attached.c - the queues that a transport is attached to. */
#include "redis/attached.h"
#include "redis/held.h"
#include "redis/script.h"
#include "redis/times.h"

static struct jn_redis_attached *find(const struct jn_redis *redis, const char *queue)
{
    struct jn_redis_attached *attached = redis->attached;

    while (attached && strcmp(attached->name, queue) != 0)
        attached = attached->next;
    return attached;
}

static enum jangle_result
add(struct jn_redis *redis, const char *queue, struct jangle_error *error)
{
    struct jn_redis_attached *attached = jn_new(&redis->allocator, sizeof *attached);

    if (attached)
        attached->name = jn_copy_text(&redis->allocator, queue);
    if (!attached || !attached->name) {
        jn_free(&redis->allocator, attached);
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a queue");
    }
    attached->next = redis->attached;
    redis->attached = attached;
    return JANGLE_OK;
}

static void drop(struct jn_redis *redis, struct jn_redis_attached *attached)
{
    struct jn_redis_attached **link = &redis->attached;

    jn_redis_held_lose(redis, attached);
    while (*link != attached)
        link = &(*link)->next;
    *link = attached->next;
    jn_free(&redis->allocator, attached->name);
    jn_free(&redis->allocator, attached);
}

/* ---- attaching ------------------------------------------------------------------- */

/* Is the queue there? */
static enum jangle_result look_for(struct jn_redis *redis,
                                   const char *queue,
                                   int64_t until_us,
                                   struct jangle_error *error)
{
    struct jn_redis_request request;
    redisReply *reply = NULL;
    enum jangle_result result;
    bool found;

    jn_redis_request_init(&request, &redis->allocator);
    jn_redis_request_text(&request, "EXISTS");
    jn_redis_request_key(&request, redis, "about", queue);
    result = jn_redis_connection_call(redis, &request, "attach", until_us, &reply, error);
    jn_redis_request_finish(&request);
    if (result)
        return result == JANGLE_TIMEOUT ? JANGLE_BUSY : result;
    found = reply->type == REDIS_REPLY_INTEGER && reply->integer == 1;
    freeReplyObject(reply);
    return found ? JANGLE_OK
                 : jangle_error_set(error, JANGLE_NOT_FOUND, "queue %s does not exist",
                                    JN_SHOWN(80, queue));
}

enum jangle_result jn_redis_attached_attach(struct jangle_transport *transport,
                                            const struct jangle_queue *queue,
                                            const struct jangle_log_offset *offsets,
                                            size_t offset_count,
                                            struct jangle_error *error)
{
    struct jn_redis *redis = (struct jn_redis *)transport;
    int64_t until_us = jn_redis_times_after_ms(redis, JN_REDIS_CALL_MS);
    struct jangle_error fault = {0};
    enum jangle_result result = jn_redis_connection_open(redis, until_us, &fault);

    (void)offsets; /* these queues are no logs */
    (void)offset_count;
    if (result == JANGLE_OK)
        result = look_for(redis, queue->name, until_us, &fault);
    if (result == JANGLE_OK && !find(redis, queue->name))
        result = add(redis, queue->name, &fault);
    return result ? jangle_error_set(error, result, "%s", fault.message) : JANGLE_OK;
}

/* ---- detaching ------------------------------------------------------------------- */

/* If Redis refuses that, the connection ends: else what was received would stay ours for
 * as long as other queues are tended by it. */
static void
give_back(struct jn_redis *redis, struct jn_redis_attached *attached, int64_t until_us)
{
    struct jn_redis_request request;
    redisReply *reply = NULL;

    if (!redis->registered || !jn_redis_link_is_open(&redis->talking))
        return;
    if (jn_redis_script_begin(redis, JN_REDIS_GIVE_BACK, &request, until_us, NULL) ==
        JANGLE_OK) {
        jn_redis_request_text(&request, attached->name);
        jn_redis_request_text(&request, redis->token);
        if (jn_redis_script_call(redis, JN_REDIS_GIVE_BACK, &request, "give back",
                                 until_us, &reply, NULL) == JANGLE_OK)
            freeReplyObject(reply);
    }
    if (!reply)
        jn_redis_link_close(&redis->talking);
    jn_redis_request_finish(&request);
}

/* A Redis that cannot be told gives everything back when it sees that we are gone. */
enum jangle_result jn_redis_attached_detach(struct jangle_transport *transport,
                                            const char *queue,
                                            struct jangle_error *error)
{
    struct jn_redis *redis = (struct jn_redis *)transport;
    struct jn_redis_attached *attached = find(redis, queue);

    (void)error;
    if (!attached)
        return JANGLE_OK;
    give_back(redis, attached, jn_redis_times_after_ms(redis, JN_REDIS_CALL_MS));
    drop(redis, attached);
    return JANGLE_OK;
}

void jn_redis_attached_leave(struct jn_redis *redis)
{
    int64_t until_us = jn_redis_times_after_ms(redis, JN_REDIS_CLOSE_MS);

    for (struct jn_redis_attached *each = redis->attached; each; each = each->next)
        give_back(redis, each, until_us);
    if (redis->registered && jn_redis_link_is_open(&redis->talking)) {
        struct jn_redis_request request;
        enum jangle_result result;

        jn_redis_request_init(&request, &redis->allocator);
        jn_redis_request_text(&request, "DEL");
        jn_redis_request_key(&request, redis, "alive", redis->token);
        result = jn_redis_connection_call(redis, &request, "leave", until_us, NULL, NULL);
        (void)result; /* else the lease ends by itself */
        jn_redis_request_finish(&request);
    }
    jn_redis_attached_finish(redis);
}

void jn_redis_attached_finish(struct jn_redis *redis)
{
    while (redis->attached)
        drop(redis, redis->attached);
}
