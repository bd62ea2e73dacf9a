/* plain.c - any body. JSON is kept as it is; text becomes a JSON string, and other bytes
 * become one in base64. Headers say id, type, key, time and trace; nothing else is
 * carried, and all that is read is an event. */
#include "common/body.h"
#include "common/letters.h"
#include "common/moment.h"

#include <jangle/messaging.h>

#include <string.h>

#define TEXT(header, member)                                                             \
    {                                                                                    \
        header, #member, offsetof(struct jangle_contents, member)                        \
    }

static const struct text_header {
    const char *name;
    const char *member; /* of the contents */
    size_t offset;
} texts[] = {
    TEXT("id", id),
    TEXT("type", type),
    TEXT("key", key),
    TEXT("traceparent", origin.trace),
};

#define TIME "time"

enum { TEXTS = sizeof texts / sizeof *texts };

/* ---- writing --------------------------------------------------------------------- */

static enum jangle_result write_texts(const struct jn_conversion *conversion,
                                      const struct jangle_contents *contents,
                                      struct jangle_header *headers,
                                      size_t *count)
{
    for (size_t i = 0; i < TEXTS; i++) {
        const char *text =
            *(const char *const *)((const char *)contents + texts[i].offset);
        enum jangle_result result;

        if (!text && texts[i].offset == offsetof(struct jangle_contents, origin.trace))
            continue;
        result = jn_conversion_check_text(conversion, texts[i].member, text);
        if (result)
            return result;
        if (*text)
            headers[(*count)++] = (struct jangle_header){texts[i].name, text};
    }
    return JANGLE_OK;
}

static enum jangle_result write_headers(const struct jn_conversion *conversion,
                                        const struct jangle_contents *contents,
                                        struct jangle_parcel *parcel)
{
    struct jangle_header *headers =
        jangle_alloc(conversion->arena, (TEXTS + 1) * sizeof *headers);
    char *time = jangle_alloc(conversion->arena, JN_MOMENT_SIZE);
    enum jangle_result result;

    if (!headers || !time)
        return jn_conversion_no_memory(conversion);
    parcel->headers = headers;
    result = write_texts(conversion, contents, headers, &parcel->header_count);
    if (result || !contents->at.us)
        return result;
    if (jn_conversion_write_time(conversion, time, contents->at, 'T', "Z"))
        return JANGLE_INVALID;
    headers[parcel->header_count++] = (struct jangle_header){TIME, time};
    return JANGLE_OK;
}

static enum jangle_result encode(const struct jangle_format *format,
                                 struct jangle_arena *arena,
                                 const struct jangle_contents *contents,
                                 struct jangle_parcel *parcel,
                                 struct jangle_error *error)
{
    struct jn_conversion conversion = jn_conversion_begin(format, arena, error);
    struct jn_members extra;
    struct jn_body body;
    enum jangle_result result = jn_body_find(&conversion, contents, &extra, &body);

    jn_conversion_empty(parcel);
    if (!result)
        result = jn_body_write(&conversion, contents->data, &body, parcel);
    return result ? result : write_headers(&conversion, contents, parcel);
}

/* ---- reading --------------------------------------------------------------------- */

/* If two headers have the same name, the first counts. A time that is none of RFC 3339
 * belongs to somebody else's header. */
static enum jangle_result read_header(const struct jn_conversion *conversion,
                                      const struct jangle_header *header,
                                      struct jangle_contents *contents)
{
    if (!header->value)
        return JANGLE_OK;
    if (jn_letters_are(header->name, TIME) && !contents->at.us)
        jn_moment_read(header->value, false, &contents->at);
    for (size_t i = 0; i < TEXTS; i++) {
        const char **text = (const char **)((char *)contents + texts[i].offset);

        if (!jn_letters_are(header->name, texts[i].name) || (*text && **text) ||
            !*header->value)
            continue;
        *text = header->value;
        return jn_conversion_check_text(conversion, texts[i].name, header->value);
    }
    return JANGLE_OK;
}

static enum jangle_result read_parcel(const struct jn_conversion *conversion,
                                      const struct jangle_parcel *parcel,
                                      struct jangle_contents *contents,
                                      struct jn_json_writer *extra)
{
    struct jn_body body = {.content_type = parcel->content_type};
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; i < parcel->header_count && !result; i++)
        result = read_header(conversion, &parcel->headers[i], contents);
    if (!result && body.content_type)
        result = jn_conversion_check_text(conversion, "content type", body.content_type);
    if (!result)
        result = jn_body_read(conversion, parcel->body, parcel->body_size, &body,
                              &contents->data);
    if (!result)
        jn_body_put(extra, &body);
    return result;
}

static enum jangle_result decode(const struct jangle_format *format,
                                 struct jangle_arena *arena,
                                 const struct jangle_parcel *parcel,
                                 struct jangle_contents *contents,
                                 struct jangle_error *error)
{
    return jn_conversion_decode(format, arena, parcel, contents, error, read_parcel);
}

const struct jangle_format jangle_plain = {
    .abi = 1, .name = "plain", .encode = encode, .decode = decode};
