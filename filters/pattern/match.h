/* match.h - one match of a pattern to a document. Nothing is allocated: all that a match
 * needs is on the stack, so its answer cannot depend on how much memory there is. */
#ifndef JN_PATTERN_MATCH_H
#define JN_PATTERN_MATCH_H

#include "pattern/node.h"
#include "pattern/reader.h"
#include "pattern/regex.h"

/* What a match may cost in steps. A pattern that is compared with a value costs one step;
 * an expression as many as JN_PATTERN_REGEX_STEPS, and a hundred times so many if it
 * needs more than few steps of PCRE2. */
enum { JN_PATTERN_STEPS = 2000000, JN_PATTERN_REGEX_STEPS = 50 };

/* A text with escapes that is longer cannot be matched to an expression. */
enum { JN_PATTERN_UNESCAPED_BYTES = 32 * 1024 };

/* The members that lead to a value, from the inside to the outside. The outermost is the
 * document, which has no name. */
struct jn_pattern_trail {
    const struct jn_pattern_trail *outside;
    const char *name;
};

struct jn_pattern_match;

/* Match one value to any pattern: jn_pattern_evaluate, which those that are called by it
 * call in turn. `trail` leads to the value if only mappings are around the pattern: then
 * the value decides for the whole, and is told as the reason. Otherwise it is NULL. */
typedef enum jangle_match jn_pattern_evaluate_fn(struct jn_pattern_match *match,
                                                 const struct jn_pattern_node *node,
                                                 const struct jn_pattern_value *value,
                                                 const struct jn_pattern_trail *trail);

struct jn_pattern_match {
    const struct jangle_pattern *pattern;
    jn_pattern_evaluate_fn *evaluate;
    int64_t steps_left;
    bool explains;               /* or else both of these stay empty */
    struct jangle_error differs; /* names the member that decides by that */
    struct jangle_error misfits; /* names the first member that does not fit */
    _Alignas(max_align_t) char regex_bytes[JN_PATTERN_REGEX_BYTES];
    char unescaped[JN_PATTERN_UNESCAPED_BYTES];
};

/* Take so many steps. False: there are none left, and nothing more matches. */
bool jn_pattern_step(struct jn_pattern_match *match, int64_t steps);

/* All of two, or any of two, are one result. A misfit counts as either, so the result is
 * a misfit only if the other does not decide: the strong logic of Kleene ("On Notation
 * for Ordinal Numbers", Journal of Symbolic Logic 3, 1938). In strict mode the first
 * misfit decides, as an exception does in SQS MEGA. */
enum jangle_match jn_pattern_all(enum jangle_match one, enum jangle_match other);
enum jangle_match jn_pattern_any(enum jangle_match one, enum jangle_match other);

/* True if what follows cannot change an "all" or an "any" that has come so far. */
bool jn_pattern_is_decided(const struct jn_pattern_match *match,
                           enum jangle_match so_far,
                           enum jangle_match deciding);

/* Take the steps that so many bytes cost because they are read: one for each 64. */
bool jn_pattern_step_over(struct jn_pattern_match *match, size_t size);

#endif
