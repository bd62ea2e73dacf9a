/* publish.c - parcels are published, all of a call by one script. Redis carries it out as
 * one step, and writes it down as one: so a stream has all parcels of a call, in order,
 * or none. */
#include "redis/publish.h"
#include "redis/entry.h"
#include "redis/script.h"
#include "redis/times.h"

static void
set_all(struct jangle_parcel *parcels, size_t count, enum jangle_result result)
{
    for (size_t i = 0; i < count; i++)
        if (parcels[i].result != JANGLE_INVALID)
            parcels[i].result = result;
}

/* What can be refused here is not sent. Returns how many are left. */
static size_t
check_parcels(struct jangle_parcel *parcels, size_t count, struct jangle_error *error)
{
    size_t left = 0;

    for (size_t i = 0; i < count; i++) {
        const char *fault = jn_redis_entry_fault(&parcels[i]);

        if (!fault && !parcels[i].topic && !parcels[i].queue)
            fault = "it has neither a topic nor a queue";
        parcels[i].result = fault ? JANGLE_INVALID : JANGLE_BUSY;
        if (fault)
            jangle_error_set(error, JANGLE_INVALID, "a parcel cannot be published: %s",
                             fault);
        left += !fault;
    }
    return left;
}

static void write_parcel(struct jn_redis_request *request,
                         const struct jangle_parcel *parcel)
{
    jn_redis_request_text(request, parcel->topic ? "topic" : "queue");
    jn_redis_request_text(request, parcel->topic ? parcel->topic : parcel->queue);
    jn_redis_request_text(request, parcel->must_be_queued ? "1" : "0");
    jn_redis_request_text(request, parcel->route ? parcel->route : "");
    jn_redis_entry_write(request, parcel);
}

/* ---- what became of them ----------------------------------------------------------- */

static enum jangle_result read_result(const struct jangle_parcel *parcel,
                                      const redisReply *reply,
                                      struct jangle_error *error)
{
    const char *name = parcel->topic ? parcel->topic : parcel->queue;

    if (jn_redis_script_said(reply, "ok"))
        return JANGLE_OK;
    if (jn_redis_script_said(reply, "no topic"))
        return jangle_error_set(error, JANGLE_NOT_FOUND, "topic %s does not exist",
                                JN_SHOWN(80, name));
    if (jn_redis_script_said(reply, "no queue"))
        return jangle_error_set(error, JANGLE_NOT_FOUND, "queue %s does not exist",
                                JN_SHOWN(80, name));
    if (jn_redis_script_said(reply, "unwanted"))
        return jangle_error_set(error, JANGLE_NOT_FOUND,
                                "topic %s: no queue takes the route %s",
                                JN_SHOWN(80, name), JN_SHOWN(80, parcel->route));
    if (jn_redis_script_said(reply, "large"))
        return jangle_error_set(error, JANGLE_INVALID,
                                "%s: a parcel is larger than Redis takes",
                                JN_SHOWN(80, name));
    return jangle_error_set(error, JANGLE_BUSY, "%s: Redis refuses a parcel: %s",
                            JN_SHOWN(80, name), JN_SHOWN(100, reply->str));
}

static bool is_complete(const redisReply *reply, size_t count)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (reply->element[i]->type != REDIS_REPLY_STRING)
            return false;
    return true;
}

static void read_results(struct jangle_parcel *parcels,
                         size_t count,
                         const redisReply *reply,
                         struct jangle_error *error)
{
    size_t at = 0;

    for (size_t i = 0; i < count; i++)
        if (parcels[i].result != JANGLE_INVALID)
            parcels[i].result = read_result(&parcels[i], reply->element[at++], error);
}

/* As many replicas as the options want must have what was written. If they have not,
 * nobody knows whether it outlives this Redis. Redis is told half of the time, because it
 * looks at its clock only ten times a second. */
static enum jangle_result
wait_for_replicas(struct jn_redis *redis, int64_t until_us, struct jangle_error *error)
{
    int64_t wanted = redis->settings.options.replicas;
    int left_ms = jn_redis_times_left_ms(redis, until_us);
    struct jn_redis_request request;
    redisReply *reply = NULL;
    enum jangle_result result;
    bool enough;

    jn_redis_request_init(&request, &redis->allocator);
    jn_redis_request_text(&request, "WAIT");
    jn_redis_request_number(&request, wanted);
    jn_redis_request_number(&request, left_ms > 1 ? left_ms / 2 : 1);
    result = jn_redis_connection_call(redis, &request, "wait for replicas", until_us,
                                      &reply, error);
    jn_redis_request_finish(&request);
    if (result)
        return JANGLE_TIMEOUT;
    enough = reply->type == REDIS_REPLY_INTEGER && reply->integer >= wanted;
    freeReplyObject(reply);
    return enough ? JANGLE_OK
                  : jangle_error_set(error, JANGLE_TIMEOUT,
                                     "fewer than %lld replicas of Redis have the parcels",
                                     (long long)wanted);
}

/* ---- all --------------------------------------------------------------------------- */

/* If the last parcels were written and too few replicas had them, these would be, too, at
 * each try of the publisher. So the replicas must have those first. */
static enum jangle_result
look_for_replicas(struct jn_redis *redis, int64_t until_us, struct jangle_error *error)
{
    enum jangle_result result;

    if (!redis->lacks_replicas)
        return JANGLE_OK;
    result = wait_for_replicas(redis, until_us, error);
    redis->lacks_replicas = result != JANGLE_OK;
    return result ? JANGLE_BUSY : JANGLE_OK;
}

/* What is sent without time to wait for the answer would be sent again and again. */
static enum jangle_result
make_sure(struct jn_redis *redis, int64_t until_us, struct jangle_error *error)
{
    enum jangle_result result = look_for_replicas(redis, until_us, error);

    if (result || jn_redis_times_left_ms(redis, until_us) > 0)
        return result;
    return jangle_error_set(
        error, JANGLE_BUSY,
        "no time is left to publish: connecting to Redis has taken it");
}

static enum jangle_result publish_parcels(struct jn_redis *redis,
                                          struct jn_redis_request *request,
                                          struct jangle_parcel *parcels,
                                          size_t count,
                                          size_t left,
                                          int64_t until_us,
                                          struct jangle_error *error)
{
    redisReply *reply = NULL;
    enum jangle_result result;

    for (size_t i = 0; i < count; i++)
        if (parcels[i].result != JANGLE_INVALID)
            write_parcel(request, &parcels[i]);
    result = jn_redis_script_call(redis, JN_REDIS_PUBLISH, request, "publish", until_us,
                                  &reply, error);
    if (result == JANGLE_OK && !is_complete(reply, left))
        result = jangle_error_set(error, JANGLE_TIMEOUT,
                                  "Redis' answer to what was published makes no sense");
    if (result == JANGLE_OK && redis->settings.options.replicas) {
        result = wait_for_replicas(redis, until_us, error);
        redis->lacks_replicas = result != JANGLE_OK;
    }
    if (result == JANGLE_OK)
        read_results(parcels, count, reply, error);
    if (reply)
        freeReplyObject(reply);
    return result;
}

enum jangle_result jn_redis_publish(struct jangle_transport *transport,
                                    struct jangle_parcel *parcels,
                                    size_t count,
                                    int64_t timeout_ms,
                                    struct jangle_error *error)
{
    struct jn_redis *redis = (struct jn_redis *)transport;
    int64_t until_us = jn_redis_times_after_ms(redis, timeout_ms);
    struct jangle_error fault = {0};
    struct jn_redis_request request;
    size_t left = check_parcels(parcels, count, error);
    enum jangle_result result;

    if (left == 0)
        return JANGLE_OK;
    result = jn_redis_script_begin(redis, JN_REDIS_PUBLISH, &request, until_us, &fault);
    if (result == JANGLE_OK)
        result = make_sure(redis, until_us, &fault);
    if (result == JANGLE_OK)
        result = publish_parcels(redis, &request, parcels, count, left, until_us, &fault);
    jn_redis_request_finish(&request);
    if (result == JANGLE_INVALID || result == JANGLE_NOT_FOUND)
        result = JANGLE_BUSY; /* of this Redis, and not of a parcel */
    if (result)
        set_all(parcels, count, result);
    if (fault.result)
        jangle_error_set(error, result ? result : fault.result, "%s", fault.message);
    return result;
}
