/* describe.c - descriptions of structs: names, versions, hashes, the checks of a
 * description itself, and the texts of a struct that nothing has set. */
#include "message/describe.h"

#include "base/error.h"
#include "base/utf8.h"
#include "message/member.h"

#include <assert.h>
#include <string.h>

/* ---- types ------------------------------------------------------------------- */

const char *jn_type_name(const struct jangle_message *type)
{
    return type->stored_name ? type->stored_name : type->name;
}

int jn_type_version(const struct jangle_message *type)
{
    return type->version ? type->version : 1;
}

/* What is hashed of one member, together with the hash of those before it. The numbers of
 * kinds are part of it: see core/stored.c. */
struct link {
    unsigned char before[JN_HASH_SIZE];
    unsigned char name[JN_HASH_SIZE];
    unsigned char type[JN_HASH_SIZE];
    unsigned char kind;
};

/* The names are hashed, and not the type's own: a struct may be renamed. */
static void hash_members(const struct jangle_message *type,
                         int depth,
                         unsigned char hash[JN_HASH_SIZE])
{
    assert(depth <= JN_NESTING_MAX);
    memset(hash, 0, JN_HASH_SIZE);
    for (const struct jangle_field *field = type->fields; field->name; field++) {
        struct link link = {.kind = (unsigned char)field->kind};

        memcpy(link.before, hash, sizeof link.before);
        jn_hash_bytes(link.name, field->name, strlen(field->name));
        if (field->type)
            hash_members(field->type, depth + 1, link.type);
        jn_hash_bytes(hash, &link, sizeof link);
    }
}

void jn_type_hash(const struct jangle_message *type, unsigned char hash[JN_HASH_SIZE])
{
    hash_members(type, 1, hash);
}

/* ---- can it be right? -------------------------------------------------------- */

/* The types that contain the one being looked at. */
struct container {
    const struct container *up;
    const struct jangle_message *type;
    int depth;
};

/* Names stand in JSON, in logs and in error texts, so they have no spaces, quotes or
 * slashes. */
static enum jangle_result
check_name(const char *what, const char *name, struct jangle_error *error)
{
    const char *shown = JN_SHOWN(60, name);
    size_t size = name ? strlen(name) : 0;

    if (!size)
        return jn_fail(error, JANGLE_INVALID, "a %s has no name", what);
    if (size > JN_NAME_MAX_SIZE)
        return jn_fail(error, JANGLE_INVALID, "%s: a name of %zu bytes, more than %d",
                       shown, size, JN_NAME_MAX_SIZE);
    if (!jn_utf8_is_valid(name, size))
        return jn_fail(error, JANGLE_INVALID, "%s: a name that is not UTF-8", shown);
    for (const char *at = name; *at; at++)
        if ((unsigned char)*at <= ' ' || *at == 0x7F || strchr("\"'\\/", *at))
            return jn_fail(error, JANGLE_INVALID,
                           "%s: a name with a space, control, quote or slash", shown);
    return JANGLE_OK;
}

static bool is_type_padding(const void *type, size_t byte)
{
    return !((const struct jangle_message *)type)->holds(byte);
}

/* A member that was left out of the description would silently not be stored. */
static enum jangle_result check_type_layout(const struct jangle_message *type,
                                            struct jangle_error *error)
{
    const struct jangle_field *fields[JN_MEMBERS_MAX];
    struct jn_layout layout = {.name = type->name,
                               .size = type->size,
                               .fields = fields,
                               .is_padding = type->holds ? is_type_padding : NULL,
                               .type = type};

    for (const struct jangle_field *field = type->fields; field->name; field++)
        fields[layout.count++] = field;
    return jn_layout_check(&layout, error);
}

static enum jangle_result check_type(const struct jangle_message *type,
                                     const struct container *up,
                                     struct jangle_error *error);

/* A type may not contain itself, however far down: its hash and its size would have no
 * end. */
static enum jangle_result check_type_field(const struct container *container,
                                           const struct jangle_field *field,
                                           struct jangle_error *error)
{
    const struct jangle_message *type = container->type;
    bool has_type = field->kind == JANGLE_KIND_NESTED || field->kind == JANGLE_KIND_LIST;
    enum jangle_result result = check_name("member", field->name, error);

    if (result)
        return result;
    for (const struct jangle_field *other = type->fields; other < field; other++)
        if (strcmp(other->name, field->name) == 0)
            return jn_fail(error, JANGLE_INVALID, "%s: %s is listed twice", type->name,
                           field->name);
    if (field->kind <= JANGLE_KIND_END || field->kind > JANGLE_KIND_NOTHING ||
        has_type != (field->type != NULL))
        return jn_fail(error, JANGLE_INVALID, "%s.%s: is of no kind that there is",
                       type->name, field->name);
    for (const struct container *at = container; has_type && at; at = at->up)
        if (at->type == field->type)
            return jn_fail(error, JANGLE_INVALID, "%s.%s: %s would contain itself",
                           type->name, field->name, field->type->name);
    return has_type ? check_type(field->type, container, error) : JANGLE_OK;
}

/* What only commands and queries must have. */
static enum jangle_result check_role(const struct jangle_message *type,
                                     struct jangle_error *error)
{
    if (type->role == JANGLE_ROLE_COMMAND && !type->stream &&
        type->fields->kind != JANGLE_KIND_TEXT)
        return jn_fail(error, JANGLE_INVALID,
                       "%s: a command starts with the id of its aggregate", type->name);
    if (type->stream && !*type->stream)
        return jn_fail(error, JANGLE_INVALID, "%s: its aggregate has no id", type->name);
    if (!type->answer)
        return JANGLE_OK;
    if (type->role != JANGLE_ROLE_QUERY || type->answer->role != JANGLE_ROLE_STRUCT)
        return jn_fail(error, JANGLE_INVALID,
                       "%s: only a query is answered, and with a JANGLE_STRUCT",
                       type->name);
    return jn_type_check(type->answer, error);
}

/* The order matters: a member is looked at only once it is known that there
 * are members. */
static enum jangle_result check_type(const struct jangle_message *type,
                                     const struct container *up,
                                     struct jangle_error *error)
{
    struct container container = {up, type, up ? up->depth + 1 : 1};
    enum jangle_result result = check_name("message", type->name, error);
    size_t count = 0;

    if (!result)
        result = check_name("message", jn_type_name(type), error);
    if (result)
        return result;
    if (container.depth > JN_NESTING_MAX)
        return jn_fail(error, JANGLE_INVALID, "%s: nested deeper than %d", type->name,
                       JN_NESTING_MAX);
    if (type->version < 0)
        return jn_fail(error, JANGLE_INVALID, "%s: version %d is not 1 or more",
                       type->name, type->version);
    while (type->fields && type->fields[count].name && count <= JN_MEMBERS_MAX)
        count++;
    if (!count || count > JN_MEMBERS_MAX)
        return jn_fail(error, JANGLE_INVALID, "%s: has no members, or more than %d",
                       type->name, JN_MEMBERS_MAX);
    for (size_t i = 0; i < count && !result; i++)
        result = check_type_field(&container, &type->fields[i], error);
    return result ? result : check_type_layout(type, error);
}

enum jangle_result jn_type_check(const struct jangle_message *type,
                                 struct jangle_error *error)
{
    enum jangle_result result = check_type(type, NULL, error);

    return result ? result : check_role(type, error);
}

const char *jn_type_target(const struct jangle_message *type, const void *data)
{
    const char *id;

    if (type->stream)
        return type->stream;
    memcpy(&id, (const char *)data + type->fields[0].offset, sizeof id);
    return id ? id : "";
}

const char *jn_type_key(const struct jangle_message *type, const void *data)
{
    return type->stream || type->fields[0].kind == JANGLE_KIND_TEXT
               ? jn_type_target(type, data)
               : "";
}

/* ---- a text that nothing has set is "", never NULL --------------------------- */

void jn_type_clear(const struct jangle_message *type, void *data)
{
    memset(data, 0, type->size);
    for (const struct jangle_field *field = type->fields; field->name; field++) {
        if (field->kind == JANGLE_KIND_TEXT)
            *(const char **)jn_member_of(data, field) = "";
        else if (field->kind == JANGLE_KIND_NESTED)
            jn_type_clear(field->type, jn_member_of(data, field));
    }
}

/* A list without items has nothing to fill. One with a count and no items is
 * not sound. */
static bool fill_list(const struct jangle_message *type, const void *member)
{
    struct jangle_list list = jn_list_read(member);
    bool is_sound = list.items || !list.count;

    for (size_t i = 0; is_sound && i < list.count; i++)
        is_sound = jn_type_fill_texts(type, (unsigned char *)list.items + i * type->size);
    return is_sound;
}

static void fill_text(const char **text)
{
    if (!*text)
        *text = "";
}

bool jn_type_fill_texts(const struct jangle_message *type, void *data)
{
    bool is_sound = true;

    for (const struct jangle_field *field = type->fields; field->name; field++) {
        void *member = jn_member_of(data, field);

        if (field->kind == JANGLE_KIND_TEXT)
            fill_text(member);
        else if (field->kind == JANGLE_KIND_NESTED)
            is_sound &= jn_type_fill_texts(field->type, member);
        else if (field->kind == JANGLE_KIND_LIST)
            is_sound &= fill_list(field->type, member);
        else if (field->kind == JANGLE_KIND_OPTIONAL_TEXT &&
                 ((jangle_optional_text *)member)->given)
            fill_text(&((jangle_optional_text *)member)->value);
    }
    return is_sound;
}
