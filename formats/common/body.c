/* body.c - data that is not JSON: how it is kept in JSON, and written again. */
#include "common/body.h"

#include "common/base64.h"
#include "common/media.h"

#include <string.h>

/* ---- extras ---------------------------------------------------------------------- */

bool jn_body_holds(const char *name)
{
    return strcmp(name, JN_BODY_TYPE) == 0 || strcmp(name, JN_BODY_ENCODING) == 0;
}

static enum jangle_result find_encoding(const struct jn_conversion *conversion,
                                        const struct jn_members *extra,
                                        struct jn_body *body)
{
    const struct jn_member *member = jn_members_find(extra, JN_BODY_ENCODING);

    if (!member)
        return JANGLE_OK;
    body->base64 =
        member->value.size == strlen("\"" JN_BODY_BASE64 "\"") &&
        memcmp(member->value.text, "\"" JN_BODY_BASE64 "\"", member->value.size) == 0;
    return body->base64 ? JANGLE_OK
                        : jn_conversion_refuse(conversion, "extra." JN_BODY_ENCODING,
                                               "is not \"" JN_BODY_BASE64 "\"");
}

enum jangle_result jn_body_find(const struct jn_conversion *conversion,
                                const struct jangle_contents *contents,
                                struct jn_members *extra,
                                struct jn_body *body)
{
    const struct jn_member *type;
    enum jangle_result result;

    *body = (struct jn_body){0};
    result = jn_members_read_extra(conversion, contents->extra, extra);
    if (result)
        return result;
    type = jn_members_find(extra, JN_BODY_TYPE);
    if (type)
        result = jn_member_read_text(conversion, "extra." JN_BODY_TYPE, type,
                                     &body->content_type);
    return result ? result : find_encoding(conversion, extra, body);
}

void jn_body_put(struct jn_json_writer *extra, const struct jn_body *body)
{
    const char *type = body->content_type;

    if (type && *type && strcmp(type, JN_MEDIA_JSON) != 0) {
        jn_json_put_name(extra, JN_BODY_TYPE);
        jn_json_put_text(extra, type, strlen(type));
    }
    if (body->base64) {
        jn_json_put_name(extra, JN_BODY_ENCODING);
        jn_json_put_text(extra, JN_BODY_BASE64, strlen(JN_BODY_BASE64));
    }
}

/* ---- writing --------------------------------------------------------------------- */

enum jangle_result jn_body_from_base64(const struct jn_conversion *conversion,
                                       const char *member,
                                       const char *text,
                                       const void **bytes,
                                       size_t *size)
{
    void *made = jangle_alloc(conversion->arena, strlen(text) / 4 * 3 + 1);

    if (!made)
        return jn_conversion_no_memory(conversion);
    if (!jn_base64_read(text, strlen(text), made, size))
        return jn_conversion_refuse(conversion, member, "is no base64");
    *bytes = made;
    return JANGLE_OK;
}

enum jangle_result jn_body_check(const struct jn_conversion *conversion,
                                 const char *data,
                                 const struct jn_body *body,
                                 struct jn_json_span *value)
{
    enum jangle_result result = jn_conversion_check_json(conversion, "data", data, value);
    const char *text;
    const void *bytes;
    size_t size;

    if (result || !body->base64)
        return result;
    if (*value->text != '"')
        return jn_conversion_refuse(conversion, "data", "is no text in base64");
    result = jn_conversion_unescape(conversion, "data", value, &text);
    return result ? result : jn_body_from_base64(conversion, "data", text, &bytes, &size);
}

static enum jangle_result write_text(const struct jn_conversion *conversion,
                                     const struct jn_json_span *value,
                                     const struct jn_body *body,
                                     struct jangle_parcel *parcel)
{
    enum jangle_result result;
    const char *text;

    if (*value->text != '"')
        return jn_conversion_refuse(conversion, "data",
                                    "is no text, as its content type wants it");
    result = jn_conversion_unescape(conversion, "data", value, &text);
    if (result)
        return result;
    if (body->base64)
        return jn_body_from_base64(conversion, "data", text, &parcel->body,
                                   &parcel->body_size);
    parcel->body = text;
    parcel->body_size = strlen(text);
    return JANGLE_OK;
}

/* Bytes without a type get one that says that they are bytes, or else they might be read
 * as text. */
enum jangle_result jn_body_write(const struct jn_conversion *conversion,
                                 const char *data,
                                 const struct jn_body *body,
                                 struct jangle_parcel *parcel)
{
    const char *type = body->content_type ? body->content_type : "";
    struct jn_json_span value;
    enum jangle_result result;

    if (!*type)
        type = body->base64 ? "application/octet-stream" : JN_MEDIA_JSON;
    if (data && !*data) { /* no data: then only a type that was given is one */
        parcel->content_type = body->content_type;
        return JANGLE_OK;
    }
    parcel->content_type = type;
    result = jn_conversion_check_json(conversion, "data", data, &value);
    if (result)
        return result;
    if (body->base64 || !jn_media_is_json(type))
        return write_text(conversion, &value, body, parcel);
    parcel->body = value.text;
    parcel->body_size = value.size;
    return JANGLE_OK;
}

/* ---- reading --------------------------------------------------------------------- */

static enum jangle_result read_text(const struct jn_conversion *conversion,
                                    const void *bytes,
                                    size_t size,
                                    const char **data)
{
    struct jn_json_writer json = {.arena = conversion->arena};

    jn_json_put_text(&json, bytes, size);
    *data = jn_json_written(&json, NULL);
    return *data ? JANGLE_OK : jn_conversion_no_memory(conversion);
}

static enum jangle_result read_bytes(const struct jn_conversion *conversion,
                                     const void *bytes,
                                     size_t size,
                                     struct jn_body *body,
                                     const char **data)
{
    char *text = jangle_alloc(conversion->arena, jn_base64_size(size) + 3);

    if (!text)
        return jn_conversion_no_memory(conversion);
    body->base64 = true;
    text[0] = '"';
    jn_base64_write(text + 1, bytes, size);
    text[jn_base64_size(size) + 1] = '"';
    *data = text;
    return JANGLE_OK;
}

/* If no type is given, the bytes say what they are: JSON, or else text. An empty body is
 * no data then; as text it is an empty one. */
enum jangle_result jn_body_read(const struct jn_conversion *conversion,
                                const void *bytes,
                                size_t size,
                                struct jn_body *body,
                                const char **data)
{
    bool is_missing = jn_media_is_missing(body->content_type);
    bool is_json = jn_media_is_json(body->content_type);
    const char *text = size ? bytes : "";
    struct jn_json_span value;
    struct jn_json json;

    body->base64 = false;
    *data = "";
    if (!size && (is_missing || is_json))
        return JANGLE_OK;
    if (is_missing || is_json) {
        jn_json_init(&json, text, size, JN_JSON_DEPTH_MAX);
        if (jn_json_whole(&json, &value))
            return jn_conversion_copy(conversion, &value, data);
        if (is_json)
            return jn_conversion_refuse(conversion, "data", "is not JSON at byte %zu: %s",
                                        (size_t)(json.at - json.start), json.fault);
    }
    if ((is_missing || jn_media_is_text(body->content_type)) &&
        jn_json_can_hold(text, size))
        return read_text(conversion, text, size, data);
    return read_bytes(conversion, text, size, body, data);
}
