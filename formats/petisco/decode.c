/* decode.c - reads petisco's messages, also those of its older versions: a version may be
 * a text, and nearly everything may be missing. */
#include "petisco/decode.h"

#include "common/media.h"
#include "common/moment.h"
#include "petisco/meta.h"

#include <string.h>

typedef enum jangle_result read_member_fn(const struct jn_conversion *conversion,
                                          const struct jn_member *member,
                                          struct jangle_contents *contents,
                                          struct jn_json_writer *extra);

static enum jangle_result read_id(const struct jn_conversion *conversion,
                                  const struct jn_member *member,
                                  struct jangle_contents *contents,
                                  struct jn_json_writer *extra)
{
    (void)extra;
    return jn_member_read_text(conversion, "data.id", member, &contents->id);
}

static enum jangle_result read_type(const struct jn_conversion *conversion,
                                    const struct jn_member *member,
                                    struct jangle_contents *contents,
                                    struct jn_json_writer *extra)
{
    const char *dotted;
    enum jangle_result result =
        jn_member_read_text(conversion, "data.type", member, &dotted);
    char *type;

    (void)extra;
    if (result)
        return result;
    type = jangle_alloc(conversion->arena, strlen(dotted) + 1);
    if (!type)
        return jn_conversion_no_memory(conversion);
    for (size_t i = 0; dotted[i]; i++)
        type[i] = (char)(dotted[i] == '.' ? '_' : dotted[i]);
    contents->type = type;
    return JANGLE_OK;
}

static enum jangle_result read_role(const struct jn_conversion *conversion,
                                    const struct jn_member *member,
                                    struct jangle_contents *contents,
                                    struct jn_json_writer *extra)
{
    const char *text;
    enum jangle_result result =
        jn_member_read_text(conversion, "data.type_message", member, &text);

    if (result || strcmp(text, "domain_event") == 0)
        return result;
    if (strcmp(text, "command") == 0) {
        contents->role = JANGLE_ROLE_COMMAND;
    } else if (strcmp(text, "message") == 0) {
        jn_json_put_name(extra, "type_message");
        jn_json_put_text(extra, text, strlen(text));
    } else {
        return jn_conversion_refuse(
            conversion, "data.type_message",
            "is none of \"domain_event\", \"command\" and \"message\"");
    }
    return JANGLE_OK;
}

static enum jangle_result read_version(const struct jn_conversion *conversion,
                                       const struct jn_member *member,
                                       struct jangle_contents *contents,
                                       struct jn_json_writer *extra)
{
    (void)extra;
    return jn_member_read_version(conversion, "data.version", member,
                                  &contents->type_version);
}

static enum jangle_result read_time(const struct jn_conversion *conversion,
                                    const struct jn_member *member,
                                    struct jangle_contents *contents,
                                    struct jn_json_writer *extra)
{
    const char *text;
    enum jangle_result result =
        jn_member_read_text(conversion, "data.occurred_on", member, &text);

    (void)extra;
    if (!result && !jn_moment_read(text, true, &contents->at))
        return jn_conversion_refuse(conversion, "data.occurred_on",
                                    "is no time such as 2023-09-20 10:09:57.220432");
    return result;
}

static enum jangle_result read_attributes(const struct jn_conversion *conversion,
                                          const struct jn_member *member,
                                          struct jangle_contents *contents,
                                          struct jn_json_writer *extra)
{
    (void)extra;
    if (member->kind != JN_JSON_OBJECT)
        return jn_conversion_refuse(conversion, "data.attributes", "is no object");
    return jn_conversion_copy(conversion, &member->value, &contents->data);
}

static enum jangle_result read_meta(const struct jn_conversion *conversion,
                                    const struct jn_member *member,
                                    struct jangle_contents *contents,
                                    struct jn_json_writer *extra)
{
    if (member->kind != JN_JSON_OBJECT)
        return jn_conversion_refuse(conversion, "data.meta", "is no object");
    return jn_petisco_meta_read(conversion, member, &contents->origin, extra);
}

static const struct reader {
    const char *name;
    read_member_fn *read;
} readers[] = {
    {"id", read_id},
    {"type", read_type},
    {"type_message", read_role},
    {"version", read_version},
    {"occurred_on", read_time},
    {"attributes", read_attributes},
    {"meta", read_meta},
};

static read_member_fn *find_reader(const char *name)
{
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (strcmp(readers[i].name, name) == 0)
            return readers[i].read;
    return NULL;
}

bool jn_petisco_knows(const char *name)
{
    return find_reader(name) != NULL;
}

/* Null is the same as missing. What nobody knows is kept. */
static enum jangle_result read_members(const struct jn_conversion *conversion,
                                       const struct jn_members *members,
                                       struct jangle_contents *contents,
                                       struct jn_json_writer *extra)
{
    enum jangle_result result = JANGLE_OK;

    contents->type_version = 1;
    contents->data = "{}";
    for (size_t i = 0; i < members->count && !result; i++) {
        const struct jn_member *member = &members->items[i];
        read_member_fn *read = find_reader(member->name);

        if (read && member->kind != JN_JSON_NULL) {
            result = read(conversion, member, contents, extra);
        } else if (!read) {
            jn_json_put_name(extra, member->name);
            jn_json_put_value(extra, &member->value);
        }
    }
    if (!result && !*contents->type)
        return jn_conversion_refuse(conversion, "data.type", "is missing or empty");
    return result;
}

/* It is petisco's if "data" is an object with a type. A CloudEvent has "data", too, but
 * says so. */
static enum jangle_result read_parcel(const struct jn_conversion *conversion,
                                      const struct jangle_parcel *parcel,
                                      struct jangle_contents *contents,
                                      struct jn_json_writer *extra)
{
    struct jn_members whole, members;
    const struct jn_member *data;
    enum jangle_result result, inner;

    if (!jn_media_is_open(parcel->content_type))
        return jn_conversion_pass(conversion);
    result =
        jn_members_read(conversion, "the body", parcel->body, parcel->body_size, &whole);
    data = jn_members_find(&whole, "data");
    if (result == JANGLE_NO_MEMORY)
        return result;
    if (!data || data->kind != JN_JSON_OBJECT || jn_members_have(&whole, "specversion"))
        return jn_conversion_pass(conversion);
    inner =
        jn_members_read(conversion, "data", data->value.text, data->value.size, &members);
    if (inner == JANGLE_NO_MEMORY)
        return inner;
    if (!jn_members_have(&members, "type") && !jn_members_have(&members, "type_message"))
        return jn_conversion_pass(conversion);
    if (!result)
        result = inner;
    return result ? result : read_members(conversion, &members, contents, extra);
}

enum jangle_result jn_petisco_decode(const struct jangle_format *format,
                                     struct jangle_arena *arena,
                                     const struct jangle_parcel *parcel,
                                     struct jangle_contents *contents,
                                     struct jangle_error *error)
{
    return jn_conversion_decode(format, arena, parcel, contents, error, read_parcel);
}
