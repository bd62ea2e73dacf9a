/* json.c - the reader takes what RFC 8259 calls JSON, and nothing else. */
#include "base/arena.h"
#include "support/effort.h"
#include "support/failing_allocator.h"
#include "support/samples.h"
#include "support/test.h"

#include <jangle/plugin/json.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEPTH = 64 };

static bool is_json(const char *text, size_t size, int64_t depth)
{
    struct jn_json json;
    struct jn_json_span value;

    jn_json_init(&json, text, size, depth);
    return jn_json_whole(&json, &value);
}

static void takes_what_the_grammar_has(void **state)
{
    static const char *const texts[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "10",
        "-1.5e+10",
        "0e0",
        "1E-9",
        "\"\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD834\\udd1e\"",
        "[]",
        "{}",
        " [ ] ",
        "\t{\"a\" : [1 ,{}] ,\"\":null}\r\n",
        "\"\x7f\"",
        "\"\xf4\x8f\xbf\xbf\"",
        "123456789012345678901234567890",
        "1e999",
        "\"\\u0000\"",
        "\"\\udead\""};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!is_json(texts[i], strlen(texts[i]), DEPTH))
            fail_msg("%s is JSON", texts[i]);
}

static void refuses_all_else_and_says_where(void **state)
{
    static const struct {
        const char *text;
        size_t at;
        const char *fault;
    } cases[] = {
        {"", 0, "a value was expected"},
        {"  ", 2, "a value was expected"},
        {"nul", 0, "a value was expected"},
        {"truE", 0, "a value was expected"},
        {"'a'", 0, "a value was expected"},
        {"+1", 0, "a value was expected"},
        {".5", 0, "a value was expected"},
        {"NaN", 0, "a value was expected"},
        {"\xef\xbb\xbf{}", 0, "a value was expected"},
        {"[1,]", 3, "a value was expected"},
        {"[,1]", 1, "a value was expected"},
        {"{\"a\":}", 5, "a value was expected"},
        {"nulll", 4, "there is more after the value"},
        {"01", 1, "there is more after the value"},
        {"{}{}", 2, "there is more after the value"},
        {"1,2", 1, "there is more after the value"},
        {"-", 1, "a digit was expected"},
        {"1.", 2, "a digit was expected"},
        {"1e", 2, "a digit was expected"},
        {"1.e5", 2, "a digit was expected"},
        {"1e+", 3, "a digit was expected"},
        {"[1 2]", 3, "a comma or the list's end was expected"},
        {"[1}", 2, "a comma or the list's end was expected"},
        {"[", 1, "a value was expected"},
        {"[1", 2, "a comma or the list's end was expected"},
        {"{\"a\":1 \"b\":2}", 7, "a comma or the object's end was expected"},
        {"{\"a\":1]", 6, "a comma or the object's end was expected"},
        {"{", 1, "a member's name was expected"},
        {"{\"a\":1,}", 7, "a member's name was expected"},
        {"{a:1}", 1, "a member's name was expected"},
        {"{1:1}", 1, "a member's name was expected"},
        {"{\"a\" 1}", 5, "a colon was expected"},
        {"\"a", 2, "the text does not end"},
        {"\"\\\"", 3, "the text does not end"},
        {"\"\\", 1, "there is no such escape"},
        {"\"\\x\"", 1, "there is no such escape"},
        {"\"\\u12g4\"", 1, "there is no such escape"},
        {"\"\\u12", 1, "there is no such escape"},
        {"\"a\nb\"", 2, "a control character must be escaped"},
        {"\"\x1f\"", 1, "a control character must be escaped"},
        {"\"\xc0\x80\"", 1, "it is not UTF-8"},
        {"\"\xed\xa0\x80\"", 1, "it is not UTF-8"},
        {"[1,\"\xff\"]", 4, "it is not UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jn_json json;
        struct jn_json_span value;

        jn_json_init(&json, cases[i].text, strlen(cases[i].text), DEPTH);
        if (jn_json_whole(&json, &value))
            fail_msg("%s is no JSON", cases[i].text);
        assert_string_equal(json.fault, cases[i].fault);
        if (json.at != json.start + cases[i].at)
            fail_msg("%s: at %td, not %zu", cases[i].text, json.at - json.start,
                     cases[i].at);
    }
}

static void a_nul_is_no_json(void **state)
{
    (void)state;
    assert_false(is_json("1\0", 2, DEPTH));
    assert_false(is_json("\"a\0b\"", 5, DEPTH));
    assert_false(is_json("\0", 1, DEPTH));
}

static void depth_is_bounded_to_the_very_level(void **state)
{
    char text[2 * (JN_JSON_DEPTH_MAX + 1)];

    (void)state;
    for (size_t depth = 1; depth <= JN_JSON_DEPTH_MAX + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(is_json(text, 2 * depth, (int64_t)depth),
                         depth <= JN_JSON_DEPTH_MAX);
        assert_false(is_json(text, 2 * depth, (int64_t)depth - 1));
        assert_int_equal(is_json(text, 2 * depth, INT64_MAX), depth <= JN_JSON_DEPTH_MAX);
    }
    assert_true(is_json("[[],[],{\"a\":[]}]", 16, 3));
    assert_true(is_json("1", 1, 0));
}

static void a_megabyte_of_brackets_is_refused_without_a_stack(void **state)
{
    size_t size = 1024 * 1024;
    char *text = malloc(size);

    (void)state;
    assert_non_null(text);
    memset(text, '[', size);
    assert_false(is_json(text, size, INT64_MAX));
    for (size_t i = 0; i < size; i++)
        text[i] = "[{},"[i ? 1 + i % 3 : 0];
    assert_false(is_json(text, size, INT64_MAX));
    free(text);
}

/* ---- the same as jansson ----------------------------------------------------- */

/* What jansson refuses though the grammar has it: a library's limits. */
static bool is_jansson_alone(const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);

    return code == json_error_null_character || code == json_error_numeric_overflow ||
           code == json_error_null_byte_in_key || code == json_error_duplicate_key ||
           strstr(error->text, "invalid Unicode") || strstr(error->text, "\\u0000");
}

static void compare(const char *text, size_t size)
{
    json_error_t error;
    json_t *judged = json_loadb(text, size, JSON_DECODE_ANY, &error);
    bool taken = is_json(text, size, JN_JSON_DEPTH_MAX);

    if (judged && !taken)
        fail_msg("jansson takes %.*s", (int)size, text);
    if (!judged && taken && !is_jansson_alone(&error))
        fail_msg("jansson refuses %.*s: %s", (int)size, text, error.text);
    json_decref(judged);
}

static void agrees_with_jansson_on_damaged_texts(void **state)
{
    static const char alphabet[] = "{}[]\",:\\u0123456789abtrfnle.+-E \n\x01\x80\xc3\xff";
    struct failing_allocator memory;
    struct jangle_arena arena;
    struct samples samples = {.state = effort_seed(), .arena = &arena};

    (void)state;
    failing_allocator_init(&memory, 0);
    jn_arena_init(&arena, &memory.allocator);
    for (int i = effort_count(EFFORT_JSON_DAMAGED); i > 0; i--) {
        struct sample value;
        const char *json;
        char *copy;
        size_t size;

        sample_fill(&samples, &value);
        json = jangle_to_json(&arena, &sample, &value, NULL);
        assert_non_null(json);
        size = strlen(json);
        copy = jn_arena_copy(&arena, json, size);
        compare(copy, size);
        for (uint64_t j = sample_below(&samples, 3); j < 3; j++) {
            copy[sample_below(&samples, size)] =
                alphabet[sample_below(&samples, sizeof alphabet - 1)];
            compare(copy, size);
        }
        compare(copy, sample_below(&samples, size));
        jn_arena_reset(&arena);
    }
    jn_arena_finish(&arena);
}

/* ---- steps ------------------------------------------------------------------- */

static void a_value_is_taken_as_it_is_written(void **state)
{
    static const char text[] = " { \"a\" : [ 1, \"]\" ] , \"b\":-0.0e1 } ";
    struct jn_json json;
    struct jn_json_span name, value;

    (void)state;
    jn_json_init(&json, text, strlen(text), DEPTH);
    assert_int_equal(jn_json_peek(&json), JN_JSON_OBJECT);
    assert_true(jn_json_enter(&json));
    assert_true(jn_json_next_member(&json, true, &name));
    assert_memory_equal(name.text, "a", name.size);
    assert_true(jn_json_skip(&json, &value));
    assert_int_equal(value.size, strlen("[ 1, \"]\" ]"));
    assert_memory_equal(value.text, "[ 1, \"]\" ]", value.size);
    assert_true(jn_json_next_member(&json, false, &name));
    assert_true(jn_json_skip(&json, &value));
    assert_int_equal(value.size, strlen("-0.0e1"));
    assert_false(jn_json_next_member(&json, false, &name));
    assert_true(jn_json_finish(&json));
    assert_int_equal(json.depth_left, DEPTH);
}

static void the_first_fault_sticks(void **state)
{
    struct jn_json json;
    struct jn_json_span value;

    (void)state;
    jn_json_init(&json, "[1 2]", 5, DEPTH);
    assert_false(jn_json_skip(&json, &value));
    assert_false(jn_json_next_item(&json, false));
    assert_false(jn_json_enter(&json));
    assert_int_equal(jn_json_peek(&json), JN_JSON_NONE);
    assert_false(jn_json_finish(&json));
    assert_string_equal(json.fault, "a comma or the list's end was expected");
}

static void names_are_compared_by_what_they_say(void **state)
{
    static const struct {
        const char *written, *meant;
        bool same;
    } cases[] = {
        {"amount", "amount", true},
        {"amoun", "amount", false},
        {"amount2", "amount", false},
        {"\\u0061mount", "amount", true},
        {"\\ud834\\udd1e", "\xf0\x9d\x84\x9e", true},
        {"a\\u0000", "a", false},
        {"\\ud834", "x", false},
        {"a\\/b\\n", "a/b\n", true},
        {"", "", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jn_json_span span = {cases[i].written, strlen(cases[i].written)};

        assert_int_equal(jn_json_says(&span, cases[i].meant), cases[i].same);
    }
}

static void an_overlong_name_is_nobodys(void **state)
{
    size_t size = 6 * 1000;
    char *text = malloc(size);
    struct jn_json_span span = {text, size};

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < size; i++)
        text[i] = "\\u0061"[i % 6];
    assert_false(jn_json_says(&span, "aaaa"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_the_grammar_has),
        cmocka_unit_test(refuses_all_else_and_says_where),
        cmocka_unit_test(a_nul_is_no_json),
        cmocka_unit_test(depth_is_bounded_to_the_very_level),
        cmocka_unit_test(a_megabyte_of_brackets_is_refused_without_a_stack),
        cmocka_unit_test(agrees_with_jansson_on_damaged_texts),
        cmocka_unit_test(a_value_is_taken_as_it_is_written),
        cmocka_unit_test(the_first_fault_sticks),
        cmocka_unit_test(names_are_compared_by_what_they_say),
        cmocka_unit_test(an_overlong_name_is_nobodys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
