/* list.c - lists, which are compared without regard to order and to what is there more
 * than once. */
#include "pattern/list.h"

#include "pattern/pairing.h"
#include "pattern/scalar.h"

enum { LIST_MAX = JN_PATTERN_LIST_MAX };

_Static_assert((int)JN_PATTERN_LIST_MAX <= (int)JN_PATTERN_PAIRS_MAX,
               "each pattern is in a pair");

/* In SQS MEGA neither a list nor a mapping can be one of a list. */
enum jangle_match jn_pattern_match_one_of(struct jn_pattern_match *match,
                                          const struct jn_pattern_node *node,
                                          const struct jn_pattern_value *value)
{
    enum jangle_match so_far = JANGLE_DIFFERS;

    if (match->pattern->strict &&
        (value->kind == JN_JSON_LIST || value->kind == JN_JSON_OBJECT))
        return JANGLE_MISFITS;
    for (const struct jn_pattern_node *child = node->children;
         child && !jn_pattern_is_decided(match, so_far, JANGLE_MATCHES);
         child = child->next)
        so_far = jn_pattern_any(so_far, match->evaluate(match, child, value, NULL));
    return so_far;
}

/* Go to the next element, which costs steps as it is long, with the space before it. */
static bool next_element(struct jn_pattern_match *match,
                         struct jn_pattern_reader *reader,
                         struct jn_pattern_value *element)
{
    const char *start = reader->at;

    return jn_pattern_next_item(reader, element) &&
           jn_pattern_step_over(match, (size_t)(reader->at - start));
}

/* Does an element of the list match the pattern? `found` is the last one that was tried:
 * if the answer is MATCHES, the first one that matches. */
static enum jangle_match find_match(struct jn_pattern_match *match,
                                    const struct jn_pattern_node *pattern,
                                    const struct jn_pattern_value *list,
                                    struct jn_pattern_value *found)
{
    struct jn_pattern_reader reader = jn_pattern_enter(list);
    enum jangle_match so_far = JANGLE_DIFFERS;

    while (!jn_pattern_is_decided(match, so_far, JANGLE_MATCHES) &&
           next_element(match, &reader, found))
        so_far = jn_pattern_any(so_far, match->evaluate(match, pattern, found, NULL));
    return so_far;
}

/* Is there an element for every pattern? There may be others. */
static enum jangle_match match_each(struct jn_pattern_match *match,
                                    const struct jn_pattern_node *node,
                                    const struct jn_pattern_value *list)
{
    enum jangle_match so_far = JANGLE_MATCHES;
    struct jn_pattern_value found;

    for (const struct jn_pattern_node *child = node->children;
         child && !jn_pattern_is_decided(match, so_far, JANGLE_DIFFERS);
         child = child->next)
        so_far = jn_pattern_all(so_far, find_match(match, child, list, &found));
    return so_far;
}

/* Each that is looked at costs a step, and more if it is long: a number is read again. */
static bool is_among(struct jn_pattern_match *match,
                     const struct jn_pattern_value *value,
                     const struct jn_pattern_value *values,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!jn_pattern_step(match, 1) ||
            !jn_pattern_step_over(match, value->span.size + values[i].span.size))
            return false;
        if (jn_pattern_values_are_same(value, &values[i]))
            return true;
    }
    return false;
}

/* ---- equal, in strict mode ----------------------------------------------------- */

static enum jangle_match are_all_among(struct jn_pattern_match *match,
                                       const struct jn_pattern_value *list,
                                       const struct jn_pattern_value *values,
                                       size_t count)
{
    struct jn_pattern_reader reader = jn_pattern_enter(list);
    struct jn_pattern_value value;

    while (next_element(match, &reader, &value))
        if (!is_among(match, &value, values, count))
            return JANGLE_DIFFERS;
    return JANGLE_MATCHES;
}

/* As SQS MEGA does it: each pattern takes the first element that matches it, also if that
 * was taken before; and in the end all must have been taken. */
static enum jangle_match match_greedily(struct jn_pattern_match *match,
                                        const struct jn_pattern_node *node,
                                        const struct jn_pattern_value *list)
{
    struct jn_pattern_value taken[LIST_MAX];
    size_t count = 0;

    for (const struct jn_pattern_node *child = node->children; child;
         child = child->next) {
        enum jangle_match result = find_match(match, child, list, &taken[count++]);

        if (result != JANGLE_MATCHES)
            return result;
    }
    return are_all_among(match, list, taken, count);
}

/* ---- equal --------------------------------------------------------------------- */

/* The elements, each once. False: there are more than `most`. */
static bool read_elements(struct jn_pattern_match *match,
                          const struct jn_pattern_value *list,
                          struct jn_pattern_value elements[LIST_MAX],
                          size_t most,
                          size_t *count)
{
    struct jn_pattern_reader reader = jn_pattern_enter(list);
    struct jn_pattern_value value;

    *count = 0;
    while (next_element(match, &reader, &value)) {
        if (is_among(match, &value, elements, *count))
            continue;
        if (*count == most)
            return false;
        elements[(*count)++] = value;
    }
    return true;
}

/* Can each element be given to a pattern of its own, and has every pattern an element? A
 * pattern that has no element of its own shares one. */
static bool is_cover(const uint64_t *edges, size_t patterns, size_t elements)
{
    for (size_t i = 0; i < patterns; i++)
        if (!edges[i])
            return false;
    return jn_pattern_most_pairs(edges, patterns) == elements;
}

/* There are at least as many patterns as elements, or some element has none. */
static enum jangle_match match_cover(struct jn_pattern_match *match,
                                     const struct jn_pattern_node *node,
                                     const struct jn_pattern_value *list)
{
    struct jn_pattern_value elements[LIST_MAX];
    uint64_t sure[LIST_MAX] = {0}, possible[LIST_MAX] = {0};
    size_t pattern = 0, count;

    if (!read_elements(match, list, elements, node->count, &count))
        return JANGLE_DIFFERS;
    for (const struct jn_pattern_node *child = node->children; child;
         child = child->next, pattern++) {
        for (size_t i = 0; i < count; i++) {
            enum jangle_match result = match->evaluate(match, child, &elements[i], NULL);

            sure[pattern] |= (uint64_t)(result == JANGLE_MATCHES) << i;
            possible[pattern] |= (uint64_t)(result != JANGLE_DIFFERS) << i;
        }
        if (!possible[pattern])
            return JANGLE_DIFFERS;
    }
    if (is_cover(sure, node->count, count))
        return JANGLE_MATCHES;
    return is_cover(possible, node->count, count) ? JANGLE_MISFITS : JANGLE_DIFFERS;
}

/* ---- any list ------------------------------------------------------------------ */

enum jangle_match jn_pattern_match_list(struct jn_pattern_match *match,
                                        const struct jn_pattern_node *node,
                                        const struct jn_pattern_value *value)
{
    if (value->kind == JN_JSON_NONE || (value->kind == JN_JSON_NULL && node->count))
        return JANGLE_DIFFERS;
    if (value->kind == JN_JSON_NULL)
        return JANGLE_MATCHES;
    if (value->kind == JN_JSON_LIST && node->relation == JN_PATTERN_MATCH)
        return match_each(match, node, value);
    if (value->kind == JN_JSON_LIST)
        return match->pattern->strict ? match_greedily(match, node, value)
                                      : match_cover(match, node, value);
    if (value->kind == JN_JSON_OBJECT || node->relation != JN_PATTERN_MATCH)
        return JANGLE_MISFITS;
    return jn_pattern_match_one_of(match, node, value);
}
