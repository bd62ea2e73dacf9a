/* layout.c - does a description leave out a member of its struct? */
#include "message/layout.h"

#include "base/error.h"
#include "message/describe.h"
#include "message/member.h"

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
    size_t alignment = jn_member_alignment(field);

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
        size_t alignment = jn_member_alignment(field);

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
