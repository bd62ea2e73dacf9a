/* payload.c - what a parcel holds. A content type decides; without one, the body is JSON
 * if it can be read as such, otherwise bytes if it is base64, otherwise text, which is
 * the order of SQS MEGA. So base64 is guessed only where nothing says what the body is.
 */
#include "mega/payload.h"

#include "common/base64.h"
#include "common/letters.h"
#include "common/media.h"
#include "mega/bson_read.h"

#include <string.h>

#define MEDIA_TEXT  "text/plain"
#define MEDIA_BYTES "application/octet-stream"

struct finding {
    const struct jn_conversion *conversion;
    const char *content_type; /* "": it is missing */
    const char *bytes; /* of the body, decoded if a header says that it is base64 */
    size_t size;
    bool was_encoded;
    struct jn_payload *payload;
};

/* ---- kinds ----------------------------------------------------------------------- */

static const char *const names[] = {
    [JN_MEGA_EVENT] = "mega",
    [JN_MEGA_DATA] = "data",
    [JN_MEGA_PLAINTEXT] = "plaintext",
    [JN_MEGA_BINARY] = "binary",
};

const char *jn_mega_kind_name(enum jn_mega_kind kind)
{
    return names[kind];
}

bool jn_mega_kind_find(const char *name, enum jn_mega_kind *kind)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0) {
            *kind = (enum jn_mega_kind)i;
            return true;
        }
    }
    return false;
}

/* ---- text and bytes -------------------------------------------------------------- */

/* Text that is not UTF-8 becomes bytes. */
static enum jangle_result take_as(struct finding *finding, const char *type)
{
    struct jn_payload *payload = finding->payload;
    enum jangle_result result;

    payload->body.content_type = type;
    result = jn_body_read(finding->conversion, finding->bytes, finding->size,
                          &payload->body, &payload->data);
    payload->kind = payload->body.base64 ? JN_MEGA_BINARY : JN_MEGA_PLAINTEXT;
    return result;
}

static enum jangle_result take_text(struct finding *finding)
{
    return take_as(finding, MEDIA_TEXT);
}

static enum jangle_result take_bytes(struct finding *finding)
{
    return take_as(finding, MEDIA_BYTES);
}

/* ---- JSON ------------------------------------------------------------------------ */

static bool says(const struct jn_members *members, const char *name, const char *json)
{
    const struct jn_member *member = jn_members_find(members, name);

    return member && member->value.size == strlen(json) &&
           memcmp(member->value.text, json, member->value.size) == 0;
}

/* The protocol's name may be written with escapes. */
static bool is_event(const struct jn_members *members)
{
    const struct jn_member *protocol = jn_members_find(members, "protocol");
    struct jn_json_span inside;

    if (!protocol || protocol->kind != JN_JSON_TEXT)
        return false;
    inside = (struct jn_json_span){protocol->value.text + 1, protocol->value.size - 2};
    return jn_json_says(&inside, "mega") && says(members, "version", "1");
}

/* Whole JSON of any kind. A text of JSON is plain text for SQS MEGA. */
static enum jangle_result take_json(struct finding *finding,
                                    const struct jn_json_span *value)
{
    struct jn_payload *payload = finding->payload;
    enum jangle_result result;

    payload->kind = *value->text == '"' ? JN_MEGA_PLAINTEXT : JN_MEGA_DATA;
    payload->body.content_type =
        payload->kind == JN_MEGA_PLAINTEXT ? MEDIA_TEXT : JN_MEDIA_JSON;
    if (*value->text == '{') {
        result = jn_members_read(finding->conversion, "the body", value->text,
                                 value->size, &payload->members);
        if (result)
            return result;
        if (is_event(&payload->members)) {
            payload->kind = JN_MEGA_EVENT;
            return JANGLE_OK;
        }
    }
    return jn_conversion_copy(finding->conversion, value, &payload->data);
}

/* Go on with another kind. An error that was found on the way is cleared, because the
 * body is not of the kind that it speaks of. */
static enum jangle_result go_on(const struct finding *finding)
{
    if (finding->conversion->error)
        *finding->conversion->error = (struct jangle_error){0};
    return JANGLE_NOT_FOUND;
}

/* NOT_FOUND: the body is no JSON. If it says before its fault that it is a MEGA event, it
 * is a malformed one. */
static enum jangle_result find_json(struct finding *finding, bool events_only)
{
    struct jn_members members;
    struct jn_json_span value;
    enum jangle_result result;
    struct jn_json json;

    jn_json_init(&json, finding->bytes, finding->size, JN_JSON_DEPTH_MAX);
    if (jn_json_whole(&json, &value) && !events_only)
        return take_json(finding, &value);
    result = jn_members_read(finding->conversion, "the body", finding->bytes,
                             finding->size, &members);
    if (result == JANGLE_NO_MEMORY)
        return result;
    if (!is_event(&members))
        return go_on(finding);
    return result ? result : take_json(finding, &value);
}

static enum jangle_result require_json(struct finding *finding)
{
    enum jangle_result result = find_json(finding, false);

    return result == JANGLE_NOT_FOUND
               ? jn_conversion_refuse(finding->conversion, "the body",
                                      "is not JSON, as its content type says")
               : result;
}

/* ---- BSON and base64 ------------------------------------------------------------- */

static enum jangle_result take_bson(struct finding *finding)
{
    struct jn_json_span value;
    enum jangle_result result =
        jn_bson_read(finding->conversion, finding->bytes, finding->size, &value.text);

    if (result)
        return result;
    value.size = strlen(value.text);
    return take_json(finding, &value);
}

static enum jangle_result take_document_or_bytes(struct finding *finding)
{
    return jn_bson_is_framed(finding->bytes, finding->size) ? take_bson(finding)
                                                            : take_bytes(finding);
}

/* NOT_FOUND: the body is no base64, or stands for no byte at all. */
static enum jangle_result decode_base64(struct finding *finding)
{
    char *bytes = jangle_alloc(finding->conversion->arena, finding->size / 4 * 3 + 1);
    size_t size;

    if (!bytes)
        return jn_conversion_no_memory(finding->conversion);
    if (!jn_base64_read(finding->bytes, finding->size, bytes, &size) || !size)
        return go_on(finding);
    finding->bytes = bytes;
    finding->size = size;
    finding->was_encoded = true;
    return JANGLE_OK;
}

/* BSON as it is, or in base64 though no header says so. */
static enum jangle_result require_bson(struct finding *finding)
{
    enum jangle_result result = JANGLE_OK;

    if (!jn_bson_is_framed(finding->bytes, finding->size) && !finding->was_encoded)
        result = decode_base64(finding);
    if (result == JANGLE_NO_MEMORY)
        return result;
    if (result || !jn_bson_is_framed(finding->bytes, finding->size))
        return jn_conversion_refuse(finding->conversion, "the body",
                                    "is not BSON, as its content type says");
    return take_bson(finding);
}

/* ---- by the content type --------------------------------------------------------- */

/* No text looks like a document of BSON, because it would have to hold zeros. */
static enum jangle_result guess(struct finding *finding)
{
    enum jangle_result result;

    if (finding->was_encoded || jn_bson_is_framed(finding->bytes, finding->size))
        return take_document_or_bytes(finding);
    result = find_json(finding, false);
    if (result != JANGLE_NOT_FOUND)
        return result;
    result = decode_base64(finding);
    if (!result)
        return take_document_or_bytes(finding);
    if (result != JANGLE_NOT_FOUND)
        return result;
    return take_text(finding);
}

/* NOT_FOUND: the body is no BSON, or none of a MEGA event. */
static enum jangle_result find_bson_event(struct finding *finding)
{
    enum jangle_result result;

    if (!jn_bson_is_framed(finding->bytes, finding->size))
        return JANGLE_NOT_FOUND;
    result = take_bson(finding);
    if (result == JANGLE_NO_MEMORY ||
        (!result && finding->payload->kind == JN_MEGA_EVENT))
        return result;
    *finding->payload = (struct jn_payload){0};
    return go_on(finding);
}

/* Many programs send these types whatever the body is, so a MEGA event is still one. */
static enum jangle_result find_event_or(struct finding *finding, const char *type)
{
    enum jangle_result result;

    if (finding->was_encoded)
        return take_as(finding, type);
    result = find_bson_event(finding);
    if (result == JANGLE_NOT_FOUND)
        result = find_json(finding, true);
    return result == JANGLE_NOT_FOUND ? take_as(finding, type) : result;
}

static enum jangle_result find_by_type(struct finding *finding)
{
    const char *type = finding->content_type;

    if (jn_media_starts(type, "application/cloudevents"))
        return jn_conversion_pass(finding->conversion);
    if (jn_media_is_missing(type))
        return guess(finding);
    if (jn_media_is_json(type))
        return require_json(finding);
    if (jn_media_is(type, JN_MEGA_MEDIA_BSON))
        return require_bson(finding);
    return jn_media_is_open(type) ? find_event_or(finding, type) : take_as(finding, type);
}

/* Other encodings that MIME has, such as 8bit, leave the body as it is. */
static bool has_encoding(const struct jangle_parcel *parcel)
{
    for (size_t i = 0; i < parcel->header_count; i++)
        if (parcel->headers[i].value &&
            jn_letters_are(parcel->headers[i].name, JN_MEGA_ENCODING))
            return jn_letters_are(parcel->headers[i].value, JN_BODY_BASE64);
    return false;
}

enum jangle_result jn_payload_find(const struct jn_conversion *conversion,
                                   const struct jangle_parcel *parcel,
                                   struct jn_payload *payload)
{
    struct finding finding = {
        .conversion = conversion,
        .content_type = parcel->content_type ? parcel->content_type : "",
        .bytes = parcel->body_size ? parcel->body : "",
        .size = parcel->body_size,
        .payload = payload,
    };
    enum jangle_result result;

    *payload = (struct jn_payload){0};
    result = jn_conversion_check_text(conversion, "content type", finding.content_type);
    if (!result && has_encoding(parcel)) {
        result = decode_base64(&finding);
        if (result == JANGLE_NOT_FOUND)
            return jn_conversion_refuse(conversion, "the body",
                                        "is no base64, as the header " JN_MEGA_ENCODING
                                        " says");
    }
    if (!result)
        result = find_by_type(&finding);
    return result;
}
