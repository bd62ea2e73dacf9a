/* syntax.c - what several parts of the grammar share: lists of patterns, members, errors.
 */
#include "pattern/syntax.h"

#include <jangle/plugin/support.h>

#include <string.h>

enum { SENTENCE_SIZE = 200, SHOWN_SIZE = 40 };

void *
jn_pattern_fail(struct jn_pattern_parser *parser, const char *at, const char *format, ...)
{
    char text[SENTENCE_SIZE];
    struct jn_sentence sentence = jn_sentence_in(text, sizeof text);
    va_list values;

    va_start(values, format);
    jn_sentence_add_values(&sentence, format, values);
    va_end(values);
    if (parser->memory->failed)
        jangle_error_set(parser->error, JANGLE_NO_MEMORY, "out of memory");
    else
        jangle_error_set(parser->error, JANGLE_INVALID, "column %zu: %s",
                         jn_pattern_column(&parser->scanner, at), text);
    return NULL;
}

/* The token as it is shown in errors. */
static const char *
show_token(const struct jn_pattern_scanner *scanner, char *shown, size_t size)
{
    size_t length = (size_t)(scanner->end - scanner->start);
    char text[SHOWN_SIZE];

    if (scanner->token == JN_PATTERN_TOKEN_END)
        return "the end of the pattern";
    length = length < sizeof text ? length : sizeof text - 1;
    memcpy(text, scanner->start, length);
    text[length] = '\0';
    return jn_text_show(shown, size, text);
}

const struct jn_pattern_constant *
jn_pattern_constant_at(const struct jn_pattern_scanner *scanner)
{
    static const struct jn_pattern_constant constants[] = {
        {"null", JN_PATTERN_NULL, false},     {"None", JN_PATTERN_NULL, false},
        {"true", JN_PATTERN_BOOLEAN, true},   {"True", JN_PATTERN_BOOLEAN, true},
        {"false", JN_PATTERN_BOOLEAN, false}, {"False", JN_PATTERN_BOOLEAN, false},
    };
    size_t size = (size_t)(scanner->end - scanner->start);

    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (strlen(constants[i].word) == size &&
            memcmp(constants[i].word, scanner->start, size) == 0)
            return &constants[i];
    return NULL;
}

const char *
jn_pattern_show_value(const struct jn_pattern_scanner *scanner, char *shown, size_t size)
{
    switch (scanner->token) {
    case JN_PATTERN_TOKEN_NUMBER:
    case JN_PATTERN_TOKEN_TEXT:
    case JN_PATTERN_TOKEN_RAW:
        return show_token(scanner, shown, size);
    default:
        return jn_pattern_constant_at(scanner) ? show_token(scanner, shown, size) : "...";
    }
}

void *jn_pattern_fail_at_token(struct jn_pattern_parser *parser, const char *expected)
{
    char shown[SHOWN_SIZE];

    if (parser->scanner.token == JN_PATTERN_TOKEN_OPEN)
        return jn_pattern_fail(parser, parser->scanner.start, "the text does not end");
    return jn_pattern_fail(parser, parser->scanner.start,
                           "%s was expected, and this is %s", expected,
                           show_token(&parser->scanner, shown, sizeof shown));
}

struct jn_pattern_node *jn_pattern_node_new(struct jn_pattern_parser *parser,
                                            enum jn_pattern_kind kind)
{
    struct jn_pattern_node *node = jn_pattern_take(parser->memory, sizeof *node);

    if (!node)
        return jn_pattern_fail(parser, parser->scanner.start, "out of memory");
    node->kind = kind;
    node->at = parser->scanner.start;
    return node;
}

/* ---- lists and mappings -------------------------------------------------------- */

/* What goes on with a comma or ends with `close` does neither. `first` is its first
 * token, before which there is nothing but space and its bracket. */
static void *fail_to_end(struct jn_pattern_parser *parser, const char *first, char close)
{
    char open = close == ')' ? '(' : close == ']' ? '[' : '{';
    char expected[] = "a comma or ?";

    if (!close)
        return jn_pattern_fail_at_token(parser, "a comma or the end");
    expected[sizeof expected - 2] = close;
    if (parser->scanner.token != JN_PATTERN_TOKEN_END)
        return jn_pattern_fail_at_token(parser, expected);
    while (*first != open)
        first--;
    return jn_pattern_fail(parser, parser->scanner.start,
                           "%s was expected, and this is the end of the pattern: the %c "
                           "in column %zu is not closed",
                           expected, open, jn_pattern_column(&parser->scanner, first));
}

/* Take a comma, if the list goes on behind it. False: the list must end here. */
static bool take_comma(struct jn_pattern_parser *parser)
{
    if (!jn_pattern_is_sign(&parser->scanner, ','))
        return false;
    jn_pattern_scan(&parser->scanner);
    return true;
}

bool jn_pattern_parse_children(struct jn_pattern_parser *parser,
                               struct jn_pattern_node *node,
                               char close)
{
    struct jn_pattern_node **last = &node->children;
    const char *first = parser->scanner.start;
    bool more = true;

    while (more && !jn_pattern_is_sign(&parser->scanner, close)) {
        *last = parser->parse(parser);
        if (!*last)
            return false;
        last = &(*last)->next;
        node->count++;
        more = take_comma(parser);
    }
    if (!jn_pattern_is_sign(&parser->scanner, close))
        return fail_to_end(parser, first, close);
    jn_pattern_scan(&parser->scanner);
    return true;
}

/* Where the word is looked up at the top of a pattern. */
static enum jn_pattern_place place_of(const char *name)
{
    static const struct {
        const char *name;
        enum jn_pattern_place place;
    } words[] = {
        {"name", JN_PATTERN_IN_EVENT},      {"version", JN_PATTERN_IN_EVENT},
        {"timestamp", JN_PATTERN_IN_EVENT}, {"subject", JN_PATTERN_IN_EVENT},
        {"publisher", JN_PATTERN_IN_EVENT}, {"attributes", JN_PATTERN_IN_EVENT},
        {"domain", JN_PATTERN_DOMAIN},      {"object", JN_PATTERN_OBJECT},
        {"protocol", JN_PATTERN_PROTOCOL},  {"extra", JN_PATTERN_EXTRA},
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].name, name) == 0)
            return words[i].place;
    return JN_PATTERN_IN_DATA;
}

static const char *parse_name(struct jn_pattern_parser *parser)
{
    struct jn_pattern_scanner *scanner = &parser->scanner;
    size_t size = (size_t)(scanner->end - scanner->start);
    const char *start = scanner->start, *wrong, *name;
    char *copy;

    if (scanner->token == JN_PATTERN_TOKEN_TEXT ||
        scanner->token == JN_PATTERN_TOKEN_RAW) {
        wrong = jn_pattern_unquote(scanner, parser->memory, &name, &size);
        if (wrong)
            return jn_pattern_fail(parser, start, "%s", wrong);
    } else if (scanner->token == JN_PATTERN_TOKEN_WORD) {
        name = copy = jn_pattern_take(parser->memory, size + 1);
        if (!copy)
            return jn_pattern_fail(parser, start, "out of memory");
        memcpy(copy, start, size);
    } else {
        return jn_pattern_fail_at_token(parser, "the name of a member");
    }
    jn_pattern_scan(scanner);
    return name;
}

static bool is_there(const struct jn_pattern_node *mapping, const char *name)
{
    for (const struct jn_pattern_node *at = mapping->children; at; at = at->next)
        if (strcmp(at->name, name) == 0)
            return true;
    return false;
}

/* Relations are written with signs in other languages. NULL: this is none. */
static const char *relation_at(const char *at, const char **function)
{
    static const struct {
        const char *sign, *function;
    } relations[] = {{"==", NULL}, {"!=", "neq"}, {">=", "gte"},  {"<=", "lte"},
                     {">", "gt"},  {"<", "lt"},   {"=~", "match"}};

    for (size_t i = 0; i < sizeof relations / sizeof *relations; i++) {
        *function = relations[i].function;
        if (strncmp(at, relations[i].sign, strlen(relations[i].sign)) == 0)
            return relations[i].sign;
    }
    return NULL;
}

static void *fail_at_relation(struct jn_pattern_parser *parser,
                              const char *name,
                              const char *sign,
                              const char *function)
{
    struct jn_pattern_scanner behind = parser->scanner;
    char shown[SHOWN_SIZE], value[SHOWN_SIZE];

    behind.end = behind.start + strlen(sign);
    jn_pattern_scan(&behind);
    return jn_pattern_fail(
        parser, parser->scanner.start, "%s is written as a %s: write %s: %s%s%s%s", sign,
        function ? "function" : "colon", jn_text_show(shown, sizeof shown, name),
        function ? function : "", function ? "(" : "",
        jn_pattern_show_value(&behind, value, sizeof value), function ? ")" : "");
}

/* One "name: pattern" or "name = pattern". */
static struct jn_pattern_node *parse_member(struct jn_pattern_parser *parser,
                                            const struct jn_pattern_node *mapping)
{
    const char *start = parser->scanner.start, *name = parse_name(parser);
    const char *sign, *function;
    struct jn_pattern_node *node;
    char shown[SHOWN_SIZE];

    if (!name)
        return NULL;
    sign = relation_at(parser->scanner.start, &function);
    if (sign)
        return fail_at_relation(parser, name, sign, function);
    if (is_there(mapping, name))
        return jn_pattern_fail(parser, start, "%s is there twice",
                               jn_text_show(shown, sizeof shown, name));
    if (!jn_pattern_is_sign(&parser->scanner, ':') &&
        !jn_pattern_is_sign(&parser->scanner, '='))
        return jn_pattern_fail_at_token(parser, "a colon");
    jn_pattern_scan(&parser->scanner);
    node = parser->parse(parser);
    if (!node)
        return NULL;
    node->name = name;
    node->name_size = strlen(name);
    node->place = place_of(name);
    return node;
}

static bool ends_here(const struct jn_pattern_parser *parser, char close)
{
    return close ? jn_pattern_is_sign(&parser->scanner, close)
                 : parser->scanner.token == JN_PATTERN_TOKEN_END;
}

struct jn_pattern_node *jn_pattern_parse_members(struct jn_pattern_parser *parser,
                                                 char close)
{
    struct jn_pattern_node *mapping = jn_pattern_node_new(parser, JN_PATTERN_MAPPING);
    struct jn_pattern_node **last = mapping ? &mapping->children : NULL;
    bool more = true;

    while (mapping && more && !ends_here(parser, close)) {
        *last = parse_member(parser, mapping);
        if (!*last)
            return NULL;
        last = &(*last)->next;
        mapping->count++;
        more = take_comma(parser);
    }
    if (mapping && !ends_here(parser, close))
        return fail_to_end(parser, mapping->at, close);
    return mapping;
}
