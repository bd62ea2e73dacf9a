/* pattern.c - patterns are compiled, matched and freed: by hand, or as a filter. */
#include "pattern/document.h"
#include "pattern/evaluate.h"
#include "pattern/parser.h"

#include <jangle/plugin/support.h>

#include <string.h>

/* ---- compiling ----------------------------------------------------------------- */

/* A list that is to be equal is matched to every element at once, so it is short. */
static bool check_lists(struct jn_pattern_parser *parser,
                        const struct jn_pattern_node *node)
{
    if (node->kind == JN_PATTERN_LIST && node->relation == JN_PATTERN_EQUAL &&
        node->count > JN_PATTERN_LIST_MAX)
        return jn_pattern_fail(
            parser, node->at,
            "a list has at most %d patterns; in() and match() take more",
            JN_PATTERN_LIST_MAX);
    for (const struct jn_pattern_node *child = node->children; child; child = child->next)
        if (!check_lists(parser, child))
            return false;
    return true;
}

/* The members of a pattern may stand in braces. */
static struct jn_pattern_node *parse_root(struct jn_pattern_parser *parser, bool value)
{
    struct jn_pattern_scanner *scanner = &parser->scanner;
    struct jn_pattern_node *root;

    if (scanner->token == JN_PATTERN_TOKEN_END)
        return jn_pattern_fail(parser, scanner->start, "the pattern is empty");
    if (value || jn_pattern_is_sign(scanner, '{'))
        root = jn_pattern_parse(parser);
    else
        root = jn_pattern_parse_members(parser, '\0');
    if (root && scanner->token != JN_PATTERN_TOKEN_END)
        return jn_pattern_fail(parser, scanner->start, "the pattern ends before this");
    return root && check_lists(parser, root) ? root : NULL;
}

/* A text that is copied, because the tree points into it. */
static const char *copy_text(struct jangle_pattern *made, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = jn_pattern_take(&made->memory, size);

    return copy ? memcpy(copy, text, size) : NULL;
}

static enum jangle_result compile(struct jangle_pattern *made,
                                  const char *text,
                                  const struct jangle_pattern_function *functions,
                                  struct jangle_error *error)
{
    struct jn_pattern_parser parser = {
        .memory = &made->memory,
        .functions = functions,
        .depth_left = JN_PATTERN_DEPTH_MAX,
        .error = error,
        .parse = jn_pattern_parse,
    };

    if (strlen(text) > JN_PATTERN_TEXT_MAX)
        return jangle_error_set(error, JANGLE_INVALID,
                                "column %d: the pattern is longer than that, in bytes",
                                JN_PATTERN_TEXT_MAX + 1);
    if (!jn_json_can_hold(text, strlen(text)))
        return jangle_error_set(error, JANGLE_INVALID, "the pattern is not UTF-8");
    parser.scanner.text = parser.scanner.end = copy_text(made, text);
    if (!parser.scanner.text)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "out of memory");
    jn_pattern_scan(&parser.scanner);
    made->root = parse_root(&parser, made->value);
    return made->root ? JANGLE_OK : error->result;
}

static struct jangle_pattern *new_pattern(const struct jangle_allocator *allocator)
{
    struct jangle_pattern *made = jn_new(allocator, sizeof *made);

    if (made)
        made->memory.allocator = *allocator;
    return made;
}

enum jangle_result jangle_pattern_compile(const char *text,
                                          const struct jangle_pattern_options *options,
                                          struct jangle_pattern **pattern,
                                          struct jangle_error *error)
{
    static const struct jangle_pattern_options none;
    struct jangle_error why = {0};
    struct jangle_pattern *made;

    if (error)
        *error = why;
    if (!options)
        options = &none;
    *pattern = NULL;
    if (!text)
        return jangle_error_set(error, JANGLE_INVALID, "the pattern is NULL");
    made =
        new_pattern(options->allocator ? options->allocator : &jn_pattern_system_memory);
    if (!made)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "out of memory");
    made->strict = options->strict;
    made->value = options->value;
    if (compile(made, text, options->functions, &why)) {
        jangle_pattern_free(made);
        return jangle_error_set(error, why.result, "%s", why.message);
    }
    *pattern = made;
    return JANGLE_OK;
}

void jangle_pattern_free(struct jangle_pattern *pattern)
{
    struct jangle_allocator allocator;

    if (!pattern)
        return;
    allocator = pattern->memory.allocator;
    jn_pattern_free_all(&pattern->memory);
    jn_free(&allocator, pattern);
}

/* ---- matching ------------------------------------------------------------------ */

/* When the steps have run out, whatever was found until then is no answer. */
static enum jangle_match match_value(struct jn_pattern_match *match,
                                     const struct jn_json_span *span)
{
    static const struct jn_pattern_trail document = {NULL, NULL};
    const struct jn_pattern_node *root = match->pattern->root;
    struct jn_pattern_value value = jn_pattern_value_of(span->text, span->size);
    enum jangle_match result;

    if (match->pattern->value || root->kind != JN_PATTERN_MAPPING)
        result = jn_pattern_evaluate(match, root, &value, &document);
    else
        result = jn_pattern_match_document(match, root, &value, &document);
    return match->steps_left < 0 ? JANGLE_MISFITS : result;
}

static enum jangle_match explain(struct jangle_error *why,
                                 enum jangle_match result,
                                 const struct jangle_error *reason)
{
    if (result != JANGLE_MATCHES && reason->result)
        jangle_error_set(why, reason->result, "%s", reason->message);
    else if (result == JANGLE_DIFFERS)
        jangle_error_set(why, JANGLE_REJECTED, "the document does not match");
    else if (result == JANGLE_MISFITS)
        jangle_error_set(why, JANGLE_INVALID, "the document cannot be judged");
    return result;
}

/* Not initialised as a whole, because it has much room. */
static void begin_match(struct jn_pattern_match *match,
                        const struct jangle_pattern *pattern,
                        bool explains)
{
    match->pattern = pattern;
    match->evaluate = jn_pattern_evaluate;
    match->steps_left = JN_PATTERN_STEPS;
    match->explains = explains;
    match->differs = match->misfits = (struct jangle_error){0};
}

enum jangle_match jangle_pattern_match(const struct jangle_pattern *pattern,
                                       const char *json,
                                       size_t size,
                                       struct jangle_error *why)
{
    struct jn_pattern_match match;
    struct jn_json_span value;
    struct jn_json reader;
    enum jangle_match result;

    if (why)
        *why = (struct jangle_error){0};
    jn_json_init(&reader, json, size, JN_JSON_DEPTH_MAX);
    if (!jn_json_whole(&reader, &value)) {
        jangle_error_set(why, JANGLE_INVALID, "the document is no JSON: at byte %zu: %s",
                         (size_t)(reader.at - reader.start), reader.fault);
        return JANGLE_MISFITS;
    }
    begin_match(&match, pattern, why);
    result = match_value(&match, &value);
    return explain(why, result,
                   match.steps_left < 0
                       ? &(struct jangle_error){JANGLE_INVALID,
                                                "the match would take too many steps"}
                   : result == JANGLE_DIFFERS ? &match.differs
                                              : &match.misfits);
}

/* ---- the filter ---------------------------------------------------------------- */

/* A program is a pattern: there is nothing else to keep. */
static enum jangle_result compile_filter(const struct jangle_filter *filter,
                                         const struct jangle_host *host,
                                         struct jangle_filter_program **program,
                                         struct jangle_error *error)
{
    const struct jangle_pattern_options options = {
        .allocator = host->allocator.resize ? &host->allocator : NULL};
    struct jangle_pattern *pattern;
    enum jangle_result result =
        jangle_pattern_compile(filter->text, &options, &pattern, error);

    *program = (struct jangle_filter_program *)pattern;
    return result;
}

/* The engine has written the document, so it is sound, and not read to its end first. */
static bool wants(const struct jangle_filter_program *program,
                  const char *document,
                  size_t size,
                  bool *mismatch)
{
    struct jn_pattern_match match;
    enum jangle_match result;

    begin_match(&match, (const struct jangle_pattern *)program, false);
    result = match_value(&match, &(struct jn_json_span){document, size});
    *mismatch = result == JANGLE_MISFITS;
    return result == JANGLE_MATCHES;
}

/* A word that MEGA does not know means a member of the message, or nothing. */
static bool is_by_attributes(const struct jangle_filter_program *program)
{
    const struct jangle_pattern *pattern = (const struct jangle_pattern *)program;
    const struct jn_pattern_node *word = pattern->root->children;

    if (pattern->root->kind != JN_PATTERN_MAPPING)
        return false;
    while (word && word->place == JN_PATTERN_IN_DATA)
        word = word->next;
    return !word;
}

static bool wants_attributes(const struct jangle_filter_program *program,
                             const char *attributes,
                             size_t size,
                             bool *mismatch)
{
    struct jn_pattern_value value = jn_pattern_value_of(attributes, size);
    struct jn_pattern_match match;
    enum jangle_match result;

    begin_match(&match, (const struct jangle_pattern *)program, false);
    result = jn_pattern_match_members(&match, match.pattern->root, &value, NULL);
    if (match.steps_left < 0)
        result = JANGLE_MISFITS;
    *mismatch = result == JANGLE_MISFITS;
    return result == JANGLE_MATCHES;
}

static void close_filter(struct jangle_filter_program *program)
{
    jangle_pattern_free((struct jangle_pattern *)program);
}

const struct jangle_filter_ops jangle_pattern_ops = {
    .abi = 1,
    .name = "pattern",
    .compile = compile_filter,
    .wants = wants,
    .close = close_filter,
    .by_attributes = is_by_attributes,
    .wants_attributes = wants_attributes,
};
