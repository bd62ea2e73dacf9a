/* evaluate.c - a pattern and a value: matches, differs, or is of a type that does not
 * fit.
 */
#include "pattern/evaluate.h"

#include "pattern/document.h"
#include "pattern/list.h"
#include "pattern/scalar.h"

/* ---- functions of patterns ----------------------------------------------------- */

static enum jangle_match match_all(struct jn_pattern_match *match,
                                   const struct jn_pattern_node *node,
                                   const struct jn_pattern_value *value)
{
    enum jangle_match so_far = JANGLE_MATCHES;

    for (const struct jn_pattern_node *child = node->children;
         child && !jn_pattern_is_decided(match, so_far, JANGLE_DIFFERS);
         child = child->next)
        so_far = jn_pattern_all(so_far, jn_pattern_evaluate(match, child, value, NULL));
    return so_far;
}

static enum jangle_match match_any(struct jn_pattern_match *match,
                                   const struct jn_pattern_node *node,
                                   const struct jn_pattern_value *value)
{
    enum jangle_match so_far = JANGLE_DIFFERS;

    for (const struct jn_pattern_node *child = node->children;
         child && !jn_pattern_is_decided(match, so_far, JANGLE_MATCHES);
         child = child->next)
        so_far = jn_pattern_any(so_far, jn_pattern_evaluate(match, child, value, NULL));
    return so_far;
}

static enum jangle_match match_not(struct jn_pattern_match *match,
                                   const struct jn_pattern_node *node,
                                   const struct jn_pattern_value *value)
{
    switch (jn_pattern_evaluate(match, node->children, value, NULL)) {
    case JANGLE_MATCHES:
        return JANGLE_DIFFERS;
    case JANGLE_DIFFERS:
        return JANGLE_MATCHES;
    default:
        return JANGLE_MISFITS;
    }
}

static enum jangle_match match_call(const struct jn_pattern_node *node,
                                    const struct jn_pattern_value *value)
{
    bool missing = value->kind == JN_JSON_NONE;

    return node->function->holds(node->function->context,
                                 missing ? NULL : value->span.text,
                                 missing ? 0 : value->span.size)
               ? JANGLE_MATCHES
               : JANGLE_DIFFERS;
}

/* ---- any pattern --------------------------------------------------------------- */

static enum jangle_match evaluate(struct jn_pattern_match *match,
                                  const struct jn_pattern_node *node,
                                  const struct jn_pattern_value *value,
                                  const struct jn_pattern_trail *trail)
{
    switch (node->kind) {
    case JN_PATTERN_ANY:
        return JANGLE_MATCHES;
    case JN_PATTERN_EMPTY:
        return jn_pattern_value_is_empty(value) ? JANGLE_MATCHES : JANGLE_DIFFERS;
    case JN_PATTERN_CALL:
        return match_call(node, value);
    case JN_PATTERN_NOT:
        return match_not(match, node, value);
    case JN_PATTERN_AND:
        return match_all(match, node, value);
    case JN_PATTERN_OR:
        return match_any(match, node, value);
    case JN_PATTERN_IN:
        return jn_pattern_match_one_of(match, node, value);
    case JN_PATTERN_MAPPING:
        return jn_pattern_match_mapping(match, node, value, trail);
    case JN_PATTERN_LIST:
        return jn_pattern_match_list(match, node, value);
    default:
        return jn_pattern_match_scalar(match, node, value);
    }
}

enum jangle_match jn_pattern_evaluate(struct jn_pattern_match *match,
                                      const struct jn_pattern_node *node,
                                      const struct jn_pattern_value *value,
                                      const struct jn_pattern_trail *trail)
{
    if (!jn_pattern_step(match, 1))
        return JANGLE_MISFITS;
    return evaluate(match, node, value, trail);
}
