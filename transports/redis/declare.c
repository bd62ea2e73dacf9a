/* declare.c - topics and queues are made sure of. A queue is what the hash about it says;
 * its groups and streams are made with it. */
#include "redis/declare.h"
#include "redis/script.h"
#include "redis/times.h"

enum jangle_result jn_redis_declare_topic(struct jangle_transport *transport,
                                          const char *topic,
                                          struct jangle_error *error)
{
    struct jn_redis *redis = (struct jn_redis *)transport;
    char what[120];
    redisReply *reply = NULL;
    enum jangle_result result;

    jn_text_format(what, sizeof what, "declare topic %s", topic);
    result = jn_redis_script_ask(redis, JN_REDIS_DECLARE_TOPIC, topic, NULL, what, &reply,
                                 error);
    if (result == JANGLE_OK)
        freeReplyObject(reply);
    return result;
}

/* ---- queues ---------------------------------------------------------------------- */

/* What can be refused before Redis is asked. */
static enum jangle_result check(const struct jangle_queue *queue,
                                struct jangle_error *error)
{
    if (queue->expire_ms && !queue->dead)
        return jangle_error_set(error, JANGLE_INVALID,
                                "queue %s has an expire_ms and no dead-letter queue, so "
                                "what expires would be lost: name one",
                                JN_SHOWN(80, queue->name));
    if (queue->retry_topic || queue->dead_topic)
        return jangle_error_set(error, JANGLE_INVALID,
                                "queue %s has a retry_topic or a dead_topic, and Redis "
                                "needs none: name the queues alone",
                                JN_SHOWN(80, queue->name));
    return JANGLE_OK;
}

static void write_queue(struct jn_redis_request *request,
                        const struct jangle_queue *queue)
{
    jn_redis_request_text(request, queue->name);
    jn_redis_request_text(request, queue->topic ? queue->topic : "");
    jn_redis_request_text(request, queue->in_order ? "1" : "0");
    jn_redis_request_text(request, queue->dead ? queue->dead : "");
    jn_redis_request_number(request, queue->retry_ms);
    jn_redis_request_number(request, queue->expire_ms);
    jn_redis_request_text(request, queue->routes ? "" : "*");
    for (size_t i = 0; queue->routes && queue->routes[i]; i++)
        jn_redis_request_text(request, queue->routes[i]);
}

static const char *word(const redisReply *reply, size_t index)
{
    if (reply->elements <= index || reply->element[index]->type != REDIS_REPLY_STRING)
        return "?";
    return *reply->element[index]->str ? reply->element[index]->str : "none";
}

static enum jangle_result read_answer(const struct jangle_queue *queue,
                                      const redisReply *reply,
                                      struct jangle_error *error)
{
    const char *said = reply->type == REDIS_REPLY_ARRAY ? word(reply, 0) : "?";

    if (strcmp(said, "ok") == 0)
        return JANGLE_OK;
    if (strcmp(said, "differs") == 0)
        return jangle_error_set(error, JANGLE_INVALID,
                                "queue %s exists, and its %s is %s, not %s: remove the "
                                "queue, or declare it as it is",
                                JN_SHOWN(60, queue->name), JN_SHOWN(20, word(reply, 1)),
                                JN_SHOWN(40, word(reply, 2)),
                                JN_SHOWN(40, word(reply, 3)));
    return jangle_error_set(error, JANGLE_NOT_FOUND,
                            "queue %s cannot be bound to topic %s, which does not exist",
                            JN_SHOWN(60, queue->name), JN_SHOWN(60, queue->topic));
}

enum jangle_result jn_redis_declare_queue(struct jangle_transport *transport,
                                          const struct jangle_queue *queue,
                                          struct jangle_error *error)
{
    struct jn_redis *redis = (struct jn_redis *)transport;
    int64_t until_us = jn_redis_times_after_ms(redis, JN_REDIS_CALL_MS);
    struct jn_redis_request request;
    redisReply *reply = NULL;
    enum jangle_result result = check(queue, error);
    char what[120];

    if (result)
        return result;
    jn_text_format(what, sizeof what, "declare queue %s", queue->name);
    result =
        jn_redis_script_begin(redis, JN_REDIS_DECLARE_QUEUE, &request, until_us, error);
    if (result == JANGLE_OK) {
        write_queue(&request, queue);
        result = jn_redis_script_call(redis, JN_REDIS_DECLARE_QUEUE, &request, what,
                                      until_us, &reply, error);
    }
    jn_redis_request_finish(&request);
    if (result == JANGLE_TIMEOUT) {
        if (error)
            error->result = JANGLE_BUSY;
        return JANGLE_BUSY;
    }
    if (result)
        return result;
    result = read_answer(queue, reply, error);
    freeReplyObject(reply);
    return result;
}
