/* encode.c - described structs become canonical JSON: the same bytes for the
 * same values. */

#include "message/encode.h"

#include "base/error.h"
#include "base/number.h"
#include "base/plain.h"
#include "message/describe.h"
#include "message/member.h"
#include "message/path.h"

#include <jangle/plugin/json.h>
#include <jangle/plugin/support.h>

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

/* What is written so far. After the first failure nothing more is written. */
struct writer {
    struct jangle_arena *arena; /* NULL: what would be written is only counted */
    const struct jangle_message *type;
    char *text; /* in the arena; grown by doubling */
    size_t size;
    size_t capacity;
    size_t limit;
    int64_t depth_left;
    enum jn_nulls nulls;
    struct jangle_error *error;
    enum jangle_result result;
};

/* The arena cannot enlarge a piece, so the text is copied to a new one. Each is twice as
 * large as the last, so little is copied in all. */
static void grow_writer(struct writer *writer, size_t size)
{
    size_t capacity = writer->capacity ? writer->capacity * 2 : FIRST_CAPACITY;
    char *text;

    while (capacity < size)
        capacity *= 2;
    text = jangle_alloc(writer->arena, capacity);
    if (!text) {
        writer->result = jn_arena_check(writer->arena, writer->error);
        return;
    }
    if (writer->size)
        memcpy(text, writer->text, writer->size);
    writer->text = text;
    writer->capacity = capacity;
}

static void refuse_length(struct writer *writer)
{
    writer->result = jn_fail(writer->error, JANGLE_INVALID,
                             "%s: is longer than %zu bytes of JSON (message_bytes)",
                             writer->type->name, writer->limit);
}

/* All that is written goes through here: it holds the limit of the message. Returns where
 * so many bytes belong, which the caller writes; NULL if they are not written, after a
 * failure or because they are only counted. */
static char *take_room(struct writer *writer, size_t size)
{
    if (writer->result)
        return NULL;
    if (size > writer->limit - writer->size) {
        refuse_length(writer);
        return NULL;
    }
    /* one more, for the zero at the end */
    if (writer->arena && writer->size + size >= writer->capacity)
        grow_writer(writer, writer->size + size + 1);
    if (writer->result)
        return NULL;
    writer->size += size;
    return writer->arena ? writer->text + writer->size - size : NULL;
}

static void write_bytes(struct writer *writer, const char *bytes, size_t size)
{
    char *room = take_room(writer, size);

    if (room)
        memcpy(room, bytes, size);
}

static void write_word(struct writer *writer, const char *text)
{
    write_bytes(writer, text, strlen(text));
}

/* Only what JSON demands is escaped, in its shortest form: the encoding must
 * be unique. */
static void write_escape(struct writer *writer, unsigned char byte)
{
    static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *found = strchr(plain, byte);
    char escape[8];

    if (found)
        snprintf(escape, sizeof escape, "\\%c", letters[found - plain]);
    else
        snprintf(escape, sizeof escape, "\\u%04x", byte);
    write_word(writer, escape);
}

static void write_escaped(struct writer *writer, const char *text, size_t size)
{
    const char *end = text + size;

    write_bytes(writer, "\"", 1);
    while (text < end) {
        size_t plain = jn_plain_size(text, (size_t)(end - text));

        write_bytes(writer, text, plain);
        text += plain;
        if (text < end)
            write_escape(writer, (unsigned char)*text++);
    }
    write_bytes(writer, "\"", 1);
}

/* Without an escape, so that it finds its room at once. */
static void write_plain(struct writer *writer, const char *text, size_t size)
{
    char *room = take_room(writer, size + 2);

    if (!room)
        return;
    *room = '"';
    memcpy(room + 1, text, size);
    room[size + 1] = '"';
}

/* The name of a member with what stands before it, and the colon. */
static void write_name(struct writer *writer, char separator, const char *name)
{
    size_t size = strlen(name);
    bool is_plain = jn_plain_size(name, size) == size;
    char *room = is_plain ? take_room(writer, size + 4) : NULL;

    if (room) {
        *room++ = separator;
        *room++ = '"';
        memcpy(room, name, size);
        room[size] = '"';
        room[size + 1] = ':';
    } else if (!is_plain) {
        write_bytes(writer, &separator, 1);
        write_escaped(writer, name, size);
        write_bytes(writer, ":", 1);
    }
}

/* UTF-8 is checked here, once, because everything that reads the store relies on it. Most
 * texts are ASCII and need no escape, and are looked at only once for both. */
static void
encode_text(struct writer *writer, const struct jn_path *path, const char *text)
{
    size_t size;

    if (!text && writer->nulls == JN_NULLS_EMPTY)
        text = "";
    size = text ? strlen(text) : 0;
    if (text && jn_is_plain_ascii(text, size)) {
        write_plain(writer, text, size);
        return;
    }
    writer->result = jn_path_check_text(path, text, writer->error);
    if (!writer->result)
        write_escaped(writer, text, size);
}

/* JSON has neither infinity nor NaN. */
static void encode_real(struct writer *writer, const struct jn_path *path, double real)
{
    char text[JN_NUMBER_SIZE];

    jn_number_write(text, real);
    if (isfinite(real))
        write_word(writer, text);
    else
        writer->result =
            jn_path_fail(path, writer->error, "is %s, which JSON cannot say", text);
}

static void encode_int(struct writer *writer, int64_t value)
{
    char text[JN_DIGITS_SIZE];

    write_bytes(writer, text, jn_digits_write(text, value, 1));
}

/* A jangle_json is written as it is, without the space around it. It is read to its end
 * first, because what is stored must be JSON. */
static void
encode_raw(struct writer *writer, const struct jn_path *path, const char *text)
{
    size_t size = strnlen(text ? text : "null", writer->limit + 1);
    struct jn_json json;
    struct jn_json_span value;

    jn_json_init(&json, text ? text : "null", size, writer->depth_left);
    if (size > writer->limit)
        write_bytes(writer, text, size); /* which fails */
    else if (jn_json_whole(&json, &value))
        write_bytes(writer, value.text, value.size);
    else
        writer->result = jn_path_fail(path, writer->error, "is not JSON at byte %zu: %s",
                                      (size_t)(json.at - json.start), json.fault);
}

static void encode_struct(struct writer *writer,
                          const struct jangle_message *type,
                          const void *data,
                          const struct jn_path *path);

/* Depth is counted for lists and objects alike, as json.c counts it when it
 * reads them. */
static void encode_list(struct writer *writer,
                        const struct jangle_message *type,
                        const void *member,
                        const struct jn_path *path)
{
    struct jangle_list list = jn_list_read(member);

    if (list.count && !list.items)
        writer->result = jn_path_fail(
            path, writer->error, "its items are NULL, and its count is %zu", list.count);
    else if (writer->depth_left-- <= 0)
        writer->result = jn_path_fail(path, writer->error, "is nested too deep");
    write_bytes(writer, "[", 1);
    for (size_t i = 0; i < list.count && !writer->result; i++) {
        struct jn_path item = {path, NULL, i};

        if (i)
            write_bytes(writer, ",", 1);
        encode_struct(writer, type, jn_list_item(&list, type, i), &item);
    }
    write_bytes(writer, "]", 1);
    writer->depth_left++;
}

static void encode_value(struct writer *writer,
                         const struct jangle_field *field,
                         enum jangle_kind kind,
                         const void *value,
                         const struct jn_path *path)
{
    switch (kind) {
    case JANGLE_KIND_BOOL:
        write_word(writer, *(const bool *)value ? "true" : "false");
        break;
    case JANGLE_KIND_INT:
        encode_int(writer, *(const int64_t *)value);
        break;
    case JANGLE_KIND_TIME:
        encode_int(writer, ((const jangle_time *)value)->us);
        break;
    case JANGLE_KIND_REAL:
        encode_real(writer, path, *(const double *)value);
        break;
    case JANGLE_KIND_JSON:
        encode_raw(writer, path, ((const jangle_json *)value)->text);
        break;
    case JANGLE_KIND_NESTED:
        encode_struct(writer, field->type, value, path);
        break;
    case JANGLE_KIND_LIST:
        encode_list(writer, field->type, value, path);
        break;
    case JANGLE_KIND_TEXT:
        encode_text(writer, path, *(const char *const *)value);
        break;
    case JN_NO_VALUE:
        assert(false && "a value is of none of these kinds");
    }
}

/* An optional that is absent is left out; an object without members is {}. */
static void encode_struct(struct writer *writer,
                          const struct jangle_message *type,
                          const void *data,
                          const struct jn_path *path)
{
    char separator = '{';

    if (writer->depth_left-- <= 0)
        writer->result = jn_path_fail(path, writer->error, "is nested too deep");
    for (const struct jangle_field *field = type->fields; field->name && !writer->result;
         field++) {
        struct jn_path member = {path, field->name, 0};
        enum jangle_kind kind;
        const void *value = jn_member_value(data, field, &kind);

        if (!value)
            continue;
        write_name(writer, separator, field->name);
        if (!writer->result)
            encode_value(writer, field, kind, value, &member);
        separator = ',';
    }
    write_word(writer, separator == '{' ? "{}" : "}");
    writer->depth_left++;
}

enum jangle_result jn_encode(struct jangle_arena *arena,
                             const struct jangle_message *type,
                             const void *data,
                             enum jn_nulls nulls,
                             const struct jn_limits *limits,
                             const char **json,
                             size_t *size,
                             struct jangle_error *error)
{
    struct writer writer = {.arena = arena,
                            .type = type,
                            .limit = (size_t)limits->message_bytes,
                            .depth_left = limits->json_depth,
                            .nulls = nulls,
                            .error = error};

    encode_struct(&writer, type, data, &(struct jn_path){NULL, type->name, 0});
    if (writer.result)
        return writer.result;
    writer.text[writer.size] = '\0';
    *json = writer.text;
    *size = writer.size;
    return JANGLE_OK;
}

enum jangle_result jn_encode_check(const struct jangle_message *type,
                                   const void *data,
                                   enum jn_nulls nulls,
                                   const struct jn_limits *limits,
                                   struct jangle_error *error)
{
    struct writer writer = {.type = type,
                            .limit = (size_t)limits->message_bytes,
                            .depth_left = limits->json_depth,
                            .nulls = nulls,
                            .error = error};

    encode_struct(&writer, type, data, &(struct jn_path){NULL, type->name, 0});
    return writer.result;
}
