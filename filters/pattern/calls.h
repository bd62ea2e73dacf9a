/* calls.h - the functions of the language. */
#ifndef JN_PATTERN_CALLS_H
#define JN_PATTERN_CALLS_H

#include "pattern/syntax.h"

/* The token is a word, and "(" follows it. Parse the whole call. NULL: parser->error says
 * why. */
struct jn_pattern_node *jn_pattern_parse_call(struct jn_pattern_parser *parser);

/* The token is a word, and no "(" follows it. If it is the name of a function, say how
 * that is called; or else that a value was expected. Returns NULL. */
void *jn_pattern_fail_without_call(struct jn_pattern_parser *parser);

#endif
