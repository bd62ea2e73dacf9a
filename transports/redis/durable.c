/* durable.c - does Redis write down what it confirms? */
#include "redis/durable.h"

static const char no_file[] =
    "its appendonly is no, so that a crash loses all that came "
    "since its last snapshot: set appendonly to yes";
static const char on_its_way[] =
    "its appendfsync is not always, so that a power cut loses what "
    "came last: set appendfsync to always";
static const char unknown[] =
    "it does not tell its appendfsync: give its user the right "
    "+config|get";

static bool is_text(const redisReply *reply, const char *text)
{
    return reply->type == REDIS_REPLY_STRING && strcmp(reply->str, text) == 0;
}

/* What is wrong with `appendfsync`, or NULL. */
static const char *fsync_fault(struct jn_redis *redis, int64_t until_us)
{
    struct jn_redis_request request;
    redisReply *reply = NULL;
    const char *fault = unknown;
    enum jangle_result result;

    jn_redis_request_init(&request, &redis->allocator);
    jn_redis_request_text(&request, "CONFIG");
    jn_redis_request_text(&request, "GET");
    jn_redis_request_text(&request, "appendfsync");
    result = jn_redis_link_call(redis, &redis->talking, &request, until_us, &reply, NULL);
    jn_redis_request_finish(&request);
    if (result)
        return fault;
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2)
        fault = is_text(reply->element[1], "always") ? NULL : on_its_way;
    freeReplyObject(reply);
    return fault;
}

/* Once, because a connection may be made again and again. What is not known is no
 * warning. */
static void warn(struct jn_redis *redis, const char *fault)
{
    const struct jangle_host *host = redis->host;
    char text[240];
    struct jangle_log_pair pair = {.name = "endpoint", .text = redis->name};
    struct jangle_log_entry entry = {.level = JANGLE_LEVEL_WARNING,
                                     .topic = "BROKER_AT_RISK",
                                     .message = text,
                                     .pairs = &pair,
                                     .pair_count = 1};

    if (redis->is_warned || !host->logger.write || fault == unknown)
        return;
    redis->is_warned = true;
    jn_text_format(text, sizeof text, "this Redis may lose what it has confirmed: %s",
                   fault);
    if (host->clock.now)
        entry.at = host->clock.now(host->clock.context);
    host->logger.write(host->logger.context, &entry);
}

enum jangle_result jn_redis_durable_check(struct jn_redis *redis,
                                          const char *info,
                                          int64_t until_us,
                                          struct jangle_error *error)
{
    const char *fault =
        strstr(info, "aof_enabled:1") ? fsync_fault(redis, until_us) : no_file;

    if (!fault)
        return JANGLE_OK;
    if (redis->settings.options.durable)
        return jangle_error_set(error, JANGLE_INVALID,
                                "this Redis may lose what it has confirmed: %s", fault);
    warn(redis, fault);
    return JANGLE_OK;
}
