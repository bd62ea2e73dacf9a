/* judge.c - compiles, matches and frees. */
#include "filters/pattern/judge.h"

#include <string.h>

const char *
judge(const char *pattern, const char *json, const struct jangle_pattern_options *options)
{
    static const char *const names[] = {"matches", "differs", "misfits"};
    struct jangle_pattern *compiled;
    struct jangle_error error;
    enum jangle_match match;

    if (jangle_pattern_compile(pattern, options, &compiled, &error)) {
        assert_result(error.result, JANGLE_INVALID);
        assert_true(strlen(error.message) > 0);
        assert_null(compiled);
        return "invalid";
    }
    match = jangle_pattern_match(compiled, json, strlen(json), &error);
    assert_int_equal(strlen(error.message) > 0, match != JANGLE_MATCHES);
    jangle_pattern_free(compiled);
    return names[match];
}

const char *refusal_of(const char *pattern, const struct jangle_pattern_options *options)
{
    static struct jangle_error error;
    struct jangle_pattern *compiled;

    assert_result(jangle_pattern_compile(pattern, options, &compiled, &error),
                  JANGLE_INVALID);
    assert_null(compiled);
    return error.message;
}
