/* parser.c - the grammar of patterns, by recursive descent. */
#include "pattern/parser.h"

#include "pattern/calls.h"

/* ---- plain values -------------------------------------------------------------- */

static struct jn_pattern_node *parse_text(struct jn_pattern_parser *parser)
{
    struct jn_pattern_node *node = jn_pattern_node_new(parser, JN_PATTERN_TEXT);
    const char *wrong;

    if (!node)
        return NULL;
    wrong =
        jn_pattern_unquote(&parser->scanner, parser->memory, &node->text, &node->size);
    if (wrong)
        return jn_pattern_fail(parser, node->at, "%s", wrong);
    jn_pattern_scan(&parser->scanner);
    return node;
}

/* Texts are compared with 0 as decimals, because Python takes 0 for "no number". */
static struct jn_pattern_node *parse_number(struct jn_pattern_parser *parser)
{
    struct jn_pattern_node *node = jn_pattern_node_new(parser, JN_PATTERN_NUMBER);
    const struct jn_pattern_scanner *scanner = &parser->scanner;

    if (!node)
        return NULL;
    if (!jn_pattern_number_read(&node->number, scanner->start,
                                (size_t)(scanner->end - scanner->start)))
        return jn_pattern_fail_at_token(parser, "a number");
    node->cast = node->number.integer && !jn_pattern_number_is_zero(&node->number)
                     ? JN_PATTERN_AS_INTEGER
                     : JN_PATTERN_AS_DECIMAL;
    jn_pattern_scan(&parser->scanner);
    return node;
}

static struct jn_pattern_node *parse_constant(struct jn_pattern_parser *parser)
{
    const struct jn_pattern_constant *constant = jn_pattern_constant_at(&parser->scanner);
    struct jn_pattern_node *node;

    if (!constant)
        return jn_pattern_fail_without_call(parser);
    node = jn_pattern_node_new(parser, constant->kind);
    if (node)
        node->boolean = constant->boolean;
    jn_pattern_scan(&parser->scanner);
    return node;
}

/* ---- any pattern --------------------------------------------------------------- */

static struct jn_pattern_node *parse_list(struct jn_pattern_parser *parser)
{
    struct jn_pattern_node *list = jn_pattern_node_new(parser, JN_PATTERN_LIST);

    jn_pattern_scan(&parser->scanner);
    return list && jn_pattern_parse_children(parser, list, ']') ? list : NULL;
}

static struct jn_pattern_node *parse_mapping(struct jn_pattern_parser *parser)
{
    struct jn_pattern_node *mapping;

    jn_pattern_scan(&parser->scanner);
    mapping = jn_pattern_parse_members(parser, '}');
    jn_pattern_scan(&parser->scanner);
    return mapping;
}

static struct jn_pattern_node *parse_word(struct jn_pattern_parser *parser)
{
    struct jn_pattern_scanner after = parser->scanner;

    jn_pattern_scan(&after);
    return jn_pattern_is_sign(&after, '(') ? jn_pattern_parse_call(parser)
                                           : parse_constant(parser);
}

static struct jn_pattern_node *parse_token(struct jn_pattern_parser *parser)
{
    switch (parser->scanner.token) {
    case JN_PATTERN_TOKEN_TEXT:
    case JN_PATTERN_TOKEN_RAW:
        return parse_text(parser);
    case JN_PATTERN_TOKEN_NUMBER:
        return parse_number(parser);
    case JN_PATTERN_TOKEN_WORD:
        return parse_word(parser);
    default:
        if (jn_pattern_is_sign(&parser->scanner, '['))
            return parse_list(parser);
        if (jn_pattern_is_sign(&parser->scanner, '{'))
            return parse_mapping(parser);
        return jn_pattern_fail_at_token(parser, "a pattern");
    }
}

struct jn_pattern_node *jn_pattern_parse(struct jn_pattern_parser *parser)
{
    struct jn_pattern_node *node;

    if (!parser->depth_left)
        return jn_pattern_fail(parser, parser->scanner.start,
                               "it is nested in more than %d others",
                               JN_PATTERN_DEPTH_MAX);
    parser->depth_left--;
    node = parse_token(parser);
    parser->depth_left++;
    return node;
}
