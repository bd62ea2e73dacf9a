/* plain.c - how much of a text JSON writes as it is. */
#include "support/test.h"

#include "base/plain.h"

#include <string.h>

enum { LONGEST = 40 };

/* Asked at every place of texts of every length: the bytes are looked at in words. */
static void assert_ends_at(unsigned char byte, bool is_plain)
{
    char text[LONGEST];

    for (size_t size = 1; size <= LONGEST; size++)
        for (size_t at = 0; at < size; at++) {
            memset(text, 'a', size);
            text[at] = (char)byte;
            assert_int_equal(jn_plain_size(text, size), is_plain ? size : at);
            assert_int_equal(jn_is_plain_ascii(text, size), is_plain && byte < 0x80);
        }
}

static void a_text_is_plain_up_to_what_json_escapes(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++)
        assert_ends_at((unsigned char)byte, byte >= 0x20 && byte != '"' && byte != '\\');
}

static void bytes_behind_the_size_are_not_looked_at(void **state)
{
    (void)state;
    assert_int_equal(jn_plain_size("aaaa\"aaa", 4), 4);
    assert_int_equal(jn_plain_size("\"", 0), 0);
    assert_true(jn_is_plain_ascii("aaaa\"aaa", 4));
    assert_true(jn_is_plain_ascii("aaaaaaaaaaaa\"", 12));
    assert_true(jn_is_plain_ascii("\"", 0));
}

/* A mark of one byte must not reach the next. */
static void neighbours_of_what_is_escaped_are_plain(void **state)
{
    static const char text[] = "!!!!!!!!#[]#[]#[] !!";

    (void)state;
    assert_int_equal(jn_plain_size(text, sizeof text - 1), sizeof text - 1);
    assert_true(jn_is_plain_ascii(text, sizeof text - 1));
    assert_int_equal(jn_plain_size("aaaaaa\x1f\x20\x21", 9), 6);
}

static void the_first_of_several_counts(void **state)
{
    static const char text[] = "a\x1f\"\\\x01\"\"\\aaaaaa\"\x1f";

    (void)state;
    assert_int_equal(jn_plain_size(text, sizeof text - 1), 1);
    assert_int_equal(jn_plain_size(text + 8, sizeof text - 9), 6);
    for (size_t from = 1; from < 8; from++)
        assert_int_equal(jn_plain_size(text + from, sizeof text - 1 - from), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_plain_up_to_what_json_escapes),
        cmocka_unit_test(bytes_behind_the_size_are_not_looked_at),
        cmocka_unit_test(neighbours_of_what_is_escaped_are_plain),
        cmocka_unit_test(the_first_of_several_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
