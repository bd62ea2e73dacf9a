/* parser.h - the text of a pattern becomes a tree. */
#ifndef JN_PATTERN_PARSER_H
#define JN_PATTERN_PARSER_H

#include "pattern/syntax.h"

/* Parse one pattern, such as gt(0). NULL: parser->error says why. */
struct jn_pattern_node *jn_pattern_parse(struct jn_pattern_parser *parser);

#endif
