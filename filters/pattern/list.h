/* list.h - lists, and what is one of several. */
#ifndef JN_PATTERN_LIST_H
#define JN_PATTERN_LIST_H

#include "pattern/match.h"

enum jangle_match jn_pattern_match_list(struct jn_pattern_match *match,
                                        const struct jn_pattern_node *node,
                                        const struct jn_pattern_value *value);

/* Does the value match one of the patterns? */
enum jangle_match jn_pattern_match_one_of(struct jn_pattern_match *match,
                                          const struct jn_pattern_node *node,
                                          const struct jn_pattern_value *value);

#endif
