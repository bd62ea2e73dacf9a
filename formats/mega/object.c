/* object.c - the section "object" of a MEGA event. */
#include "mega/object.h"

#include <jangle/plugin/support.h>

#include <string.h>

enum { PATH_SIZE = 64 };

struct reading {
    const struct jn_conversion *conversion;
    const struct jn_member *member;
    char path[PATH_SIZE]; /* of the member, for errors */
    struct jn_mega_section *section;
};

/* ---- reading --------------------------------------------------------------------- */

static enum jangle_result read_text(struct reading *reading, const char **text)
{
    return jn_member_read_text(reading->conversion, reading->path, reading->member, text);
}

static enum jangle_result read_type(struct reading *reading)
{
    return read_text(reading, &reading->section->type);
}

static enum jangle_result read_id(struct reading *reading)
{
    return read_text(reading, &reading->section->id);
}

static enum jangle_result read_version(struct reading *reading)
{
    return jn_member_read_version(reading->conversion, reading->path, reading->member,
                                  &reading->section->version);
}

/* An object without members is as if it were not there. */
static enum jangle_result read_object(struct reading *reading,
                                      const struct jn_member **object)
{
    const struct jn_json_span *value = &reading->member->value;
    struct jn_members members;
    enum jangle_result result = jn_members_read(reading->conversion, reading->path,
                                                value->text, value->size, &members);

    if (!result && members.count)
        *object = reading->member;
    return result;
}

static enum jangle_result read_current(struct reading *reading)
{
    return read_object(reading, &reading->section->current);
}

static enum jangle_result read_previous(struct reading *reading)
{
    return read_object(reading, &reading->section->previous);
}

static const struct {
    const char *name;
    enum jangle_result (*read)(struct reading *reading);
} readers[] = {
    {"type", read_type},         {"id", read_id},
    {"version", read_version},   {"current", read_current},
    {"previous", read_previous},
};

enum { READERS = sizeof readers / sizeof *readers };

static enum jangle_result read_member(struct reading *reading,
                                      const char *path,
                                      const struct jn_member *member,
                                      bool strict)
{
    size_t i = 0;

    while (i < READERS && strcmp(readers[i].name, member->name) != 0)
        i++;
    if (i == READERS)
        return strict
                   ? jn_conversion_refuse(reading->conversion, path,
                                          "has a member \"%s\", which it does not have "
                                          "in a MEGA event",
                                          member->name)
                   : JANGLE_OK;
    if (member->kind == JN_JSON_NULL)
        return JANGLE_OK;
    reading->member = member;
    jn_text_format(reading->path, sizeof reading->path, "%s.%s", path, member->name);
    return readers[i].read(reading);
}

enum jangle_result jn_mega_object_read(const struct jn_conversion *conversion,
                                       const char *path,
                                       const struct jn_member *member,
                                       bool strict,
                                       struct jn_mega_section *section)
{
    struct reading reading = {.conversion = conversion, .section = section};
    struct jn_members members;
    enum jangle_result result = jn_members_read(conversion, path, member->value.text,
                                                member->value.size, &members);

    *section = (struct jn_mega_section){.version = 1};
    for (size_t i = 0; i < members.count && !result; i++)
        result = read_member(&reading, path, &members.items[i], strict);
    if (!result && strict && !section->current)
        return jn_conversion_refuse(conversion, path,
                                    "has no member \"current\" that is an object with "
                                    "members, and SQS MEGA demands it");
    return result;
}

/* ---- writing --------------------------------------------------------------------- */

static void put_text(struct jn_json_writer *json, const char *name, const char *text)
{
    if (!text)
        return;
    jn_json_put_name(json, name);
    jn_json_put_text(json, text, strlen(text));
}

static void put_object(struct jn_json_writer *json, const struct jn_member *object)
{
    if (!object)
        return;
    jn_json_put_name(json, object->name);
    jn_json_put_value(json, &object->value);
}

void jn_mega_object_put(struct jn_json_writer *json,
                        const struct jn_mega_section *section)
{
    jn_json_open(json, '{');
    put_object(json, section->current);
    put_text(json, "id", section->id);
    put_object(json, section->previous);
    put_text(json, "type", section->type);
    jn_json_put_name(json, "version");
    jn_json_put_int(json, section->version);
    jn_json_close(json, '}');
}
