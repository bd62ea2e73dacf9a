/* connection.c - the connections of a transport: made when they are needed, and what
 * Redis says when it refuses. */
#include "redis/connection.h"
#include "redis/dial.h"
#include "redis/durable.h"
#include "redis/times.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { OLDEST_VERSION = 7, VALUE_SIZE = 64 };

/* ---- what Redis refuses ---------------------------------------------------------- */

static const struct {
    const char *begins;
    enum jangle_result result;
    const char *means;
} refusals[] = {
    {"OOM", JANGLE_BUSY, "Redis is full: its memory has reached maxmemory"},
    {"NOSCRIPT", JANGLE_NOT_FOUND, "Redis has forgotten a script"},
    {"WRONGTYPE", JANGLE_INVALID, "a key of this name holds something else"},
    {"NOAUTH", JANGLE_BUSY, "Redis wants a password, and the URL has none"},
    {"WRONGPASS", JANGLE_BUSY, "Redis refuses the user or the password"},
    {"ERR invalid password", JANGLE_BUSY, "Redis refuses the password"},
    {"NOPERM", JANGLE_BUSY, "the user of Redis has no right to that command or key"},
    {"READONLY", JANGLE_BUSY, "this Redis is a replica, which takes nothing"},
    {"LOADING", JANGLE_BUSY, "Redis is still reading its files"},
    {"MISCONF", JANGLE_BUSY, "Redis cannot write to its disk"},
};

/* Redis repeats the words of a command that it does not know, behind a comma, and these
 * may be anybody's secret: so what is behind a comma is left out. */
enum jangle_result jn_redis_connection_refused(const redisReply *reply,
                                               const char *what,
                                               struct jangle_error *error)
{
    size_t size = strcspn(reply->str, ",");
    char text[160];

    if (size >= sizeof text)
        size = sizeof text - 1;
    memcpy(text, reply->str, size);
    text[size] = '\0';
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (strncmp(text, refusals[i].begins, strlen(refusals[i].begins)) == 0)
            return jangle_error_set(error, refusals[i].result, "%s: %s (%s)", what,
                                    refusals[i].means, JN_SHOWN(100, text));
    return jangle_error_set(error, JANGLE_BUSY, "%s: Redis refuses: %s", what,
                            JN_SHOWN(120, text));
}

/* Redis does not name the key to which a right is missing: these commands have no other
 * word behind their name. A script names it itself. */
static enum jangle_result refuse(const struct jn_redis_request *request,
                                 const redisReply *reply,
                                 const char *what,
                                 struct jangle_error *error)
{
    char sentence[200];

    if (strncmp(reply->str, "NOPERM", strlen("NOPERM")) != 0 || !*request->key)
        return jn_redis_connection_refused(reply, what, error);
    jn_text_format(sentence, sizeof sentence, "%s, on %s", what, request->key);
    return jn_redis_connection_refused(reply, sentence, error);
}

enum jangle_result jn_redis_connection_call(struct jn_redis *redis,
                                            struct jn_redis_request *request,
                                            const char *what,
                                            int64_t until_us,
                                            redisReply **reply,
                                            struct jangle_error *error)
{
    redisReply *told = NULL;
    enum jangle_result result =
        jn_redis_link_call(redis, &redis->talking, request, until_us, &told, error);

    if (result == JANGLE_OK && told->type == REDIS_REPLY_ERROR)
        result = refuse(request, told, what, error);
    if (reply && result == JANGLE_OK) {
        *reply = told;
        return JANGLE_OK;
    }
    if (told)
        freeReplyObject(told);
    return result;
}

/* ---- what INFO says -------------------------------------------------------------- */

/* The value of a line "name:value"; "" if there is none. */
static void read_line(const char *info, const char *name, char value[VALUE_SIZE])
{
    size_t length = strlen(name), used = 0;
    const char *at = info;

    while (at && !(strncmp(at, name, length) == 0 && at[length] == ':')) {
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    for (at = at ? at + length + 1 : ""; *at > ' ' && used + 1 < VALUE_SIZE; at++)
        value[used++] = *at;
    value[used] = '\0';
}

static enum jangle_result
check_info(struct jn_redis *redis, const char *info, struct jangle_error *error)
{
    char version[VALUE_SIZE], policy[VALUE_SIZE], cluster[VALUE_SIZE], run[VALUE_SIZE];

    read_line(info, "redis_version", version);
    read_line(info, "maxmemory_policy", policy);
    read_line(info, "cluster_enabled", cluster);
    read_line(info, "run_id", run);
    if (strtol(version, NULL, 10) < OLDEST_VERSION)
        return jangle_error_set(error, JANGLE_INVALID,
                                "this is Redis %s, and 7.0 or newer is needed",
                                JN_SHOWN(40, version));
    if (strcmp(cluster, "1") == 0)
        return jangle_error_set(error, JANGLE_INVALID,
                                "this Redis is a cluster, whose scripts cannot reach all "
                                "keys: use one that stands alone");
    if (strcmp(policy, "noeviction") != 0)
        return jangle_error_set(
            error, JANGLE_INVALID,
            "this Redis evicts keys when its memory is full (its maxmemory-policy is "
            "%s), and would %s: set maxmemory-policy to noeviction",
            *policy ? JN_SHOWN(40, policy) : "not told", redis->loses);
    jn_text_copy(redis->run_id, sizeof redis->run_id, run);
    return JANGLE_OK;
}

/* ---- logging in ------------------------------------------------------------------ */

/* One command of the login. */
static enum jangle_result say(struct jn_redis *redis,
                              struct jn_redis_link *link,
                              const char *const *words,
                              int64_t until_us,
                              redisReply **reply,
                              struct jangle_error *error)
{
    struct jn_redis_request request;
    enum jangle_result result;

    jn_redis_request_init(&request, &redis->allocator);
    for (size_t i = 0; words[i]; i++)
        jn_redis_request_text(&request, words[i]);
    result = jn_redis_link_call(redis, link, &request, until_us, reply, error);
    jn_redis_request_finish(&request);
    if (result == JANGLE_OK && (*reply)->type == REDIS_REPLY_ERROR)
        result = jn_redis_connection_refused(*reply, "log in to Redis", error);
    return result == JANGLE_TIMEOUT ? JANGLE_BUSY : result;
}

static enum jangle_result say_only(struct jn_redis *redis,
                                   struct jn_redis_link *link,
                                   const char *const *words,
                                   int64_t until_us,
                                   struct jangle_error *error)
{
    redisReply *reply = NULL;
    enum jangle_result result = say(redis, link, words, until_us, &reply, error);

    if (reply)
        freeReplyObject(reply);
    return result;
}

/* Redis takes no names with spaces or other signs. A Redis that knows no names, or does
 * not allow this, does without. */
static void
show_name(struct jn_redis *redis, struct jn_redis_link *link, int64_t until_us)
{
    char name[80];
    const char *const words[] = {"CLIENT", "SETNAME", name, NULL};

    jn_text_copy(name, sizeof name, redis->name);
    for (size_t i = 0; name[i]; i++)
        if (!isgraph((unsigned char)name[i]))
            name[i] = '-';
    if (*name && say_only(redis, link, words, until_us, NULL))
        return;
}

static enum jangle_result log_in(struct jn_redis *redis,
                                 struct jn_redis_link *link,
                                 int64_t until_us,
                                 struct jangle_error *error)
{
    const struct jn_redis_settings *settings = &redis->settings;
    const char *const with_user[] = {"AUTH", settings->user, settings->password, NULL};
    const char *const password[] = {"AUTH", settings->password, NULL};
    char number[24];
    const char *const select[] = {"SELECT", number, NULL};
    enum jangle_result result = JANGLE_OK;

    if (settings->password)
        result =
            say_only(redis, link, settings->user ? with_user : password, until_us, error);
    snprintf(number, sizeof number, "%lld", (long long)settings->database);
    if (result == JANGLE_OK && settings->database)
        result = say_only(redis, link, select, until_us, error);
    if (result == JANGLE_OK)
        show_name(redis, link, until_us);
    if (result == JANGLE_OK && link->file < 0)
        result = jangle_error_set(error, JANGLE_BUSY, "Redis has closed the connection");
    return result;
}

static enum jangle_result
read_info(struct jn_redis *redis, int64_t until_us, struct jangle_error *error)
{
    static const char *const info[] = {"INFO", NULL};
    redisReply *reply = NULL;
    enum jangle_result result =
        say(redis, &redis->talking, info, until_us, &reply, error);

    if (result == JANGLE_OK)
        result =
            check_info(redis, reply->type == REDIS_REPLY_STRING ? reply->str : "", error);
    if (result == JANGLE_OK && redis->is_broker)
        result = jn_redis_durable_check(redis, reply->str, until_us, error);
    if (reply)
        freeReplyObject(reply);
    return result;
}

static enum jangle_result
read_client(struct jn_redis *redis, int64_t until_us, struct jangle_error *error)
{
    static const char *const id[] = {"CLIENT", "ID", NULL};
    redisReply *reply = NULL;
    enum jangle_result result = say(redis, &redis->talking, id, until_us, &reply, error);

    if (result == JANGLE_OK)
        redis->client_id = reply->type == REDIS_REPLY_INTEGER ? reply->integer : 0;
    if (reply)
        freeReplyObject(reply);
    return result;
}

/* ---- tokens ---------------------------------------------------------------------- */

bool jn_redis_connection_is_ours(const struct jn_redis *redis, unsigned generation)
{
    return redis->registered && redis->generation == generation &&
           redis->talking.file >= 0;
}

void jn_redis_connection_renew(struct jn_redis *redis)
{
    if (redis->registered)
        memcpy(redis->lost, redis->token, sizeof redis->lost);
    redis->registered = false;
    redis->generation++;
    jn_text_format(redis->token, sizeof redis->token, "%s.%lld.%u", redis->run_id,
                   (long long)redis->client_id, redis->generation);
    for (struct jn_redis_attached *each = redis->attached; each; each = each->next)
        each->swept = false;
}

/* What the last connection had is free for all, and need not wait for its lease. */
static enum jangle_result
release_lost(struct jn_redis *redis, int64_t until_us, struct jangle_error *error)
{
    struct jn_redis_request request;
    enum jangle_result result;

    if (!redis->lost[0])
        return JANGLE_OK;
    jn_redis_request_init(&request, &redis->allocator);
    jn_redis_request_text(&request, "DEL");
    jn_redis_request_key(&request, redis, "alive", redis->lost);
    result = jn_redis_connection_call(redis, &request, "give back what was received",
                                      until_us, NULL, error);
    jn_redis_request_finish(&request);
    if (result == JANGLE_OK)
        redis->lost[0] = '\0';
    return result == JANGLE_TIMEOUT ? JANGLE_BUSY : result;
}

/* ---- connecting ------------------------------------------------------------------ */

static int64_t with_floor(const struct jn_redis *redis, int64_t until_us)
{
    int64_t floor_us = jn_redis_times_after_ms(redis, JN_REDIS_ANSWER_MS);

    return until_us < floor_us ? floor_us : until_us;
}

static enum jangle_result connect_link(struct jn_redis *redis,
                                       struct jn_redis_link *link,
                                       int64_t until_us,
                                       struct jangle_error *error)
{
    int file = -1;
    enum jangle_result result = jn_redis_dial(redis, until_us, &file, error);

    if (result == JANGLE_OK)
        result = jn_redis_link_open(link, file, error);
    return result ? result : log_in(redis, link, until_us, error);
}

/* The error names the Redis, because a program may use several. */
static enum jangle_result name_redis(const struct jn_redis *redis,
                                     enum jangle_result result,
                                     const struct jangle_error *fault,
                                     struct jangle_error *error)
{
    char address[128];

    if (result == JANGLE_OK)
        return JANGLE_OK;
    return jangle_error_set(
        error, result, "%s (at %s)", fault->message,
        jn_redis_dial_address(address, sizeof address, &redis->settings));
}

enum jangle_result jn_redis_connection_open(struct jn_redis *redis,
                                            int64_t until_us,
                                            struct jangle_error *error)
{
    struct jangle_error fault = {0};
    enum jangle_result result;

    if (jn_redis_link_is_open(&redis->talking))
        return JANGLE_OK;
    jn_redis_link_close(&redis->waiting);
    until_us = with_floor(redis, until_us);
    result = connect_link(redis, &redis->talking, until_us, &fault);
    if (result == JANGLE_OK)
        result = read_info(redis, until_us, &fault);
    if (result == JANGLE_OK)
        result = read_client(redis, until_us, &fault);
    if (result == JANGLE_OK) {
        jn_redis_connection_renew(redis);
        result = release_lost(redis, until_us, &fault);
    }
    if (result)
        jn_redis_link_close(&redis->talking);
    return name_redis(redis, result, &fault, error);
}

enum jangle_result jn_redis_connection_open_waiting(struct jn_redis *redis,
                                                    int64_t until_us,
                                                    struct jangle_error *error)
{
    enum jangle_result result;

    if (jn_redis_link_is_open(&redis->waiting))
        return JANGLE_OK;
    result = connect_link(redis, &redis->waiting, with_floor(redis, until_us), error);
    if (result)
        jn_redis_link_close(&redis->waiting);
    return result;
}
