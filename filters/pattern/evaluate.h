/* evaluate.h - any pattern and any value. */
#ifndef JN_PATTERN_EVALUATE_H
#define JN_PATTERN_EVALUATE_H

#include "pattern/match.h"

enum jangle_match jn_pattern_evaluate(struct jn_pattern_match *match,
                                      const struct jn_pattern_node *node,
                                      const struct jn_pattern_value *value,
                                      const struct jn_pattern_trail *trail);

#endif
