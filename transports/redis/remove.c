/* remove.c - topics and queues are counted, emptied, removed. */
#include "redis/remove.h"
#include "redis/script.h"
#include "redis/times.h"

enum { PURGE_MS = 20000 };

/* Only what is declared or attached is INVALID. */
static enum jangle_result ask(struct jn_redis *redis,
                              enum jn_redis_script script,
                              const char *text,
                              const char *more,
                              const char *what,
                              redisReply **reply,
                              struct jangle_error *error)
{
    enum jangle_result result =
        jn_redis_script_ask(redis, script, text, more, what, reply, error);

    if (result != JANGLE_INVALID)
        return result;
    if (error)
        error->result = JANGLE_BUSY;
    return JANGLE_BUSY;
}

/* ---- counting and emptying ------------------------------------------------------- */

enum jangle_result jn_redis_remove_count(struct jangle_transport *transport,
                                         const char *queue,
                                         int64_t *count,
                                         struct jangle_error *error)
{
    struct jn_redis *redis = (struct jn_redis *)transport;
    redisReply *reply = NULL;
    enum jangle_result result;

    *count = 0;
    result = ask(redis, JN_REDIS_COUNT, queue, NULL, "count", &reply, error);
    if (result)
        return result;
    if (reply->type == REDIS_REPLY_INTEGER)
        *count = reply->integer;
    else
        result = jangle_error_set(error, JANGLE_NOT_FOUND, "queue %s does not exist",
                                  JN_SHOWN(80, queue));
    freeReplyObject(reply);
    return result;
}

/* Each call of the script removes some, so that others get their turn. */
enum jangle_result jn_redis_remove_purge(struct jangle_transport *transport,
                                         const char *queue,
                                         struct jangle_error *error)
{
    struct jn_redis *redis = (struct jn_redis *)transport;
    int64_t until_us = jn_redis_times_after_ms(redis, PURGE_MS);
    bool more = true;

    while (more) {
        redisReply *reply = NULL;
        enum jangle_result result =
            ask(redis, JN_REDIS_PURGE, queue, NULL, "purge", &reply, error);

        if (result)
            return result;
        more = jn_redis_script_said(reply, "more");
        freeReplyObject(reply);
        if (more && jn_redis_times_left_ms(redis, until_us) == 0)
            return jangle_error_set(error, JANGLE_BUSY,
                                    "queue %s has more than can be removed in one call: "
                                    "call again",
                                    JN_SHOWN(80, queue));
    }
    return JANGLE_OK;
}

/* ---- removing -------------------------------------------------------------------- */

enum jangle_result jn_redis_remove_queue(struct jangle_transport *transport,
                                         const struct jangle_queue *queue,
                                         struct jangle_error *error)
{
    struct jn_redis *redis = (struct jn_redis *)transport;
    redisReply *reply = NULL;
    enum jangle_result result = ask(redis, JN_REDIS_REMOVE_QUEUE, queue->name,
                                    queue->dead, "remove a queue", &reply, error);

    if (result == JANGLE_OK)
        freeReplyObject(reply);
    return result;
}

/* Whose group still reads the topic, ours or a stranger's. */
static const char *reader_of(const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        reply->element[1]->type != REDIS_REPLY_STRING)
        return NULL;
    return reply->element[1]->str;
}

enum jangle_result jn_redis_remove_topic(struct jangle_transport *transport,
                                         const char *topic,
                                         struct jangle_error *error)
{
    struct jn_redis *redis = (struct jn_redis *)transport;
    redisReply *reply = NULL;
    enum jangle_result result =
        ask(redis, JN_REDIS_REMOVE_TOPIC, topic, NULL, "remove a topic", &reply, error);

    if (result)
        return result;
    if (reader_of(reply))
        result = jangle_error_set(error, JANGLE_BUSY,
                                  "topic %s: the group %s still reads it, so it stays",
                                  JN_SHOWN(80, topic), JN_SHOWN(80, reader_of(reply)));
    freeReplyObject(reply);
    return result;
}
