/* scalar.c - null, booleans, texts, numbers and moments: what each of them is equal to,
 * and what it matches. */
#include "pattern/scalar.h"

#include <string.h>

/* A number or a moment whose text has escapes is short, or is none. */
enum { SHORT_SIZE = 128 };

static enum jangle_match matches_if(bool holds)
{
    return holds ? JANGLE_MATCHES : JANGLE_DIFFERS;
}

/* ---- what holds of any value --------------------------------------------------- */

/* Does the closing bracket follow the opening one? */
static bool is_hollow(const struct jn_json_span *span)
{
    const char *at = span->text + 1;

    while (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')
        at++;
    return at == span->text + span->size - 1;
}

bool jn_pattern_value_is_empty(const struct jn_pattern_value *value)
{
    switch (value->kind) {
    case JN_JSON_NONE:
    case JN_JSON_NULL:
        return true;
    case JN_JSON_TEXT:
        return value->span.size == 2;
    case JN_JSON_LIST:
    case JN_JSON_OBJECT:
        return is_hollow(&value->span);
    default:
        return false;
    }
}

static bool is_true(const struct jn_pattern_value *value)
{
    return value->span.text[0] == 't';
}

static bool read_number(struct jn_pattern_number *number,
                        const struct jn_pattern_value *value)
{
    return jn_pattern_number_read(number, value->span.text, value->span.size);
}

/* As Python takes it in a condition. */
static bool is_falsy(const struct jn_pattern_value *value)
{
    struct jn_pattern_number number;

    if (value->kind == JN_JSON_BOOL)
        return !is_true(value);
    if (value->kind == JN_JSON_NUMBER)
        return read_number(&number, value) && jn_pattern_number_is_zero(&number);
    return jn_pattern_value_is_empty(value);
}

bool jn_pattern_values_are_same(const struct jn_pattern_value *one,
                                const struct jn_pattern_value *other)
{
    struct jn_pattern_number number, other_number;

    if (one->kind == JN_JSON_NUMBER && other->kind == JN_JSON_NUMBER)
        return read_number(&number, one) && read_number(&other_number, other) &&
               jn_pattern_number_compare(&number, &other_number) == 0;
    return one->span.size == other->span.size &&
           memcmp(one->span.text, other->span.text, one->span.size) == 0;
}

/* What a text says, in place or without its escapes in `to`, which has `room` bytes.
 * False if it is too long, or says what no text can. */
static bool read_text(const struct jn_pattern_value *value,
                      char *to,
                      size_t room,
                      struct jn_json_span *text)
{
    struct jn_json_span inside = {value->span.text + 1, value->span.size - 2};

    *text = inside;
    if (!jn_pattern_has_escapes(&inside))
        return true;
    if (inside.size > room || !jn_pattern_is_sound(&inside) ||
        jn_json_unescape(&inside, to, &text->size))
        return false;
    text->text = to;
    return true;
}

/* ---- null and booleans --------------------------------------------------------- */

static enum jangle_match match_null(const struct jn_pattern_node *node,
                                    const struct jn_pattern_value *value)
{
    return matches_if(node->relation == JN_PATTERN_MATCH ? is_falsy(value)
                                                         : value->kind == JN_JSON_NULL);
}

/* The text "false", in any case, with its quotes. */
static bool says_false(const struct jn_pattern_value *value)
{
    static const char lower[] = "\"false\"", upper[] = "\"FALSE\"";

    if (value->kind != JN_JSON_TEXT || value->span.size != strlen(lower))
        return false;
    for (size_t i = 0; lower[i]; i++)
        if (value->span.text[i] != lower[i] && value->span.text[i] != upper[i])
            return false;
    return true;
}

static enum jangle_match match_boolean(const struct jn_pattern_node *node,
                                       const struct jn_pattern_value *value)
{
    if (node->relation == JN_PATTERN_MATCH)
        return matches_if(node->boolean == !(is_falsy(value) || says_false(value)));
    if (value->kind == JN_JSON_NULL)
        return JANGLE_DIFFERS;
    if (value->kind != JN_JSON_BOOL)
        return JANGLE_MISFITS;
    return matches_if(node->boolean == is_true(value));
}

/* ---- texts --------------------------------------------------------------------- */

/* An expression that ends by its limit is a misfit. */
static enum jangle_match match_regex(struct jn_pattern_match *match,
                                     const struct jn_pattern_node *node,
                                     const struct jn_json_span *text)
{
    static const uint32_t limits[] = {JN_PATTERN_FEW_STEPS, JN_PATTERN_MOST_STEPS};
    enum jn_pattern_regex_result result = JN_PATTERN_REGEX_MORE;

    for (size_t i = 0; i < 2 && result == JN_PATTERN_REGEX_MORE; i++) {
        int64_t steps = JN_PATTERN_REGEX_STEPS * (limits[i] / JN_PATTERN_FEW_STEPS);

        if (!jn_pattern_step(match, steps + (int64_t)(text->size / 64)))
            return JANGLE_MISFITS;
        result = jn_pattern_regex_match(node->regex, text->text, text->size, limits[i],
                                        match->regex_bytes);
    }
    if (result == JN_PATTERN_REGEX_MATCHES || result == JN_PATTERN_REGEX_DIFFERS)
        return matches_if(result == JN_PATTERN_REGEX_MATCHES);
    return JANGLE_MISFITS;
}

static enum jangle_match match_text(struct jn_pattern_match *match,
                                    const struct jn_pattern_node *node,
                                    const struct jn_pattern_value *value)
{
    struct jn_json_span text;

    if (value->kind == JN_JSON_NULL)
        return matches_if(node->size == 0);
    if (value->kind != JN_JSON_TEXT ||
        !read_text(value, match->unescaped, sizeof match->unescaped, &text))
        return JANGLE_MISFITS;
    if (node->relation == JN_PATTERN_MATCH)
        return match_regex(match, node, &text);
    return matches_if(text.size == node->size &&
                      memcmp(text.text, node->text, text.size) == 0);
}

/* ---- numbers and moments ------------------------------------------------------- */

static enum jangle_match match_order(enum jn_pattern_relation relation, int order)
{
    switch (relation) {
    case JN_PATTERN_GREATER:
        return matches_if(order > 0);
    case JN_PATTERN_GREATER_OR_EQUAL:
        return matches_if(order >= 0);
    case JN_PATTERN_LESS:
        return matches_if(order < 0);
    case JN_PATTERN_LESS_OR_EQUAL:
        return matches_if(order <= 0);
    default:
        return matches_if(order == 0);
    }
}

/* Null is unequal to them all, but neither less nor greater. */
static enum jangle_match match_null_to(enum jn_pattern_relation relation)
{
    return relation < JN_PATTERN_GREATER ? JANGLE_DIFFERS : JANGLE_MISFITS;
}

/* A text counts as a number if it is written as the pattern's is. */
static enum jangle_match match_number(const struct jn_pattern_node *node,
                                      const struct jn_pattern_value *value)
{
    struct jn_pattern_number number;
    struct jn_json_span text = value->span;
    char unescaped[SHORT_SIZE];

    if (value->kind == JN_JSON_NULL)
        return match_null_to(node->relation);
    if (value->kind != JN_JSON_NUMBER &&
        (value->kind != JN_JSON_TEXT ||
         !read_text(value, unescaped, sizeof unescaped, &text)))
        return JANGLE_MISFITS;
    if (!jn_pattern_number_read(&number, text.text, text.size))
        return JANGLE_MISFITS;
    if (value->kind == JN_JSON_TEXT && node->cast == JN_PATTERN_AS_INTEGER &&
        !number.integer)
        return JANGLE_MISFITS;
    return match_order(node->relation, jn_pattern_number_compare(&number, &node->number));
}

/* jangle writes a moment as an integer, which SQS MEGA does not know. */
static bool read_moment(const struct jn_pattern_match *match,
                        const struct jn_pattern_value *value,
                        struct jn_pattern_moment *moment)
{
    char unescaped[SHORT_SIZE];
    struct jn_pattern_number number;
    struct jn_json_span text;
    int64_t us;

    if (value->kind == JN_JSON_TEXT)
        return read_text(value, unescaped, sizeof unescaped, &text) &&
               jn_pattern_moment_read(moment, text.text, text.size);
    if (value->kind != JN_JSON_NUMBER || match->pattern->strict ||
        !read_number(&number, value) || !number.integer ||
        !jn_pattern_number_int64(&number, &us))
        return false;
    *moment = jn_pattern_moment_of(us);
    return true;
}

static enum jangle_match match_moment(const struct jn_pattern_match *match,
                                      const struct jn_pattern_node *node,
                                      const struct jn_pattern_value *value)
{
    struct jn_pattern_moment moment;

    if (value->kind == JN_JSON_NULL)
        return match_null_to(node->relation);
    if (!read_moment(match, value, &moment))
        return JANGLE_MISFITS;
    return match_order(node->relation, jn_pattern_moment_compare(&moment, &node->moment));
}

/* ---- all of them --------------------------------------------------------------- */

/* A number is read to its end, however long it is, and so is what may be one. */
static size_t bytes_to_read(const struct jn_pattern_node *node,
                            const struct jn_pattern_value *value)
{
    bool is_read = value->kind == JN_JSON_NUMBER ||
                   (value->kind == JN_JSON_TEXT &&
                    (node->kind == JN_PATTERN_NUMBER || node->kind == JN_PATTERN_MOMENT));

    return is_read ? value->span.size : 0;
}

/* What is missing is null, and nothing else. */
enum jangle_match jn_pattern_match_scalar(struct jn_pattern_match *match,
                                          const struct jn_pattern_node *node,
                                          const struct jn_pattern_value *value)
{
    if (value->kind == JN_JSON_NONE)
        return matches_if(node->kind == JN_PATTERN_NULL);
    if (!jn_pattern_step_over(match, bytes_to_read(node, value)))
        return JANGLE_MISFITS;
    switch (node->kind) {
    case JN_PATTERN_NULL:
        return match_null(node, value);
    case JN_PATTERN_BOOLEAN:
        return match_boolean(node, value);
    case JN_PATTERN_TEXT:
        return match_text(match, node, value);
    case JN_PATTERN_NUMBER:
        return match_number(node, value);
    default:
        return match_moment(match, node, value);
    }
}
