/* dedup.c - who handles which message, and what is done, kept in Redis for programs that
 * share no store. */
#include "redis/memory.h"
#include "redis/script.h"
#include "redis/times.h"
#include "redis/url.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { TURN_MS = 4000 }; /* so long a call waits for those of other threads */

/* The threads of a program take turns on one connection. */
struct jn_redis_dedup {
    struct jangle_dedup dedup;
    struct jn_redis redis; /* its connection, which belongs to whoever has the turn */
    char prefix[JN_REDIS_PREFIX_SIZE];
    int64_t lease_ms, keep_ms;
    uint64_t drawn; /* tokens; of whoever has the turn */

    struct jn_mutex mutex;
    struct jn_cond passed;
    bool taken; /* a thread has the turn; under the mutex */
};

/* ---- turns ---------------------------------------------------------------------------
 */

static bool take_turn(struct jn_redis_dedup *dedup, struct jangle_error *error)
{
    int64_t until_us = jn_monotonic_after_ms(TURN_MS);
    bool in_time = true, taken;

    jn_mutex_lock(&dedup->mutex);
    while (dedup->taken && in_time)
        in_time = jn_cond_wait_until(&dedup->passed, &dedup->mutex, until_us);
    taken = dedup->taken;
    dedup->taken = true;
    jn_mutex_unlock(&dedup->mutex);
    if (taken)
        jangle_error_set(error, JANGLE_BUSY,
                         "Redis has not answered other threads of this program yet");
    return !taken;
}

static void pass_turn(struct jn_redis_dedup *dedup)
{
    jn_mutex_lock(&dedup->mutex);
    dedup->taken = false;
    jn_cond_signal(&dedup->passed);
    jn_mutex_unlock(&dedup->mutex);
}

/* ---- one call ------------------------------------------------------------------------
 */

/* What a script is called with, behind the key. */
struct words {
    const char *token, *how; /* NULL: not there */
    int64_t ms;
};

/* The token says which connection to which run of Redis has drawn it, so that no other
 * has the same. */
static void draw_token(struct jn_redis_dedup *dedup, struct jangle_claim *claim)
{
    if (!*claim->token)
        jn_text_format(claim->token, sizeof claim->token, "%s-%" PRIu64,
                       dedup->redis.token, ++dedup->drawn);
}

static enum jangle_result call_script(struct jn_redis_dedup *dedup,
                                      enum jn_redis_script script,
                                      const char *key,
                                      struct words words,
                                      struct jangle_claim *draws,
                                      redisReply **reply,
                                      struct jangle_error *error)
{
    struct jn_redis *redis = &dedup->redis;
    int64_t until_us = jn_redis_times_after_ms(redis, JN_REDIS_ANSWER_MS);
    struct jangle_error fault = {0};
    struct jn_redis_request request;
    enum jangle_result result =
        jn_redis_script_begin(redis, script, &request, until_us, &fault);

    if (result == JANGLE_OK) {
        if (draws)
            draw_token(dedup, draws);
        jn_redis_request_text(&request, key);
        jn_redis_request_text(&request, words.token);
        if (words.how)
            jn_redis_request_text(&request, words.how);
        jn_redis_request_number(&request, words.ms);
        result =
            jn_redis_script_call(redis, script, &request, "ask who handles a message",
                                 until_us, reply, &fault);
    }
    jn_redis_request_finish(&request);
    if (result == JANGLE_TIMEOUT)
        result = JANGLE_BUSY;
    return result ? jangle_error_set(error, result, "%s", fault.message) : JANGLE_OK;
}

/* A script that says "ok", or whose the message is. */
static enum jangle_result change(struct jn_redis_dedup *dedup,
                                 enum jn_redis_script script,
                                 const char *key,
                                 struct words words,
                                 struct jangle_error *error)
{
    redisReply *reply = NULL;
    enum jangle_result result;
    bool ok;

    if (!take_turn(dedup, error))
        return JANGLE_BUSY;
    result = call_script(dedup, script, key, words, NULL, &reply, error);
    pass_turn(dedup);
    if (result)
        return result;
    ok = jn_redis_script_said(reply, "ok");
    freeReplyObject(reply);
    return ok ? JANGLE_OK
              : jangle_error_set(error, JANGLE_CONFLICT,
                                 "the message belongs to another, or is done");
}

/* ---- the operations ------------------------------------------------------------------
 */

static enum jangle_result check(struct jangle_dedup *base, struct jangle_error *error)
{
    struct jn_redis_dedup *dedup = (struct jn_redis_dedup *)base;
    enum jangle_result result;

    if (!take_turn(dedup, error))
        return JANGLE_BUSY;
    result = jn_redis_connection_open(
        &dedup->redis, jn_redis_times_after_ms(&dedup->redis, JN_REDIS_ANSWER_MS), error);
    pass_turn(dedup);
    return result;
}

static enum jangle_result read_claim(const redisReply *reply,
                                     struct jangle_claim *claim,
                                     struct jangle_error *error)
{
    const redisReply *const *items = (const redisReply *const *)reply->element;

    claim->left_ms = 0;
    if (reply->type != REDIS_REPLY_ARRAY || !reply->elements)
        return jangle_error_set(error, JANGLE_BUSY,
                                "Redis gave no answer of this script");
    if (jn_redis_script_said(items[0], "yours")) {
        claim->state = JANGLE_CLAIM_IS_YOURS;
    } else if (jn_redis_script_said(items[0], "done")) {
        claim->state = JANGLE_CLAIM_IS_DONE;
    } else {
        claim->state = JANGLE_CLAIM_IS_ANOTHERS;
        claim->left_ms =
            reply->elements > 1 && items[1]->integer > 0 ? items[1]->integer : 1;
    }
    return JANGLE_OK;
}

static enum jangle_result begin(struct jangle_dedup *base,
                                const char *key,
                                struct jangle_claim *claim,
                                struct jangle_error *error)
{
    struct jn_redis_dedup *dedup = (struct jn_redis_dedup *)base;
    struct words words = {.token = claim->token, .ms = dedup->lease_ms};
    redisReply *reply = NULL;
    enum jangle_result result;

    if (!take_turn(dedup, error))
        return JANGLE_BUSY;
    result = call_script(dedup, JN_REDIS_DEDUP_BEGIN, key, words, claim, &reply, error);
    pass_turn(dedup);
    if (result)
        return result;
    result = read_claim(reply, claim, error);
    freeReplyObject(reply);
    return result;
}

static enum jangle_result renew(struct jangle_dedup *base,
                                const char *key,
                                const struct jangle_claim *claim,
                                struct jangle_error *error)
{
    struct jn_redis_dedup *dedup = (struct jn_redis_dedup *)base;
    struct words words = {.token = claim->token, .ms = dedup->lease_ms};

    return change(dedup, JN_REDIS_DEDUP_RENEW, key, words, error);
}

static enum jangle_result end(struct jangle_dedup *base,
                              const char *key,
                              const struct jangle_claim *claim,
                              bool done,
                              struct jangle_error *error)
{
    struct jn_redis_dedup *dedup = (struct jn_redis_dedup *)base;
    struct words words = {
        .token = claim->token, .how = done ? "done" : "again", .ms = dedup->keep_ms};

    return change(dedup, JN_REDIS_DEDUP_END, key, words, error);
}

static void free_dedup(struct jn_redis_dedup *dedup)
{
    struct jangle_allocator allocator = dedup->redis.allocator;

    jn_redis_link_close(&dedup->redis.talking);
    jn_redis_url_finish(&dedup->redis.settings, &allocator);
    jn_free(&allocator, dedup->redis.name);
    jn_free(&allocator, dedup);
}

static void close_dedup(struct jangle_dedup *base)
{
    struct jn_redis_dedup *dedup = (struct jn_redis_dedup *)base;

    jn_cond_finish(&dedup->passed);
    jn_mutex_finish(&dedup->mutex);
    free_dedup(dedup);
}

static const struct jangle_dedup_ops dedup_ops = {.abi = 1,
                                                  .name = "redis",
                                                  .check = check,
                                                  .begin = begin,
                                                  .renew = renew,
                                                  .end = end,
                                                  .close = close_dedup};

/* ---- opening --------------------------------------------------------------------------
 */

static enum jangle_result init_dedup(struct jn_redis_dedup *dedup,
                                     const struct jangle_deduplication *deduplication,
                                     struct jangle_error *error)
{
    struct jn_redis *redis = &dedup->redis;
    struct jangle_redis_options options = {.prefix = dedup->prefix};
    struct jangle_broker broker = {.url = deduplication->url, .options = &options};
    enum jangle_result result;

    jn_text_format(dedup->prefix, sizeof dedup->prefix, "%s:", deduplication->scope);
    result = jn_redis_url_settings(&redis->settings, &redis->allocator, &broker, error);
    if (result)
        return result;
    redis->name = jn_copy_text(&redis->allocator, "jangle-dedup");
    if (redis->name && !jn_mutex_init(&dedup->mutex)) {
        if (!jn_cond_init(&dedup->passed))
            return JANGLE_OK;
        jn_mutex_finish(&dedup->mutex);
    }
    return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a dedup");
}

static enum jangle_result open_dedup(const struct jangle_deduplication *deduplication,
                                     const struct jangle_host *host,
                                     struct jangle_dedup **dedup,
                                     struct jangle_error *error)
{
    struct jangle_allocator allocator =
        host->allocator.resize ? host->allocator : jn_redis_memory_system;
    struct jn_redis_dedup *made = jn_new(&allocator, sizeof *made);
    enum jangle_result result;

    *dedup = NULL;
    if (!made)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a dedup");
    made->dedup.ops = &dedup_ops;
    made->redis.host = host;
    made->redis.allocator = allocator;
    made->redis.loses = "forget which messages are done";
    made->redis.process = getpid();
    made->redis.woken[0] = made->redis.woken[1] = -1;
    made->redis.talking.file = made->redis.waiting.file = -1;
    made->lease_ms = deduplication->lease_ms;
    made->keep_ms = deduplication->keep_ms;
    result = init_dedup(made, deduplication, error);
    if (result)
        free_dedup(made);
    else
        *dedup = &made->dedup;
    return result;
}

struct jangle_deduplication jangle_redis_dedup(const char *url)
{
    return (struct jangle_deduplication){.url = url, .open = open_dedup};
}
