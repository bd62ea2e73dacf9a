/* member.c - where the members of a described struct are, and what they hold; and whether
 * a description leaves out a member of its struct. */
#include "message/member.h"

#include "base/error.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

static const struct kind {
    size_t size;
    size_t alignment;
    enum jangle_kind base; /* of an optional's value; else the kind itself */
    size_t value;          /* where that is */
} kinds[] = {
#define PLAIN(kind, type)                                                                \
    [JANGLE_KIND_##kind] = {sizeof(type), _Alignof(type), JANGLE_KIND_##kind, 0}
#define OPTIONAL(kind, type)                                                             \
    [JANGLE_KIND_OPTIONAL_##kind] = {sizeof(type), _Alignof(type), JANGLE_KIND_##kind,   \
                                     offsetof(type, value)}
    PLAIN(BOOL, bool),
    PLAIN(INT, int64_t),
    PLAIN(REAL, double),
    PLAIN(TEXT, const char *),
    PLAIN(TIME, jangle_time),
    PLAIN(JSON, jangle_json),
    OPTIONAL(BOOL, jangle_optional_bool),
    OPTIONAL(INT, jangle_optional_int),
    OPTIONAL(REAL, jangle_optional_real),
    OPTIONAL(TEXT, jangle_optional_text),
    OPTIONAL(TIME, jangle_optional_time),
    [JANGLE_KIND_NESTED] = {0, 0, JANGLE_KIND_NESTED, 0}, /* as its type has it */
    PLAIN(LIST, struct jangle_list),
    PLAIN(NOTHING, jangle_nothing),
#undef PLAIN
#undef OPTIONAL
};

_Static_assert(sizeof kinds / sizeof *kinds == JANGLE_KIND_NOTHING + 1,
               "the last kind has its row");

bool jn_kind_is_optional(enum jangle_kind kind)
{
    return kinds[kind].base != kind;
}

/* Every optional begins with `given`. */
const void *jn_member_value(const void *data,
                            const struct jangle_field *field,
                            enum jangle_kind *kind)
{
    const unsigned char *member = jn_member(data, field);

    *kind = kinds[field->kind].base;
    if (*kind == JANGLE_KIND_NOTHING ||
        (jn_kind_is_optional(field->kind) && !*(const bool *)(const void *)member))
        return NULL;
    return member + kinds[field->kind].value;
}

void *jn_member_give(void *data, const struct jangle_field *field, enum jangle_kind *kind)
{
    unsigned char *member = jn_member_of(data, field);

    *kind = kinds[field->kind].base;
    if (jn_kind_is_optional(field->kind))
        *(bool *)(void *)member = true;
    return member + kinds[field->kind].value;
}

struct jangle_list jn_list_read(const void *member)
{
    struct jangle_list list;

    memcpy(&list, member, sizeof list);
    return list;
}

size_t jn_member_size(const struct jangle_field *field)
{
    return field->kind == JANGLE_KIND_NESTED ? field->type->size
                                             : kinds[field->kind].size;
}

static size_t member_alignment(const struct jangle_field *field)
{
    size_t alignment = 1;

    if (field->kind != JANGLE_KIND_NESTED)
        return kinds[field->kind].alignment;
    for (const struct jangle_field *inner = field->type->fields; inner->name; inner++)
        if (member_alignment(inner) > alignment)
            alignment = member_alignment(inner);
    return alignment;
}

/* ---- the layout of a struct -------------------------------------------------- */

/* In the order of the struct, which need not be that of the description. */
static void sort_fields(const struct jn_layout *layout)
{
    for (size_t i = 1; i < layout->count; i++) {
        const struct jangle_field *field = layout->fields[i];
        size_t at = i;

        for (; at > 0 && layout->fields[at - 1]->offset > field->offset; at--)
            layout->fields[at] = layout->fields[at - 1];
        layout->fields[at] = field;
    }
}

/* The bytes from `begin` to `end` belong to no member that is described. Padding before a
 * member is smaller than its alignment, and behind the last one smaller than the widest:
 * what is wider hides a member, and so may what is not. */
static bool is_only_padding(const struct jn_layout *layout,
                            size_t begin,
                            size_t end,
                            size_t alignment)
{
    if (!layout->is_padding)
        return end - begin < alignment;
    while (begin < end && layout->is_padding(layout->type, begin))
        begin++;
    return begin == end;
}

/* The member begins where the last one ended, but for padding, and ends inside the
 * struct. */
static enum jangle_result check_place(const struct jn_layout *layout,
                                      size_t index,
                                      size_t end,
                                      struct jangle_error *error)
{
    const struct jangle_field *field = layout->fields[index];
    const char *before = index ? layout->fields[index - 1]->name : NULL;
    size_t alignment = member_alignment(field);

    if (field->offset < end)
        return jn_fail(error, JANGLE_INVALID, "%s: %s and %s overlap", layout->name,
                       before, field->name);
    if (field->offset % alignment)
        return jn_fail(error, JANGLE_INVALID, "%s.%s: is not aligned", layout->name,
                       field->name);
    if (field->offset + jn_member_size(field) > layout->size)
        return jn_fail(error, JANGLE_INVALID, "%s: %s ends behind the struct",
                       layout->name, field->name);
    if (is_only_padding(layout, end, field->offset, alignment))
        return JANGLE_OK;
    if (!before)
        return jn_fail(error, JANGLE_INVALID,
                       "%s: something lies before %s that is not described", layout->name,
                       field->name);
    return jn_fail(error, JANGLE_INVALID,
                   "%s: something lies between %s and %s that is not described",
                   layout->name, before, field->name);
}

enum jangle_result jn_layout_check(const struct jn_layout *layout,
                                   struct jangle_error *error)
{
    size_t end = 0, widest = 1;

    sort_fields(layout);
    for (size_t i = 0; i < layout->count; i++) {
        const struct jangle_field *field = layout->fields[i];
        size_t alignment = member_alignment(field);

        if (check_place(layout, i, end, error))
            return JANGLE_INVALID;
        end = field->offset + jn_member_size(field);
        widest = alignment > widest ? alignment : widest;
    }
    if (is_only_padding(layout, end, layout->size, widest))
        return JANGLE_OK;
    return jn_fail(error, JANGLE_INVALID,
                   "%s: something lies behind %s that is not described", layout->name,
                   layout->fields[layout->count - 1]->name);
}
