/* redis.c - any bytes at all, as what Redis may answer: an entry of a stream, as a script
 * returns it, becomes a parcel, or is none. A parcel that could be read is written and
 * read again, and is the same. */
#include "fuzz/fuzz.h"
#include "redis/entry.h"
#include "redis/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { ELEMENTS_MAX = 4096 };

static struct jn_redis redis = {.settings.options.prefix = "jangle:"};

static void expect(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "redis: %s\n", what);
    abort();
}

static void expect_same(const char *a, const char *b, const char *what)
{
    expect(!a == !b && (!a || strcmp(a, b) == 0), what);
}

/* hiredis makes room for as many elements as an answer says it has. */
static bool is_large(const char *bytes, size_t size)
{
    int64_t number = -1;

    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '*')
            number = 0;
        else if (number >= 0 && isdigit((unsigned char)bytes[i]))
            number = number * 10 + bytes[i] - '0';
        else if (bytes[i] != '+')
            number = -1;
        if (number > ELEMENTS_MAX)
            return true;
    }
    return false;
}

static redisReply *parse(const char *bytes, size_t size)
{
    redisReader *reader;
    void *reply = NULL;

    if (is_large(bytes, size))
        return NULL;
    reader = redisReaderCreate();
    expect(reader, "no memory");
    if (redisReaderFeed(reader, bytes, size) || redisReaderGetReply(reader, &reply))
        reply = NULL;
    redisReaderFree(reader);
    return reply;
}

static struct jn_redis_delivery *read_entry(const char *bytes, size_t size)
{
    redisReply *reply = parse(bytes, size);
    struct jn_redis_delivery *delivery =
        reply ? jn_redis_entry_read(&redis, "jobs", reply) : NULL;

    freeReplyObject(reply); /* the parcel has copies */
    return delivery;
}

static void expect_sound(const struct jn_redis_delivery *delivery)
{
    const struct jangle_parcel *parcel = &delivery->parcel;
    size_t sum = strlen(parcel->id) + strlen(delivery->entry);

    expect_same(parcel->queue, "jobs", "the queue is another");
    expect(parcel->attempt >= 1 && parcel->receipt == delivery, "it has no attempt");
    for (size_t i = 0; i < parcel->header_count; i++) {
        expect(*parcel->headers[i].name, "a header has no name");
        for (const char *at = parcel->headers[i].name; *at; at++)
            expect(!isupper((unsigned char)*at), "a name is not in lower case");
        sum += strlen(parcel->headers[i].value);
    }
    for (size_t i = 0; i < parcel->body_size; i++)
        sum += ((const unsigned char *)parcel->body)[i];
    expect(sum < SIZE_MAX, "texts without an end");
}

static void expect_same_parcel(const struct jangle_parcel *a,
                               const struct jangle_parcel *b)
{
    expect_same(a->id, b->id, "the id is another");
    expect_same(a->key, b->key, "the key is another");
    expect_same(a->route, b->route, "the route is another");
    expect_same(a->content_type, b->content_type, "the content type is another");
    expect(a->attempt == b->attempt, "the attempt is another");
    expect(a->body_size == b->body_size &&
               (!a->body_size || memcmp(a->body, b->body, a->body_size) == 0),
           "the body is another");
    expect(a->header_count == b->header_count, "there are more or fewer headers");
    for (size_t i = 0; i < a->header_count; i++) {
        expect_same(a->headers[i].name, b->headers[i].name, "a name is another");
        expect_same(a->headers[i].value, b->headers[i].value, "a value is another");
    }
}

/* The request has its own count of words before it, and the count of the fields before
 * these: both lines are replaced by what a script would answer. */
static void write_and_read(const struct jangle_parcel *parcel)
{
    struct jn_redis_request request;
    struct jn_redis_delivery *again;
    const char *written, *fields;
    char head[80], *entry;
    size_t size = 0, rest;
    int head_size;

    jn_redis_request_init(&request, &jn_redis_memory_system);
    jn_redis_entry_write(&request, parcel);
    written = jn_redis_request_bytes(&request, &size);
    expect(written, "a parcel cannot be written");
    fields = strchr(written, '\n') + 1; /* behind *N */
    fields = strchr(fields, '\n') + 1;  /* behind $N of the count */
    head_size = snprintf(head, sizeof head, "*3\r\n$0\r\n\r\n$3\r\n1-0\r\n*%ld\r\n",
                         strtol(fields, NULL, 10));
    fields = strchr(fields, '\n') + 1;
    rest = size - (size_t)(fields - written);
    entry = malloc((size_t)head_size + rest);
    expect(entry, "no memory");
    memcpy(entry, head, (size_t)head_size);
    memcpy(entry + head_size, fields, rest);
    again = read_entry(entry, (size_t)head_size + rest);
    expect(again, "what was written cannot be read");
    expect_same_parcel(parcel, &again->parcel);
    jn_free(&redis.allocator, again);
    free(entry);
    jn_redis_request_finish(&request);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct jn_redis_delivery *delivery;

    redis.allocator = jn_redis_memory_system;
    delivery = read_entry((const char *)bytes, size);
    if (!delivery)
        return 0;
    expect_sound(delivery);
    if (!jn_redis_entry_fault(&delivery->parcel))
        write_and_read(&delivery->parcel);
    jn_free(&redis.allocator, delivery);
    return 0;
}
