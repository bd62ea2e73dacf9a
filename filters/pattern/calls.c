/* calls.c - the functions of the language: what each wants, and what it becomes. */
#include "pattern/calls.h"

#include "pattern/regex.h"

#include <jangle/plugin/support.h>

#include <string.h>

enum { WHY_SIZE = 160, NAME_SIZE = 24 };

struct function {
    const char *name;
    struct jn_pattern_node *(*parse)(struct jn_pattern_parser *parser,
                                     const struct function *function,
                                     struct jn_pattern_node *call);
    enum jn_pattern_kind kind;         /* what it becomes, or what it wants */
    enum jn_pattern_relation relation; /* of the value that it wants */
    size_t least;                      /* arguments */
    const char *needs;
};

/* Parse the arguments into `call`, which stands for the function. `end` is where they
 * end, for errors about one that is missing. */
static bool parse_arguments(struct jn_pattern_parser *parser,
                            struct jn_pattern_node *call,
                            const char **end)
{
    bool parsed = jn_pattern_parse_children(parser, call, ')');

    /* The parenthesis is the last sign before the token, but for space. */
    *end = parser->scanner.start;
    while (parsed && **end != ')')
        --*end;
    return parsed;
}

static void *fail_needs(struct jn_pattern_parser *parser,
                        const struct function *function,
                        const char *at)
{
    return jn_pattern_fail(parser, at, "%s() needs %s", function->name, function->needs);
}

/* The only argument. NULL: `error` says what is needed, at the argument that is too much,
 * or where one is missing. */
static struct jn_pattern_node *parse_one(struct jn_pattern_parser *parser,
                                         const struct function *function,
                                         struct jn_pattern_node *call)
{
    const char *end;

    if (!parse_arguments(parser, call, &end))
        return NULL;
    if (call->count == 1)
        return call->children;
    return fail_needs(parser, function, call->count ? call->children->next->at : end);
}

static bool is_value(const struct jn_pattern_node *node)
{
    return node->kind <= JN_PATTERN_MAPPING && node->relation == JN_PATTERN_EQUAL;
}

/* ---- values and what they are to be -------------------------------------------- */

static bool compile_regex(struct jn_pattern_parser *parser, struct jn_pattern_node *value)
{
    char why[WHY_SIZE] = "";

    value->regex = jn_pattern_regex_compile(parser->memory, value->text, value->size, why,
                                            sizeof why);
    return value->regex || jn_pattern_fail(parser, value->at, "match(): %s", why);
}

static struct jn_pattern_node *parse_relation(struct jn_pattern_parser *parser,
                                              const struct function *function,
                                              struct jn_pattern_node *call)
{
    struct jn_pattern_node *value = parse_one(parser, function, call);

    if (!value)
        return NULL;
    if (!is_value(value))
        return fail_needs(parser, function, value->at);
    if (function->relation >= JN_PATTERN_GREATER && value->kind != JN_PATTERN_NUMBER &&
        value->kind != JN_PATTERN_MOMENT)
        return fail_needs(parser, function, value->at);
    value->relation = function->relation;
    if (value->kind == JN_PATTERN_TEXT && value->relation == JN_PATTERN_MATCH &&
        !compile_regex(parser, value))
        return NULL;
    return value;
}

static struct jn_pattern_node *parse_neq(struct jn_pattern_parser *parser,
                                         const struct function *function,
                                         struct jn_pattern_node *call)
{
    struct jn_pattern_node *value = parse_one(parser, function, call);

    if (value && !is_value(value))
        return fail_needs(parser, function, value->at);
    return value ? call : NULL;
}

/* The manual of SQS MEGA has not_(['a', 'b']) for a text that is neither. But a text is
 * no list, so it would never match. */
static struct jn_pattern_node *parse_not(struct jn_pattern_parser *parser,
                                         const struct function *function,
                                         struct jn_pattern_node *call)
{
    struct jn_pattern_node *child = parse_one(parser, function, call);

    if (child && child->kind == JN_PATTERN_LIST && is_value(child))
        return jn_pattern_fail(parser, child->at,
                               "not() of a list is about lists only: write "
                               "not(in([...])) for none of these, or neq([...])");
    return child ? call : NULL;
}

static struct jn_pattern_node *parse_in(struct jn_pattern_parser *parser,
                                        const struct function *function,
                                        struct jn_pattern_node *call)
{
    struct jn_pattern_node *list = parse_one(parser, function, call);

    if (!list)
        return NULL;
    if (list->kind != JN_PATTERN_LIST || !is_value(list))
        return fail_needs(parser, function, list->at);
    list->kind = JN_PATTERN_IN;
    return list;
}

/* and, or, one_of, empty, any: so many patterns, or none. */
static struct jn_pattern_node *parse_many(struct jn_pattern_parser *parser,
                                          const struct function *function,
                                          struct jn_pattern_node *call)
{
    const char *end;

    if (!parse_arguments(parser, call, &end))
        return NULL;
    if (call->count < function->least || (!function->least && call->count))
        return fail_needs(parser, function, call->count ? call->children->at : end);
    return call;
}

/* ---- functions of the program -------------------------------------------------- */

static struct jn_pattern_node *parse_called(struct jn_pattern_parser *parser,
                                            const struct function *function,
                                            struct jn_pattern_node *call)
{
    const struct jn_pattern_scanner *scanner = &parser->scanner;
    size_t size = (size_t)(scanner->end - scanner->start);
    char shown[NAME_SIZE];

    if (scanner->token != JN_PATTERN_TOKEN_WORD)
        return fail_needs(parser, function, scanner->start);
    for (call->function = parser->functions; call->function && call->function->name;
         call->function++)
        if (strlen(call->function->name) == size &&
            memcmp(call->function->name, scanner->start, size) == 0)
            break;
    if (!call->function || !call->function->name) {
        jn_text_format(shown, sizeof shown, "%.*s", (int)size, scanner->start);
        return jn_pattern_fail(parser, scanner->start, "no function is called %s", shown);
    }
    jn_pattern_scan(&parser->scanner);
    if (!jn_pattern_is_sign(scanner, ')'))
        return fail_needs(parser, function, scanner->start);
    jn_pattern_scan(&parser->scanner);
    return call;
}

/* ---- constructors, as in SQS MEGA ---------------------------------------------- */

/* A value of that kind, as it is. */
static struct jn_pattern_node *parse_same(struct jn_pattern_parser *parser,
                                          const struct function *function,
                                          struct jn_pattern_node *call)
{
    struct jn_pattern_node *value = parse_one(parser, function, call);

    if (value && (value->kind != function->kind || !is_value(value)))
        return fail_needs(parser, function, value->at);
    return value;
}

/* A number, or the text of one, which is a decimal. */
static struct jn_pattern_node *parse_number(struct jn_pattern_parser *parser,
                                            const struct function *function,
                                            struct jn_pattern_node *call)
{
    struct jn_pattern_node *value = parse_one(parser, function, call);

    if (!value || (is_value(value) && value->kind == JN_PATTERN_NUMBER))
        return value;
    if (!is_value(value) || value->kind != JN_PATTERN_TEXT ||
        !jn_pattern_number_read(&value->number, value->text, value->size))
        return fail_needs(parser, function, value->at);
    value->kind = JN_PATTERN_NUMBER;
    value->cast = JN_PATTERN_AS_DECIMAL;
    return value;
}

static struct jn_pattern_node *parse_decimal(struct jn_pattern_parser *parser,
                                             const struct function *function,
                                             struct jn_pattern_node *call)
{
    struct jn_pattern_node *value = parse_number(parser, function, call);

    if (value)
        value->cast = JN_PATTERN_AS_DECIMAL;
    return value;
}

static struct jn_pattern_node *parse_moment(struct jn_pattern_parser *parser,
                                            const struct function *function,
                                            struct jn_pattern_node *call)
{
    struct jn_pattern_node *value = parse_one(parser, function, call);

    if (!value)
        return NULL;
    if (!is_value(value) || value->kind != JN_PATTERN_TEXT ||
        !jn_pattern_moment_read(&value->moment, value->text, value->size))
        return fail_needs(parser, function, value->at);
    value->kind = JN_PATTERN_MOMENT;
    return value;
}

/* dict(a=1, b=2) or dict({...}) */
static struct jn_pattern_node *parse_dict(struct jn_pattern_parser *parser,
                                          const struct function *function,
                                          struct jn_pattern_node *call)
{
    struct jn_pattern_node *mapping;

    if (jn_pattern_is_sign(&parser->scanner, '{'))
        return parse_same(parser, function, call);
    mapping = jn_pattern_parse_members(parser, ')');
    if (mapping)
        jn_pattern_scan(&parser->scanner);
    return mapping;
}

/* ---- all of them --------------------------------------------------------------- */

static const char A_VALUE[] = "one value, and no function";
static const char COMPARABLE[] = "a number or a DateTime";
static const char A_NUMBER[] = "a number, or the text of one";

static const struct function functions[] = {
    {"eq", parse_relation, .relation = JN_PATTERN_EQUAL, .needs = A_VALUE},
    {"match", parse_relation, .relation = JN_PATTERN_MATCH, .needs = "a text"},
    {"gt", parse_relation, .relation = JN_PATTERN_GREATER, .needs = COMPARABLE},
    {"gte", parse_relation, .relation = JN_PATTERN_GREATER_OR_EQUAL, .needs = COMPARABLE},
    {"lt", parse_relation, .relation = JN_PATTERN_LESS, .needs = COMPARABLE},
    {"lte", parse_relation, .relation = JN_PATTERN_LESS_OR_EQUAL, .needs = COMPARABLE},
    {"neq", parse_neq, JN_PATTERN_NOT, .needs = A_VALUE},
    {"not", parse_not, JN_PATTERN_NOT, .needs = "one pattern"},
    {"and", parse_many, JN_PATTERN_AND, .least = 2, .needs = "two patterns or more"},
    {"or", parse_many, JN_PATTERN_OR, .least = 2, .needs = "two patterns or more"},
    {"one_of", parse_many, JN_PATTERN_IN, .least = 1, .needs = "one pattern or more"},
    {"in", parse_in, JN_PATTERN_IN, .needs = "a list"},
    {"empty", parse_many, JN_PATTERN_EMPTY, .needs = "nothing"},
    {"any", parse_many, JN_PATTERN_ANY, .needs = "nothing"},
    {"call", parse_called, JN_PATTERN_CALL, .needs = "the name of one function"},
    {"Null", parse_same, JN_PATTERN_NULL, .needs = "null"},
    {"Boolean", parse_same, JN_PATTERN_BOOLEAN, .needs = "true or false"},
    {"String", parse_same, JN_PATTERN_TEXT, .needs = "a text"},
    {"Collection", parse_same, JN_PATTERN_LIST, .needs = "a list"},
    {"Mapping", parse_dict, JN_PATTERN_MAPPING, .needs = "a mapping"},
    {"dict", parse_dict, JN_PATTERN_MAPPING, .needs = "a mapping"},
    {"Number", parse_number, JN_PATTERN_NUMBER, .needs = A_NUMBER},
    {"Decimal", parse_decimal, JN_PATTERN_NUMBER, .needs = A_NUMBER},
    {"decimal", parse_decimal, JN_PATTERN_NUMBER, .needs = A_NUMBER},
    {"DateTime", parse_moment, JN_PATTERN_MOMENT,
     .needs = "the text of a date or a time, such as '2020-01-01T10:00Z'"},
};

/* A word may end with _, as and_ and not_ do in Python. */
static const struct function *find_function(const char *word, size_t size)
{
    size -= size > 1 && word[size - 1] == '_';
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strlen(functions[i].name) == size &&
            memcmp(functions[i].name, word, size) == 0)
            return &functions[i];
    return NULL;
}

struct jn_pattern_node *jn_pattern_parse_call(struct jn_pattern_parser *parser)
{
    struct jn_pattern_scanner *scanner = &parser->scanner;
    size_t size = (size_t)(scanner->end - scanner->start);
    const struct function *function = find_function(scanner->start, size);
    struct jn_pattern_node *call, *made;
    const char *start = scanner->start;
    char shown[NAME_SIZE];

    if (!function) {
        jn_text_format(shown, sizeof shown, "%.*s", (int)size, start);
        return jn_pattern_fail(parser, start, "there is no function %s()", shown);
    }
    call = jn_pattern_node_new(parser, function->kind);
    if (!call)
        return NULL;
    jn_pattern_scan(scanner);
    jn_pattern_scan(scanner); /* over the parenthesis */
    made = function->parse(parser, function, call);
    if (made)
        made->at = start; /* it may be an argument, which stands further on */
    return made;
}

void *jn_pattern_fail_without_call(struct jn_pattern_parser *parser)
{
    struct jn_pattern_scanner behind = parser->scanner;
    size_t size = (size_t)(behind.end - behind.start);
    const struct function *function = find_function(behind.start, size);
    const char *start = behind.start;
    char name[NAME_SIZE], shown[WHY_SIZE];

    if (!function)
        return jn_pattern_fail_at_token(parser, "a value, such as 'text',");
    jn_text_format(name, sizeof name, "%.*s", (int)size, start);
    jn_pattern_scan(&behind);
    return jn_pattern_fail(parser, start, "%s is a function: write %s(%s)", name, name,
                           function->parse == parse_many && !function->least
                               ? ""
                               : jn_pattern_show_value(&behind, shown, sizeof shown));
}
