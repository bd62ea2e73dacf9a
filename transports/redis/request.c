/* request.c - a command for Redis, written as its protocol RESP wants it: an array of
 * byte strings. */
#include "redis/request.h"

#include <stdio.h>

/* The count of the words stands before them, and is known last. */
enum { COUNT_SIZE = 24, FIRST_ROOM = 512 };

void jn_redis_request_init(struct jn_redis_request *request,
                           const struct jangle_allocator *allocator)
{
    *request = (struct jn_redis_request){.allocator = allocator, .used = COUNT_SIZE};
}

/* A request may hold a password. Not memset, because a compiler leaves out what it
 * believes nobody sees. */
void jn_redis_request_finish(struct jn_redis_request *request)
{
    volatile char *bytes = request->bytes;

    for (size_t i = 0; bytes && i < request->used && i < FIRST_ROOM; i++)
        bytes[i] = '\0';
    jn_free(request->allocator, request->bytes);
    *request = (struct jn_redis_request){0};
}

static bool make_room(struct jn_redis_request *request, size_t size)
{
    size_t room = request->room ? request->room : FIRST_ROOM;
    char *bytes;

    if (request->failed)
        return false;
    while (room - request->used < size && room < SIZE_MAX / 2)
        room *= 2;
    if (request->bytes && room == request->room)
        return true;
    bytes = room - request->used < size
                ? NULL
                : jn_resize(request->allocator, request->bytes, room);
    request->failed = !bytes;
    if (!bytes)
        return false;
    request->bytes = bytes;
    request->room = room;
    return true;
}

static void put(struct jn_redis_request *request, const void *bytes, size_t size)
{
    if (size == 0 || !make_room(request, size))
        return;
    memcpy(request->bytes + request->used, bytes, size);
    request->used += size;
}

/* Write the digits before `end`, and return where they begin. A command has many numbers,
 * and printf would cost more than all the rest of it. */
static char *write_digits(char *end, uint64_t number)
{
    do
        *--end = (char)('0' + number % 10);
    while (number /= 10);
    return end;
}

static void put_size(struct jn_redis_request *request, size_t size)
{
    char text[COUNT_SIZE];
    char *end = text + sizeof text, *at;

    end[-1] = '\n';
    end[-2] = '\r';
    at = write_digits(end - 2, size);
    *--at = '$';
    put(request, at, (size_t)(end - at));
    request->count++;
}

void jn_redis_request_add(struct jn_redis_request *request,
                          const void *bytes,
                          size_t size)
{
    put_size(request, size);
    put(request, bytes, size);
    put(request, "\r\n", 2);
}

void jn_redis_request_text(struct jn_redis_request *request, const char *text)
{
    jn_redis_request_add(request, text, strlen(text));
}

void jn_redis_request_number(struct jn_redis_request *request, int64_t number)
{
    char text[COUNT_SIZE];
    char *end = text + sizeof text;
    char *at = write_digits(end, number < 0 ? -(uint64_t)number : (uint64_t)number);

    if (number < 0)
        *--at = '-';
    jn_redis_request_add(request, at, (size_t)(end - at));
}

void jn_redis_request_header(struct jn_redis_request *request,
                             const char *prefix,
                             const char *name)
{
    put_size(request, strlen(prefix) + strlen(name));
    put(request, prefix, strlen(prefix));
    put(request, name, strlen(name));
    put(request, "\r\n", 2);
}

void jn_redis_request_key(struct jn_redis_request *request,
                          const struct jn_redis *redis,
                          const char *kind,
                          const char *name)
{
    const char *prefix = redis->settings.options.prefix;

    put_size(request, strlen(prefix) + strlen(kind) + 1 + strlen(name));
    put(request, prefix, strlen(prefix));
    put(request, kind, strlen(kind));
    put(request, ":", 1);
    put(request, name, strlen(name));
    put(request, "\r\n", 2);
    if (!*request->key)
        jn_text_format(request->key, sizeof request->key, "%s%s:%s", prefix, kind, name);
}

void jn_redis_request_append(struct jn_redis_request *word, const char *piece)
{
    put(word, piece, strlen(piece));
}

void jn_redis_request_join(struct jn_redis_request *request,
                           const struct jn_redis_request *word)
{
    request->failed = request->failed || word->failed;
    jn_redis_request_add(request, word->bytes ? word->bytes + COUNT_SIZE : NULL,
                         word->used - COUNT_SIZE);
}

const char *jn_redis_request_bytes(struct jn_redis_request *request, size_t *size)
{
    char text[COUNT_SIZE];
    size_t length = (size_t)snprintf(text, sizeof text, "*%zu\r\n", request->count);

    if (request->failed || !request->bytes)
        return NULL;
    memcpy(request->bytes + COUNT_SIZE - length, text, length);
    *size = request->used - COUNT_SIZE + length;
    return request->bytes + COUNT_SIZE - length;
}
