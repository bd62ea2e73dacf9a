/* structured.c - a CloudEvent as one JSON object (the JSON event format 1.0.2). */
#include "cloudevents/structured.h"

#include "cloudevents/attributes.h"
#include "common/media.h"

#include <string.h>

#define MEDIA_STRUCTURED "application/cloudevents+json"

/* ---- writing --------------------------------------------------------------------- */

static enum jangle_result put_data(const struct jn_conversion *conversion,
                                   const struct jangle_contents *contents,
                                   const struct jn_body *body,
                                   struct jn_json_writer *json)
{
    const char *type = body->content_type;
    struct jn_json_span value;
    enum jangle_result result;
    bool has_data = !contents->data || *contents->data;

    if (!type && has_data && !body->base64)
        type = JN_MEDIA_JSON;
    if (type)
        jn_attribute_put(json, &(struct jn_attribute){JN_BODY_TYPE, type, false});
    if (!has_data)
        return JANGLE_OK;
    result = jn_body_check(conversion, contents->data, body, &value);
    if (result)
        return result;
    jn_json_put_name(json, body->base64 ? "data_base64" : "data");
    jn_json_put_value(json, &value);
    return JANGLE_OK;
}

enum jangle_result jn_structured_write(const struct jn_conversion *conversion,
                                       const struct jangle_contents *contents,
                                       struct jangle_parcel *parcel)
{
    struct jn_json_writer json = {.arena = conversion->arena};
    struct jn_attributes attributes;
    struct jn_body body;
    enum jangle_result result =
        jn_attributes_write(conversion, contents, &attributes, &body);

    if (result)
        return result;
    jn_json_open(&json, '{');
    for (size_t i = 0; i < attributes.count; i++)
        jn_attribute_put(&json, &attributes.items[i]);
    result = put_data(conversion, contents, &body, &json);
    if (result)
        return result;
    jn_json_close(&json, '}');
    parcel->content_type = MEDIA_STRUCTURED;
    parcel->body = jn_json_written(&json, &parcel->body_size);
    return parcel->body ? JANGLE_OK : jn_conversion_no_memory(conversion);
}

/* ---- reading --------------------------------------------------------------------- */

static bool is_data(const struct jn_member *member)
{
    return strcmp(member->name, "data") == 0 || strcmp(member->name, "data_base64") == 0;
}

/* An attribute that is null is one that is not there. */
static enum jangle_result find_attributes(const struct jn_conversion *conversion,
                                          const struct jn_members *members,
                                          struct jn_attributes *attributes)
{
    attributes->count = 0;
    attributes->items =
        jangle_alloc(conversion->arena, members->count * sizeof *attributes->items);
    if (!attributes->items)
        return jn_conversion_no_memory(conversion);
    for (size_t i = 0; i < members->count; i++) {
        const struct jn_member *member = &members->items[i];
        struct jn_attribute *attribute = &attributes->items[attributes->count];
        enum jangle_result result;

        if (is_data(member) || member->kind == JN_JSON_NULL)
            continue;
        if (member->kind == JN_JSON_OBJECT || member->kind == JN_JSON_LIST)
            return jn_conversion_refuse(conversion, member->name,
                                        "is an object or a list");
        attribute->name = member->name;
        result =
            jn_member_read_value(conversion, member, &attribute->text, &attribute->bare);
        if (result)
            return result;
        attributes->count++;
    }
    return JANGLE_OK;
}

/* Bytes in base64. If their type says that they are JSON or text, they are read as such.
 */
static enum jangle_result read_base64(const struct jn_conversion *conversion,
                                      const struct jn_member *member,
                                      struct jangle_contents *contents,
                                      struct jn_body *body)
{
    enum jangle_result result;
    const char *text;
    const void *bytes;
    size_t size;

    result = jn_member_read_text(conversion, member->name, member, &text);
    if (!result)
        result = jn_body_from_base64(conversion, member->name, text, &bytes, &size);
    if (result)
        return result;
    if (jn_media_is_json(body->content_type) || jn_media_is_text(body->content_type))
        return jn_body_read(conversion, bytes, size, body, &contents->data);
    body->base64 = true;
    return jn_conversion_copy(conversion, &member->value, &contents->data);
}

/* Some programs write both members, and null as one of them. */
static enum jangle_result read_data(const struct jn_conversion *conversion,
                                    const struct jn_members *members,
                                    struct jangle_contents *contents,
                                    struct jn_body *body)
{
    const struct jn_member *base64 = jn_members_find(members, "data_base64");
    const struct jn_member *data = jn_members_find(members, "data");

    if (data && base64)
        return jn_conversion_refuse(conversion, base64->name,
                                    "is given besides \"data\"");
    if (base64 || (data && body->base64))
        return read_base64(conversion, base64 ? base64 : data, contents, body);
    body->base64 = false;
    if (data)
        return jn_conversion_copy(conversion, &data->value, &contents->data);
    if (jn_members_have(members, "data"))
        contents->data = "null";
    return JANGLE_OK;
}

static enum jangle_result read_members(const struct jn_conversion *conversion,
                                       const struct jn_members *members,
                                       struct jangle_contents *contents,
                                       struct jn_json_writer *extra)
{
    struct jn_attributes attributes;
    struct jn_body body = {0};
    enum jangle_result result = find_attributes(conversion, members, &attributes);

    if (!result)
        result = jn_attributes_read(conversion, &attributes, contents, &body, extra);
    if (!result)
        result = read_data(conversion, members, contents, &body);
    if (!result)
        jn_body_put(extra, &body);
    return result;
}

enum jangle_result jn_structured_read(const struct jn_conversion *conversion,
                                      const struct jangle_parcel *parcel,
                                      bool certain,
                                      struct jangle_contents *contents,
                                      struct jn_json_writer *extra)
{
    struct jn_members members;
    enum jangle_result result = jn_members_read(conversion, "the body", parcel->body,
                                                parcel->body_size, &members);

    if (!certain && result != JANGLE_NO_MEMORY &&
        !jn_members_have(&members, "specversion"))
        return jn_conversion_pass(conversion);
    return result ? result : read_members(conversion, &members, contents, extra);
}
