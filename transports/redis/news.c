/* news.c - waits until something may be there to be received.
 *
 * A second connection asks Redis to answer as soon as a stream has a new entry. What it
 * answers is thrown away: the script that receives reads the entry. A `wake` leaves that
 * question as it is, because the next wait may go on with it. */
#include "redis/news.h"
#include "redis/times.h"
#include "redis/wake.h"

#include <poll.h>

/* What no stream tells is looked for so often: what was given back, and what is due. */
enum { SLICE_MS = 250 };

static bool ask(struct jn_redis *redis, const struct jn_redis_marks *marks)
{
    int64_t until_us = jn_redis_times_after_ms(redis, JN_REDIS_ANSWER_MS);
    struct jn_redis_request request;
    enum jangle_result result;

    if (marks->count == 0 || jn_redis_connection_open_waiting(redis, until_us, NULL))
        return false;
    if (redis->waiting.waits)
        return true;
    jn_redis_request_init(&request, &redis->allocator);
    jn_redis_request_text(&request, "XREAD");
    jn_redis_request_text(&request, "COUNT");
    jn_redis_request_text(&request, "1");
    jn_redis_request_text(&request, "BLOCK");
    jn_redis_request_number(&request, SLICE_MS);
    jn_redis_request_text(&request, "STREAMS");
    for (size_t i = 0; i < marks->count; i++)
        jn_redis_request_text(&request, marks->streams[i]);
    for (size_t i = 0; i < marks->count; i++)
        jn_redis_request_text(&request, marks->entries[i]);
    result = jn_redis_link_send(redis, &redis->waiting, &request, until_us, NULL);
    jn_redis_request_finish(&request);
    redis->waiting.waits = result == JANGLE_OK;
    return redis->waiting.waits;
}

/* The answer is there, or a part of it. */
static void take_answer(struct jn_redis *redis)
{
    redisReply *reply = NULL;
    enum jangle_result result = jn_redis_link_read(
        redis, &redis->waiting, jn_redis_times_after_ms(redis, JN_REDIS_ANSWER_MS),
        &reply, NULL);

    if (result)
        jn_redis_link_close(&redis->waiting);
    else
        freeReplyObject(reply);
    redis->waiting.waits = false;
}

bool jn_redis_news_wait(struct jn_redis *redis,
                        const struct jn_redis_marks *marks,
                        int64_t until_us)
{
    struct pollfd files[] = {{.fd = redis->woken[0], .events = POLLIN},
                             {.fd = -1, .events = POLLIN}};
    int left_ms;

    if (ask(redis, marks))
        files[1].fd = redis->waiting.file;
    left_ms = jn_redis_times_left_ms(redis, until_us);
    if (poll(files, 2, left_ms < SLICE_MS ? left_ms : SLICE_MS) <= 0)
        return false;
    if (files[1].fd >= 0 && files[1].revents)
        take_answer(redis);
    return files[0].revents && jn_redis_wake_take(redis);
}
