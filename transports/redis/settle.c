/* settle.c - parcels that were received are settled, all of one queue by one script. The
 * script copies a parcel that comes again or is dead, and ends the original, in one step:
 * no crash leaves it in none of the two queues, or in both. */
#include "redis/settle.h"
#include "redis/held.h"
#include "redis/script.h"
#include "redis/times.h"

/* A hundred years: a moment of Lua, which counts in doubles, is exact up to there. */
#define DELAY_MAX_MS (INT64_C(36525) * 86400000)

static struct jn_redis_delivery *delivery_of(const struct jangle_settlement *settlement)
{
    return settlement->parcel->receipt;
}

/* Those that are to be sent are BUSY until the script has answered. */
static enum jangle_result check(const struct jn_redis *redis,
                                const struct jangle_settlement *settlement,
                                struct jangle_error *error)
{
    const struct jn_redis_delivery *delivery = delivery_of(settlement);

    if (delivery->attached && jn_redis_connection_is_ours(redis, delivery->generation))
        return JANGLE_BUSY;
    return jangle_error_set(
        error, JANGLE_CONFLICT,
        "the connection by which the parcel came has ended, or it was "
        "given back");
}

/* ---- the settlements of one queue ------------------------------------------------ */

struct batch {
    struct jn_redis *redis;
    struct jangle_settlement *settlements;
    size_t count;
    struct jn_redis_attached *attached;
    int64_t until_us;
};

static bool is_of(const struct batch *batch, const struct jangle_settlement *settlement)
{
    return settlement->result == JANGLE_BUSY &&
           delivery_of(settlement)->attached == batch->attached;
}

/* A settlement that says nothing gives its parcel back. */
static const char *word_of(const struct jangle_settlement *settlement)
{
    switch (settlement->disposition) {
    case JANGLE_TAKEN:
        return "taken";
    case JANGLE_AGAIN:
        return "again";
    case JANGLE_DEAD:
        return "dead";
    }
    return "back";
}

static void write_settlement(struct jn_redis_request *request,
                             const struct jangle_settlement *settlement)
{
    const struct jn_redis_delivery *delivery = delivery_of(settlement);
    int64_t delay_ms =
        settlement->delay_ms < DELAY_MAX_MS ? settlement->delay_ms : DELAY_MAX_MS;

    jn_redis_request_text(request, delivery->stream);
    jn_redis_request_text(request, delivery->entry);
    jn_redis_request_text(request, word_of(settlement));
    jn_redis_request_number(request, delay_ms < 0 ? 0 : delay_ms);
    jn_redis_request_number(request, settlement->attempts < 0 ? 0 : settlement->attempts);
    jn_redis_request_text(request, settlement->reason ? settlement->reason : "");
}

static enum jangle_result
read_result(const struct batch *batch, const redisReply *said, struct jangle_error *error)
{
    if (jn_redis_script_said(said, "ok"))
        return JANGLE_OK;
    if (jn_redis_script_said(said, "back"))
        return jangle_error_set(error, JANGLE_INVALID,
                                "a settlement does not say what becomes of its parcel");
    if (jn_redis_script_said(said, "no dead"))
        return jangle_error_set(error, JANGLE_INVALID,
                                "queue %s has no dead-letter queue, so a parcel of it "
                                "cannot be a dead letter",
                                JN_SHOWN(80, batch->attached->name));
    return jangle_error_set(error, JANGLE_CONFLICT,
                            "queue %s: somebody else has the parcel by now",
                            JN_SHOWN(80, batch->attached->name));
}

static enum jangle_result read_results(struct batch *batch,
                                       const redisReply *reply,
                                       size_t sent,
                                       struct jangle_error *error)
{
    size_t at = 0;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != sent)
        return jangle_error_set(error, JANGLE_BUSY, "Redis' answer makes no sense");
    for (size_t i = 0; i < batch->count; i++)
        if (is_of(batch, &batch->settlements[i]))
            batch->settlements[i].result =
                read_result(batch, reply->element[at++], error);
    return JANGLE_OK;
}

static enum jangle_result settle_queue(struct batch *batch, struct jangle_error *error)
{
    struct jn_redis *redis = batch->redis;
    struct jn_redis_request request;
    redisReply *reply = NULL;
    size_t sent = 0;
    enum jangle_result result =
        jn_redis_script_begin(redis, JN_REDIS_SETTLE, &request, batch->until_us, error);

    if (result == JANGLE_OK) {
        jn_redis_request_text(&request, batch->attached->name);
        jn_redis_request_text(&request, redis->token);
        jn_redis_request_number(&request, redis->settings.options.length);
    }
    for (size_t i = 0; result == JANGLE_OK && i < batch->count; i++)
        if (is_of(batch, &batch->settlements[i])) {
            write_settlement(&request, &batch->settlements[i]);
            sent++;
        }
    if (result == JANGLE_OK)
        result = jn_redis_script_call(redis, JN_REDIS_SETTLE, &request, "settle",
                                      batch->until_us, &reply, error);
    jn_redis_request_finish(&request);
    if (result)
        return result;
    result = read_results(batch, reply, sent, error);
    freeReplyObject(reply);
    return result;
}

/* ---- all ------------------------------------------------------------------------- */

static void end_all(struct jn_redis *redis,
                    struct jangle_settlement *settlements,
                    size_t count,
                    enum jangle_result result)
{
    for (size_t i = 0; i < count; i++) {
        if (settlements[i].result == JANGLE_BUSY && result)
            settlements[i].result = result;
        jn_redis_held_remove(redis, delivery_of(&settlements[i]));
    }
}

enum jangle_result jn_redis_settle(struct jangle_transport *transport,
                                   struct jangle_settlement *settlements,
                                   size_t count,
                                   struct jangle_error *error)
{
    struct jn_redis *redis = (struct jn_redis *)transport;
    struct batch batch = {.redis = redis,
                          .settlements = settlements,
                          .count = count,
                          .until_us = jn_redis_times_after_ms(redis, JN_REDIS_CALL_MS)};
    struct jangle_error fault = {0};
    enum jangle_result result = JANGLE_OK;
    bool is_open = jn_redis_link_is_open(&redis->talking);

    (void)is_open; /* if it is not, each parcel is in conflict */
    for (size_t i = 0; i < count; i++)
        settlements[i].result = check(redis, &settlements[i], &fault);
    for (size_t i = 0; i < count && result == JANGLE_OK; i++)
        if (settlements[i].result == JANGLE_BUSY) {
            batch.attached = delivery_of(&settlements[i])->attached;
            result = settle_queue(&batch, &fault);
        }
    if (result) /* the connection ends, or what was not settled would stay ours */
        jn_redis_link_close(&redis->talking);
    if (result && result != JANGLE_NO_MEMORY)
        result = JANGLE_BUSY;
    end_all(redis, settlements, count, result);
    if (fault.result)
        jangle_error_set(error, result ? result : fault.result, "%s", fault.message);
    return result;
}
