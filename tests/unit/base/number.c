/* real.c - doubles are written short, read back the same, and know no locale. */
#include "base/number.h"

#include "support/comma_locale.h"
#include "support/effort.h"
#include "support/samples.h"
#include "support/test.h"

#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void doubles_are_written_as_expected(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1, "1.0"},
        {-500, "-500.0"},
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {123456789.25, "123456789.25"},
        {1e15, "1e+15"},
        {1e21, "1e+21"},
        {1e-5, "1e-05"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {5e-324, "5e-324"},
        {-5e-324, "-5e-324"},
        {1.5e-323, "1.5e-323"},
        {0x1p53, "9007199254740992.0"},
        {DBL_EPSILON, "2.220446049250313e-16"},
    };
    char text[JN_NUMBER_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        jn_number_write(text, cases[i].value);
        assert_string_equal(text, cases[i].text);
    }
}

static bool same_bits(double value, double other)
{
    return memcmp(&value, &other, sizeof value) == 0;
}

static void any_double_reads_back_the_same(void **state)
{
    struct samples samples = {.state = effort_seed()};

    (void)state;
    for (int i = effort_count(EFFORT_NUMBERS); i > 0; i--) {
        double value = sample_real(&samples), back;
        char text[JN_NUMBER_SIZE];

        jn_number_write(text, value);
        assert_true(strpbrk(text, ".e"));
        assert_int_equal(strspn(text, "-+.e0123456789"), strlen(text));
        assert_true(jn_number_read(text, strlen(text), &back));
        if (!same_bits(value, back))
            fail_msg("%a is written as %s", value, text);
    }
}

static size_t digits_of(const char *text)
{
    size_t digits = 0;

    for (; *text && *text != 'e'; text++)
        digits += *text >= (digits ? '0' : '1') && *text <= '9';
    return digits;
}

/* The double, rounded to one digit less, is another one. */
static void no_digit_is_too_many(void **state)
{
    struct samples samples = {.state = effort_seed()};

    (void)state;
    for (int i = effort_count(EFFORT_NUMBERS) / 3; i > 0; i--) {
        double value = sample_real(&samples);
        char text[JN_NUMBER_SIZE], shorter[JN_NUMBER_SIZE];

        jn_number_write(text, value);
        if (digits_of(text) < 2 || strcmp(text + strlen(text) - 2, ".0") == 0)
            continue; /* the zeros of a whole number are not there to be precise */
        snprintf(shorter, sizeof shorter, "%.*e", (int)digits_of(text) - 2, value);
        if (strtod(shorter, NULL) == value)
            fail_msg("%s is longer than %s", text, shorter);
    }
}

static void what_json_writes_is_read(void **state)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {{"1", 1},
                 {"-0", -0.0},
                 {"1e400000", INFINITY},
                 {"1e-400", 0},
                 {"0.1", 0.1},
                 {"100E-2", 1},
                 {"-1.5e+1", -15},
                 {"1e309", INFINITY},
                 {"-1e309", -INFINITY},
                 {"4.9e-324", 5e-324}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double value;

        assert_int_equal(jn_number_read(cases[i].text, strlen(cases[i].text), &value),
                         isfinite(cases[i].value));
        if (isfinite(cases[i].value))
            assert_true(same_bits(value, cases[i].value));
    }
}

/* A random number with so many digits, some of them behind a point. */
static void
write_digits(struct samples *samples, char text[JN_NUMBER_SIZE], size_t digits)
{
    size_t point = sample_below(samples, digits + 1), used = 0;

    if (sample_below(samples, 2))
        text[used++] = '-';
    for (size_t i = 0; i < digits; i++) {
        if (i && i == point)
            text[used++] = '.';
        text[used++] =
            (char)('0' + sample_below(samples, sample_below(samples, 2) ? 10 : 2));
    }
    text[used] = '\0';
}

/* With an exponent a number is read by strtod, without one perhaps not. */
static void short_numbers_are_read_as_strtod_reads_them(void **state)
{
    static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    struct samples samples = {.state = effort_seed()};

    (void)state;
    for (int i = effort_count(EFFORT_NUMBERS); i > 0; i--) {
        char text[JN_NUMBER_SIZE + 2];
        double value, expected;
        size_t size;

        write_digits(&samples, text, 1 + sample_below(&samples, 18));
        size = strlen(text);
        memcpy(text + size, "e0", 3);
        assert_int_equal(fesetround(modes[i % 4]), 0);
        assert_true(jn_number_read(text, size, &value));
        assert_true(jn_number_read(text, size + 2, &expected));
        assert_int_equal(fesetround(FE_TONEAREST), 0);
        if (!same_bits(value, expected))
            fail_msg("%s is read as %a, not %a", text, value, expected);
    }
}

static void a_number_has_at_most_a_thousand_characters(void **state)
{
    char text[1001];
    double value;

    (void)state;
    memset(text, '0', sizeof text);
    memcpy(text, "0.", 2);
    text[999] = '1';
    assert_true(jn_number_read(text, 1000, &value));
    assert_true(value == 0);
    assert_false(jn_number_read(text, 1001, &value));
}

static void a_number_ends_where_its_size_says(void **state)
{
    double value;

    (void)state;
    assert_true(jn_number_read("1.25999", 4, &value));
    assert_true(value == 1.25);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(doubles_are_written_as_expected),
    cmocka_unit_test(any_double_reads_back_the_same),
    cmocka_unit_test(no_digit_is_too_many),
    cmocka_unit_test(what_json_writes_is_read),
    cmocka_unit_test(short_numbers_are_read_as_strtod_reads_them),
    cmocka_unit_test(a_number_has_at_most_a_thousand_characters),
    cmocka_unit_test(a_number_ends_where_its_size_says),
};

/* All of it once more wherever the point is no point. */
int main(void)
{
    static const char *const names[] = {"de_DE", "ps_AF"};
    int failures = cmocka_run_group_tests_name("C", tests, NULL, NULL);

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct comma_locale locale;

        if (!comma_locale_enter(&locale, names[i]))
            continue;
        failures += cmocka_run_group_tests_name(names[i], tests, NULL, NULL);
        comma_locale_leave(&locale);
    }
    return failures;
}
