/* entries.c - whatever others have written into a stream, an entry becomes a parcel: with
 * what is there, and without reading beyond it. The bytes are drawn, and go through
 * hiredis as Redis would send them. No broker is needed. */
#include "redis/entry.h"
#include "redis/memory.h"
#include "support/effort.h"
#include "support/test.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIELDS_MAX = 12, WORD_MAX = 24 };

static unsigned dice;
static struct jn_redis redis = {.settings.options.prefix = "jangle:"};

static int draw(int limit)
{
    return rand_r(&dice) % limit;
}

/* ---- replies that are drawn ----------------------------------------------------------
 */

static const char *const names[] = {"route",        "key",     "id",   "topic",
                                    "content-type", "attempt", "body", "header:Who",
                                    "header:",      "",        "Event"};

/* As Redis never sends fields, but a broken one might. */
static const char *const odd[] = {":7\r\n", "$-1\r\n", "*0\r\n", "+OK\r\n",
                                  "*1\r\n:1\r\n"};

static void draw_word(struct jn_redis_request *reply, bool is_name)
{
    char bytes[WORD_MAX];
    size_t size = (size_t)draw(WORD_MAX);

    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)draw(256);
    if (draw(40) == 0)
        jn_redis_request_append(reply, odd[draw(5)]);
    else if (is_name && draw(4))
        jn_redis_request_text(reply, names[draw(sizeof names / sizeof *names)]);
    else
        jn_redis_request_add(reply, bytes, size);
}

static void append_array(struct jn_redis_request *reply, int count)
{
    char text[16];

    snprintf(text, sizeof text, "*%d\r\n", count);
    jn_redis_request_append(reply, text);
}

/* {topic, id, fields}, now and then with a word more or less. The request counts words
 * for itself: its first line is cut off. */
static redisReply *draw_entry(void)
{
    struct jn_redis_request reply;
    redisReader *reader = redisReaderCreate();
    int fields = draw(FIELDS_MAX);
    void *entry = NULL;
    size_t size = 0;
    const char *bytes;

    assert_non_null(reader);
    jn_redis_request_init(&reply, &jn_redis_memory_system);
    append_array(&reply, 3);
    jn_redis_request_text(&reply, draw(2) ? "orders" : "");
    if (draw(50))
        jn_redis_request_text(&reply, "1764-0");
    else
        jn_redis_request_append(&reply, odd[draw(5)]);
    append_array(&reply, fields);
    for (int i = 0; i < fields; i++)
        draw_word(&reply, i % 2 == 0);
    bytes = jn_redis_request_bytes(&reply, &size);
    assert_non_null(bytes);
    while (*bytes++ != '\n')
        size--;
    assert_int_equal(redisReaderFeed(reader, bytes, size - 1), REDIS_OK);
    assert_int_equal(redisReaderGetReply(reader, &entry), REDIS_OK);
    assert_non_null(entry);
    redisReaderFree(reader);
    jn_redis_request_finish(&reply);
    return entry;
}

/* ---- parcels --------------------------------------------------------------------------
 */

static bool is_lower(const char *text)
{
    for (; *text; text++)
        if (tolower((unsigned char)*text) != (unsigned char)*text)
            return false;
    return true;
}

/* Every byte is read, so that a sanitizer sees one that is not there. */
static size_t length_of(const char *text)
{
    return text ? strlen(text) : 0;
}

static void assert_sound(const struct jn_redis_delivery *delivery)
{
    const struct jangle_parcel *parcel = &delivery->parcel;
    size_t sum = length_of(parcel->route) + length_of(parcel->key) +
                 length_of(parcel->content_type) + length_of(parcel->topic);

    assert_string_equal(parcel->queue, "a-queue");
    assert_string_equal(delivery->entry, "1764-0");
    assert_non_null(parcel->id);
    assert_ptr_equal(parcel->receipt, delivery);
    assert_true(parcel->attempt >= 1 && parcel->header_count <= FIELDS_MAX / 2);
    for (size_t i = 0; i < parcel->header_count; i++) {
        assert_true(*parcel->headers[i].name && is_lower(parcel->headers[i].name));
        sum += length_of(parcel->headers[i].value);
    }
    for (size_t i = 0; i < parcel->body_size; i++)
        sum += ((const unsigned char *)parcel->body)[i];
    assert_true(sum < SIZE_MAX);
}

static void any_entry_becomes_a_parcel(void **state)
{
    int64_t refused = 0, count = effort_count(EFFORT_REDIS_ENTRIES);

    (void)state;
    for (int64_t i = 0; i < count; i++) {
        redisReply *entry = draw_entry();
        struct jn_redis_delivery *delivery =
            jn_redis_entry_read(&redis, "a-queue", entry);

        freeReplyObject(entry); /* the parcel has copies */
        if (delivery)
            assert_sound(delivery);
        else
            refused++;
        jn_free(&redis.allocator, delivery);
    }
    assert_true(refused > 0 && refused < count / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_entry_becomes_a_parcel)};

    redis.allocator = jn_redis_memory_system;
    dice = (unsigned)effort_seed();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
