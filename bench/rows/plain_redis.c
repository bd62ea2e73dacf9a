/* plain_redis.c - what a program does with hiredis alone: it adds to a stream and reads
 * as a group, and sends each command before the last one is answered. The stream and the
 * group are jangle's. */
#include "broker.h"
#include "rows/messages.h"
#include "rows/plain.h"

#include <jangle/transport/redis.h>

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ = 256, PREFIX_WORDS = 4 };

#define STREAM "jangle:topic:" MESSAGES_NAME

static struct jangle_broker broker(bool classic)
{
    (void)classic;
    return jangle_redis(broker_url(BENCH_REDIS), NULL);
}

/* The caller frees it. */
static redisReply *next_reply(redisContext *redis, int type)
{
    void *reply = NULL;

    if (redisGetReply(redis, &reply) || !reply)
        bench_die("Redis", redis->errstr);
    if (((redisReply *)reply)->type != type)
        bench_die("Redis", ((redisReply *)reply)->str);
    return reply;
}

static void append(redisContext *redis, int count, const char **words)
{
    if (redisAppendCommandArgv(redis, count, words, NULL))
        bench_die("Redis", redis->errstr);
}

#define APPEND(redis, ...)                                                               \
    append(redis, sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *),          \
           (const char *[]){__VA_ARGS__})

/* ---- a connection ------------------------------------------------------------ */

static void *open_client(void)
{
    char password[64], database[16];
    redisContext *redis;
    int port;

    if (sscanf(broker_url(BENCH_REDIS), "redis://:%63[^@]@127.0.0.1:%d/%15s", password,
               &port, database) != 3)
        bench_die("Redis", "its URL is another than the benchmark knows");
    redis = redisConnect("127.0.0.1", port);
    if (!redis || redis->err)
        bench_die("connecting to Redis", redis ? redis->errstr : NULL);
    APPEND(redis, "AUTH", password);
    APPEND(redis, "SELECT", database);
    freeReplyObject(next_reply(redis, REDIS_REPLY_STATUS));
    freeReplyObject(next_reply(redis, REDIS_REPLY_STATUS));
    return redis;
}

static void close_client(void *client)
{
    redisFree(client);
}

/* Of the one group, as XINFO tells: names and values in turns. */
static int64_t number_of(const redisReply *group, const char *name)
{
    for (size_t i = 0; i + 1 < group->elements; i += 2)
        if (strcmp(group->element[i]->str, name) == 0 &&
            group->element[i + 1]->type == REDIS_REPLY_INTEGER)
            return group->element[i + 1]->integer;
    bench_die("Redis does not tell of its group", name);
}

static int64_t left(void *client)
{
    redisReply *reply;
    int64_t count;

    APPEND(client, "XINFO", "GROUPS", STREAM);
    reply = next_reply(client, REDIS_REPLY_ARRAY);
    if (reply->elements != 1)
        bench_die("Redis", "the stream has not one group");
    count = number_of(reply->element[0], "pending") + number_of(reply->element[0], "lag");
    freeReplyObject(reply);
    return count;
}

/* ---- out --------------------------------------------------------------------- */

static void send_one(redisContext *redis, const struct plain_load *load, int64_t number)
{
    char body[BODY_SIZE], id[BODY_ID_SIZE];

    plain_body(load, number, body);
    body_write_id(id, number);
    APPEND(redis, "XADD", STREAM, "*", "route", body_type(load->body), "id", id,
           "content-type", "application/cloudevents+json", "body", body);
}

static void publish(void *client, const struct plain_load *load)
{
    int64_t sent = 0;

    for (int64_t confirmed = 0; confirmed < load->count; confirmed++) {
        while (sent < load->count && sent - confirmed < load->window)
            send_one(client, load, sent++);
        freeReplyObject(next_reply(client, REDIS_REPLY_STRING));
    }
}

/* ---- in ---------------------------------------------------------------------- */

static const redisReply *field(const redisReply *fields, const char *name)
{
    for (size_t i = 0; i + 1 < fields->elements; i += 2)
        if (strcmp(fields->element[i]->str, name) == 0)
            return fields->element[i + 1];
    bench_die("a message of Redis has no field", name);
}

static void ask(redisContext *redis)
{
    char count[16];

    snprintf(count, sizeof count, "%d", READ);
    APPEND(redis, "XREADGROUP", "GROUP", MESSAGES_NAME, "plain", "COUNT", count,
           "STREAMS", STREAM, ">");
}

/* Acknowledge all of them by one command. */
static void acknowledge(redisContext *redis, const redisReply *entries)
{
    const char *words[3 + READ] = {"XACK", STREAM, MESSAGES_NAME};
    int count = 3;

    for (size_t i = 0; i < entries->elements && i < READ; i++)
        words[count++] = entries->element[i]->element[0]->str;
    append(redis, count, words);
}

/* The next ones are asked for together with what these are acknowledged by. */
static void take(void *client, int64_t count, struct tally *tally)
{
    ask(client);
    while (count > 0) {
        redisReply *reply = next_reply(client, REDIS_REPLY_ARRAY);
        const redisReply *entries = reply->element[0]->element[1];

        for (size_t i = 0; i < entries->elements; i++) {
            const redisReply *fields = entries->element[i]->element[1];
            const redisReply *id = field(fields, "id"), *body = field(fields, "body");

            tally_add(tally, id->str, id->len, body->str, body->len);
        }
        count -= (int64_t)entries->elements;
        tally_commit(tally);
        acknowledge(client, entries);
        if (count > 0)
            ask(client);
        freeReplyObject(reply);
        freeReplyObject(next_reply(client, REDIS_REPLY_INTEGER));
    }
}

const struct plain_client plain_redis = {
    .broker = broker,
    .open = open_client,
    .close = close_client,
    .publish = publish,
    .take = take,
    .left = left,
};
