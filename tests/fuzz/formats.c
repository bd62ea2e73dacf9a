/* formats.c - any bytes at all, read as a parcel by each format: refused with a sentence
 * that fits the result, or read; then what was read is written, and read again.
 *
 * The bytes are lines "name: value", of which "content-type" is the parcel's own, then an
 * empty line, then the body. With FUZZ_FORMAT only that format reads them. */
#include "fuzz/fuzz.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "support/contents.h"
#include "support/failing_allocator.h"

#include <jangle/plugin/json.h>

#ifdef TEST_MEGA
#include <jangle/mega.h>
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY_PER_BYTE = 256, MEMORY_AT_LEAST = 64 * 1024, HEADERS_MAX = 64 };

static void
expect(bool holds, const struct jangle_format *format, const char *what, const char *text)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s: %s\n", format->name, what, text);
    abort();
}

/* ---- a parcel -------------------------------------------------------------------- */

static char *copy_text(const char *bytes, size_t size)
{
    char *text = malloc(size + 1);

    if (!text)
        abort();
    memcpy(text, bytes, size);
    text[size] = '\0';
    return text;
}

/* One line. A text ends at its first zero. */
static void add_line(struct jangle_parcel *parcel,
                     struct jangle_header *headers,
                     const char *line,
                     size_t size)
{
    const char *colon = memchr(line, ' ', size);
    size_t name_size = colon && colon > line ? (size_t)(colon - line) - 1 : size;
    char *name, *value;

    name = copy_text(line, name_size);
    value = colon ? copy_text(colon + 1, size - (size_t)(colon + 1 - line))
                  : copy_text("", 0);
    if (strcmp(name, "content-type") == 0 && !parcel->content_type) {
        parcel->content_type = value;
        free(name);
    } else {
        headers[parcel->header_count++] = (struct jangle_header){name, value};
    }
}

/* The body is not copied, so that a look beyond its end is found out. */
static void parcel_from(struct jangle_parcel *parcel,
                        struct jangle_header *headers,
                        const char *bytes,
                        size_t size)
{
    const char *end = bytes + size, *line_end;

    *parcel = (struct jangle_parcel){.headers = headers};
    while (bytes < end && *bytes != '\n' && parcel->header_count < HEADERS_MAX) {
        line_end = memchr(bytes, '\n', (size_t)(end - bytes));
        if (!line_end)
            line_end = end;
        add_line(parcel, headers, bytes, (size_t)(line_end - bytes));
        bytes = line_end < end ? line_end + 1 : end;
    }
    if (bytes < end && *bytes == '\n')
        bytes++;
    parcel->body = bytes;
    parcel->body_size = (size_t)(end - bytes);
}

static char *not_const(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void free_parcel(struct jangle_parcel *parcel)
{
    free(not_const(parcel->content_type));
    for (size_t i = 0; i < parcel->header_count; i++) {
        free(not_const(parcel->headers[i].name));
        free(not_const(parcel->headers[i].value));
    }
}

/* ---- what must hold -------------------------------------------------------------- */

static bool is_json(const char *text, enum jn_json_kind kind)
{
    struct jn_json json;
    struct jn_json_span value;

    jn_json_init(&json, text, strlen(text), JN_JSON_DEPTH_MAX);
    return (kind == JN_JSON_NONE || jn_json_peek(&json) == kind) &&
           jn_json_whole(&json, &value);
}

static void check_contents(const struct jangle_format *format,
                           const struct jangle_contents *contents)
{
    const char *const texts[] = {contents->id,   contents->source,  contents->type,
                                 contents->key,  contents->subject, contents->data,
                                 contents->extra};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect(texts[i] && jn_utf8_is_valid(texts[i], strlen(texts[i])), format,
               "a text is NULL or not UTF-8", "");
    expect(!*contents->data || is_json(contents->data, JN_JSON_NONE), format,
           "the data is not JSON", contents->data);
    expect(!*contents->extra || is_json(contents->extra, JN_JSON_OBJECT), format,
           "the extras are no object", contents->extra);
    expect(contents->version >= 0 && contents->position >= 0 &&
               contents->type_version >= 0,
           format, "a number is below zero", contents->type);
}

static bool are_equal(const struct jangle_parcel *parcel,
                      const struct jangle_parcel *same)
{
    if (parcel->header_count != same->header_count ||
        parcel->body_size != same->body_size ||
        memcmp(parcel->body, same->body, parcel->body_size) != 0)
        return false;
    for (size_t i = 0; i < parcel->header_count; i++)
        if (strcmp(parcel->headers[i].value, same->headers[i].value) != 0)
            return false;
    return true;
}

/* What was read can be written, unless it only looks like what the format writes; and
 * what is written then stays the same. */
static void write_again(const struct jangle_format *format,
                        struct jangle_arena *arena,
                        const struct jangle_contents *contents)
{
    struct jangle_parcel parcel = {0}, again = {0};
    struct jangle_contents back;
    struct jangle_error error;
    enum jangle_result result = format->encode(format, arena, contents, &parcel, &error);

    expect(result == JANGLE_OK || result == JANGLE_INVALID, format, "strange result",
           error.message);
    if (result)
        return;
    expect(!format->decode(format, arena, &parcel, &back, &error), format,
           "what was written cannot be read", error.message);
    check_contents(format, &back);
    expect(strcmp(back.type, contents->type) == 0, format, "another type", back.type);
    expect(strcmp(back.id, contents->id) == 0, format, "another id", back.id);
    expect(back.at.us == contents->at.us, format, "another time", back.type);
    expect(back.role == contents->role, format, "another role", back.type);
    expect(!format->encode(format, arena, &back, &again, &error), format,
           "what was read cannot be written again", error.message);
    expect(are_equal(&parcel, &again), format, "it is written in two ways", parcel.body);
}

static void read_parcel(const struct jangle_format *format,
                        const struct jangle_parcel *parcel,
                        size_t size)
{
    struct failing_allocator memory;
    struct jangle_arena arena;
    struct jangle_contents contents;
    struct jangle_error error;
    enum jangle_result result;

    failing_allocator_init(&memory, 0);
    jn_arena_init(&arena, &memory.allocator);
    result = format->decode(format, &arena, parcel, &contents, &error);
    expect(result == JANGLE_OK || result == JANGLE_INVALID || result == JANGLE_NOT_FOUND,
           format, "strange result", error.message);
    expect(error.result == result && !*error.message == !result, format,
           "the sentence does not fit", error.message);
    expect(memory.most_bytes < (int64_t)size * MEMORY_PER_BYTE + MEMORY_AT_LEAST, format,
           "too much memory", error.message);
    check_contents(format, &contents);
    if (!result)
        write_again(format, &arena, &contents);
    jn_arena_finish(&arena);
    expect(!memory.pieces, format, "memory is left", "");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct jangle_header headers[HEADERS_MAX];
    struct jangle_parcel parcel;

    parcel_from(&parcel, headers, (const char *)bytes, size);
#ifdef FUZZ_FORMAT
    read_parcel(&FUZZ_FORMAT, &parcel, size);
#else
    for (size_t i = 0; i < EVERY_FORMAT; i++)
        read_parcel(every_format[i], &parcel, size);
#endif
    free_parcel(&parcel);
    return 0;
}
