/* redis.c - Redis by hiredis: a script that compares the version and adds to a stream. */
#include "payload.h"
#include "peers/find.h"
#include "peers/peer.h"
#include "verify.h"

#include "bench.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOCKET "socket"

static const struct peer_setting settings[] = {{"appendonly", "yes"},
                                               {"appendfsync", "always"},
                                               {"no-appendfsync-on-rewrite", "no"},
                                               {"save", ""},
                                               {NULL, NULL}};

/* ---- where it is ------------------------------------------------------------------- */

static const char *missing(const char *directory)
{
    char path[PATH_MAX];

    if (!find_in(getenv("PATH"), "redis-server", path))
        return "Redis is not installed (Debian: apt-get install redis-server)";
    return peer_server_missing(directory, false, "Redis");
}

static void version(char text[PEER_VERSION_SIZE])
{
    find_version("redis-server", "v=", text, PEER_VERSION_SIZE);
}

/* ---- a connection ------------------------------------------------------------------ */

/* The caller frees it. */
static redisReply *ask(redisContext *client,
                       int wanted,
                       int count,
                       const char **words,
                       const size_t *lengths)
{
    redisReply *reply = redisCommandArgv(client, count, words, lengths);

    if (!reply)
        bench_die("Redis", client->errstr);
    if (reply->type != wanted)
        bench_die("Redis", reply->type == REDIS_REPLY_ERROR ? reply->str
                                                            : "it answers another thing");
    return reply;
}

#define ASK(client, wanted, ...)                                                         \
    ask(client, wanted, sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *),    \
        (const char *[]){__VA_ARGS__}, NULL)

/* NULL: it does not listen yet. */
static redisContext *dial(const struct peer_server *server)
{
    char path[PEER_PATH_SIZE + 16];
    redisContext *client;

    snprintf(path, sizeof path, "%s/" SOCKET, server->directory);
    client = redisConnectUnix(path);
    if (!client)
        bench_die("Redis", "there is too little memory");
    if (!client->err)
        return client;
    redisFree(client);
    return NULL;
}

static void compare(redisContext *client, const struct peer_setting *setting)
{
    redisReply *reply = ASK(client, REDIS_REPLY_ARRAY, "CONFIG", "GET", setting->name);
    const char *is = reply->elements == 2 ? reply->element[1]->str : "unknown to it";
    char sentence[128];

    if (strcmp(is, setting->value) != 0) {
        snprintf(sentence, sizeof sentence, "%s is \"%.40s\", and was to be \"%s\"",
                 setting->name, is, setting->value);
        bench_die("Redis", sentence);
    }
    freeReplyObject(reply);
}

static void *connect_client(const struct peer_server *server)
{
    redisContext *client = dial(server);

    if (!client)
        bench_die("Redis", "it does not listen any longer");
    for (int i = 0; settings[i].name; i++)
        compare(client, &settings[i]);
    return client;
}

static void disconnect_client(void *client)
{
    redisFree(client);
}

/* ---- its life ---------------------------------------------------------------------- */

/* Redis listens before it has read its files, and says so until then. */
static bool answers(const struct peer_server *server)
{
    redisContext *client = dial(server);
    redisReply *reply = client ? redisCommand(client, "PING") : NULL;
    bool well = reply && reply->type == REDIS_REPLY_STATUS;

    if (reply)
        freeReplyObject(reply);
    if (client)
        redisFree(client);
    return well;
}

static void start(struct peer_server *server)
{
    enum { FIXED = 7, SETTINGS = sizeof settings / sizeof *settings - 1 };
    char given[SETTINGS][64];
    const char *words[FIXED + 2 * SETTINGS + 1] = {
        "redis-server", "--port", "0", "--unixsocket", SOCKET, "--unixsocketperm", "700"};
    double started = bench_now();

    for (int i = 0; i < SETTINGS; i++) {
        snprintf(given[i], sizeof given[i], "--%s", settings[i].name);
        words[FIXED + 2 * i] = given[i];
        words[FIXED + 2 * i + 1] = settings[i].value;
    }
    peer_server_start(server, words);
    while (!answers(server))
        peer_server_wait(server, started);
}

/* ---- events ------------------------------------------------------------------------ */

/* KEYS: the hash of the streams' versions, the log. A script is alone at work, and all
 * that it does is written to the file at once. */
#define ADD_                                                                             \
    "redis.call('HSET', KEYS[1], stream, version)"                                       \
    "redis.call('XADD', KEYS[2], '*', 'stream', stream, 'version', version, 'type', 1,"  \
    " 'at', at, 'id', id, 'payload', payload, 'meta', meta)"

static const char append_script[] =
    "local stream, version, at, id, payload, meta = unpack(ARGV) "
    "if (tonumber(redis.call('HGET', KEYS[1], stream)) or 0) + 1 ~= tonumber(version)"
    " then return 0 end " ADD_ " return 1";

static const char fill_script[] =
    "local streams, version, at, id, payload, meta = unpack(ARGV) "
    "for stream = 1, tonumber(streams) do " ADD_ " end return 1";

enum { WORDS = 11, PAYLOAD_WORD = 9 };

static void
send(redisContext *client, const char *const *script, const struct peer_event *event)
{
    char stream[24], number[24], at[24];
    const char *words[WORDS] = {script[0],      script[1],   "2",
                                "streams",      "events",    stream,
                                number,         at,          (const char *)event->id,
                                event->payload, payload_meta};
    size_t lengths[WORDS];
    redisReply *reply;

    snprintf(stream, sizeof stream, "%lld", (long long)event->stream);
    snprintf(number, sizeof number, "%lld", (long long)event->version);
    snprintf(at, sizeof at, "%lld", (long long)event->at);
    for (int i = 0; i < WORDS; i++)
        lengths[i] = i == PAYLOAD_WORD - 1 ? sizeof event->id : strlen(words[i]);
    reply = ask(client, REDIS_REPLY_INTEGER, WORDS, words, lengths);
    if (reply->integer != 1)
        bench_die("Redis", "the stream is at another version");
    freeReplyObject(reply);
}

static void fill(void *client, int64_t versions)
{
    static const char *const script[] = {"EVAL", fill_script};
    char payload[PAYLOAD_ROOM];

    for (int64_t i = 1; i <= versions; i++) {
        struct peer_event event = {
            .stream = PAYLOAD_STREAMS, .version = i, .payload = payload};

        event.payload_size = payload_write(payload, i * PAYLOAD_AMOUNT, i);
        send(client, script, &event);
    }
}

/* The hash by which Redis knows the script; it is the same for all. */
static char script_name[64];

static void ready(void *client)
{
    redisReply *reply = ASK(client, REDIS_REPLY_STRING, "SCRIPT", "LOAD", append_script);

    snprintf(script_name, sizeof script_name, "%s", reply->str);
    freeReplyObject(reply);
}

static void append(void *client, const struct peer_event *event)
{
    const char *const script[] = {"EVALSHA", script_name};

    send(client, script, event);
}

/* ---- what it holds ----------------------------------------------------------------- */

struct count {
    int64_t rows, torn;
    int64_t versions[PAYLOAD_STREAMS + 1];
};

static int64_t field(const redisReply *fields, const char *name)
{
    for (size_t i = 0; i + 1 < fields->elements; i += 2)
        if (!strcmp(fields->element[i]->str, name))
            return strtoll(fields->element[i + 1]->str, NULL, 10);
    return 0;
}

/* In the order of the log each stream's versions are 1, 2, 3... */
static void count_entry(struct count *count, const redisReply *fields)
{
    int64_t stream = field(fields, "stream");

    count->rows++;
    if (stream < 1 || stream > PAYLOAD_STREAMS ||
        field(fields, "version") != ++count->versions[stream])
        count->torn++;
}

static void count_entries(redisContext *client, struct count *count)
{
    char from[64] = "-";
    size_t got;

    do {
        redisReply *reply = ASK(client, REDIS_REPLY_ARRAY, "XRANGE", "events", from, "+",
                                "COUNT", "1000");

        got = reply->elements;
        for (size_t i = 0; i < got; i++)
            count_entry(count, reply->element[i]->element[1]);
        if (got)
            snprintf(from, sizeof from, "(%s", reply->element[got - 1]->element[0]->str);
        freeReplyObject(reply);
    } while (got);
}

/* The versions that appends are compared with are those of the log. */
static void count_streams(redisContext *client, struct count *count)
{
    redisReply *reply = ASK(client, REDIS_REPLY_ARRAY, "HGETALL", "streams");

    count->torn += reply->elements != 2 * PAYLOAD_STREAMS;
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        int64_t stream = strtoll(reply->element[i]->str, NULL, 10);

        if (stream < 1 || stream > PAYLOAD_STREAMS ||
            strtoll(reply->element[i + 1]->str, NULL, 10) != count->versions[stream])
            count->torn++;
    }
    freeReplyObject(reply);
}

static const char *verify(void *client, int64_t wanted)
{
    struct count *count = bench_new(sizeof *count);
    const char *fault;

    count_entries(client, count);
    count_streams(client, count);
    fault = verify_counts(count->rows, count->torn, wanted);
    free(count);
    return fault;
}

const struct peer peer_redis = {
    .name = "Redis",
    .settings = settings,
    .durability =
        "a command is answered after its file was synced, together with those "
        "of other connections that came meanwhile; it survives a crash of the "
        "machine",
    .end = SIGKILL,
    .missing = missing,
    .version = version,
    .start = start,
    .connect = connect_client,
    .disconnect = disconnect_client,
    .fill = fill,
    .ready = ready,
    .append = append,
    .verify = verify,
};
