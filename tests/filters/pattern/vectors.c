/* vectors.c - the vectors of the language, in strict mode: a pattern, a value, and what
 * the reference says of them. */
#include "filters/pattern/judge.h"

#include <jansson.h>
#include <string.h>

enum { VECTORS_COUNT = 726 };

static const struct jangle_pattern_options strict = {.strict = true, .value = true};

static json_t *read_vectors(void)
{
    json_error_t error;
    json_t *vectors = json_load_file(VECTORS, 0, &error);

    if (!vectors)
        fail_msg("%s:%d: %s", VECTORS, error.line, error.text);
    return vectors;
}

static void each_vector_is_judged_as_the_reference_does(void **state)
{
    json_t *vectors = read_vectors(), *vector;
    size_t i, wrong = 0;

    (void)state;
    assert_int_equal(json_array_size(vectors), VECTORS_COUNT);
    json_array_foreach(vectors, i, vector)
    {
        const char *pattern = json_string_value(json_array_get(vector, 0));
        const char *value = json_string_value(json_array_get(vector, 1));
        const char *expected = json_string_value(json_array_get(vector, 2));
        const char *found = judge(pattern, value, &strict);

        if (strcmp(found, expected) == 0)
            continue;
        wrong++;
        print_error("%s %s: %s, and not %s\n", pattern, value, found, expected);
    }
    assert_int_equal(wrong, 0);
    json_decref(vectors);
}

/* What is a misfit there may be decided by another part of the pattern here. */
static void the_default_mode_says_the_same_of_values_that_fit(void **state)
{
    static const struct jangle_pattern_options options = {.value = true};
    json_t *vectors = read_vectors(), *vector;
    size_t i;

    (void)state;
    json_array_foreach(vectors, i, vector)
    {
        const char *pattern = json_string_value(json_array_get(vector, 0));
        const char *value = json_string_value(json_array_get(vector, 1));
        const char *expected = json_string_value(json_array_get(vector, 2));
        const char *found = judge(pattern, value, &options);

        if (strcmp(expected, "misfits") != 0 && strcmp(found, expected) != 0)
            fail_msg("%s %s: %s, and not %s", pattern, value, found, expected);
    }
    json_decref(vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_vector_is_judged_as_the_reference_does),
        cmocka_unit_test(the_default_mode_says_the_same_of_values_that_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
