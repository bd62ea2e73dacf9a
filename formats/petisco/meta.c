/* meta.c - the "meta" of petisco's messages: {"info_id": {...}, "causation_id": ...}. */
#include "petisco/meta.h"

#include <string.h>

#define INFO "info_id"

/* A text of the origin, and its name in an object. */
struct row {
    const char *name;
    size_t offset;
};

struct rows {
    const char *path; /* of the object, for errors */
    size_t count;
    struct row items[2];
};

/* petisco itself has correlation_id and user_id in "info_id". */
static const struct rows of_info = {
    "meta." INFO ".",
    2,
    {{"correlation_id", offsetof(struct jangle_origin, correlation_id)},
     {"user_id", offsetof(struct jangle_origin, actor)}},
};

static const struct rows of_meta = {
    "meta.",
    2,
    {{"causation_id", offsetof(struct jangle_origin, causation_id)},
     {"traceparent", offsetof(struct jangle_origin, trace)}},
};

static const struct row *find_row(const struct rows *rows, const char *name)
{
    for (size_t i = 0; i < rows->count; i++)
        if (strcmp(rows->items[i].name, name) == 0)
            return &rows->items[i];
    return NULL;
}

static const char **text_of(const struct jangle_origin *origin, const struct row *row)
{
    return (const char **)((uintptr_t)origin + row->offset);
}

static bool is_given(const struct jangle_origin *origin, const struct row *row)
{
    const char *text = *text_of(origin, row);

    return text && *text;
}

static enum jangle_result read_object(const struct jn_conversion *conversion,
                                      const char *path,
                                      const struct jn_member *member,
                                      struct jn_members *members)
{
    *members = (struct jn_members){0};
    if (!member)
        return JANGLE_OK;
    return jn_members_read(conversion, path, member->value.text, member->value.size,
                           members);
}

/* ---- writing --------------------------------------------------------------------- */

static enum jangle_result put_origin(const struct jn_conversion *conversion,
                                     const struct jangle_origin *origin,
                                     const struct rows *rows,
                                     struct jn_json_writer *json)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->items[i];
        enum jangle_result result;

        if (!is_given(origin, row))
            continue;
        result = jn_conversion_check_text(conversion, row->name, *text_of(origin, row));
        if (result)
            return result;
        jn_json_put_name(json, row->name);
        jn_json_put_text(json, *text_of(origin, row), strlen(*text_of(origin, row)));
    }
    return JANGLE_OK;
}

/* What the extras have besides the origin. */
static enum jangle_result put_others(const struct jn_conversion *conversion,
                                     const struct jangle_origin *origin,
                                     const struct rows *rows,
                                     const struct jn_members *members,
                                     struct jn_json_writer *json)
{
    for (size_t i = 0; i < members->count; i++) {
        const struct jn_member *member = &members->items[i];
        const struct row *row = find_row(rows, member->name);

        if (rows == &of_meta && strcmp(member->name, INFO) == 0 &&
            member->kind == JN_JSON_OBJECT)
            continue;
        if (row && is_given(origin, row))
            return jn_conversion_refuse(conversion, "extra.meta",
                                        "has %s%s, and so has the origin", rows->path,
                                        row->name);
        jn_json_put_name(json, member->name);
        jn_json_put_value(json, &member->value);
    }
    return JANGLE_OK;
}

static enum jangle_result put_info(const struct jn_conversion *conversion,
                                   const struct jangle_origin *origin,
                                   const struct jn_members *meta,
                                   struct jn_json_writer *json)
{
    const struct jn_member *member = jn_members_find(meta, INFO);
    bool is_needed =
        is_given(origin, &of_info.items[0]) || is_given(origin, &of_info.items[1]);
    struct jn_members info = {0};
    enum jangle_result result = JANGLE_OK;

    if (member && member->kind != JN_JSON_OBJECT && is_needed)
        return jn_conversion_refuse(conversion, "extra.meta",
                                    "has an " INFO " that is no object");
    if (member && member->kind == JN_JSON_OBJECT)
        result = read_object(conversion, "extra.meta." INFO, member, &info);
    if (result || (!info.count && !is_needed))
        return result;
    jn_json_put_name(json, INFO);
    jn_json_open(json, '{');
    result = put_origin(conversion, origin, &of_info, json);
    if (!result)
        result = put_others(conversion, origin, &of_info, &info, json);
    jn_json_close(json, '}');
    return result;
}

enum jangle_result jn_petisco_meta_write(const struct jn_conversion *conversion,
                                         const struct jangle_origin *origin,
                                         const struct jn_member *meta,
                                         struct jn_json_writer *json)
{
    struct jn_members members;
    enum jangle_result result = read_object(conversion, "extra.meta", meta, &members);

    jn_json_open(json, '{');
    if (!result)
        result = put_info(conversion, origin, &members, json);
    if (!result)
        result = put_origin(conversion, origin, &of_meta, json);
    if (!result)
        result = put_others(conversion, origin, &of_meta, &members, json);
    jn_json_close(json, '}');
    return result;
}

/* ---- reading --------------------------------------------------------------------- */

/* A text that is empty, and what is no text, stays where it is. */
static enum jangle_result split_object(const struct jn_conversion *conversion,
                                       const struct rows *rows,
                                       const struct jn_members *members,
                                       struct jangle_origin *origin,
                                       struct jn_json_writer *rest)
{
    for (size_t i = 0; i < members->count; i++) {
        const struct jn_member *member = &members->items[i];
        const struct row *row = find_row(rows, member->name);
        enum jangle_result result = JANGLE_OK;

        if (rows == &of_meta && strcmp(member->name, INFO) == 0 &&
            member->kind == JN_JSON_OBJECT)
            continue;
        if (row && member->kind == JN_JSON_TEXT && member->value.size > 2) {
            result = jn_conversion_unescape(conversion, row->name, &member->value,
                                            text_of(origin, row));
        } else {
            jn_json_put_name(rest, member->name);
            jn_json_put_value(rest, &member->value);
        }
        if (result)
            return result;
    }
    return JANGLE_OK;
}

/* An object of what is left; nothing if that is nothing. */
static bool
put_rest(const char *name, struct jn_json_writer *rest, struct jn_json_writer *into)
{
    struct jn_json_span members = {NULL, 0};

    if (!rest->size && !rest->failed)
        return true;
    members.text = jn_json_written(rest, &members.size);
    if (!members.text)
        return false;
    jn_json_put_name(into, name);
    jn_json_open(into, '{');
    jn_json_put_value(into, &members);
    jn_json_close(into, '}');
    return true;
}

enum jangle_result jn_petisco_meta_read(const struct jn_conversion *conversion,
                                        const struct jn_member *meta,
                                        struct jangle_origin *origin,
                                        struct jn_json_writer *extra)
{
    struct jn_json_writer rest = {.arena = conversion->arena};
    struct jn_json_writer rest_of_info = {.arena = conversion->arena};
    struct jn_members members, info_members;
    const struct jn_member *info;
    enum jangle_result result = read_object(conversion, "data.meta", meta, &members);

    info = jn_members_find(&members, INFO);
    if (info && info->kind != JN_JSON_OBJECT)
        info = NULL;
    if (!result)
        result = read_object(conversion, "data.meta." INFO, info, &info_members);
    if (!result)
        result = split_object(conversion, &of_info, &info_members, origin, &rest_of_info);
    if (!result && !put_rest(INFO, &rest_of_info, &rest))
        return jn_conversion_no_memory(conversion);
    if (!result)
        result = split_object(conversion, &of_meta, &members, origin, &rest);
    if (!result && !put_rest("meta", &rest, extra))
        return jn_conversion_no_memory(conversion);
    return result;
}
