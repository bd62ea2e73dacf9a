/* language.c - what each part of the language matches, in the default mode. */
#include "filters/pattern/judge.h"

#include <string.h>

struct row {
    const char *pattern, *json, *expected;
};

static void judge_all(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *found = judge(rows[i].pattern, rows[i].json,
                                  &(struct jangle_pattern_options){.value = true});

        if (strcmp(found, rows[i].expected) != 0)
            fail_msg("%s %s: %s, and not %s", rows[i].pattern, rows[i].json, found,
                     rows[i].expected);
    }
}

#define JUDGE(...)                                                                       \
    do {                                                                                 \
        static const struct row rows[] = {__VA_ARGS__};                                  \
                                                                                         \
        judge_all(rows, sizeof rows / sizeof *rows);                                     \
    } while (0)

/* ---- values -------------------------------------------------------------------- */

static void plain_values_are_equal(void **state)
{
    (void)state;
    JUDGE({"null", "null", "matches"}, {"None", "null", "matches"},
          {"null", "0", "differs"}, {"true", "true", "matches"},
          {"True", "false", "differs"}, {"False", "false", "matches"},
          {"true", "1", "misfits"}, {"true", "null", "differs"}, {"5", "5", "matches"},
          {"5", "5.0", "matches"}, {"5", "true", "misfits"}, {"5", "null", "differs"},
          {"'a'", "\"a\"", "matches"}, {"\"a\"", "\"A\"", "differs"},
          {"'a'", "5", "misfits"}, {"''", "null", "matches"}, {"'a'", "null", "differs"},
          {"eq('a')", "\"a\"", "matches"}, {"neq('a')", "\"a\"", "differs"},
          {"neq('a')", "\"b\"", "matches"}, {"neq('a')", "5", "misfits"},
          {"neq([1, 2])", "[1]", "matches"}, {"neq([1, 2])", "[2, 1]", "differs"});
}

static void texts_are_what_they_say(void **state)
{
    (void)state;
    JUDGE({"'\xC3\xA9'", "\"\\u00e9\"", "matches"},
          {"'\\u00e9'", "\"\xC3\xA9\"", "matches"},
          {"'\\ud83d\\ude00'", "\"\xF0\x9F\x98\x80\"", "matches"},
          {"'it\\'s'", "\"it's\"", "matches"}, {"\"it's\"", "\"it's\"", "matches"},
          {"'a\\nb'", "\"a\\nb\"", "matches"}, {"r'a\\nb'", "\"a\\\\nb\"", "matches"},
          {"'a\\db'", "\"a\\\\db\"", "matches"}, {"'\\\\'", "\"\\\\\"", "matches"},
          {"'a/b'", "\"a\\/b\"", "matches"}, {"'x'", "\"x\\u0000\"", "misfits"},
          {"'x'", "\"\\ud800\"", "misfits"}, {"'\"'", "\"\\\"\"", "matches"});
}

static void numbers_are_compared_by_their_digits(void **state)
{
    (void)state;
    JUDGE({"9223372036854775807", "9223372036854775807", "matches"},
          {"9223372036854775807", "9223372036854775806", "differs"},
          {"9007199254740993", "9007199254740992", "differs"},
          {"gt(9223372036854775807)", "9223372036854775808", "matches"},
          {"-9223372036854775808", "-9223372036854775808", "matches"},
          {"0.1", "0.1", "matches"},
          {"0.1", "0.1000000000000000055511151231257827", "differs"},
          {"decimal('5.00')", "5", "matches"},
          {"decimal('5.00')", "\"5.000\"", "matches"},
          {"Decimal('5.00')", "\"5.001\"", "differs"}, {"1e2", "100", "matches"},
          {"100", "1.0E+2", "matches"}, {"1e-3", "0.001", "matches"},
          {"0.05", "5e-2", "matches"}, {"-0.0", "0", "matches"},
          {"gt(-5)", "-4.999", "matches"}, {"lt(-5)", "-5.0001", "matches"},
          {"gt(0)", "1e-400", "matches"}, {"lt(1e400)", "1e399", "matches"},
          {"lt(1e99999999999999999999)", "5", "matches"}, {"5_000", "5000", "matches"});
}

static void a_text_may_be_a_number_if_it_is_written_so(void **state)
{
    (void)state;
    JUDGE({"5", "\"5\"", "matches"}, {"5", "\" 5 \"", "matches"},
          {"5", "\"5.0\"", "misfits"}, {"5.0", "\"5\"", "matches"},
          {"gt(4)", "\"5\"", "matches"}, {"5", "\"\\u0035\"", "matches"},
          {"5", "\"five\"", "misfits"}, {"not(5)", "\"five\"", "misfits"},
          {"0", "\"0.0\"", "matches"}, {"5", "\"\"", "misfits"},
          {"5.5", "\"5_0.5\"", "differs"}, {"5", "\"5__0\"", "misfits"},
          {"5.0", "\".\"", "misfits"}, {"5.0", "\"5e\"", "misfits"},
          {"5.0", "\"nan\"", "misfits"}, {"5.0", "\"+5.\"", "matches"});
}

static void what_is_greater_or_less(void **state)
{
    (void)state;
    JUDGE({"gt(5)", "6", "matches"}, {"gt(5)", "5", "differs"},
          {"gte(5)", "5", "matches"}, {"gte(5)", "4", "differs"},
          {"lt(5)", "4", "matches"}, {"lt(5)", "5", "differs"},
          {"lte(5)", "5", "matches"}, {"lte(5)", "6", "differs"},
          {"gt(5)", "null", "misfits"}, {"gt(5)", "[6]", "misfits"},
          {"gt(Number('5'))", "5.5", "matches"}, {"gt(Number(5))", "5.5", "matches"});
}

static void moments_are_compared_to_the_second(void **state)
{
    (void)state;
    JUDGE(
        {"DateTime('2020-01-01T10:00Z')", "\"2020-01-01T10:00:00.999\"", "matches"},
        {"DateTime('2020-01-01T10:00:00Z')", "\"2020-01-01 13:00:00 +0300\"", "matches"},
        {"DateTime('2020-01-01T10:00:00Z')", "\"2020-01-01T10:00:01Z\"", "differs"},
        {"gt(DateTime('2020-01-01'))", "\"2020-01-02T00:00:00\"", "matches"},
        {"gt(DateTime('2020-01-01'))", "\"2020-01-01T23:59:59\"", "differs"},
        {"DateTime('2020-1-1')", "\"2020-01-01T23:59:59-05:00\"", "matches"},
        {"DateTime('2020-02-29')", "\"2020-02-30\"", "misfits"},
        {"DateTime('2020-02-29')", "\"10:00\"", "misfits"},
        {"DateTime('2020-02-29')", "true", "misfits"},
        {"DateTime('2020-02-29')", "null", "differs"},
        {"gt(DateTime('2020-02-29'))", "null", "misfits"});
}

/* jangle counts them, also before 1970. */
static void an_integer_is_a_moment_in_microseconds(void **state)
{
    (void)state;
    JUDGE({"DateTime('2020-05-04T15:53:23')", "1588607603123456", "matches"},
          {"DateTime('2020-05-04')", "1588607603123456", "matches"},
          {"gt(DateTime('2020-05-05'))", "1588607603123456", "differs"},
          {"DateTime('1969-12-31T23:59:59')", "-1", "matches"},
          {"DateTime('1969-12-31')", "-1", "matches"},
          {"DateTime('1970-01-01')", "0", "matches"},
          {"lt(DateTime('1970-01-01'))", "-9223372036854775808", "matches"},
          {"gt(DateTime('1970-01-01'))", "9223372036854775807", "matches"},
          {"gt(DateTime('1970-01-01'))", "9223372036854775808", "misfits"},
          {"gt(DateTime('1970-01-01'))", "1.5", "misfits"});
}

/* ---- functions ----------------------------------------------------------------- */

static void match_begins_at_the_start_of_a_text(void **state)
{
    (void)state;
    JUDGE({"match('Wayne')", "\"Wayne Enterprises\"", "matches"},
          {"match('Wayne')", "\"Bruce Wayne\"", "differs"},
          {"match('item[.].*')", "\"item.added\"", "matches"},
          {"match(r'\\d+$')", "\"987650\"", "matches"},
          {"match('\\d+$')", "\"98765O\"", "differs"},
          {"match('a.c')",
           "\"a\xC3\xA9"
           "c\"",
           "matches"},
          {"match('\\w$')", "\"\\u00e9\"", "matches"}, {"match('')", "null", "matches"},
          {"match('a')", "null", "differs"}, {"match('a')", "5", "misfits"},
          {"match('(?i)ABC')", "\"abc\"", "matches"}, {"match(42)", "\"42\"", "matches"},
          {"match([2, 1])", "[1, 2, 3]", "matches"}, {"match([4])", "[1, 2]", "differs"},
          {"match([1, 2])", "2", "matches"}, {"match(null)", "[]", "matches"},
          {"match(true)", "\"False\"", "differs"}, {"match(true)", "\"0\"", "matches"},
          {"match({a: 1})", "{\"a\":1,\"b\":2}", "matches"});
}

static void one_of_several(void **state)
{
    (void)state;
    JUDGE({"in([1, 2])", "2", "matches"}, {"in_([1, 2])", "3", "differs"},
          {"one_of('a', 'b')", "\"b\"", "matches"}, {"one_of(gt(5), 1)", "1", "matches"},
          {"one_of(1, 'a')", "\"a\"", "matches"}, {"one_of(1, 'b')", "\"a\"", "misfits"},
          {"in([[1], [2]])", "[2]", "matches"}, {"in([{a: 1}])", "{\"a\":1}", "matches"},
          {"in([])", "1", "differs"}, {"in(Collection([1]))", "1", "matches"});
}

static void and_or_not(void **state)
{
    (void)state;
    JUDGE({"and(gt(1), lt(5))", "3", "matches"}, {"and_(gt(1), lt(5))", "5", "differs"},
          {"or(lt(1), gt(5))", "6", "matches"}, {"or_(lt(1), gt(5))", "3", "differs"},
          {"not(gt(5))", "5", "matches"}, {"not_('a')", "\"a\"", "differs"},
          {"not(not(5))", "5", "matches"}, {"not(one_of('a', 'b'))", "\"c\"", "matches"});
}

static void empty_any_and_missing(void **state)
{
    (void)state;
    JUDGE({"empty()", "null", "matches"}, {"empty()", "\"\"", "matches"},
          {"empty()", "[ ]", "matches"}, {"empty()", "{}", "matches"},
          {"empty()", "0", "differs"}, {"empty()", "false", "differs"},
          {"empty()", "[null]", "differs"}, {"not_(empty())", "\" \"", "matches"},
          {"empty()", "{ \"a\" : 1 }", "differs"}, {"any()", "null", "matches"},
          {"any_()", "[]", "matches"});
}

/* ---- what does not fit --------------------------------------------------------- */

static void a_value_that_does_not_fit_matches_nothing_also_under_not(void **state)
{
    (void)state;
    JUDGE({"gt(5)", "\"a\"", "misfits"}, {"not(gt(5))", "\"a\"", "misfits"},
          {"not(not(gt(5)))", "\"a\"", "misfits"},
          {"{a: not('x')}", "{\"a\":5}", "misfits"},
          {"and(gt(5), lt(9))", "\"a\"", "misfits"}, {"not('a')", "[\"a\"]", "misfits"},
          {"not({a: 1})", "[]", "misfits"}, {"neq([1])", "1", "misfits"},
          {"not(in(['a']))", "5", "misfits"});
}

static void what_others_decide_is_decided(void **state)
{
    (void)state;
    JUDGE({"or(gt(5), 'a')", "\"a\"", "matches"}, {"or('a', gt(5))", "\"a\"", "matches"},
          {"and(gt(5), 'a')", "\"b\"", "differs"},
          {"and('a', gt(5))", "\"b\"", "differs"},
          {"{a: 1, b: 2}", "{\"a\":[],\"b\":3}", "differs"},
          {"{a: 1, b: 2}", "{\"a\":[],\"b\":2}", "misfits"},
          {"[1, 'a']", "[1, \"a\"]", "matches"}, {"[1, 2]", "[1, \"a\"]", "misfits"},

          {"match([1, 2])", "[\"a\", 1]", "misfits"});
}

/* ---- mappings ------------------------------------------------------------------ */

static void members_are_found_in_any_order(void **state)
{
    (void)state;
    JUDGE({"{a: 1, b: {c: gt(2)}}", "{\"x\":0,\"b\":{\"c\":3},\"a\":1}", "matches"},
          {"{'a': 1, \"b\": 2}", "{\"a\":1,\"b\":2}", "matches"},
          {"{a = 1, b = 2,}", "{\"a\":1,\"b\":2}", "matches"},
          {"dict(a=1, b=dict(c=2))", "{\"a\":1,\"b\":{\"c\":2}}", "matches"},
          {"Mapping({a: 1})", "{\"\\u0061\":1}", "matches"},
          {"{}", "{\"a\":1}", "matches"}, {"{a: 1}", "{\"a\":2,\"a\":1}", "matches"},
          {"{a: 1}", "null", "differs"}, {"{}", "null", "matches"},
          {"{a: 1}", "\"a\"", "misfits"});
}

static void a_missing_member_does_not_match(void **state)
{
    (void)state;
    JUDGE({"{a: 1}", "{}", "differs"}, {"{a: 'x'}", "{\"b\":\"x\"}", "differs"},
          {"{a: ''}", "{}", "differs"}, {"{a: []}", "{}", "differs"},
          {"{a: {}}", "{}", "differs"}, {"{a: gt(5)}", "{}", "differs"},
          {"{a: match('')}", "{}", "differs"}, {"{a: match(false)}", "{}", "differs"},
          {"{a: one_of(1, 2)}", "{}", "differs"},
          {"{a: DateTime('2020-01-01')}", "{}", "differs"});
}

static void a_missing_member_is_null_empty_or_not_another(void **state)
{
    (void)state;
    JUDGE({"{a: null}", "{}", "matches"}, {"{a: empty()}", "{}", "matches"},
          {"{a: any()}", "{}", "matches"}, {"{a: not('x')}", "{}", "matches"},
          {"{a: neq(5)}", "{}", "matches"}, {"{a: not(gt(5))}", "{}", "matches"},
          {"{a: not(in(['x']))}", "{}", "matches"}, {"{a: not({b: 1})}", "{}", "matches"},
          {"{a: not(empty())}", "{}", "differs"}, {"{a: not(null)}", "{}", "differs"},
          {"{a: one_of(null, 5)}", "{}", "matches"},
          {"{a: or(gt(5), null)}", "{}", "matches"});
}

/* ---- lists --------------------------------------------------------------------- */

/* SQS MEGA takes the first element that matches, and so says that it differs. */
static void each_element_has_a_pattern_of_its_own(void **state)
{
    static const struct jangle_pattern_options strict = {.strict = true, .value = true};

    (void)state;
    JUDGE({"[gt(0), gt(0)]", "[1, 2]", "matches"}, {"[gt(0), 1]", "[1, 2]", "matches"},
          {"[1, gt(0)]", "[1, 2]", "matches"},
          {"[gt(0), gt(1), gt(2)]", "[3, 2, 1]", "matches"},
          {"[gt(0)]", "[1, 2]", "differs"}, {"[any(), 2]", "[2, 1, 3]", "differs"},
          {"[gt(0), 9]", "[1, 2]", "differs"});
    assert_string_equal(judge("[gt(0), gt(0)]", "[1, 2]", &strict), "differs");
}

static void order_and_repetition_do_not_count(void **state)
{
    (void)state;
    JUDGE({"['c', 'b', 'a']", "[\"a\",\"b\",\"b\",\"c\"]", "matches"},
          {"[1, 1]", "[1]", "matches"}, {"[1]", "[1, 1.0, 1e0]", "matches"},
          {"[1]", "[1, 2]", "differs"}, {"[1, 2]", "[1]", "differs"},
          {"[]", "[]", "matches"}, {"[]", "null", "matches"}, {"[1]", "null", "differs"},
          {"[]", "[1]", "differs"}, {"[1]", "1", "misfits"}, {"[1]", "{}", "misfits"});
}

static void lists_may_hold_mappings_and_lists(void **state)
{
    (void)state;
    JUDGE({"[{id: 1}, {id: gt(1)}]", "[{\"id\":7},{\"id\":1}]", "matches"},
          {"[{id: 1}, {id: 2}]", "[{\"id\":1},{\"id\":3}]", "differs"},
          {"match([{id: 2}])", "[{\"id\":1},{\"id\":2,\"x\":0}]", "matches"},
          {"[[1, 2], [3]]", "[[3],[2,1]]", "matches"},
          {"[[1, 2], [3]]", "[[3],[2]]", "differs"});
}

/* ---- functions of the program -------------------------------------------------- */

static bool is_long(void *context, const char *json, size_t size)
{
    return json && size > *(const size_t *)context;
}

static bool is_missing(void *context, const char *json, size_t size)
{
    (void)context;
    return !json && !size;
}

static void a_function_of_the_program_may_decide(void **state)
{
    size_t most = 4;
    const struct jangle_pattern_function functions[] = {
        {"is_long", is_long, &most}, {"is_missing", is_missing, NULL}, {0}};
    const struct jangle_pattern_options options = {.functions = functions};

    (void)state;
    assert_string_equal(judge("a: call(is_long)", "{\"a\":\"text\"}", &options),
                        "matches");
    assert_string_equal(judge("a: call(is_long)", "{\"a\":\"t\"}", &options), "differs");
    assert_string_equal(judge("a: call(is_missing)", "{\"b\":1}", &options), "matches");
    assert_string_equal(judge("a: not(call(is_missing))", "{\"a\":1}", &options),
                        "matches");
    assert_string_equal(refusal_of("a: call(other)", &options),
                        "column 9: no function is called other");
    assert_string_equal(refusal_of("a: call(is_long)", NULL),
                        "column 9: no function is called is_long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_values_are_equal),
        cmocka_unit_test(texts_are_what_they_say),
        cmocka_unit_test(numbers_are_compared_by_their_digits),
        cmocka_unit_test(a_text_may_be_a_number_if_it_is_written_so),
        cmocka_unit_test(what_is_greater_or_less),
        cmocka_unit_test(moments_are_compared_to_the_second),
        cmocka_unit_test(an_integer_is_a_moment_in_microseconds),
        cmocka_unit_test(match_begins_at_the_start_of_a_text),
        cmocka_unit_test(one_of_several),
        cmocka_unit_test(and_or_not),
        cmocka_unit_test(empty_any_and_missing),
        cmocka_unit_test(a_value_that_does_not_fit_matches_nothing_also_under_not),
        cmocka_unit_test(what_others_decide_is_decided),
        cmocka_unit_test(members_are_found_in_any_order),
        cmocka_unit_test(a_missing_member_does_not_match),
        cmocka_unit_test(a_missing_member_is_null_empty_or_not_another),
        cmocka_unit_test(each_element_has_a_pattern_of_its_own),
        cmocka_unit_test(order_and_repetition_do_not_count),
        cmocka_unit_test(lists_may_hold_mappings_and_lists),
        cmocka_unit_test(a_function_of_the_program_may_decide),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
