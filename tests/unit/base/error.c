/* error.c - results in words; errors that are filled once, whole, and fit for people. */
#include "base/error.h"

#include "support/test.h"

#include <jangle/version.h>

#include <stdio.h>
#include <string.h>

static void every_result_has_a_name_and_a_text(void **state)
{
    (void)state;
    assert_string_equal(jangle_result_name(JANGLE_OK), "OK");
    assert_string_equal(jangle_result_name(JANGLE_CONFLICT), "CONFLICT");
    assert_string_equal(jangle_result_name(JANGLE_CLOSED), "CLOSED");
    for (int result = JANGLE_OK; result <= JANGLE_CLOSED; result++) {
        assert_string_not_equal(jangle_result_name((enum jangle_result)result), "?");
        assert_true(strlen(jangle_result_text((enum jangle_result)result)) > 1);
    }
}

static void a_number_that_is_no_result_has_a_name_and_a_text_too(void **state)
{
    (void)state;
    assert_string_equal(jangle_result_name((enum jangle_result)999), "?");
    assert_string_equal(jangle_result_name((enum jangle_result) - 1), "?");
    assert_string_equal(jangle_result_text((enum jangle_result)999), "no such result");
    assert_false(jangle_result_retriable((enum jangle_result)999));
    assert_false(jangle_result_final((enum jangle_result)999));
    assert_false(jangle_result_final((enum jangle_result) - 1));
}

/* Written out again: a class that changes in the header must be meant. */
static void each_result_belongs_to_the_classes_that_the_engine_goes_by(void **state)
{
    enum {
        FINAL = JANGLE_RESULT_FINAL,
        RETRIABLE = JANGLE_RESULT_RETRIABLE,
        OURS = JANGLE_RESULT_OURS,
        PART = JANGLE_RESULT_PART,
        LOCAL = JANGLE_RESULT_LOCAL
    };
    static const int classes[] = {
        [JANGLE_OK] = FINAL | PART,
        [JANGLE_REJECTED] = FINAL,
        [JANGLE_CONFLICT] = RETRIABLE | PART,
        [JANGLE_NOT_FOUND] = FINAL,
        [JANGLE_INVALID] = FINAL | PART | LOCAL,
        [JANGLE_NO_MEMORY] = OURS,
        [JANGLE_STORAGE] = OURS | LOCAL,
        [JANGLE_UNKNOWN] = OURS,
        [JANGLE_TIMEOUT] = RETRIABLE,
        [JANGLE_BUSY] = RETRIABLE | OURS,
        [JANGLE_RETRY] = RETRIABLE,
        [JANGLE_CLOSED] = OURS,
    };

    (void)state;
    for (int at = JANGLE_OK; at <= JANGLE_CLOSED; at++) {
        enum jangle_result result = (enum jangle_result)at;

        for (int of = FINAL; of <= LOCAL; of *= 2)
            assert_int_equal(jangle_result_is(result, (enum jangle_result_class)of),
                             (classes[at] & of) != 0);
        assert_int_equal(jangle_result_retriable(result),
                         jangle_result_is(result, JANGLE_RESULT_RETRIABLE));
        assert_int_equal(jangle_result_final(result),
                         jangle_result_is(result, JANGLE_RESULT_FINAL));
    }
}

static void an_error_says_what_it_was_told(void **state)
{
    struct jangle_error error = {0};

    (void)state;
    assert_result(jn_fail(&error, JANGLE_INVALID, "%s.%s: %d", "deposit", "amount", 0),
                  JANGLE_INVALID);
    assert_result(error.result, JANGLE_INVALID);
    assert_string_equal(error.message, "deposit.amount: 0");
}

static void the_first_error_wins_and_the_caller_still_gets_its_own_result(void **state)
{
    struct jangle_error error = {0};

    (void)state;
    jn_fail(&error, JANGLE_STORAGE, "first");
    assert_result(jn_fail(&error, JANGLE_BUSY, "second: %s", error.message), JANGLE_BUSY);
    assert_result(error.result, JANGLE_STORAGE);
    assert_string_equal(error.message, "first");
    jn_error_clear(&error);
    assert_result(error.result, JANGLE_OK);
    assert_string_equal(error.message, "");
    jn_fail(&error, JANGLE_BUSY, "third");
    assert_string_equal(error.message, "third");
}

static void nobody_needs_to_ask_for_the_error(void **state)
{
    (void)state;
    assert_result(jn_fail(NULL, JANGLE_STORAGE, "%s", "lost"), JANGLE_STORAGE);
    jn_error_clear(NULL);
}

static void ok_fills_nothing(void **state)
{
    struct jangle_error error = {0};

    (void)state;
    assert_result(jn_fail(&error, JANGLE_OK, "all is well"), JANGLE_OK);
    assert_string_equal(error.message, "");
}

static void a_long_message_ends_with_dots_and_never_in_half_a_character(void **state)
{
    (void)state;
    for (int lead = 0; lead < 8; lead++) {
        char text[2000] = "";
        struct jangle_error error = {0};
        size_t length;

        memset(text, 'a', (size_t)lead);
        for (int at = 0; at < 300; at++)
            snprintf(text + strlen(text), 5, "%s",
                     at % 2 ? "\xe2\x82\xac" : "\xf0\x9f\x98\x80");
        jn_fail(&error, JANGLE_INVALID, "%s", text);
        length = strlen(error.message);
        assert_true(length < sizeof error.message && length > sizeof error.message - 9);
        assert_string_equal(error.message + length - 3, "...");
        assert_memory_equal(error.message, text, length - 3);
        /* what follows the cut in the text begins a character */
        assert_int_not_equal((unsigned char)text[length - 3] & 0xc0, 0x80);
    }
}

static void a_message_that_just_fits_is_not_cut(void **state)
{
    char text[241];
    struct jangle_error error = {0};

    (void)state;
    memset(text, 'x', sizeof text);
    text[239] = '\0';
    jn_fail(&error, JANGLE_INVALID, "%s", text);
    assert_string_equal(error.message, text);
    jn_error_clear(&error);
    text[239] = 'x';
    text[240] = '\0';
    jn_fail(&error, JANGLE_INVALID, "%s", text);
    assert_int_equal(strlen(error.message), 239);
    assert_string_equal(error.message + 236, "...");
}

/* Nobody can act on an empty sentence: a refusal, say, whose reason was left empty. */
static void an_error_is_never_without_words(void **state)
{
    struct jangle_error error = {0};

    (void)state;
    assert_result(jn_fail(&error, JANGLE_RETRY, "%s", ""), JANGLE_RETRY);
    assert_string_equal(error.message, jangle_result_text(JANGLE_RETRY));
}

/* Whoever fails with an id or a text of others need not think of it. */
static void no_text_of_others_steers_a_terminal_through_an_error(void **state)
{
    static const char *const cases[][2] = {
        {"\x1b[2J", "\\x1b[2J"},
        {"two\nlines\r", "two\\x0alines\\x0d"},
        {"\x7f", "\\x7f"},
        {"\xc2\x9b"
         "31m",
         "\\xc2\\x9b31m"},                                                /* C1: CSI */
        {"\xe2\x80\xa8|\xe2\x80\xa9", "\\xe2\\x80\\xa8|\\xe2\\x80\\xa9"}, /* line ends */
        {"\xe2\x80\xae", "\\xe2\\x80\\xae"},                     /* from right to left */
        {"\xe2\x81\xa6", "\\xe2\\x81\\xa6"},                     /* an isolate */
        {"\xd8\x9c|\xe2\x80\x8f", "\\xd8\\x9c|\\xe2\\x80\\x8f"}, /* direction marks */
        {"\xff|\xc3|\xed\xa0\x80", "\\xff|\\xc3|\\xed\\xa0\\x80"}, /* not UTF-8 */
        {"Gr\xc3\xbc\xc3\x9f \xe2\x82\xac \\ \"",
         "Gr\xc3\xbc\xc3\x9f \xe2\x82\xac \\ \""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_error error = {0}, again = {0};

        jangle_error_set(&error, JANGLE_INVALID, "%s", cases[i][0]);
        assert_string_equal(error.message, cases[i][1]);
        /* told once more by a caller, it stays as it is */
        jangle_error_set(&again, JANGLE_INVALID, "%s", error.message);
        assert_string_equal(again.message, error.message);
    }
}

static void the_version_is_the_one_of_the_header(void **state)
{
    char numbers[40];

    (void)state;
    snprintf(numbers, sizeof numbers, "%d.%d.%d", JANGLE_VERSION_MAJOR,
             JANGLE_VERSION_MINOR, JANGLE_VERSION_PATCH);
    assert_string_equal(jangle_version(), numbers);
    assert_string_equal(jangle_version(), JANGLE_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_result_has_a_name_and_a_text),
        cmocka_unit_test(a_number_that_is_no_result_has_a_name_and_a_text_too),
        cmocka_unit_test(each_result_belongs_to_the_classes_that_the_engine_goes_by),
        cmocka_unit_test(an_error_says_what_it_was_told),
        cmocka_unit_test(the_first_error_wins_and_the_caller_still_gets_its_own_result),
        cmocka_unit_test(nobody_needs_to_ask_for_the_error),
        cmocka_unit_test(ok_fills_nothing),
        cmocka_unit_test(a_long_message_ends_with_dots_and_never_in_half_a_character),
        cmocka_unit_test(a_message_that_just_fits_is_not_cut),
        cmocka_unit_test(an_error_is_never_without_words),
        cmocka_unit_test(no_text_of_others_steers_a_terminal_through_an_error),
        cmocka_unit_test(the_version_is_the_one_of_the_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
