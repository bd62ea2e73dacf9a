/* refusals.c - what is wrong with a pattern is said with its column. */
#include "filters/pattern/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *pattern, *why;
} refused[] = {
    {"", "column 1: the pattern is empty"},
    {"  ", "column 3: the pattern is empty"},
    {"a: 1, b: match()", "column 16: match() needs a text"},
    {"subject_: match(gt(5))", "column 17: match() needs a text"},
    {"username: not_(['test', 'synthetic'])",
     "column 16: not() of a list is about lists only: write not(in([...])) for none of "
     "these, or neq([...])"},
    {"a", "column 2: a colon was expected, and this is the end of the pattern"},
    {"a: ", "column 4: a pattern was expected, and this is the end of the pattern"},
    {"a: b", "column 4: a value, such as 'text', was expected, and this is b"},
    {"a: 1 b: 2", "column 6: a comma or the end was expected, and this is b"},
    {"a: 'x", "column 4: the text does not end"},
    {"\xC3\xA9: 1", "column 1: the name of a member was expected, and this is \xC3\xA9"},
    {"'\xC3\xA9': x", "column 6: a value, such as 'text', was expected, and this is x"},
    {"a: 1, a: 2", "column 7: a is there twice"},
    {"a: 5x", "column 4: a number was expected, and this is 5x"},
    {"a: 1__0", "column 4: a number was expected, and this is 1__0"},
    {"a: '\\u12'", "column 4: \\u needs four hexadecimal digits"},
    {"a: '\\u0000'",
     "column 4: \\u needs the number of a character that a text may have"},
    {"a: '\\ud800'",
     "column 4: \\u needs the number of a character that a text may have"},
    {"a: [1, 2",
     "column 9: a comma or ] was expected, and this is the end of the pattern: the [ in "
     "column 4 is not closed"},
    {"a: {b: 1",
     "column 9: a comma or } was expected, and this is the end of the pattern: the { in "
     "column 4 is not closed"},
    {"a: {b: {c: 1}, d: 2",
     "column 20: a comma or } was expected, and this is the end of the pattern: the { in "
     "column 4 is not closed"},
    {"{ a: 1",
     "column 7: a comma or } was expected, and this is the end of the pattern: "
     "the { in column 1 is not closed"},
    {"a: gt ( 1",
     "column 10: a comma or ) was expected, and this is the end of the pattern: the ( in "
     "column 7 is not closed"},
    {"a: dict(b=1",
     "column 12: a comma or ) was expected, and this is the end of the pattern: the ( in "
     "column 8 is not closed"},
    {"a: {b: 1 c: 2}", "column 10: a comma or } was expected, and this is c"},
    {"a: [1 2]", "column 7: a comma or ] was expected, and this is 2"},
    {"a: {b: 1]", "column 9: a comma or } was expected, and this is ]"},
    {"quantity: gt 10", "column 11: gt is a function: write gt(10)"},
    {"a: match 'x'", "column 4: match is a function: write match('x')"},
    {"a: not_ in [1]", "column 4: not_ is a function: write not_(...)"},
    {"a: any", "column 4: any is a function: write any()"},
    {"name == 'a'", "column 6: == is written as a colon: write name: 'a'"},
    {"a != null", "column 3: != is written as a function: write a: neq(null)"},
    {"a>=5", "column 2: >= is written as a function: write a: gte(5)"},
    {"a: {b < 5}", "column 7: < is written as a function: write b: lt(5)"},
    {"a =~ 'x.*'", "column 3: =~ is written as a function: write a: match('x.*')"},
    {"a > {}", "column 3: > is written as a function: write a: gt(...)"},
    {"{a: 1} b", "column 8: the pattern ends before this"},
    {"a: gt('5')", "column 7: gt() needs a number or a DateTime"},
    {"a: lte(true)", "column 8: lte() needs a number or a DateTime"},
    {"a: gt(1, 2)", "column 10: gt() needs a number or a DateTime"},
    {"a: eq(gt(1))", "column 7: eq() needs one value, and no function"},
    {"a: neq(empty())", "column 8: neq() needs one value, and no function"},
    {"a: in(1)", "column 7: in() needs a list"},
    {"a: one_of()", "column 11: one_of() needs one pattern or more"},
    {"a: and(gt(1))", "column 8: and() needs two patterns or more"},
    {"a: or()", "column 7: or() needs two patterns or more"},
    {"a: not()", "column 8: not() needs one pattern"},
    {"a: empty(1)", "column 10: empty() needs nothing"},
    {"a: call('x')", "column 9: call() needs the name of one function"},
    {"a: foo(1)", "column 4: there is no function foo()"},
    {"a: Number('x')", "column 11: Number() needs a number, or the text of one"},
    {"a: Boolean(1)", "column 12: Boolean() needs true or false"},
    {"a: DateTime('2020-13-01')",
     "column 13: DateTime() needs the text of a date or a time, such as "
     "'2020-01-01T10:00Z'"},
    {"a: match('(')",
     "column 10: match(): missing closing parenthesis, at byte 1 of the expression"},
    {"a: match('\\C')",
     "column 10: match(): using \\C is disabled by the application, at "
     "byte 2 of the expression"},
};

static void what_is_wrong_is_said_with_its_column(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_string_equal(refusal_of(refused[i].pattern, NULL), refused[i].why);
}

/* A text of so many bytes, which `pattern` begins and spaces end. */
static char *padded(const char *pattern, size_t size)
{
    char *text = malloc(size + 1);

    assert_non_null(text);
    memset(text, ' ', size);
    memcpy(text, pattern, strlen(pattern));
    text[size] = '\0';
    return text;
}

static void a_pattern_has_16_kib_at_most(void **state)
{
    char *fits = padded("a: 1", 16 * 1024), *longer = padded("a: 1", 16 * 1024 + 1);

    (void)state;
    assert_document(fits, "{\"a\":1}", "matches");
    assert_string_equal(refusal_of(longer, NULL),
                        "column 16385: the pattern is longer than that, in bytes");
    free(fits);
    free(longer);
}

/* `count` brackets on each side. */
static const char *nested(char *text, size_t count)
{
    memset(text, '[', count);
    memset(text + count, ']', count);
    text[2 * count] = '\0';
    return text;
}

static void no_text_is_no_pattern(void **state)
{
    struct jangle_pattern *pattern;
    struct jangle_error error;

    (void)state;
    assert_result(jangle_pattern_compile(NULL, NULL, &pattern, &error), JANGLE_INVALID);
    assert_string_equal(error.message, "the pattern is NULL");
    assert_null(pattern);
}

static void patterns_nest_64_deep_at_most(void **state)
{
    const struct jangle_pattern_options options = {.value = true};
    char text[200], json[200];

    (void)state;
    assert_judged(nested(text, 64), nested(json, 64), "matches");
    assert_judged(nested(text, 64), nested(json, 63), "differs");
    assert_string_equal(refusal_of(nested(text, 65), &options),
                        "column 65: it is nested in more than 64 others");
}

/* "f([0,1,2,..])" */
static const char *listed(char *text, size_t size, const char *open, int count)
{
    size_t used = (size_t)snprintf(text, size, "%s[", open);

    for (int i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, size - used, "%d,", i);
    text[used - 1] = ']';
    text[used] = '\0';
    if (*open)
        text[used++] = ')', text[used] = '\0';
    return text;
}

static void a_list_that_is_equal_has_64_patterns_at_most(void **state)
{
    const struct jangle_pattern_options options = {.value = true};
    char text[2000], json[2000];

    (void)state;
    assert_judged(listed(text, sizeof text, "", 64), listed(json, sizeof json, "", 64),
                  "matches");
    assert_judged(text, listed(json, sizeof json, "", 65), "differs");
    assert_string_equal(
        refusal_of(listed(text, sizeof text, "", 65), &options),
        "column 1: a list has at most 64 patterns; in() and match() take more");
    assert_string_equal(
        refusal_of(listed(text, sizeof text, "neq(", 65), &options),
        "column 5: a list has at most 64 patterns; in() and match() take more");
    assert_judged(listed(text, sizeof text, "in(", 300), "299", "matches");
    assert_judged(listed(text, sizeof text, "match(", 300),
                  listed(json, sizeof json, "", 300), "matches");
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    assert_string_equal(refusal_of("a: '\xFF'", NULL), "the pattern is not UTF-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_said_with_its_column),
        cmocka_unit_test(a_pattern_has_16_kib_at_most),
        cmocka_unit_test(no_text_is_no_pattern),
        cmocka_unit_test(patterns_nest_64_deep_at_most),
        cmocka_unit_test(a_list_that_is_equal_has_64_patterns_at_most),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
