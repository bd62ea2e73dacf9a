/* entry.c - a parcel as an entry of a stream. */
#include "redis/entry.h"

#include <ctype.h>
#include <stdlib.h>

enum { HEADERS_MAX = 1000, ATTEMPT_MAX = 1000000 };

static const char header_prefix[] = "header:";

enum { HEADER_PREFIX_SIZE = sizeof header_prefix - 1 };

/* ---- writing --------------------------------------------------------------------- */

const char *jn_redis_entry_fault(const struct jangle_parcel *parcel)
{
    if (parcel->body_size > JN_REDIS_BODY_BYTES)
        return "its body is larger than the 500 MiB that Redis takes";
    if (parcel->header_count > HEADERS_MAX)
        return "it has more than 1000 headers";
    return NULL;
}

static void put_text(struct jn_redis_request *request, const char *name, const char *text)
{
    if (!text)
        return;
    jn_redis_request_text(request, name);
    jn_redis_request_text(request, text);
}

static size_t count_words(const struct jangle_parcel *parcel)
{
    const char *texts[] = {parcel->route, parcel->key, parcel->id, parcel->content_type};
    size_t count = 2 + 2 * parcel->header_count;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        count += texts[i] ? 2 : 0;
    return count + (parcel->attempt > 1 ? 2 : 0);
}

void jn_redis_entry_write(struct jn_redis_request *request,
                          const struct jangle_parcel *parcel)
{
    jn_redis_request_number(request, (int64_t)count_words(parcel));
    put_text(request, "route", parcel->route);
    put_text(request, "key", parcel->key);
    put_text(request, "id", parcel->id);
    put_text(request, "content-type", parcel->content_type);
    if (parcel->attempt > 1) {
        jn_redis_request_text(request, "attempt");
        jn_redis_request_number(request, parcel->attempt);
    }
    for (size_t i = 0; i < parcel->header_count; i++) {
        jn_redis_request_header(request, header_prefix, parcel->headers[i].name);
        jn_redis_request_text(request, parcel->headers[i].value);
    }
    jn_redis_request_text(request, "body");
    jn_redis_request_add(request, parcel->body, parcel->body_size);
}

/* ---- reading --------------------------------------------------------------------- */

static bool is_text(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING && !memchr(reply->str, '\0', reply->len);
}

/* Where the copies go, which begins behind the headers. */
struct reading {
    struct jn_redis_delivery *delivery;
    struct jangle_header *headers;
    char *at;
};

static const char *copy_bytes(struct reading *reading, const char *bytes, size_t size)
{
    char *copy = reading->at;

    if (size)
        memcpy(copy, bytes, size);
    copy[size] = '\0';
    reading->at += size + 1;
    return copy;
}

static const char *copy_text(struct reading *reading, const redisReply *reply)
{
    return copy_bytes(reading, reply->str, reply->len);
}

/* Names of headers are in lower case. */
static void
read_header(struct reading *reading, const redisReply *name, const redisReply *value)
{
    struct jangle_parcel *parcel = &reading->delivery->parcel;
    size_t prefix = strncmp(name->str, header_prefix, HEADER_PREFIX_SIZE) == 0
                        ? HEADER_PREFIX_SIZE
                        : 0;
    char *lower = reading->at;
    struct jangle_header *header;

    if (name->len == prefix || !is_text(name) || !is_text(value))
        return;
    header = &reading->headers[parcel->header_count++];
    header->name = copy_bytes(reading, name->str + prefix, name->len - prefix);
    header->value = copy_text(reading, value);
    for (; *lower; lower++)
        *lower = (char)tolower((unsigned char)*lower);
}

static int read_attempt(const redisReply *value)
{
    bool is_number = value->len && strspn(value->str, "0123456789") == value->len;
    long attempt = is_number ? strtol(value->str, NULL, 10) : 1;

    return attempt < 1 || attempt > ATTEMPT_MAX ? 1 : (int)attempt;
}

/* Of a field that is there twice the first one counts. */
static void
read_field(struct reading *reading, const redisReply *name, const redisReply *value)
{
    struct jangle_parcel *parcel = &reading->delivery->parcel;
    const struct {
        const char *name;
        const char **text;
    } texts[] = {{"route", &parcel->route},
                 {"key", &parcel->key},
                 {"id", &parcel->id},
                 {"topic", &parcel->topic},
                 {"content-type", &parcel->content_type}};

    if (name->type != REDIS_REPLY_STRING || value->type != REDIS_REPLY_STRING)
        return;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(name->str, texts[i].name) == 0) {
            if (!*texts[i].text && is_text(value))
                *texts[i].text = copy_text(reading, value);
            return;
        }
    if (strcmp(name->str, "body") == 0) {
        if (!parcel->body)
            parcel->body_size = value->len;
        if (!parcel->body)
            parcel->body = copy_text(reading, value);
    } else if (strcmp(name->str, "attempt") == 0) {
        parcel->attempt = parcel->attempt ? parcel->attempt : read_attempt(value);
    } else {
        read_header(reading, name, value);
    }
}

/* What was published without an id has that of its entry: the stream's key and the id. A
 * script that copies the entry writes the same into the copy. */
static const char *
make_id(const struct jn_redis *redis, struct reading *reading, const char *queue)
{
    const struct jn_redis_delivery *delivery = reading->delivery;
    bool own = !*delivery->stream;
    const char *const parts[] = {
        redis->settings.options.prefix,
        own ? "queue:" : "topic:", own ? queue : delivery->stream, "/", delivery->entry};
    const char *id = reading->at;

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        copy_bytes(reading, parts[i], strlen(parts[i]));
        reading->at--; /* the next part is written over the end of this one */
    }
    reading->at++;
    return id;
}

static bool is_entry(const redisReply *entry)
{
    return entry->type == REDIS_REPLY_ARRAY && entry->elements == 3 &&
           is_text(entry->element[0]) && is_text(entry->element[1]) &&
           entry->element[2]->type == REDIS_REPLY_ARRAY;
}

/* As much as all copies can need, with the ends of their texts. */
static size_t
room_for(const struct jn_redis *redis, const char *queue, const redisReply *entry)
{
    const redisReply *fields = entry->element[2];
    size_t size = 2 * (entry->element[0]->len + entry->element[1]->len + strlen(queue)) +
                  strlen(redis->settings.options.prefix) + 16;

    for (size_t i = 0; i < fields->elements; i++)
        if (fields->element[i]->type == REDIS_REPLY_STRING)
            size += fields->element[i]->len + 1;
    return size + (fields->elements / 2) * sizeof(struct jangle_header);
}

struct jn_redis_delivery *jn_redis_entry_read(const struct jn_redis *redis,
                                              const char *queue,
                                              const redisReply *entry)
{
    struct reading reading = {0};
    struct jangle_parcel *parcel;
    const redisReply *fields;

    if (!is_entry(entry))
        return NULL;
    fields = entry->element[2];
    reading.delivery = jn_new(&redis->allocator,
                              sizeof *reading.delivery + room_for(redis, queue, entry));
    if (!reading.delivery)
        return NULL;
    reading.headers = (struct jangle_header *)(reading.delivery + 1);
    reading.at = (char *)(reading.headers + fields->elements / 2);
    reading.delivery->stream = copy_text(&reading, entry->element[0]);
    reading.delivery->entry = copy_text(&reading, entry->element[1]);
    parcel = &reading.delivery->parcel;
    for (size_t i = 0; i + 1 < fields->elements; i += 2)
        read_field(&reading, fields->element[i], fields->element[i + 1]);
    if (*reading.delivery->stream)
        parcel->topic = reading.delivery->stream;
    parcel->queue = copy_bytes(&reading, queue, strlen(queue));
    if (!parcel->id)
        parcel->id = make_id(redis, &reading, queue);
    parcel->attempt = parcel->attempt ? parcel->attempt : 1;
    parcel->headers = reading.headers;
    parcel->receipt = reading.delivery;
    return reading.delivery;
}
