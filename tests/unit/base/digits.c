/* digits.c - whole numbers as text: as printf writes them. */
#include "support/test.h"

#include <jangle/plugin/support.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const int64_t numbers[] = {
    0,   1,    9,         10,        99,        100,           -1,        -9,
    -10, 4711, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MAX - 1, INT64_MIN, INT64_MIN + 1};

static void assert_written(int64_t number, int width)
{
    char text[JN_DIGITS_SIZE], wanted[JN_DIGITS_SIZE + 1];
    int sign = number < 0;

    memset(text, '?', sizeof text);
    snprintf(wanted, sizeof wanted, "%0*" PRId64, width + sign, number);
    assert_int_equal(jn_digits_write(text, number, width), strlen(wanted));
    assert_string_equal(text, wanted);
}

static void a_number_is_written_as_printf_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_written(numbers[i], 1);
    for (int64_t power = 1; power <= INT64_MAX / 10; power *= 10)
        for (int64_t near = -1; near <= 1; near++) {
            assert_written(power + near, 1);
            assert_written(-power + near, 1);
        }
}

static void zeros_stand_in_front_of_a_short_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        for (int width = 1; width <= JN_DIGITS_SIZE - 2; width++)
            assert_written(numbers[i], width);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_written_as_printf_does),
        cmocka_unit_test(zeros_stand_in_front_of_a_short_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
