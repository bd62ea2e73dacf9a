/* judge.h - a pattern and a document, in one line of a test. */
#ifndef JUDGE_H
#define JUDGE_H

#include "support/test.h"

#include <jangle/pattern.h>

/* What a pattern says of a JSON value: "matches", "differs" or "misfits"; or "invalid",
 * if the pattern is none. */
const char *judge(const char *pattern,
                  const char *json,
                  const struct jangle_pattern_options *options);

/* The pattern is one, such as gt(0), in the default mode. */
#define assert_judged(pattern, json, expected)                                           \
    assert_string_equal(                                                                 \
        judge(pattern, json, &(struct jangle_pattern_options){.value = true}), expected)

/* The pattern has members, and looks at a document. */
#define assert_document(pattern, json, expected)                                         \
    assert_string_equal(judge(pattern, json, NULL), expected)

/* Why a pattern is refused. A static text. */
const char *refusal_of(const char *pattern, const struct jangle_pattern_options *options);

#endif
