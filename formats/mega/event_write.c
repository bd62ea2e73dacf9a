/* event_write.c - writes the sections of a MEGA event. What is null, and an object
 * without members, is left out; versions are always written. */
#include "mega/event_write.h"

#include "mega/object.h"

#include <string.h>

struct writing {
    const struct jn_conversion *conversion;
    const struct jangle_contents *contents;
    const struct jn_members *extra;
    struct jn_json_writer *json;
};

static enum jangle_result
put_text(struct writing *writing, const char *member, const char *name, const char *text)
{
    enum jangle_result result =
        jn_conversion_check_text(writing->conversion, member, text);

    if (result || !*text)
        return result;
    jn_json_put_name(writing->json, name);
    jn_json_put_text(writing->json, text, strlen(text));
    return JANGLE_OK;
}

/* An object without members is left out. */
static enum jangle_result put_object(struct writing *writing,
                                     const char *member,
                                     const char *name,
                                     const struct jn_json_span *value)
{
    struct jn_members members;
    enum jangle_result result =
        jn_members_read(writing->conversion, member, value->text, value->size, &members);

    if (result || !members.count)
        return result;
    jn_json_put_name(writing->json, name);
    jn_json_put_value(writing->json, value);
    return JANGLE_OK;
}

/* ---- the section "event" --------------------------------------------------------- */

static enum jangle_result put_attributes(struct writing *writing)
{
    const char *data = writing->contents->data;
    struct jn_json_span value;
    enum jangle_result result;

    if (data && !*data)
        return JANGLE_OK;
    result = jn_conversion_check_json(writing->conversion, "data", data, &value);
    return result ? result : put_object(writing, "data", "attributes", &value);
}

static enum jangle_result put_domain(struct writing *writing)
{
    const struct jn_member *domain = jn_members_find(writing->extra, "domain");
    const char *text;
    enum jangle_result result;

    if (!domain)
        return JANGLE_OK;
    result = jn_member_read_text(writing->conversion, "extra.domain", domain, &text);
    return result ? result : put_text(writing, "extra.domain", "domain", text);
}

/* SQS MEGA writes no zone, which means UTC, and no digits for a whole second. */
static enum jangle_result put_time(struct writing *writing)
{
    static const char none[] = ".000000";
    jangle_time at = writing->contents->at;
    char text[JN_MOMENT_SIZE];
    size_t size;

    if (!at.us)
        return jn_conversion_refuse(writing->conversion, "at",
                                    "is missing, and a MEGA event has a time");
    if (jn_conversion_write_time(writing->conversion, text, at, 'T', ""))
        return JANGLE_INVALID;
    size = strlen(text) - strlen(none);
    if (strcmp(text + size, none) == 0)
        text[size] = '\0';
    return put_text(writing, "at", "timestamp", text);
}

static enum jangle_result put_version(struct writing *writing)
{
    int version = writing->contents->type_version;

    if (version < 0)
        return jn_conversion_refuse(writing->conversion, "type_version", "is below zero");
    jn_json_put_name(writing->json, "version");
    jn_json_put_int(writing->json, version ? version : 1);
    return JANGLE_OK;
}

static enum jangle_result put_event(struct writing *writing)
{
    const struct jangle_contents *contents = writing->contents;
    enum jangle_result result;

    jn_json_put_name(writing->json, "event");
    jn_json_open(writing->json, '{');
    result = put_attributes(writing);
    if (!result)
        result = put_domain(writing);
    if (!result)
        result = put_text(writing, "type", "name", contents->type);
    if (!result)
        result = put_text(writing, "source", "publisher", contents->source);
    if (!result)
        result = put_text(writing, "subject", "subject", contents->subject);
    if (!result)
        result = put_time(writing);
    if (!result)
        result = put_version(writing);
    jn_json_close(writing->json, '}');
    return result;
}

/* ---- the other sections ---------------------------------------------------------- */

static enum jangle_result put_section(struct writing *writing)
{
    const struct jn_member *object = jn_members_find(writing->extra, "object");
    struct jn_mega_section section;
    enum jangle_result result;

    if (!object)
        return JANGLE_OK;
    result =
        jn_mega_object_read(writing->conversion, "extra.object", object, true, &section);
    if (result)
        return result;
    jn_json_put_name(writing->json, "object");
    jn_mega_object_put(writing->json, &section);
    return JANGLE_OK;
}

static enum jangle_result put_extra(struct writing *writing)
{
    const struct jn_member *extra = jn_members_find(writing->extra, "extra");

    return extra ? put_object(writing, "extra.extra", "extra", &extra->value) : JANGLE_OK;
}

enum jangle_result jn_mega_event_write(const struct jn_conversion *conversion,
                                       const struct jangle_contents *contents,
                                       const struct jn_members *extra,
                                       struct jn_json_writer *json)
{
    struct writing writing = {conversion, contents, extra, json};
    enum jangle_result result;

    jn_json_open(json, '{');
    result = put_event(&writing);
    if (!result)
        result = put_extra(&writing);
    if (!result)
        result = put_section(&writing);
    if (result)
        return result;
    jn_json_put_name(json, "protocol");
    jn_json_put_text(json, "mega", strlen("mega"));
    jn_json_put_name(json, "version");
    jn_json_put_int(json, 1);
    jn_json_close(json, '}');
    return JANGLE_OK;
}
