/* members.c - the members of a JSON object as a table, each of which has another name. */
#include "common/members.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { FEW = 32 };

/* ---- names --------------------------------------------------------------------- */

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* NULL: each of the names is there once. For a few names this is faster than to sort. */
static const char *find_double(const char *const *names, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (names[i][0] == names[j][0] && strcmp(names[i], names[j]) == 0)
                return names[i];
    return NULL;
}

static const char *find_double_sorted(const char **names, size_t count)
{
    qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 1; i < count; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            return names[i];
    return NULL;
}

/* Many are sorted, because a stranger's message may have any number of members. */
enum jangle_result jn_names_check(const struct jn_conversion *conversion,
                                  const void *items,
                                  size_t count,
                                  size_t size)
{
    const char **names, *found;

    if (count < 2)
        return JANGLE_OK;
    names = jangle_alloc(conversion->arena, count * sizeof *names);
    if (!names)
        return jn_conversion_no_memory(conversion);
    for (size_t i = 0; i < count; i++)
        memcpy(&names[i], (const char *)items + i * size, sizeof *names);
    found = count <= FEW ? find_double(names, count) : find_double_sorted(names, count);
    return found ? jn_conversion_refuse(conversion, found, "is given twice") : JANGLE_OK;
}

/* ---- members --------------------------------------------------------------------- */

/* The reader stands behind the name. */
static enum jangle_result read_member(const struct jn_conversion *conversion,
                                      const struct jn_json_span *name,
                                      struct jn_json *json,
                                      struct jn_members *members)
{
    struct jn_json_span quoted = {name->text - 1, name->size + 2};
    struct jn_member member;
    enum jangle_result result =
        jn_conversion_unescape(conversion, "the name of a member", &quoted, &member.name);

    if (result)
        return result;
    member.kind = jn_json_peek(json);
    if (!jn_json_skip(json, &member.value))
        return JANGLE_OK;
    return jangle_list_add(conversion->arena, members, jn_member, .name = member.name,
                           .value = member.value, .kind = member.kind)
               ? JANGLE_OK
               : jn_conversion_no_memory(conversion);
}

static enum jangle_result read_object(const struct jn_conversion *conversion,
                                      struct jn_json *json,
                                      struct jn_members *members)
{
    struct jn_json_span name;

    if (!jn_json_enter(json))
        return JANGLE_OK;
    for (bool first = true; jn_json_next_member(json, first, &name); first = false) {
        enum jangle_result result = read_member(conversion, &name, json, members);

        if (result)
            return result;
    }
    return JANGLE_OK;
}

enum jangle_result jn_members_read(const struct jn_conversion *conversion,
                                   const char *member,
                                   const char *text,
                                   size_t size,
                                   struct jn_members *members)
{
    enum jangle_result result;
    struct jn_json json;

    *members = (struct jn_members){0};
    jn_json_init(&json, text, size, JN_JSON_DEPTH_MAX);
    if (!json.fault && jn_json_peek(&json) != JN_JSON_OBJECT)
        return jn_conversion_refuse(conversion, member, "is no JSON object");
    result = json.fault ? JANGLE_OK : read_object(conversion, &json, members);
    if (result)
        return result;
    if (!jn_json_finish(&json))
        return jn_conversion_refuse(conversion, member, "is not JSON at byte %zu: %s",
                                    (size_t)(json.at - json.start), json.fault);
    return jn_names_check(conversion, members->items, members->count,
                          sizeof *members->items);
}

enum jangle_result jn_members_read_extra(const struct jn_conversion *conversion,
                                         const char *extra,
                                         struct jn_members *members)
{
    *members = (struct jn_members){0};
    if (!extra)
        return jn_conversion_refuse(conversion, "extra", "is NULL");
    return *extra ? jn_members_read(conversion, "extra", extra, strlen(extra), members)
                  : JANGLE_OK;
}

enum jangle_result jn_member_read_text(const struct jn_conversion *conversion,
                                       const char *path,
                                       const struct jn_member *member,
                                       const char **text)
{
    if (member->kind != JN_JSON_TEXT)
        return jn_conversion_refuse(conversion, path, "is no text");
    return jn_conversion_unescape(conversion, path, &member->value, text);
}

enum jangle_result jn_member_read_value(const struct jn_conversion *conversion,
                                        const struct jn_member *member,
                                        const char **text,
                                        bool *bare)
{
    *bare = member->kind != JN_JSON_TEXT;
    return *bare ? jn_conversion_copy(conversion, &member->value, text)
                 : jn_member_read_text(conversion, member->name, member, text);
}

enum jangle_result jn_member_read_version(const struct jn_conversion *conversion,
                                          const char *path,
                                          const struct jn_member *member,
                                          int *version)
{
    struct jn_json_span digits = member->value;
    int64_t number = 0;

    if (member->kind == JN_JSON_TEXT)
        digits = (struct jn_json_span){digits.text + 1, digits.size - 2};
    for (size_t i = 0; i < digits.size && number <= INT_MAX; i++) {
        if (digits.text[i] < '0' || digits.text[i] > '9')
            number = INT64_MAX;
        else
            number = number * 10 + (digits.text[i] - '0');
    }
    if (!digits.size || number > INT_MAX)
        return jn_conversion_refuse(conversion, path, "is no whole number of 0 to %d",
                                    INT_MAX);
    *version = (int)number;
    return JANGLE_OK;
}

const struct jn_member *jn_members_find(const struct jn_members *members,
                                        const char *name)
{
    for (size_t i = 0; i < members->count; i++)
        if (members->items[i].kind != JN_JSON_NULL &&
            strcmp(members->items[i].name, name) == 0)
            return &members->items[i];
    return NULL;
}

bool jn_members_have(const struct jn_members *members, const char *name)
{
    for (size_t i = 0; i < members->count; i++)
        if (strcmp(members->items[i].name, name) == 0)
            return true;
    return false;
}
