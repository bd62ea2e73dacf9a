/* copy.c - described structs are copied, weighed and compared, member by member. */
#include "message/copy.h"

#include "base/error.h"
#include "base/number.h"
#include "message/member.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* A text and a jangle_json are both one pointer to characters. */
static const char *text_of(const void *value)
{
    return *(const char *const *)value;
}

/* ---- copy -------------------------------------------------------------------- */

/* An empty text takes no memory, because many texts of a state are empty. */
static const char *copy_text(struct jangle_arena *arena, const char *text)
{
    return text && !*text ? "" : jn_arena_copy_text(arena, text);
}

static void
own_members(struct jangle_arena *arena, const struct jangle_message *type, void *data);

/* The list lies in the copy already, and still points to the items of the original. */
static void
own_list(struct jangle_arena *arena, const struct jangle_message *type, void *member)
{
    struct jangle_list list = jn_list_read(member);

    list.items =
        list.count ? jn_arena_copy(arena, list.items, list.count * type->size) : NULL;
    if (!list.items)
        list.count = 0;
    for (size_t i = 0; i < list.count; i++)
        own_members(arena, type, (unsigned char *)list.items + i * type->size);
    memcpy(member, &list, sizeof list);
}

/* `data` is a flat copy: what its values point to is copied, too. An optional that is
 * absent is cleared, so that no pointer of the original stays behind in it. */
static void
own_members(struct jangle_arena *arena, const struct jangle_message *type, void *data)
{
    for (const struct jangle_field *field = type->fields; field->name; field++) {
        enum jangle_kind kind;
        void *value;

        if (!jn_member_value(data, field, &kind)) {
            memset(jn_member_of(data, field), 0, jn_member_size(field));
            continue;
        }
        value = jn_member_give(data, field, &kind);
        switch (kind) {
        case JANGLE_KIND_TEXT:
        case JANGLE_KIND_JSON:
            *(const char **)value = copy_text(arena, text_of(value));
            break;
        case JANGLE_KIND_NESTED:
            own_members(arena, field->type, value);
            break;
        case JANGLE_KIND_LIST:
            own_list(arena, field->type, value);
            break;
        case JANGLE_KIND_BOOL:
        case JANGLE_KIND_INT:
        case JANGLE_KIND_REAL:
        case JANGLE_KIND_TIME:
            break;
        case JN_NO_VALUE:
            assert(false && "a value is of none of these kinds");
        }
    }
}

/* First all bytes, then what they point to. */
enum jangle_result jn_type_copy(struct jangle_arena *arena,
                                const struct jangle_message *type,
                                void *to,
                                const void *from)
{
    memcpy(to, from, type->size);
    own_members(arena, type, to);
    return jn_arena_check(arena, NULL);
}

/* ---- weigh ------------------------------------------------------------------- */

/* What jn_type_copy takes from the arena for the items, and for what these point to. */
static size_t list_weight(const struct jangle_message *type, const void *member)
{
    struct jangle_list list = jn_list_read(member);
    size_t weight = list.count ? jn_arena_weight(list.count * type->size) : 0;

    for (size_t i = 0; i < list.count; i++)
        weight += jn_type_weight(type, jn_list_item(&list, type, i));
    return weight;
}

/* What the value takes from the arena besides its place in the struct. */
static size_t
value_weight(const struct jangle_field *field, enum jangle_kind kind, const void *value)
{
    switch (kind) {
    case JANGLE_KIND_TEXT:
    case JANGLE_KIND_JSON:
        return text_of(value) && *text_of(value)
                   ? jn_arena_weight(strlen(text_of(value)) + 1)
                   : 0;
    case JANGLE_KIND_NESTED:
        return jn_type_weight(field->type, value);
    case JANGLE_KIND_LIST:
        return list_weight(field->type, value);
    case JANGLE_KIND_BOOL:
    case JANGLE_KIND_INT:
    case JANGLE_KIND_REAL:
    case JANGLE_KIND_TIME:
        return 0;
    case JN_NO_VALUE:
        break;
    }
    assert(false && "a value is of none of these kinds");
    return 0;
}

size_t jn_type_weight(const struct jangle_message *type, const void *data)
{
    size_t weight = 0;

    for (const struct jangle_field *field = type->fields; field->name; field++) {
        enum jangle_kind kind;
        const void *value = jn_member_value(data, field, &kind);

        if (value)
            weight += value_weight(field, kind, value);
    }
    return weight;
}

/* ---- compare ----------------------------------------------------------------- */

static void show_text(char shown[60], const char *text)
{
    if (text)
        jn_text_format(shown, 60, "\"%s\"", JN_SHOWN(56, text));
    else
        jn_text_format(shown, 60, "NULL");
}

/* The value as people read it in a difference. */
static void show_value(char shown[60], enum jangle_kind kind, const void *value)
{
    if (!value) {
        jn_text_format(shown, 60, "absent");
        return;
    }
    switch (kind) {
    case JANGLE_KIND_BOOL:
        jn_text_format(shown, 60, "%s", *(const bool *)value ? "true" : "false");
        break;
    case JANGLE_KIND_INT:
        jn_text_format(shown, 60, "%" PRId64, *(const int64_t *)value);
        break;
    case JANGLE_KIND_TIME:
        jn_text_format(shown, 60, "%" PRId64 " us", ((const jangle_time *)value)->us);
        break;
    case JANGLE_KIND_REAL:
        jn_number_write(shown, *(const double *)value);
        break;
    case JANGLE_KIND_LIST:
        jn_text_format(shown, 60, "%zu items", jn_list_read(value).count);
        break;
    case JANGLE_KIND_TEXT:
    case JANGLE_KIND_JSON:
        show_text(shown, text_of(value));
        break;
    case JANGLE_KIND_NESTED:
    case JN_NO_VALUE:
        assert(false && "what is compared as a whole is of none of these kinds");
    }
}

static bool same_texts(const char *text, const char *other, const char *of_null)
{
    return strcmp(text ? text : of_null, other ? other : of_null) == 0;
}

/* Two that are no number are the same here: a copy must equal its original. */
static bool same_reals(double real, double other)
{
    return real == other || (real != real && other != other);
}

/* Absent equals absent, whatever value the member holds besides. */
static bool same_scalars(enum jangle_kind kind, const void *value, const void *other)
{
    if (!value || !other)
        return value == other;
    switch (kind) {
    case JANGLE_KIND_BOOL:
        return *(const bool *)value == *(const bool *)other;
    case JANGLE_KIND_INT:
        return *(const int64_t *)value == *(const int64_t *)other;
    case JANGLE_KIND_TIME:
        return ((const jangle_time *)value)->us == ((const jangle_time *)other)->us;
    case JANGLE_KIND_REAL:
        return same_reals(*(const double *)value, *(const double *)other);
    case JANGLE_KIND_JSON:
        return same_texts(text_of(value), text_of(other), "null");
    case JANGLE_KIND_TEXT:
        return same_texts(text_of(value), text_of(other), "");
    case JANGLE_KIND_NESTED:
    case JANGLE_KIND_LIST:
    case JN_NO_VALUE:
        break;
    }
    assert(false && "a scalar is of none of these kinds");
    return false;
}

static bool differ(struct jn_difference *difference,
                   const struct jn_path *path,
                   enum jangle_kind kind,
                   const void *value,
                   const void *other)
{
    if (difference) {
        jn_path_write(difference->path, path);
        show_value(difference->left, kind, value);
        show_value(difference->right, kind, other);
    }
    return false;
}

static bool same_members(const struct jangle_message *type,
                         const void *data,
                         const void *other,
                         const struct jn_path *up,
                         struct jn_difference *difference);

static bool same_lists(const struct jangle_message *type,
                       const void *member,
                       const void *other_member,
                       const struct jn_path *up,
                       struct jn_difference *difference)
{
    struct jangle_list list = jn_list_read(member), other = jn_list_read(other_member);

    if (list.count != other.count)
        return differ(difference, up, JANGLE_KIND_LIST, member, other_member);
    for (size_t i = 0; i < list.count; i++) {
        struct jn_path path = {up, NULL, i};

        if (!same_members(type, jn_list_item(&list, type, i),
                          jn_list_item(&other, type, i), &path, difference))
            return false;
    }
    return true;
}

static bool same_members(const struct jangle_message *type,
                         const void *data,
                         const void *other,
                         const struct jn_path *up,
                         struct jn_difference *difference)
{
    for (const struct jangle_field *field = type->fields; field->name; field++) {
        struct jn_path path = {up, field->name, 0};
        enum jangle_kind kind;
        const void *value = jn_member_value(data, field, &kind);
        const void *other_value = jn_member_value(other, field, &kind);

        if (kind == JANGLE_KIND_NESTED) {
            if (!same_members(field->type, value, other_value, &path, difference))
                return false;
        } else if (kind == JANGLE_KIND_LIST) {
            if (!same_lists(field->type, value, other_value, &path, difference))
                return false;
        } else if (!same_scalars(kind, value, other_value)) {
            return differ(difference, &path, kind, value, other_value);
        }
    }
    return true;
}

bool jn_type_equal(const struct jangle_message *type,
                   const void *data,
                   const void *other,
                   struct jn_difference *difference)
{
    struct jn_path here = {NULL, "", 0};

    return same_members(type, data, other, &here, difference);
}

/* ---- where its pointers lead ------------------------------------------------- */

static bool name_path(const struct jn_path *path, char words[JN_PATH_SIZE])
{
    jn_path_write(words, path);
    return false;
}

/* Walk all pointers of the message: texts, items, and what the items hold. */
static bool points(const struct jangle_message *type,
                   const void *data,
                   jn_allowed_fn *allowed,
                   const struct jangle_arena *arena,
                   const struct jn_path *up,
                   char words[JN_PATH_SIZE])
{
    for (const struct jangle_field *field = type->fields; field->name; field++) {
        struct jn_path path = {up, field->name, 0};
        struct jangle_list list = {NULL, 0};
        enum jangle_kind kind;
        const void *value = jn_member_value(data, field, &kind);

        if (!value)
            continue;
        if ((kind == JANGLE_KIND_TEXT || kind == JANGLE_KIND_JSON) && text_of(value) &&
            !allowed(arena, text_of(value)))
            return name_path(&path, words);
        if (kind == JANGLE_KIND_NESTED &&
            !points(field->type, value, allowed, arena, &path, words))
            return false;
        if (kind == JANGLE_KIND_LIST)
            list = jn_list_read(value);
        if (list.count && !allowed(arena, list.items))
            return name_path(&path, words);
        for (size_t i = 0; i < list.count; i++) {
            struct jn_path item = {&path, NULL, i};

            if (!points(field->type, jn_list_item(&list, field->type, i), allowed, arena,
                        &item, words))
                return false;
        }
    }
    return true;
}

bool jn_type_points(const struct jangle_message *type,
                    const void *data,
                    jn_allowed_fn *allowed,
                    const struct jangle_arena *arena,
                    char path[JN_PATH_SIZE])
{
    struct jn_path here = {NULL, "", 0};

    return points(type, data, allowed, arena, &here, path);
}
