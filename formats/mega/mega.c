/* mega.c - the payloads of SQS MEGA: MEGA events, data objects, plain text and bytes, as
 * JSON, or as BSON in base64.
 *
 * Of an event are carried type and version, source, subject, time, data and extras; the
 * key is the broker's, or else the subject. Of all other payloads only the data is
 * carried. Data that is missing is read as {} in an event, and as null otherwise. All
 * that is read is an event, and commands cannot be written. */
#include "common/base64.h"
#include "common/media.h"
#include "mega/bson_write.h"
#include "mega/event_read.h"
#include "mega/event_write.h"
#include "mega/payload.h"

#include <jangle/mega.h>

#include <string.h>

struct writing {
    const struct jn_conversion *conversion;
    const struct jangle_contents *contents;
    struct jn_members extra;
    struct jn_body body; /* what the extras say of the data */
    enum jn_mega_kind kind;
    bool is_binary; /* objects are BSON */
    struct jangle_parcel *parcel;
};

/* ---- what kind of payload is written --------------------------------------------- */

/* The extras say it; or else what has a type is an event, and the data is what it is. */
static enum jangle_result find_kind(struct writing *writing)
{
    const struct jn_member *said = jn_members_find(&writing->extra, JN_MEGA_PAYLOAD);
    const char *data = writing->contents->data, *text;
    enum jangle_result result;

    if (said) {
        result = jn_member_read_text(writing->conversion, "extra." JN_MEGA_PAYLOAD, said,
                                     &text);
        if (!result && !jn_mega_kind_find(text, &writing->kind))
            return jn_conversion_refuse(writing->conversion, "extra." JN_MEGA_PAYLOAD,
                                        "is none of \"mega\", \"data\", \"plaintext\" "
                                        "and \"binary\"");
        return result;
    }
    if (*writing->contents->type)
        writing->kind = JN_MEGA_EVENT;
    else if (writing->body.base64)
        writing->kind = JN_MEGA_BINARY;
    else
        writing->kind = jn_media_is_text(writing->body.content_type) ||
                                (data && data[strspn(data, " \t\r\n")] == '"')
                            ? JN_MEGA_PLAINTEXT
                            : JN_MEGA_DATA;
    return JANGLE_OK;
}

static enum jangle_result check_head(const struct writing *writing)
{
    const struct jangle_contents *contents = writing->contents;
    bool is_event = writing->kind == JN_MEGA_EVENT;

    if (contents->role != JANGLE_ROLE_EVENT)
        return jn_conversion_refuse(writing->conversion, "role",
                                    "is not that of an event, and MEGA has no other");
    if (is_event && !*contents->type)
        return jn_conversion_refuse(writing->conversion, "type", "is empty");
    if (!is_event && *contents->type)
        return jn_conversion_refuse(writing->conversion, "type",
                                    "is given, and only a MEGA event has one");
    return JANGLE_OK;
}

/* What nobody could read is refused. */
static enum jangle_result check_extra(const struct writing *writing)
{
    static const char *const known[] = {JN_MEGA_PAYLOAD, JN_BODY_TYPE, JN_BODY_ENCODING,
                                        "domain",        "object",     "extra"};
    size_t count = writing->kind == JN_MEGA_EVENT ? sizeof known / sizeof *known : 3;

    for (size_t i = 0; i < writing->extra.count; i++) {
        const struct jn_member *member = &writing->extra.items[i];
        size_t j = 0;

        while (j < count && strcmp(known[j], member->name) != 0)
            j++;
        if (j == count && member->kind != JN_JSON_NULL)
            return jn_conversion_refuse(writing->conversion, "extra",
                                        "has a member \"%s\", for which this payload has "
                                        "no place",
                                        member->name);
    }
    return JANGLE_OK;
}

/* JSON has no other type than its own, and no encoding. */
static enum jangle_result check_body(const struct writing *writing)
{
    const struct jn_body *body = &writing->body;

    if (body->base64)
        return jn_conversion_refuse(writing->conversion, "extra." JN_BODY_ENCODING,
                                    "is given, and this payload is JSON");
    if (!jn_media_is_missing(body->content_type) && !jn_media_is_json(body->content_type))
        return jn_conversion_refuse(writing->conversion, "extra." JN_BODY_TYPE,
                                    "is given, and this payload is JSON");
    return JANGLE_OK;
}

/* ---- bodies ---------------------------------------------------------------------- */

/* The body becomes base64, and a header says so. */
static enum jangle_result encode_body(const struct writing *writing)
{
    static const struct jangle_header header = {JN_MEGA_ENCODING, JN_BODY_BASE64};
    struct jangle_parcel *parcel = writing->parcel;
    size_t size = jn_base64_size(parcel->body_size);
    char *text = jangle_alloc(writing->conversion->arena, size + 1);

    if (!text)
        return jn_conversion_no_memory(writing->conversion);
    jn_base64_write(text, parcel->body, parcel->body_size);
    parcel->body = text;
    parcel->body_size = size;
    parcel->headers = &header;
    parcel->header_count = 1;
    return JANGLE_OK;
}

/* Only an object can be BSON. */
static enum jangle_result
write_json(const struct writing *writing, const char *text, size_t size)
{
    struct jn_json_writer json = {.arena = writing->conversion->arena, .as_python = true};
    struct jangle_parcel *parcel = writing->parcel;
    const struct jn_node *root;
    enum jangle_result result =
        jn_tree_read(writing->conversion, "data", text, size, &root);

    if (result)
        return result;
    if (writing->is_binary && root->kind == JN_JSON_OBJECT) {
        parcel->content_type = JN_MEGA_MEDIA_BSON;
        result =
            jn_bson_write(writing->conversion, root, &parcel->body, &parcel->body_size);
        return result ? result : encode_body(writing);
    }
    jn_tree_write(root, &json);
    parcel->content_type = JN_MEDIA_JSON;
    parcel->body = jn_json_written(&json, &parcel->body_size);
    return parcel->body ? JANGLE_OK : jn_conversion_no_memory(writing->conversion);
}

static enum jangle_result write_event(const struct writing *writing)
{
    struct jn_json_writer json = {.arena = writing->conversion->arena};
    enum jangle_result result = check_body(writing);
    const char *text;
    size_t size;

    if (!result)
        result = jn_mega_event_write(writing->conversion, writing->contents,
                                     &writing->extra, &json);
    if (result)
        return result;
    text = jn_json_written(&json, &size);
    return text ? write_json(writing, text, size)
                : jn_conversion_no_memory(writing->conversion);
}

/* A payload that is no event cannot be without data, so that is written as null. */
static enum jangle_result write_data(const struct writing *writing)
{
    const char *data = writing->contents->data;
    struct jn_json_span value;
    enum jangle_result result = check_body(writing);

    if (!result)
        result = jn_conversion_check_json(writing->conversion, "data",
                                          data && !*data ? "null" : data, &value);
    return result ? result : write_json(writing, value.text, value.size);
}

static enum jangle_result write_bytes(struct writing *writing)
{
    struct jn_body *body = &writing->body;
    enum jangle_result result;

    if (jn_media_is_missing(body->content_type))
        body->content_type =
            writing->kind == JN_MEGA_BINARY ? "application/octet-stream" : "text/plain";
    body->base64 = writing->kind == JN_MEGA_BINARY;
    result = jn_body_write(writing->conversion, writing->contents->data, body,
                           writing->parcel);
    return result || !body->base64 ? result : encode_body(writing);
}

/* A reader must find the kind that was meant: a data object that says that it is a MEGA
 * event would become one. */
static enum jangle_result check_payload(const struct writing *writing)
{
    struct jn_payload payload;
    enum jangle_result result =
        jn_payload_find(writing->conversion, writing->parcel, &payload);

    if (result == JANGLE_NO_MEMORY || result == JANGLE_INVALID ||
        (!result && payload.kind == writing->kind))
        return result;
    return jn_conversion_refuse(writing->conversion, "data",
                                "would be read as another payload than \"%s\"",
                                jn_mega_kind_name(writing->kind));
}

static enum jangle_result write_payload(struct writing *writing)
{
    enum jangle_result result;

    if (writing->kind == JN_MEGA_EVENT)
        return write_event(writing);
    result = writing->kind == JN_MEGA_DATA ? write_data(writing) : write_bytes(writing);
    return result ? result : check_payload(writing);
}

static enum jangle_result write_parcel(const struct jn_conversion *conversion,
                                       const struct jangle_contents *contents,
                                       bool is_binary,
                                       struct jangle_parcel *parcel)
{
    struct writing writing = {.conversion = conversion,
                              .contents = contents,
                              .is_binary = is_binary,
                              .parcel = parcel};
    enum jangle_result result =
        jn_conversion_check_text(conversion, "type", contents->type);

    if (!result)
        result = jn_body_find(conversion, contents, &writing.extra, &writing.body);
    if (!result)
        result = find_kind(&writing);
    if (!result)
        result = check_head(&writing);
    if (!result)
        result = check_extra(&writing);
    return result ? result : write_payload(&writing);
}

static enum jangle_result encode(const struct jangle_format *format,
                                 struct jangle_arena *arena,
                                 const struct jangle_contents *contents,
                                 struct jangle_parcel *parcel,
                                 struct jangle_error *error)
{
    struct jn_conversion conversion = jn_conversion_begin(format, arena, error);

    jn_conversion_empty(parcel);
    return write_parcel(&conversion, contents, false, parcel);
}

static enum jangle_result encode_binary(const struct jangle_format *format,
                                        struct jangle_arena *arena,
                                        const struct jangle_contents *contents,
                                        struct jangle_parcel *parcel,
                                        struct jangle_error *error)
{
    struct jn_conversion conversion = jn_conversion_begin(format, arena, error);

    jn_conversion_empty(parcel);
    return write_parcel(&conversion, contents, true, parcel);
}

/* ---- reading --------------------------------------------------------------------- */

static void put_kind(struct jn_json_writer *extra, enum jn_mega_kind kind)
{
    const char *name = jn_mega_kind_name(kind);

    jn_json_put_name(extra, JN_MEGA_PAYLOAD);
    jn_json_put_text(extra, name, strlen(name));
}

/* Without a key at the broker, events of the same subject are kept in order. */
static enum jangle_result read_parcel(const struct jn_conversion *conversion,
                                      const struct jangle_parcel *parcel,
                                      struct jangle_contents *contents,
                                      struct jn_json_writer *extra)
{
    struct jn_payload payload;
    enum jangle_result result = jn_payload_find(conversion, parcel, &payload);

    if (result)
        return result;
    put_kind(extra, payload.kind);
    if (payload.kind == JN_MEGA_EVENT) {
        result = jn_mega_event_read(conversion, &payload.members, contents, extra);
        if (!result && (!parcel->key || !*parcel->key))
            contents->key = contents->subject;
        return result;
    }
    jn_body_put(extra, &payload.body);
    contents->data = payload.data;
    return JANGLE_OK;
}

static enum jangle_result decode(const struct jangle_format *format,
                                 struct jangle_arena *arena,
                                 const struct jangle_parcel *parcel,
                                 struct jangle_contents *contents,
                                 struct jangle_error *error)
{
    return jn_conversion_decode(format, arena, parcel, contents, error, read_parcel);
}

const struct jangle_format jangle_mega = {
    .abi = 1, .name = "mega", .encode = encode, .decode = decode};
const struct jangle_format jangle_mega_binary = {
    .abi = 1, .name = "mega_binary", .encode = encode_binary, .decode = decode};
