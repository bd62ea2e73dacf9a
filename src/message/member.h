/* member.h - where the members of a described struct are, and what they hold; and whether
 * a description leaves out a member of its struct. */
#ifndef JN_MEMBER_H
#define JN_MEMBER_H

#include "message/describe.h"

#include <jangle/message.h>

/* The value of a member, and its kind: of an optional member the kind of what it holds.
 * NULL if the member is absent, as a jangle_nothing always is. */
const void *jn_member_value(const void *data,
                            const struct jangle_field *field,
                            enum jangle_kind *kind);

/* The place for the value of a member, and its kind. An optional member is given from now
 * on. */
void *
jn_member_give(void *data, const struct jangle_field *field, enum jangle_kind *kind);

bool jn_kind_is_optional(enum jangle_kind kind);

size_t jn_member_size(const struct jangle_field *field);

/* A list of the user's struct, whose `items` have a type of their own there. */
struct jangle_list jn_list_read(const void *member);

/* A struct, and the members that its description names. */
struct jn_layout {
    const char *name;
    size_t size;
    const struct jangle_field **fields; /* in any order; they are sorted in place */
    size_t count;                       /* at least one */
    bool (*is_padding)(const void *type, size_t byte); /* NULL: the compiler was unable to
                                                          tell padding from members */
    const void *type;                                  /* for is_padding */
};

/* INVALID, with the members on both sides, if members overlap, are not aligned or lie
 * outside the struct, or if a byte that is not padding belongs to none of them. Without
 * is_padding only a gap that is too wide for padding is found. */
enum jangle_result jn_layout_check(const struct jn_layout *layout,
                                   struct jangle_error *error);

#endif
