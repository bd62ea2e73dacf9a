/* members.c - the members of a JSON object that are looked for, by a table. */
#include "aws/wire/members.h"

static const char *const kinds[] = {
    [JN_JSON_BOOL] = "true or false", [JN_JSON_NUMBER] = "a number",
    [JN_JSON_TEXT] = "a text",        [JN_JSON_LIST] = "a list",
    [JN_JSON_OBJECT] = "an object",
};

static struct jn_aws_member *
find_member(struct jn_aws_member *members, size_t count, const struct jn_json_span *name)
{
    for (size_t i = 0; i < count; i++)
        if (jn_json_says(name, members[i].name) ||
            (members[i].also && jn_json_says(name, members[i].also)))
            return &members[i];
    return NULL;
}

/* False: the member is of another kind. */
static bool keep_value(struct jn_aws_member *member,
                       enum jn_json_kind kind,
                       const struct jn_json_span *value)
{
    member->value = (struct jn_json_span){0};
    if (kind == JN_JSON_NULL)
        return true;
    if (kind != member->kind)
        return false;
    member->value = *value;
    if (kind == JN_JSON_TEXT) {
        member->value.text++;
        member->value.size -= 2;
    }
    return true;
}

enum jangle_result jn_aws_members_read(const struct jn_json_span *object,
                                       const char *what,
                                       struct jn_aws_member *members,
                                       size_t count,
                                       struct jangle_error *error)
{
    struct jn_json_span name, value;
    struct jn_json json;

    jn_json_init(&json, object->text, object->size, JN_AWS_JSON_DEPTH);
    if (jn_json_peek(&json) == JN_JSON_OBJECT)
        jn_json_enter(&json);
    else if (!json.fault)
        return jangle_error_set(error, JANGLE_INVALID, "%s is no JSON object", what);
    for (bool first = true; jn_json_next_member(&json, first, &name); first = false) {
        enum jn_json_kind kind = jn_json_peek(&json);
        struct jn_aws_member *member = find_member(members, count, &name);

        if (!jn_json_skip(&json, &value))
            break;
        if (member && !keep_value(member, kind, &value))
            return jangle_error_set(error, JANGLE_INVALID, "`%s` of %s is not %s",
                                    member->name, what, kinds[member->kind]);
    }
    if (!jn_json_finish(&json))
        return jangle_error_set(error, JANGLE_INVALID, "%s is no JSON: %s at byte %td",
                                what, json.fault, json.at - json.start);
    return JANGLE_OK;
}

enum jangle_result jn_aws_member_text(const struct jn_aws_member *member,
                                      struct jn_aws_room *room,
                                      char **text,
                                      size_t *size,
                                      struct jangle_error *error)
{
    size_t written = 0;
    const char *reason;
    char *copy;

    *text = NULL;
    if (!member->value.text)
        return JANGLE_OK;
    copy = jn_aws_room_take(room, member->value.size);
    if (!copy)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for `%s`",
                                member->name);
    reason = jn_json_unescape(&member->value, copy, &written);
    if (reason)
        return jangle_error_set(error, JANGLE_INVALID, "`%s` %s", member->name, reason);
    copy[written] = '\0';
    *text = copy;
    if (size)
        *size = written;
    return JANGLE_OK;
}

enum jangle_result jn_aws_member_id(const struct jn_aws_member *member,
                                    struct jn_aws_room *room,
                                    char **text,
                                    struct jangle_error *error)
{
    size_t size = 0;
    enum jangle_result result = jn_aws_member_text(member, room, text, &size, error);

    if (!result && size > JN_AWS_ID_BYTES)
        return jangle_error_set(error, JANGLE_INVALID, "`%s` is longer than %d bytes",
                                member->name, JN_AWS_ID_BYTES);
    return result;
}
