/* others.c - the other receivers of a queue: have their connections ended? A token says
 * to which run of Redis and to which of its clients it belongs. */
#include "redis/others.h"

#include <ctype.h>
#include <stdlib.h>

enum { LOOKED_AT = 16 };

/* The client is connected, or nobody can tell. */
static bool is_connected(struct jn_redis *redis, const char *client, int64_t until_us)
{
    struct jn_redis_request request;
    redisReply *reply = NULL;
    enum jangle_result result;
    bool connected;

    jn_redis_request_init(&request, &redis->allocator);
    jn_redis_request_text(&request, "CLIENT");
    jn_redis_request_text(&request, "LIST");
    jn_redis_request_text(&request, "ID");
    jn_redis_request_text(&request, client);
    result = jn_redis_connection_call(redis, &request, "look at a client", until_us,
                                      &reply, NULL);
    jn_redis_request_finish(&request);
    if (result)
        return true;
    connected = reply->type != REDIS_REPLY_STRING || reply->len > 1;
    freeReplyObject(reply);
    return connected;
}

/* A token of another run of Redis belongs to a connection that has ended with it. A token
 * that we did not write is left alone. */
static bool has_ended(struct jn_redis *redis, const char *token, int64_t until_us)
{
    size_t length = strlen(redis->run_id);
    char client[24];
    char *end;

    if (strlen(token) <= length || token[length] != '.' ||
        !isdigit((unsigned char)token[length + 1]))
        return false;
    if (strncmp(token, redis->run_id, length) != 0)
        return true;
    jn_text_copy(client, sizeof client, token + length + 1);
    end = client + strspn(client, "0123456789");
    *end = '\0';
    return !is_connected(redis, client, until_us);
}

static bool end_lease(struct jn_redis *redis, const char *token, int64_t until_us)
{
    struct jn_redis_request request;
    enum jangle_result result;

    jn_redis_request_init(&request, &redis->allocator);
    jn_redis_request_text(&request, "DEL");
    jn_redis_request_key(&request, redis, "alive", token);
    result =
        jn_redis_connection_call(redis, &request, "end a lease", until_us, NULL, NULL);
    jn_redis_request_finish(&request);
    return result == JANGLE_OK;
}

size_t
jn_redis_others_end(struct jn_redis *redis, const redisReply *tokens, int64_t until_us)
{
    size_t ended = 0;

    for (size_t i = 0; i < tokens->elements && i < LOOKED_AT; i++) {
        const redisReply *token = tokens->element[i];

        if (redis->talking.file < 0)
            break;
        if (token->type == REDIS_REPLY_STRING && has_ended(redis, token->str, until_us))
            ended += end_lease(redis, token->str, until_us);
    }
    return ended;
}
