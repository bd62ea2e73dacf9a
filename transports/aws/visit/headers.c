/* headers.c - the headers of a record's parcel, within their limits. */
#include "aws/visit/headers.h"
#include "aws/wire/base64.h"
#include "aws/wire/members.h"

enum jangle_result jn_visit_header_add(struct jn_visit_record *record,
                                       char *name,
                                       const char *value,
                                       struct jangle_error *error)
{
    size_t size = strlen(name) + strlen(value);

    if (record->parcel.header_count == JN_VISIT_HEADERS)
        return jangle_error_set(error, JANGLE_INVALID, "it has more than %d headers",
                                JN_VISIT_HEADERS);
    if (size > JN_VISIT_HEADER_BYTES)
        return jangle_error_set(error, JANGLE_INVALID,
                                "its header \"%s\" is longer than %d bytes",
                                JN_SHOWN(60, name), JN_VISIT_HEADER_BYTES);
    record->header_bytes += size;
    if (record->header_bytes > JN_VISIT_HEADERS_BYTES)
        return jangle_error_set(error, JANGLE_INVALID,
                                "its headers are longer than %d bytes together",
                                JN_VISIT_HEADERS_BYTES);
    for (char *at = name; *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    record->headers[record->parcel.header_count++] = (struct jangle_header){name, value};
    return JANGLE_OK;
}

/* ---- the attribute that has them all -------------------------------------------- */

/* A text of a list, in the room. */
static enum jangle_result read_text(struct jn_visit *visit,
                                    struct jn_json *json,
                                    char **text,
                                    size_t *size,
                                    struct jangle_error *error)
{
    struct jn_json_span span;

    if (jn_json_peek(json) != JN_JSON_TEXT || !jn_json_skip(json, &span))
        return JANGLE_NOT_FOUND;
    span.text++;
    span.size -= 2;
    *text = jn_aws_room_take(&visit->record, span.size);
    if (!*text)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a header");
    if (jn_json_unescape(&span, *text, size))
        return JANGLE_NOT_FOUND;
    (*text)[*size] = '\0';
    return JANGLE_OK;
}

/* The third item of a header's list: the value is base64. A text of C has no NUL. */
static bool decode_value(struct jn_json *json, char *value, size_t size)
{
    struct jn_json_span number;

    if (!jn_json_skip(json, &number) || number.size != 2 ||
        memcmp(number.text, "64", 2) != 0 ||
        !jn_aws_base64_read(value, size, value, &size))
        return false;
    value[size] = '\0';
    return strlen(value) == size;
}

static enum jangle_result read_header(struct jn_visit *visit,
                                      struct jn_json *json,
                                      struct jn_visit_record *record,
                                      struct jangle_error *error)
{
    enum jangle_result result;
    char *name, *value;
    size_t size = 0;

    if (jn_json_peek(json) != JN_JSON_LIST || !jn_json_enter(json) ||
        !jn_json_next_item(json, true))
        return JANGLE_NOT_FOUND;
    result = read_text(visit, json, &name, &size, error);
    if (result)
        return result;
    if (!jn_json_next_item(json, false))
        return JANGLE_NOT_FOUND;
    result = read_text(visit, json, &value, &size, error);
    if (result)
        return result;
    if (jn_json_next_item(json, false) &&
        (!decode_value(json, value, size) || jn_json_next_item(json, false)))
        return JANGLE_NOT_FOUND;
    return jn_visit_header_add(record, name, value, error);
}

static enum jangle_result read_list(struct jn_visit *visit,
                                    const char *json,
                                    struct jn_visit_record *record,
                                    struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;
    struct jn_json list;

    jn_json_init(&list, json, strlen(json), JN_AWS_JSON_DEPTH);
    if (jn_json_peek(&list) != JN_JSON_LIST || !jn_json_enter(&list))
        return JANGLE_NOT_FOUND;
    for (bool first = true; !result && jn_json_next_item(&list, first); first = false)
        result = read_header(visit, &list, record, error);
    return result || jn_json_finish(&list) ? result : JANGLE_NOT_FOUND;
}

enum jangle_result jn_visit_headers_read(struct jn_visit *visit,
                                         const char *json,
                                         struct jn_visit_record *record,
                                         struct jangle_error *error)
{
    size_t count = record->parcel.header_count, bytes = record->header_bytes;
    enum jangle_result result = read_list(visit, json, record, error);

    if (result) {
        record->parcel.header_count = count;
        record->header_bytes = bytes;
    }
    return result;
}
