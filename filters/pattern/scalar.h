/* scalar.h - values that are neither lists nor objects. */
#ifndef JN_PATTERN_SCALAR_H
#define JN_PATTERN_SCALAR_H

#include "pattern/match.h"

/* Match a value to null, a boolean, a text, a number or a moment. */
enum jangle_match jn_pattern_match_scalar(struct jn_pattern_match *match,
                                          const struct jn_pattern_node *node,
                                          const struct jn_pattern_value *value);

/* Is it missing, null, "", [] or {}? */
bool jn_pattern_value_is_empty(const struct jn_pattern_value *value);

/* Is it the same value? Numbers are compared by value, and all others as they are
 * written. */
bool jn_pattern_values_are_same(const struct jn_pattern_value *one,
                                const struct jn_pattern_value *other);

#endif
