/* limits.c - a match ends soon, whatever the pattern and the document: beyond its limits
 * it is a misfit. */
#include "filters/pattern/judge.h"

#include "pattern/match.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct jangle_pattern_options value = {.value = true};

/* A JSON text of so many of these, and `end`. */
static char *text_of(const char *piece, size_t count, const char *end)
{
    size_t size = strlen(piece);
    char *text = malloc(count * size + strlen(end) + 3), *at = text;

    assert_non_null(text);
    *at++ = '"';
    for (size_t i = 0; i < count; i++, at += size)
        memcpy(at, piece, size);
    memcpy(at, end, strlen(end));
    at += strlen(end);
    memcpy(at, "\"", 2);
    return text;
}

/* Each "a" more doubles its work. */
static void an_expression_that_runs_away_ends_as_a_misfit(void **state)
{
    static const char *const patterns[] = {"match('(a+)+$')", "match('(a|aa)+$')",
                                           "match('(.*a){20}$')"};
    char *text = text_of("a", 200, "!"), *short_text = text_of("a", 10, "!");

    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        assert_judged(patterns[i], text, "misfits");
    assert_judged("not(match('(a+)+$'))", text, "misfits");
    assert_judged("or(match('(a+)+$'), match('aaa'))", text, "matches");
    assert_judged("match('(a+)+$')", short_text, "differs");
    free(text);
    free(short_text);
}

/* PCRE2 notes each round of the group: on the stack, of which there is so much. */
static void an_expression_that_needs_much_memory_ends_as_a_misfit(void **state)
{
    char *text = text_of("ab", 5000, "c"), *short_text = text_of("ab", 100, "c");

    (void)state;
    assert_judged("match('(a|b)*c')", text, "misfits");
    assert_judged("match('(a|b)*c')", short_text, "matches");
    assert_judged("match('[ab]*c')", text, "matches");
    free(text);
    free(short_text);
}

/* PCRE2 looks only at numbers that are smaller. */
static void an_expression_cannot_lift_its_limits(void **state)
{
    char *text = text_of("a", 200, "!");

    (void)state;
    assert_judged("match('(*LIMIT_MATCH=4000000000)(a+)+$')", text, "misfits");
    free(text);
}

static void a_long_text_is_matched_where_it_is(void **state)
{
    char *text = text_of("a", 1000000, "");
    char *escaped = text_of("\\n", JN_PATTERN_UNESCAPED_BYTES / 2, "");
    char *too_long = text_of("\\n", JN_PATTERN_UNESCAPED_BYTES / 2, " ");

    (void)state;
    assert_judged("match('a*$')", text, "matches");
    assert_judged("match('\\n*$')", escaped, "matches");
    assert_judged("match('\\n*$')", too_long, "misfits");
    assert_judged("not('x')", escaped, "matches");
    assert_judged("not('x')", too_long, "misfits");
    free(text);
    free(escaped);
    free(too_long);
}

/* A list of so many texts. */
static char *list_of(size_t count)
{
    char *text = malloc(count * 4 + 3), *at = text;

    assert_non_null(text);
    *at++ = '[';
    for (size_t i = 0; i < count; i++, at += 4)
        memcpy(at, "\"a\",", 4);
    memcpy(count ? at - 1 : at, "]", 2);
    return text;
}

static void a_match_has_so_many_steps(void **state)
{
    size_t most = JN_PATTERN_STEPS / (JN_PATTERN_REGEX_STEPS + 1);
    char *fits = list_of(most - most / 20), *too_much = list_of(most + most / 20);
    struct jangle_pattern *pattern;
    struct jangle_error why;

    (void)state;
    assert_judged("match([match('b')])", fits, "differs");
    assert_judged("match([match('b')])", too_much, "misfits");
    assert_judged("not(match([match('b')]))", too_much, "misfits");
    assert_judged("or(match([match('b')]), any())", too_much, "misfits");
    assert_result(
        jangle_pattern_compile("not(match([match('b')]))", &value, &pattern, NULL),
        JANGLE_OK);
    jangle_pattern_match(pattern, too_much, strlen(too_much), &why);
    assert_result(why.result, JANGLE_INVALID);
    assert_string_equal(why.message, "the match would take too many steps");
    jangle_pattern_free(pattern);
    free(fits);
    free(too_much);
}

/* "match(['b','b',...])": each of them goes past the long text before it finds its own.
 */
static const char *matching(char *text, int count)
{
    char *at = text + 7;

    memcpy(text, "match([", 7);
    for (int i = 0; i < count; i++, at += 4)
        memcpy(at, "'b',", 4);
    memcpy(at, "])", 3);
    return text;
}

static void reading_a_long_document_again_costs_steps(void **state)
{
    char *text = text_of("a", 2000000, ""), *list = malloc(2000020), pattern[1000];

    (void)state;
    assert_non_null(list);
    snprintf(list, 2000020, "[%s,\"b\"]", text);
    assert_judged(matching(pattern, 50), list, "matches");
    assert_judged(matching(pattern, 100), list, "misfits");
    free(text);
    free(list);
}

/* So many of one byte. */
static char *fill(char *at, char byte, size_t count)
{
    memset(at, byte, count);
    return at + count;
}

/* Each number is compared with the long one before it finds its equal. */
static void a_long_number_among_many_costs_steps(void **state)
{
    enum { DIGITS = 64 << 10, OTHERS = 10000 };
    char *text = malloc(DIGITS + 2 * OTHERS + 3), *at = text;

    (void)state;
    assert_non_null(text);
    *at++ = '[';
    at = fill(at, '7', DIGITS);
    for (int i = 0; i < OTHERS; i++, at += 2)
        memcpy(at, ",1", 2);
    memcpy(at, "]", 2);
    assert_judged("[1, 2]", text, "misfits");
    assert_judged("match([1])", text, "matches");
    free(text);
}

/* "or(PATTERN,PATTERN,...)" */
static char *any_of(const char *pattern, int count)
{
    size_t size = strlen(pattern);
    char *text = malloc(5 + (size_t)count * (size + 1)), *at = text + 3;

    assert_non_null(text);
    memcpy(text, "or(", 3);
    for (int i = 0; i < count; i++, at += size + 1) {
        memcpy(at, pattern, size);
        at[size] = ',';
    }
    memcpy(at, ")", 2);
    return text;
}

/* Whatever it is that a value has much of: digits, members, or space. */
static void a_long_value_costs_steps_for_each_pattern(void **state)
{
    enum { SIZE = 1 << 20 };
    static const struct {
        const char *start, *piece, *end, *pattern;
    } values[] = {{"1", "0", "", "lt(1)"},
                  {"\"", " ", "5\"", "lt(1)"},
                  {"{", "\"a\":1,", "\"c\":1}", "{b:1}"},
                  {"[1,", " ", "1]", "match([2])"}};
    char *text = malloc(SIZE + 20), *few, *many;

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        size_t size = strlen(values[i].piece);
        char *at = text + snprintf(text, SIZE, "%s", values[i].start);

        for (; at - text < SIZE; at += size)
            memcpy(at, values[i].piece, size);
        memcpy(at, values[i].end, strlen(values[i].end) + 1);
        few = any_of(values[i].pattern, 10);
        many = any_of(values[i].pattern, 140);
        assert_judged(few, text, "differs");
        assert_judged(many, text, "misfits");
        free(few);
        free(many);
    }
    free(text);
}

static void many_different_elements_are_counted_no_further_than_needed(void **state)
{
    char *text = malloc(1000000), *at = text;

    (void)state;
    assert_non_null(text);
    for (int i = 0; i < 60000; i++)
        at += snprintf(at, 12, "%c%d", i ? ',' : '[', i);
    memcpy(at, "]", 2);
    assert_judged("[gte(0), any()]", text, "differs");
    assert_judged("not([gte(0)])", text, "invalid");
    assert_judged("neq([gte(0)])", text, "matches");
    free(text);
}

/* The reader of JSON has a limit of its own. */
static void a_document_nests_1024_deep_at_most(void **state)
{
    char text[2200];

    (void)state;
    memset(text, '[', 1024);
    memset(text + 1024, ']', 1024);
    text[2048] = '\0';
    assert_judged("any()", text, "matches");
    memset(text, '[', 1025);
    memset(text + 1025, ']', 1025);
    text[2050] = '\0';
    assert_judged("any()", text, "misfits");
}

/* Lists in 62 others, and in the innermost an expression. */
static void *match_deep(void *context)
{
    char text[200], json[200], closed[80];
    size_t depth = 62;

    memset(text, '[', depth);
    memset(json, '[', depth);
    memset(closed, ']', depth);
    closed[depth] = '\0';
    snprintf(text + depth, sizeof text - depth, "match('(a|b)*c')%s", closed);
    snprintf(json + depth, sizeof json - depth, "\"aba\\u0062abababac\"%s", closed);
    *(const char **)context =
        judge(text, json, &(struct jangle_pattern_options){.value = true});
    return NULL;
}

/* What a sanitizer adds to each frame does not count. */
static void a_match_fits_into_half_a_megabyte_of_stack(void **state)
{
    size_t size = (TEST_STRIDE == 1 ? 512 : 8192) * 1024;
    const char *found = "nothing";
    pthread_attr_t attributes;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, size), 0);
    assert_int_equal(pthread_create(&thread, &attributes, match_deep, &found), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
    assert_string_equal(found, "matches");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_expression_that_runs_away_ends_as_a_misfit),
        cmocka_unit_test(an_expression_that_needs_much_memory_ends_as_a_misfit),
        cmocka_unit_test(an_expression_cannot_lift_its_limits),
        cmocka_unit_test(a_long_text_is_matched_where_it_is),
        cmocka_unit_test(a_match_has_so_many_steps),
        cmocka_unit_test(reading_a_long_document_again_costs_steps),
        cmocka_unit_test(a_long_number_among_many_costs_steps),
        cmocka_unit_test(a_long_value_costs_steps_for_each_pattern),
        cmocka_unit_test(many_different_elements_are_counted_no_further_than_needed),
        cmocka_unit_test(a_document_nests_1024_deep_at_most),
        cmocka_unit_test(a_match_fits_into_half_a_megabyte_of_stack),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
