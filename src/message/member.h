/* member.h - where the members of a described struct are, and what they hold. */
#ifndef JN_MEMBER_H
#define JN_MEMBER_H

#include "message/describe.h"

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
size_t jn_member_alignment(const struct jangle_field *field);

/* A list of the user's struct, whose `items` have a type of their own there. */
struct jangle_list jn_list_read(const void *member);

#endif
