/* script.c - scripts are carried out by Redis, each as one step that nothing comes
 * between. They are known to Redis by the digests of their texts. */
#include "redis/script.h"
#include "redis/texts.h"
#include "redis/times.h"

static enum jangle_result load(struct jn_redis *redis,
                               enum jn_redis_script script,
                               int64_t until_us,
                               struct jangle_error *error)
{
    const char *const *parts = jn_redis_texts_of(script);
    struct jn_redis_request request, text;
    redisReply *reply = NULL;
    enum jangle_result result;

    jn_redis_request_init(&request, &redis->allocator);
    jn_redis_request_init(&text, &redis->allocator);
    for (size_t i = 0; parts[i]; i++)
        jn_redis_request_append(&text, parts[i]);
    jn_redis_request_text(&request, "SCRIPT");
    jn_redis_request_text(&request, "LOAD");
    jn_redis_request_join(&request, &text);
    result = jn_redis_connection_call(redis, &request, "load a script", until_us, &reply,
                                      error);
    jn_redis_request_finish(&request);
    jn_redis_request_finish(&text);
    if (result)
        return result == JANGLE_TIMEOUT ? JANGLE_BUSY : result;
    jn_text_copy(redis->digests[script], sizeof redis->digests[script],
                 reply->str ? reply->str : "");
    freeReplyObject(reply);
    return JANGLE_OK;
}

enum jangle_result jn_redis_script_begin(struct jn_redis *redis,
                                         enum jn_redis_script script,
                                         struct jn_redis_request *request,
                                         int64_t until_us,
                                         struct jangle_error *error)
{
    enum jangle_result result;

    jn_redis_request_init(request, &redis->allocator);
    result = jn_redis_connection_open(redis, until_us, error);
    if (result == JANGLE_OK && !redis->digests[script][0])
        result = load(redis, script, until_us, error);
    if (result)
        return result;
    jn_redis_request_text(request, "EVALSHA");
    jn_redis_request_text(request, redis->digests[script]);
    jn_redis_request_text(request, "0");
    jn_redis_request_text(request, redis->settings.options.prefix);
    return JANGLE_OK;
}

/* NOT_FOUND is NOSCRIPT: nothing was carried out. The digest of a text is always the
 * same, so the same request is sent again. */
enum jangle_result jn_redis_script_call(struct jn_redis *redis,
                                        enum jn_redis_script script,
                                        struct jn_redis_request *request,
                                        const char *what,
                                        int64_t until_us,
                                        redisReply **reply,
                                        struct jangle_error *error)
{
    struct jangle_error fault = {0};
    enum jangle_result result =
        jn_redis_connection_call(redis, request, what, until_us, reply, &fault);

    if (result == JANGLE_NOT_FOUND) {
        fault = (struct jangle_error){0};
        result = load(redis, script, until_us, &fault);
        if (result == JANGLE_OK)
            result =
                jn_redis_connection_call(redis, request, what, until_us, reply, &fault);
        if (result == JANGLE_NOT_FOUND)
            result = JANGLE_BUSY; /* it was forgotten between these two commands */
    }
    return result ? jangle_error_set(error, result, "%s", fault.message) : JANGLE_OK;
}

enum jangle_result jn_redis_script_ask(struct jn_redis *redis,
                                       enum jn_redis_script script,
                                       const char *text,
                                       const char *more,
                                       const char *what,
                                       redisReply **reply,
                                       struct jangle_error *error)
{
    int64_t until_us = jn_redis_times_after_ms(redis, JN_REDIS_CALL_MS);
    struct jangle_error fault = {0};
    struct jn_redis_request request;
    enum jangle_result result =
        jn_redis_script_begin(redis, script, &request, until_us, &fault);

    if (result == JANGLE_OK) {
        jn_redis_request_text(&request, text);
        if (more)
            jn_redis_request_text(&request, more);
        result =
            jn_redis_script_call(redis, script, &request, what, until_us, reply, &fault);
    }
    jn_redis_request_finish(&request);
    if (result == JANGLE_TIMEOUT)
        result = JANGLE_BUSY;
    return result ? jangle_error_set(error, result, "%s", fault.message) : JANGLE_OK;
}

bool jn_redis_script_said(const redisReply *reply, const char *text)
{
    return (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS) &&
           strcmp(reply->str, text) == 0;
}
