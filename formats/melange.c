/* melange.c - the events of Melange: the members of the data themselves, with
 * "event_type_name" and "occurred_on" among them. The header "event_type" says the type
 * again, because filters of subscriptions read it.
 *
 * Carried are type, time and data. All that is read is an event, and commands cannot be
 * written. */
#include "common/media.h"
#include "common/members.h"
#include "common/moment.h"

#include <jangle/messaging.h>

#include <string.h>

#define TYPE   "event_type_name"
#define TIME   "occurred_on"
#define FILTER "event_type"

static bool is_ours(const struct jn_member *member)
{
    return strcmp(member->name, TYPE) == 0 || strcmp(member->name, TIME) == 0;
}

/* ---- writing --------------------------------------------------------------------- */

static enum jangle_result put_type(const struct jn_conversion *conversion,
                                   const struct jangle_contents *contents,
                                   struct jn_json_writer *json)
{
    enum jangle_result result =
        jn_conversion_check_text(conversion, "type", contents->type);

    if (result)
        return result;
    if (!*contents->type)
        return jn_conversion_refuse(conversion, "type", "is empty");
    if (contents->role != JANGLE_ROLE_EVENT)
        return jn_conversion_refuse(conversion, "role",
                                    "is not that of an event, and Melange has no other");
    jn_json_put_name(json, TYPE);
    jn_json_put_text(json, contents->type, strlen(contents->type));
    return JANGLE_OK;
}

/* Python reads "+00:00" in every version, and "Z" only in newer ones. */
static enum jangle_result put_time(const struct jn_conversion *conversion,
                                   jangle_time at,
                                   struct jn_json_writer *json)
{
    char text[JN_MOMENT_SIZE];

    if (!at.us)
        return JANGLE_OK;
    if (jn_conversion_write_time(conversion, text, at, 'T', "+00:00"))
        return JANGLE_INVALID;
    jn_json_put_name(json, TIME);
    jn_json_put_text(json, text, strlen(text));
    return JANGLE_OK;
}

static enum jangle_result put_data(const struct jn_conversion *conversion,
                                   const char *data,
                                   struct jn_json_writer *json)
{
    struct jn_members members;
    struct jn_json_span value;
    enum jangle_result result =
        jn_conversion_check_json(conversion, "data", data, &value);

    if (!result)
        result = jn_members_read(conversion, "data", data, strlen(data), &members);
    for (size_t i = 0; !result && i < members.count; i++) {
        if (is_ours(&members.items[i]))
            return jn_conversion_refuse(conversion, members.items[i].name,
                                        "is a member of the data, and one of Melange's");
        jn_json_put_name(json, members.items[i].name);
        jn_json_put_value(json, &members.items[i].value);
    }
    return result;
}

static enum jangle_result write_header(const struct jn_conversion *conversion,
                                       const struct jangle_contents *contents,
                                       struct jangle_parcel *parcel)
{
    struct jangle_header *header = jangle_alloc(conversion->arena, sizeof *header);

    if (!header)
        return jn_conversion_no_memory(conversion);
    *header = (struct jangle_header){FILTER, contents->type};
    parcel->headers = header;
    parcel->header_count = 1;
    return JANGLE_OK;
}

static enum jangle_result encode(const struct jangle_format *format,
                                 struct jangle_arena *arena,
                                 const struct jangle_contents *contents,
                                 struct jangle_parcel *parcel,
                                 struct jangle_error *error)
{
    struct jn_conversion conversion = jn_conversion_begin(format, arena, error);
    struct jn_json_writer json = {.arena = arena};
    enum jangle_result result;

    jn_conversion_empty(parcel);
    jn_json_open(&json, '{');
    result = put_type(&conversion, contents, &json);
    if (!result)
        result = put_time(&conversion, contents->at, &json);
    if (!result)
        result = put_data(&conversion, contents->data, &json);
    if (result)
        return result;
    jn_json_close(&json, '}');
    parcel->content_type = "application/json";
    parcel->body = jn_json_written(&json, &parcel->body_size);
    return parcel->body ? write_header(&conversion, contents, parcel)
                        : jn_conversion_no_memory(&conversion);
}

/* ---- reading --------------------------------------------------------------------- */

static enum jangle_result read_head(const struct jn_conversion *conversion,
                                    const struct jn_members *members,
                                    struct jangle_contents *contents)
{
    const struct jn_member *type = jn_members_find(members, TYPE);
    const struct jn_member *time = jn_members_find(members, TIME);
    enum jangle_result result = JANGLE_OK;
    const char *text;

    if (type)
        result = jn_member_read_text(conversion, TYPE, type, &contents->type);
    if (!result && !*contents->type)
        return jn_conversion_refuse(conversion, TYPE, "is empty");
    if (!result && time)
        result = jn_member_read_text(conversion, TIME, time, &text);
    if (result || !time)
        return result;
    return jn_moment_read(text, true, &contents->at)
               ? JANGLE_OK
               : jn_conversion_refuse(conversion, TIME, "is no time of ISO 8601");
}

static enum jangle_result read_data(const struct jn_conversion *conversion,
                                    const struct jn_members *members,
                                    struct jangle_contents *contents)
{
    struct jn_json_writer json = {.arena = conversion->arena};

    jn_json_open(&json, '{');
    for (size_t i = 0; i < members->count; i++) {
        if (is_ours(&members->items[i]))
            continue;
        jn_json_put_name(&json, members->items[i].name);
        jn_json_put_value(&json, &members->items[i].value);
    }
    jn_json_close(&json, '}');
    contents->data = jn_json_written(&json, NULL);
    return contents->data ? JANGLE_OK : jn_conversion_no_memory(conversion);
}

/* What has no member "event_type_name" before a fault is not Melange's. */
static enum jangle_result read_parcel(const struct jn_conversion *conversion,
                                      const struct jangle_parcel *parcel,
                                      struct jangle_contents *contents,
                                      struct jn_json_writer *extra)
{
    struct jn_members members;
    enum jangle_result result;

    (void)extra; /* each member that is not ours is data */
    if (!jn_media_is_open(parcel->content_type))
        return jn_conversion_pass(conversion);
    result = jn_members_read(conversion, "the body", parcel->body, parcel->body_size,
                             &members);
    if (result != JANGLE_NO_MEMORY && !jn_members_have(&members, TYPE))
        return jn_conversion_pass(conversion);
    if (!result)
        result = read_head(conversion, &members, contents);
    return result ? result : read_data(conversion, &members, contents);
}

static enum jangle_result decode(const struct jangle_format *format,
                                 struct jangle_arena *arena,
                                 const struct jangle_parcel *parcel,
                                 struct jangle_contents *contents,
                                 struct jangle_error *error)
{
    return jn_conversion_decode(format, arena, parcel, contents, error, read_parcel);
}

const struct jangle_format jangle_melange = {
    .abi = 1, .name = "melange", .encode = encode, .decode = decode};
