/* texts.c - what the command line makes of texts: harmless ones, JSON, numbers. */
#include "support/test.h"

#include "admin/bytes.h"
#include "admin/safe.h"
#include "admin/wellformed.h"

#include <jansson.h>
#include <string.h>

static struct jn_bytes out;

static int finish(void **state)
{
    (void)state;
    jn_bytes_free(&out);
    return 0;
}

#define SHOWN(text) (shown(text, sizeof(text) - 1))
static const char *shown(const char *text, size_t size)
{
    jn_bytes_clear(&out);
    jn_safe_put(&out, text, size);
    return jn_bytes_string(&out);
}

static void what_steers_a_terminal_is_an_escape(void **state)
{
    (void)state;
    assert_string_equal(SHOWN("a\x1b[31mb"), "a\\x1b[31mb");
    assert_string_equal(SHOWN("a\rb\nc\0d\x7f"), "a\\x0db\\x0ac\\x00d\\x7f");
    assert_string_equal(SHOWN("a\xe2\x80\xae"
                              "b\xe2\x81\xa6"),
                        "a\\u202eb\\u2066");
    assert_string_equal(SHOWN("\xc2\x9b"), "\\u009b");
    assert_string_equal(SHOWN("\xf3\xa0\x81\x81"), "\\U000e0041");
    assert_string_equal(SHOWN("\xef\xbb\xbfx\xe2\x80\x8b"), "\\ufeffx\\u200b");
}

static void bytes_that_are_no_utf8_are_shown_one_by_one(void **state)
{
    (void)state;
    assert_string_equal(SHOWN("a\xff\xc3"), "a\\xff\\xc3");
    assert_string_equal(SHOWN("\xc0\xaf"), "\\xc0\\xaf"); /* too long for a slash */
    assert_string_equal(SHOWN("\xed\xa0\x80"),
                        "\\xed\\xa0\\x80"); /* half a surrogate pair */
    assert_string_equal(SHOWN("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

static void all_else_is_shown_as_it_is(void **state)
{
    static const char text[] =
        "Gr\xc3\xbc\xc3\x9f"
        "e \"\\\" \xe6\x97\xa5 \xf0\x9f\x98\x80 ~";

    (void)state;
    assert_string_equal(SHOWN(text), text);
}

static void a_json_string_reads_back_where_it_can(void **state)
{
    static const char text[] = "a\"\\\n\x1b\xe2\x80\xae\xf3\xa0\x81\x81\xc3\xbc";
    json_t *json;

    (void)state;
    jn_bytes_clear(&out);
    jn_safe_json_string(&out, text, sizeof text - 1);
    for (size_t i = 0; i < out.size; i++)
        assert_true((unsigned char)out.text[i] >= 0x20);
    assert_null(strstr(jn_bytes_string(&out), "\xe2\x80\xae"));
    json = json_loads(jn_bytes_string(&out), JSON_DECODE_ANY, NULL);
    assert_non_null(json);
    assert_string_equal(json_string_value(json), text);
    json_decref(json);
    jn_bytes_clear(&out);
    jn_safe_json_string(&out, "a\xff", 2);
    assert_string_equal(jn_bytes_string(&out), "\"a\\\\xff\"");
}

static void a_json_value_keeps_what_it_says_on_one_line(void **state)
{
    static const char text[] = "{\n\t\"a\" : [1,\r\n\"\xe2\x80\xae\xc2\x9b\"]}";
    json_t *before = json_loads(text, 0, NULL);
    json_t *after;

    (void)state;
    jn_bytes_clear(&out);
    jn_safe_json_value(&out, text, sizeof text - 1);
    assert_null(strchr(jn_bytes_string(&out), '\n'));
    assert_null(strstr(jn_bytes_string(&out), "\xc2\x9b"));
    after = json_loads(jn_bytes_string(&out), 0, NULL);
    assert_true(json_equal(before, after));
    json_decref(before);
    json_decref(after);
}

static void widths_are_columns(void **state)
{
    (void)state;
    assert_int_equal(jn_safe_width("abc", 3), 3);
    assert_int_equal(jn_safe_width("\xc3\xbc\xe6\x97\xa5", 5), 3);
    assert_int_equal(jn_safe_width("e\xcc\x81", 3), 1);
    assert_int_equal(jn_safe_fit("a\xe6\x97\xa5"
                                 "b",
                                 5, 2),
                     1);
    assert_int_equal(jn_safe_fit("a\xe6\x97\xa5"
                                 "b",
                                 5, 3),
                     4);
}

static const char *thousands(int64_t number)
{
    jn_bytes_clear(&out);
    jn_bytes_thousands(&out, number);
    return jn_bytes_string(&out);
}

static void thousands_are_separated(void **state)
{
    (void)state;
    assert_string_equal(thousands(0), "0");
    assert_string_equal(thousands(999), "999");
    assert_string_equal(thousands(1000), "1,000");
    assert_string_equal(thousands(-123456), "-123,456");
    assert_string_equal(thousands(INT64_MIN), "-9,223,372,036,854,775,808");
}

static void a_value_of_json_is_told_from_what_is_none(void **state)
{
    static const char *const sound[] = {
        "{}",           " [ ] ",          "null",
        "-0.5e+10",     "\"\\u00e9\\n\"", "{\"a\":[1,{\"b\":[]}],\"c\":2}",
        "[[],[[]],{}]", "true",           "1E5",
        "\"\xc3\xbc\""};
    static const char *const broken[] = {
        "",        "{",           "}",        "[1,]", "[,1]",
        "{\"a\"}", "{\"a\":}",    "{a:1}",    "01",   "1.",
        "1e",      "-",           "nul",      "\"a",  "\"\n\"",
        "\"\\x\"", "\"\\u12g4\"", "[1 2]",    "[1]]", "{\"a\":1,}",
        "[}",      "1 1",         "\"\xff\"", "'a'",  "{\"a\":1 \"b\":2}",
        "[\x01]",  "+1",          ".5"};

    (void)state;
    for (size_t i = 0; i < sizeof sound / sizeof *sound; i++)
        if (!jn_is_wellformed(sound[i], strlen(sound[i])))
            fail_msg("refused: %s", sound[i]);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        if (jn_is_wellformed(broken[i], strlen(broken[i])))
            fail_msg("taken: %s", broken[i]);
    assert_false(jn_is_wellformed("[1,\0]", 5));
}

static void json_may_be_1024_deep_and_no_deeper(void **state)
{
    (void)state;
    for (size_t depth = 1023; depth <= 1025; depth++) {
        jn_bytes_clear(&out);
        jn_bytes_repeat(&out, '[', depth);
        jn_bytes_repeat(&out, ']', depth);
        assert_int_equal(jn_is_wellformed(out.text, out.size), depth <= 1024);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_steers_a_terminal_is_an_escape),
        cmocka_unit_test(bytes_that_are_no_utf8_are_shown_one_by_one),
        cmocka_unit_test(all_else_is_shown_as_it_is),
        cmocka_unit_test(a_json_string_reads_back_where_it_can),
        cmocka_unit_test(a_json_value_keeps_what_it_says_on_one_line),
        cmocka_unit_test(widths_are_columns),
        cmocka_unit_test(thousands_are_separated),
        cmocka_unit_test(a_value_of_json_is_told_from_what_is_none),
        cmocka_unit_test(json_may_be_1024_deep_and_no_deeper),
    };

    return cmocka_run_group_tests(tests, NULL, finish);
}
