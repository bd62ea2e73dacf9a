/* text.c - texts that people read: harmless, and cut between two characters. */
#include "support/long_text.h"
#include "support/test.h"

#include <jangle/plugin/support.h>

#include <stdio.h>
#include <string.h>

static void texts_are_shown_as_they_are_when_they_can_be(void **state)
{
    char buffer[40];

    (void)state;
    assert_string_equal(jn_text_show(buffer, sizeof buffer, "plain \"text\" \\"),
                        "plain \"text\" \\");
    assert_string_equal(jn_text_show(buffer, sizeof buffer, "Gr\xc3\xbc\xc3\x9f"),
                        "Gr\xc3\xbc\xc3\x9f");
    assert_string_equal(jn_text_show(buffer, sizeof buffer, ""), "");
    assert_string_equal(jn_text_show(buffer, sizeof buffer, NULL), "?");
}

static void what_would_harm_a_terminal_is_shown_in_numbers(void **state)
{
    char buffer[80];

    (void)state;
    assert_string_equal(jn_text_show(buffer, sizeof buffer, "a\nb\x1b[31m\x7f"),
                        "a\\x0ab\\x1b[31m\\x7f");
    assert_string_equal(jn_text_show(buffer, sizeof buffer, "\xff|\xc3|\xed\xa0\x80|"),
                        "\\xff|\\xc3|\\xed\\xa0\\x80|");
    assert_string_equal(jn_text_show(buffer, sizeof buffer, "\xc2\x9b"), "\\xc2\\x9b");
}

static void a_text_that_is_too_long_is_cut_at_a_character(void **state)
{
    const char *text = "12\xc3\xbc\x01zz";
    static const char *const cut[] = {[5] = "1...",
                                      [6] = "12...",
                                      [7] = "12...",
                                      [8] = "12\xc3\xbc...",
                                      [9] = "12\xc3\xbc...",
                                      [10] = "12\xc3\xbc...",
                                      [11] = "12\xc3\xbc\\x01zz"};

    (void)state;
    for (size_t size = 5; size <= 11; size++) {
        char buffer[12];

        memset(buffer, '#', sizeof buffer);
        assert_string_equal(jn_text_show(buffer, size, text), cut[size]);
        assert_int_equal(buffer[size], '#');
    }
}

static void a_sentence_is_cut_between_two_characters_wherever_it_ends(void **state)
{
    char text[1200], shown[200];

    (void)state;
    long_text_fill(text, sizeof text, 0);
    for (size_t size = 12; size <= sizeof shown; size++) {
        jn_text_format(shown, size, "%s", text);
        assert_true(strlen(shown) < size && strlen(shown) + 4 >= size - 3);
        assert_cut_between_characters(shown, text);
    }
}

/* The longest there is, made of a text that is longer than any. */
static void a_sentence_of_the_greatest_length_says_that_it_was_cut(void **state)
{
    static char text[5000], shown[JN_SENTENCE_MAX_SIZE];

    (void)state;
    for (size_t lead = 0; lead < 8; lead++) {
        long_text_fill(text, sizeof text, lead);
        jn_text_format(shown, sizeof shown, "%s", text);
        assert_cut_between_characters(shown, text);
    }
    memset(text, 'x', sizeof text - 1);
    jn_text_format(shown, sizeof shown, "%s", text);
    assert_int_equal(strlen(shown), sizeof shown - 1);
    assert_string_equal(shown + sizeof shown - 4, "...");
    text[sizeof shown - 1] = '\0';
    jn_text_format(shown, sizeof shown, "%s", text);
    assert_string_equal(shown, text);
}

static void a_sentence_grows_until_it_is_full(void **state)
{
    char text[16];
    struct jn_sentence sentence = jn_sentence_in(text, sizeof text);

    (void)state;
    assert_string_equal(text, "");
    jn_sentence_add(&sentence, "%s-%d", "one", 2);
    jn_sentence_put(&sentence, " three");
    assert_string_equal(text, "one-2 three");
    assert_false(sentence.full);
    jn_sentence_put(&sentence, " four");
    assert_string_equal(text, "one-2 three ...");
    assert_true(sentence.full);
    jn_sentence_put(&sentence, "x");
    assert_string_equal(text, "one-2 three ...");
    assert_int_equal(sentence.used, strlen(text));
}

static void a_shown_text_lives_in_its_block(void **state)
{
    char both[40];

    (void)state;
    jn_text_format(both, sizeof both, "%s and %s", JN_SHOWN(9, "one\n"),
                   JN_SHOWN(9, "a long one"));
    assert_string_equal(both, "one\\x0a and a lon...");
    jn_text_format(both, sizeof both, "%s", JN_SHOWN(9, NULL));
    assert_string_equal(both, "?");
}

static void each_style_escapes_what_would_end_its_text(void **state)
{
    static const char *const expected[] = {
        [JN_SENTENCE_PLAIN] = "\"\\ \\x1b \\xe2\\x80\\xa8 \\xff \xc3\xbc",
        [JN_SENTENCE_QUOTED] = "\\\"\\\\ \\x1b \\xe2\\x80\\xa8 \\xff \xc3\xbc",
        [JN_SENTENCE_RAW] = "\"\\ \x1b \xe2\x80\xa8 \xff \xc3\xbc",
        [JN_SENTENCE_JSON] = "\\\"\\\\ \\u001b \\u2028 \\ufffd \xc3\xbc",
    };

    (void)state;
    for (int style = JN_SENTENCE_PLAIN; style <= JN_SENTENCE_RAW; style++) {
        char text[60];
        struct jn_sentence sentence = jn_sentence_in(text, sizeof text);

        sentence.style = (enum jn_sentence_style)style;
        jn_sentence_put(&sentence, "\"\\ \x1b \xe2\x80\xa8 \xff \xc3\xbc");
        assert_string_equal(text, expected[style]);
    }
}

static void a_copy_is_exact_if_it_fits(void **state)
{
    char text[40], copy[20];

    (void)state;
    jn_text_copy(copy, sizeof copy, "\x1b\xff 000001");
    assert_string_equal(copy, "\x1b\xff 000001");
    for (size_t lead = 0; lead < 8; lead++) {
        long_text_fill(text, sizeof text, lead);
        jn_text_copy(copy, sizeof copy, text);
        assert_cut_between_characters(copy, text);
    }
}

/* The characters beside those that are harmful are shown as they are. */
static void no_harmless_character_is_escaped(void **state)
{
    static const char *const harmless[] = {" ",
                                           "~",
                                           "\xc2\xa0",
                                           "\xd8\x9b",
                                           "\xd8\x9d",
                                           "\xe2\x80\x8d",
                                           "\xe2\x80\x90",
                                           "\xe2\x80\xa7",
                                           "\xe2\x80\xaf",
                                           "\xe2\x81\xa5",
                                           "\xe2\x81\xaa",
                                           "\xf0\x9f\x98\x80"};

    (void)state;
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        assert_string_equal(JN_SHOWN(20, harmless[i]), harmless[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_shown_as_they_are_when_they_can_be),
        cmocka_unit_test(what_would_harm_a_terminal_is_shown_in_numbers),
        cmocka_unit_test(a_text_that_is_too_long_is_cut_at_a_character),
        cmocka_unit_test(a_sentence_is_cut_between_two_characters_wherever_it_ends),
        cmocka_unit_test(a_sentence_of_the_greatest_length_says_that_it_was_cut),
        cmocka_unit_test(a_sentence_grows_until_it_is_full),
        cmocka_unit_test(a_shown_text_lives_in_its_block),
        cmocka_unit_test(each_style_escapes_what_would_end_its_text),
        cmocka_unit_test(a_copy_is_exact_if_it_fits),
        cmocka_unit_test(no_harmless_character_is_escaped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
