/* event_read.c - reads the sections of a MEGA event. A member that is null is the same as
 * one that is missing. */
#include "mega/event_read.h"

#include "common/moment.h"
#include "mega/object.h"

#include <string.h>

struct reading {
    const struct jn_conversion *conversion;
    struct jangle_contents *contents;
    struct jn_json_writer *extra;
    struct jn_members attributes; /* of the section "event", with its stray members */
    bool has_time;
};

typedef enum jangle_result read_member_fn(struct reading *reading,
                                          const struct jn_member *member);

/* ---- the section "event" --------------------------------------------------------- */

static enum jangle_result read_name(struct reading *reading,
                                    const struct jn_member *member)
{
    return jn_member_read_text(reading->conversion, "event.name", member,
                               &reading->contents->type);
}

static enum jangle_result read_version(struct reading *reading,
                                       const struct jn_member *member)
{
    return jn_member_read_version(reading->conversion, "event.version", member,
                                  &reading->contents->type_version);
}

static enum jangle_result read_time(struct reading *reading,
                                    const struct jn_member *member)
{
    const char *text;
    enum jangle_result result =
        jn_member_read_text(reading->conversion, "event.timestamp", member, &text);

    reading->has_time = true;
    if (!result && !jn_moment_read(text, true, &reading->contents->at))
        return jn_conversion_refuse(reading->conversion, "event.timestamp",
                                    "is no time of ISO 8601");
    return result;
}

static enum jangle_result read_domain(struct reading *reading,
                                      const struct jn_member *member)
{
    const char *text;
    enum jangle_result result =
        jn_member_read_text(reading->conversion, "event.domain", member, &text);

    if (result)
        return result;
    jn_json_put_name(reading->extra, "domain");
    jn_json_put_text(reading->extra, text, strlen(text));
    return JANGLE_OK;
}

static enum jangle_result read_subject(struct reading *reading,
                                       const struct jn_member *member)
{
    return jn_member_read_text(reading->conversion, "event.subject", member,
                               &reading->contents->subject);
}

static enum jangle_result read_publisher(struct reading *reading,
                                         const struct jn_member *member)
{
    return jn_member_read_text(reading->conversion, "event.publisher", member,
                               &reading->contents->source);
}

/* The members come before those that stray, which may have been noted already. */
static enum jangle_result read_attributes(struct reading *reading,
                                          const struct jn_member *member)
{
    struct jn_members strays = reading->attributes;
    enum jangle_result result =
        jn_members_read(reading->conversion, "event.attributes", member->value.text,
                        member->value.size, &reading->attributes);

    for (size_t i = 0; i < strays.count && !result; i++)
        if (!jangle_list_add(reading->conversion->arena, &reading->attributes, jn_member,
                             .name = strays.items[i].name, .kind = strays.items[i].kind,
                             .value = strays.items[i].value))
            return jn_conversion_no_memory(reading->conversion);
    return result;
}

static const struct {
    const char *name;
    read_member_fn *read;
} readers[] = {
    {"name", read_name},
    {"version", read_version},
    {"timestamp", read_time},
    {"domain", read_domain},
    {"subject", read_subject},
    {"publisher", read_publisher},
    {"attributes", read_attributes},
};

enum { READERS = sizeof readers / sizeof *readers };

/* What the protocol has no name for is an attribute, also if it is null. */
static enum jangle_result read_member(struct reading *reading,
                                      const struct jn_member *member)
{
    for (size_t i = 0; i < READERS; i++)
        if (strcmp(readers[i].name, member->name) == 0)
            return member->kind == JN_JSON_NULL ? JANGLE_OK
                                                : readers[i].read(reading, member);
    return jangle_list_add(reading->conversion->arena, &reading->attributes, jn_member,
                           .name = member->name, .kind = member->kind,
                           .value = member->value)
               ? JANGLE_OK
               : jn_conversion_no_memory(reading->conversion);
}

static enum jangle_result put_attributes(struct reading *reading)
{
    struct jn_json_writer json = {.arena = reading->conversion->arena};
    const struct jn_members *members = &reading->attributes;
    enum jangle_result result = jn_names_check(reading->conversion, members->items,
                                               members->count, sizeof *members->items);

    if (result)
        return result;
    jn_json_open(&json, '{');
    for (size_t i = 0; i < members->count; i++) {
        jn_json_put_name(&json, members->items[i].name);
        jn_json_put_value(&json, &members->items[i].value);
    }
    jn_json_close(&json, '}');
    reading->contents->data = jn_json_written(&json, NULL);
    return reading->contents->data ? JANGLE_OK
                                   : jn_conversion_no_memory(reading->conversion);
}

static enum jangle_result check_event(const struct reading *reading)
{
    if (!*reading->contents->type)
        return jn_conversion_refuse(reading->conversion, "event.name",
                                    "is missing or empty");
    return reading->has_time
               ? JANGLE_OK
               : jn_conversion_refuse(reading->conversion, "event.timestamp",
                                      "is missing or null");
}

static enum jangle_result read_event(struct reading *reading,
                                     const struct jn_member *event)
{
    struct jn_members members;
    enum jangle_result result;

    if (!event)
        return jn_conversion_refuse(reading->conversion, "event", "is missing or null");
    reading->contents->type_version = 1;
    result = jn_members_read(reading->conversion, "event", event->value.text,
                             event->value.size, &members);
    for (size_t i = 0; i < members.count && !result; i++)
        result = read_member(reading, &members.items[i]);
    if (!result)
        result = check_event(reading);
    return result ? result : put_attributes(reading);
}

/* ---- the other sections ---------------------------------------------------------- */

static enum jangle_result read_object(struct reading *reading,
                                      const struct jn_member *object)
{
    struct jn_mega_section section;
    enum jangle_result result;

    if (!object)
        return JANGLE_OK;
    result = jn_mega_object_read(reading->conversion, "object", object, false, &section);
    if (result)
        return result;
    jn_json_put_name(reading->extra, "object");
    jn_mega_object_put(reading->extra, &section);
    return JANGLE_OK;
}

static enum jangle_result read_extra(struct reading *reading,
                                     const struct jn_member *extra)
{
    struct jn_members members;
    enum jangle_result result;

    if (!extra)
        return JANGLE_OK;
    result = jn_members_read(reading->conversion, "extra", extra->value.text,
                             extra->value.size, &members);
    if (result || !members.count)
        return result;
    jn_json_put_name(reading->extra, "extra");
    jn_json_put_value(reading->extra, &extra->value);
    return JANGLE_OK;
}

enum jangle_result jn_mega_event_read(const struct jn_conversion *conversion,
                                      const struct jn_members *members,
                                      struct jangle_contents *contents,
                                      struct jn_json_writer *extra)
{
    struct reading reading = {
        .conversion = conversion, .contents = contents, .extra = extra};
    enum jangle_result result = read_event(&reading, jn_members_find(members, "event"));

    if (!result)
        result = read_object(&reading, jn_members_find(members, "object"));
    return result ? result : read_extra(&reading, jn_members_find(members, "extra"));
}
