/* receive.c - parcels are received, and kept. A script hands them out; each is then
 * pending for the consumer of our token. */
#include "redis/receive.h"
#include "redis/entry.h"
#include "redis/held.h"
#include "redis/news.h"
#include "redis/others.h"
#include "redis/script.h"
#include "redis/times.h"
#include "redis/wake.h"

enum { SWEEP_US = 1000000, ANSWER_PARTS = 5, LIMIT_MAX = 10000 };

/* A call of `receive`. */
struct receiving {
    struct jn_redis *redis;
    size_t limit;
    size_t bytes;
    int64_t until_us; /* the wait ends */
    int64_t due_us;   /* something is due before that; 0: nothing is */
    size_t count;
    struct jn_redis_marks marks;
    redisReply *replies[JN_REDIS_MARKS]; /* which hold the texts of the marks */
    size_t reply_count;
};

/* ---- what a script has answered ---------------------------------------------------- */

static enum jangle_result no_memory(struct jangle_error *error)
{
    return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a parcel");
}

static enum jangle_result take_entries(struct receiving *receiving,
                                       struct jn_redis_attached *attached,
                                       const redisReply *entries,
                                       struct jangle_error *error)
{
    struct jn_redis *redis = receiving->redis;

    for (size_t i = 0; i < entries->elements && receiving->count < receiving->limit;
         i++) {
        struct jn_redis_delivery *delivery =
            jn_redis_entry_read(redis, attached->name, entries->element[i]);

        if (!delivery)
            return no_memory(error);
        delivery->attached = attached;
        delivery->generation = redis->generation;
        jn_redis_held_add(redis, delivery);
        redis->parcels[receiving->count++] = delivery->parcel;
        receiving->bytes -= delivery->parcel.body_size < receiving->bytes
                                ? delivery->parcel.body_size
                                : receiving->bytes;
    }
    return JANGLE_OK;
}

/* True: the marks are used, and the reply is to be kept. */
static bool note_marks(struct receiving *receiving, const redisReply *marks)
{
    struct jn_redis_marks *all = &receiving->marks;
    bool used = false;

    for (size_t i = 0; i + 1 < marks->elements && all->count < JN_REDIS_MARKS; i += 2) {
        if (marks->element[i]->type != REDIS_REPLY_STRING ||
            marks->element[i + 1]->type != REDIS_REPLY_STRING)
            continue;
        all->streams[all->count] = marks->element[i]->str;
        all->entries[all->count++] = marks->element[i + 1]->str;
        used = true;
    }
    return used;
}

static void note_due(struct receiving *receiving, const redisReply *wait)
{
    int64_t due_us;

    if (wait->type != REDIS_REPLY_INTEGER || wait->integer < 0)
        return;
    due_us = jn_redis_times_after_ms(receiving->redis, wait->integer);
    if (!receiving->due_us || due_us < receiving->due_us)
        receiving->due_us = due_us;
}

/* ---- one queue --------------------------------------------------------------------- */

/* A lease is prolonged when a quarter of it has passed. */
static bool is_fresh(const struct jn_redis *redis, int64_t now_us)
{
    return now_us - redis->renewed_us < redis->settings.options.lease_ms * 250;
}

static enum jangle_result call_script(struct receiving *receiving,
                                      struct jn_redis_attached *attached,
                                      bool sweeps,
                                      int64_t until_us,
                                      redisReply **reply,
                                      struct jangle_error *error)
{
    struct jn_redis *redis = receiving->redis;
    const struct jangle_redis_options *options = &redis->settings.options;
    int64_t now_us = jn_redis_times_now_us(redis);
    bool fresh = false;
    struct jn_redis_request request;
    enum jangle_result result =
        jn_redis_script_begin(redis, JN_REDIS_RECEIVE, &request, until_us, error);

    if (result == JANGLE_OK) {
        fresh = redis->registered && is_fresh(redis, now_us);
        jn_redis_request_text(&request, attached->name);
        jn_redis_request_text(&request, redis->token);
        jn_redis_request_number(&request, options->lease_ms);
        jn_redis_request_text(&request, fresh               ? "fresh"
                                        : redis->registered ? "longer"
                                                            : "new");
        jn_redis_request_number(&request, (int64_t)(receiving->limit - receiving->count));
        jn_redis_request_number(&request, receiving->bytes > INT32_MAX
                                              ? INT32_MAX
                                              : (int64_t)receiving->bytes);
        jn_redis_request_text(&request, sweeps ? "1" : "0");
        jn_redis_request_number(&request, options->length);
        jn_redis_request_text(&request, receiving->count ? "0" : "1");
        result = jn_redis_script_call(redis, JN_REDIS_RECEIVE, &request, "receive",
                                      until_us, reply, error);
        redis->registered = redis->registered || result != JANGLE_BUSY;
        if (!fresh)
            redis->renewed_us = now_us;
    }
    jn_redis_request_finish(&request);
    return result;
}

static bool is_answer(const redisReply *reply)
{
    static const int types[ANSWER_PARTS] = {REDIS_REPLY_STRING, REDIS_REPLY_INTEGER,
                                            REDIS_REPLY_ARRAY, REDIS_REPLY_ARRAY,
                                            REDIS_REPLY_ARRAY};

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0 ||
        reply->elements > ANSWER_PARTS)
        return false;
    for (size_t i = 0; i < reply->elements; i++)
        if (reply->element[i]->type != types[i])
            return false;
    return true;
}

static enum jangle_result take_answer(struct receiving *receiving,
                                      struct jn_redis_attached *attached,
                                      const redisReply *reply,
                                      bool *keep,
                                      struct jangle_error *error)
{
    const redisReply *said = is_answer(reply) ? reply->element[0] : NULL;

    if (!said)
        return jangle_error_set(error, JANGLE_BUSY, "Redis' answer makes no sense");
    if (jn_redis_script_said(said, "missing"))
        return jangle_error_set(error, JANGLE_NOT_FOUND, "queue %s was removed",
                                JN_SHOWN(80, attached->name));
    if (jn_redis_script_said(said, "lost")) {
        jn_redis_connection_renew(receiving->redis);
        return JANGLE_OK;
    }
    attached->stands_by = jn_redis_script_said(said, "standby");
    if (reply->elements > 1)
        note_due(receiving, reply->element[1]);
    if (reply->elements < ANSWER_PARTS)
        return JANGLE_OK;
    *keep = note_marks(receiving, reply->element[4]);
    return take_entries(receiving, attached, reply->element[3], error);
}

/* The consumers of a queue are looked at once a second, and the first time. */
static bool is_time_to_sweep(const struct jn_redis *redis,
                             struct jn_redis_attached *attached)
{
    int64_t now_us = jn_redis_times_now_us(redis);

    if (attached->swept && now_us - attached->swept_us < SWEEP_US)
        return false;
    attached->swept = true;
    attached->swept_us = now_us;
    return true;
}

static enum jangle_result receive_queue(struct receiving *receiving,
                                        struct jn_redis_attached *attached,
                                        struct jangle_error *error)
{
    struct jn_redis *redis = receiving->redis;
    int64_t until_us = jn_redis_times_after_ms(redis, JN_REDIS_ANSWER_MS);
    bool sweeps, keep = false;
    redisReply *reply = NULL;
    enum jangle_result result;

    sweeps = is_time_to_sweep(redis, attached);
    result = call_script(receiving, attached, sweeps, until_us, &reply, error);
    if (result)
        return result;
    result = take_answer(receiving, attached, reply, &keep, error);
    if (sweeps && reply->elements > 2 &&
        jn_redis_others_end(redis, reply->element[2], until_us))
        attached->swept = false;
    if (keep && receiving->reply_count < JN_REDIS_MARKS)
        receiving->replies[receiving->reply_count++] = reply;
    else
        freeReplyObject(reply);
    return result;
}

/* ---- all queues -------------------------------------------------------------------- */

static void forget_marks(struct receiving *receiving)
{
    while (receiving->reply_count)
        freeReplyObject(receiving->replies[--receiving->reply_count]);
    receiving->marks.count = 0;
    receiving->due_us = 0;
}

/* Also without a queue it is tried whether Redis is there. After a failure the connection
 * ends, because the script may have handed out what has not come here: so it is given
 * back with our token. */
static enum jangle_result receive_all(struct receiving *receiving,
                                      struct jangle_error *error)
{
    struct jn_redis *redis = receiving->redis;
    enum jangle_result result;

    forget_marks(receiving);
    result = jn_redis_connection_open(
        redis, jn_redis_times_after_ms(redis, JN_REDIS_ANSWER_MS), error);
    for (struct jn_redis_attached *each = redis->attached;
         each && result == JANGLE_OK && receiving->count < receiving->limit;
         each = each->next)
        result = receive_queue(receiving, each, error);
    if (result && result != JANGLE_NOT_FOUND)
        jn_redis_link_close(&redis->talking);
    return result;
}

/* The queue that was first is the last one next time, so that each has its turn. */
static void rotate(struct jn_redis *redis)
{
    struct jn_redis_attached *first = redis->attached;
    struct jn_redis_attached **end = &redis->attached;

    if (!first || !first->next)
        return;
    redis->attached = first->next;
    first->next = NULL;
    while (*end)
        end = &(*end)->next;
    *end = first;
}

static enum jangle_result wait_and_receive(struct receiving *receiving,
                                           struct jangle_error *error)
{
    struct jn_redis *redis = receiving->redis;
    enum jangle_result result = receive_all(receiving, error);
    bool woken = jn_redis_wake_take(redis);

    while (result == JANGLE_OK && receiving->count == 0 && !woken &&
           jn_redis_times_now_us(redis) < receiving->until_us) {
        bool is_due = receiving->due_us && receiving->due_us < receiving->until_us;

        woken = jn_redis_news_wait(redis, &receiving->marks,
                                   is_due ? receiving->due_us : receiving->until_us);
        result = receive_all(receiving, error);
    }
    if (result)
        jn_redis_wake_take(redis);
    forget_marks(receiving);
    return result;
}

/* What was received before a queue failed is returned, and the failure comes again. */
static enum jangle_result conclude(enum jangle_result result,
                                   size_t count,
                                   const struct jangle_error *fault,
                                   struct jangle_error *error)
{
    if (result == JANGLE_OK || count)
        return JANGLE_OK;
    if (result == JANGLE_TIMEOUT || result == JANGLE_INVALID)
        result = JANGLE_BUSY;
    return jangle_error_set(error, result, "%s", fault->message);
}

enum jangle_result jn_redis_receive(struct jangle_transport *transport,
                                    size_t limit,
                                    size_t bytes,
                                    int64_t wait_ms,
                                    struct jangle_parcel **parcels,
                                    size_t *count,
                                    struct jangle_error *error)
{
    struct jn_redis *redis = (struct jn_redis *)transport;
    struct receiving receiving = {.redis = redis,
                                  .limit = limit < LIMIT_MAX ? limit : LIMIT_MAX,
                                  .bytes = bytes,
                                  .until_us = jn_redis_times_after_ms(redis, wait_ms)};
    struct jangle_error fault = {0};
    enum jangle_result result = JANGLE_OK;

    *count = 0;
    *parcels = NULL;
    jn_free(&redis->allocator, redis->parcels);
    redis->parcels =
        jn_new(&redis->allocator, (receiving.limit + 1) * sizeof *redis->parcels);
    if (!redis->parcels)
        return no_memory(error);
    redis->receives = true;
    if (limit)
        result = wait_and_receive(&receiving, &fault);
    redis->receives = false;
    rotate(redis);
    *parcels = redis->parcels;
    *count = receiving.count;
    return conclude(result, receiving.count, &fault, error);
}

const char *jn_redis_receive_standing_by(struct jangle_transport *transport)
{
    const struct jn_redis_attached *each = ((struct jn_redis *)transport)->attached;

    while (each && !each->stands_by)
        each = each->next;
    return each ? each->name : NULL;
}

/* ---- tending ----------------------------------------------------------------------- */

enum jangle_result jn_redis_receive_tend(struct jangle_transport *transport,
                                         struct jangle_error *error)
{
    struct jn_redis *redis = (struct jn_redis *)transport;
    int64_t until_us = jn_redis_times_after_ms(redis, JN_REDIS_ANSWER_MS);
    struct jn_redis_request request;
    struct jangle_error fault = {0};
    redisReply *reply = NULL;
    enum jangle_result result = JANGLE_OK;
    int64_t now_us;

    if (!redis->attached)
        return JANGLE_OK; /* nothing belongs to us */
    if (!jn_redis_link_is_open(&redis->talking))
        result = jn_redis_connection_open(redis, until_us, &fault);
    if (result)
        return jangle_error_set(error, JANGLE_BUSY, "%s", fault.message);
    now_us = jn_redis_times_now_us(redis);
    if (!redis->registered || is_fresh(redis, now_us))
        return JANGLE_OK;
    jn_redis_request_init(&request, &redis->allocator);
    jn_redis_request_text(&request, "PEXPIRE");
    jn_redis_request_key(&request, redis, "alive", redis->token);
    jn_redis_request_number(&request, redis->settings.options.lease_ms);
    result = jn_redis_connection_call(redis, &request, "prolong a lease", until_us,
                                      &reply, &fault);
    jn_redis_request_finish(&request);
    if (result)
        return jangle_error_set(error, JANGLE_BUSY, "%s", fault.message);
    redis->renewed_us = now_us;
    if (reply->type == REDIS_REPLY_INTEGER && reply->integer == 0)
        jn_redis_connection_renew(redis);
    freeReplyObject(reply);
    return JANGLE_OK;
}
