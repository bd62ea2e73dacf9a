/* document.h - objects, and the document as a whole. */
#ifndef JN_PATTERN_DOCUMENT_H
#define JN_PATTERN_DOCUMENT_H

#include "pattern/match.h"

/* Match the words of a mapping to the members of a value, which has none if it is no
 * object. */
enum jangle_match jn_pattern_match_members(struct jn_pattern_match *match,
                                           const struct jn_pattern_node *node,
                                           const struct jn_pattern_value *value,
                                           const struct jn_pattern_trail *trail);

/* Match a mapping to an object; and the words at the top of a pattern to a document. */
enum jangle_match jn_pattern_match_mapping(struct jn_pattern_match *match,
                                           const struct jn_pattern_node *node,
                                           const struct jn_pattern_value *value,
                                           const struct jn_pattern_trail *trail);
enum jangle_match jn_pattern_match_document(struct jn_pattern_match *match,
                                            const struct jn_pattern_node *node,
                                            const struct jn_pattern_value *document,
                                            const struct jn_pattern_trail *trail);

#endif
