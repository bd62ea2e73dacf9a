/* member.c - where the members of a described struct are, and what they hold. */
#include "message/member.h"

#include "base/error.h"
#include "base/utf8.h"
#include "message/layout.h"
#include "message/path.h"
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

size_t jn_member_alignment(const struct jangle_field *field)
{
    size_t alignment = 1;

    if (field->kind != JANGLE_KIND_NESTED)
        return kinds[field->kind].alignment;
    for (const struct jangle_field *inner = field->type->fields; inner->name; inner++)
        if (jn_member_alignment(inner) > alignment)
            alignment = jn_member_alignment(inner);
    return alignment;
}
