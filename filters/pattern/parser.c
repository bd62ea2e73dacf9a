/* parser.c - the grammar of patterns, by recursive descent. */
#include "pattern/parser.h"

#include "pattern/calls.h"

#include <string.h>

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

static bool is_word(const struct jn_pattern_scanner *scanner, const char *word)
{
    size_t size = (size_t)(scanner->end - scanner->start);

    return strlen(word) == size && memcmp(word, scanner->start, size) == 0;
}

static struct jn_pattern_node *parse_constant(struct jn_pattern_parser *parser)
{
    static const struct {
        const char *word;
        enum jn_pattern_kind kind;
        bool boolean;
    } constants[] = {
        {"null", JN_PATTERN_NULL, false},     {"None", JN_PATTERN_NULL, false},
        {"true", JN_PATTERN_BOOLEAN, true},   {"True", JN_PATTERN_BOOLEAN, true},
        {"false", JN_PATTERN_BOOLEAN, false}, {"False", JN_PATTERN_BOOLEAN, false},
    };

    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (is_word(&parser->scanner, constants[i].word)) {
            struct jn_pattern_node *node = jn_pattern_node_new(parser, constants[i].kind);

            if (node)
                node->boolean = constants[i].boolean;
            jn_pattern_scan(&parser->scanner);
            return node;
        }
    return jn_pattern_fail_at_token(parser, "a value, such as 'text',");
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
