/* encode.h - described structs become canonical JSON: the same bytes for the
 * same values. */
#ifndef JN_ENCODE_H
#define JN_ENCODE_H

#include "message/codec.h"

/* What becomes of a text that is NULL: it is refused; or it is written as an empty one,
 * because the struct may still be zeroed in parts, such as a state. */
enum jn_nulls { JN_NULLS_REFUSED, JN_NULLS_EMPTY };

/* Encode into the arena. `json` ends with a zero, which `size` does not count. INVALID
 * names type and member: a text that is refused or not UTF-8, a double that is not
 * finite, a jangle_json that is not JSON, too long, too deep. NO_MEMORY. */
enum jangle_result jn_encode(struct jangle_arena *arena,
                             const struct jangle_message *type,
                             const void *data,
                             enum jn_nulls nulls,
                             const struct jn_limits *limits,
                             const char **json,
                             size_t *size,
                             struct jangle_error *error);

/* The same checks in the same order, with the same sentences, and nothing is written: for
 * what is not kept. INVALID. */
enum jangle_result jn_encode_check(const struct jangle_message *type,
                                   const void *data,
                                   enum jn_nulls nulls,
                                   const struct jn_limits *limits,
                                   struct jangle_error *error);

#endif
