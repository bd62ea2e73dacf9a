/* member.h - where the members of a described struct are, and what they hold. */
#ifndef JN_MEMBER_H
#define JN_MEMBER_H

#include "message/describe.h"

/* Where its value is, and of which kind: that of the value, if it is optional. NULL if it
 * is absent, as a jangle_nothing always is. */
const void *jn_member_value(const void *data,
                            const struct jangle_field *field,
                            enum jangle_kind *kind);

/* Where to put the member's value, and of which kind: an optional member is given from
 * now on. */
void *
jn_member_give(void *data, const struct jangle_field *field, enum jangle_kind *kind);

bool jn_kind_is_optional(enum jangle_kind kind);

size_t jn_member_size(const struct jangle_field *field);
size_t jn_member_alignment(const struct jangle_field *field);

/* A list of the user's, which has a typed `items`. */
struct jangle_list jn_list_read(const void *member);

#endif
