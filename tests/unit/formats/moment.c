/* moment.c - moments as text: the C library agrees on every day. */
#include "common/moment.h"

#include "support/test.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const int64_t FIRST_DAY = -719528, LAST_DAY = 2932896; /* of 0000 and 9999 */

static void every_day_has_the_date_that_gmtime_gives_it(void **state)
{
    (void)state;
    for (int64_t day = FIRST_DAY; day <= LAST_DAY; day += TEST_STRIDE) {
        int64_t second = day % 86400 < 0 ? -(day % 86400) : day % 86400;
        time_t moment = (time_t)(day * 86400 + second);
        char text[JN_MOMENT_SIZE], expected[64];
        jangle_time time, at = {moment * 1000000 + 7};
        struct tm parts;

        gmtime_r(&moment, &parts);
        snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02d.000007Z",
                 parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                 parts.tm_min, parts.tm_sec);
        assert_true(jn_moment_write(text, at, 'T', "Z"));
        assert_string_equal(text, expected);
        assert_true(jn_moment_read(text, false, &time));
        assert_true(time.us == at.us);
    }
}

static void other_years_cannot_be_written(void **state)
{
    static const int64_t outside[] = {INT64_MIN, INT64_MAX, -62167219200000001,
                                      253402300800000000};
    char text[JN_MOMENT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        assert_false(jn_moment_write(text, (jangle_time){outside[i]}, 'T', "Z"));
    assert_true(jn_moment_write(text, (jangle_time){-62167219200000000}, ' ', "+00:00"));
    assert_string_equal(text, "0000-01-01 00:00:00.000000+00:00");
}

static void what_is_no_moment_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "2018",
        "2018-4-5T17:31:00Z",
        "2018-13-05T17:31:00Z",
        "2018-00-05T17:31:00Z",
        "2018-04-00T17:31:00Z",
        "2018-04-31T17:31:00Z",
        "1900-02-29T17:31:00Z",
        "2018-04-05_17:31:00Z",
        "2018-04-05T17:60:00Z",
        "2018-04-05T17:31:61Z",
        "2018-04-05T17:31:00,5Z",
        "2018-04-05T17:31:00+24:00",
        "2018-04-05T17:31:00+01:60",
        "2018-04-05T17:31:00+01",
        "2018-04-05T17:31:00Zulu",
        "+018-04-05T17:31:00Z",
        "2018-04-05T17:31:00",
        "2018-04-05T17:31:00+0100",
    };
    jangle_time time;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (jn_moment_read(texts[i], false, &time))
            fail_msg("%s was read", texts[i]);
    for (size_t i = 0; i < sizeof texts / sizeof *texts - 2; i++)
        if (jn_moment_read(texts[i], true, &time))
            fail_msg("%s was read as Python", texts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_has_the_date_that_gmtime_gives_it),
        cmocka_unit_test(other_years_cannot_be_written),
        cmocka_unit_test(what_is_no_moment_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
