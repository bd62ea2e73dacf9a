/* parts.c - numbers, moments and pairs, against others who compute the same: integers of
 * the machine, the C library, and a search of all that is possible. */
#include "filters/pattern/judge.h"
#include "support/effort.h"

#include "pattern/moment.h"
#include "pattern/number.h"
#include "pattern/pairing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static uint64_t seed;

/* xorshift64 of George Marsaglia ("Xorshift RNGs", Journal of Statistical Software 8,
 * 2003). */
static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static int set_up(void **state)
{
    (void)state;
    seed = effort_seed() | 1;
    return 0;
}

/* ---- numbers ------------------------------------------------------------------- */

/* Near each other, near the ends, and small. */
static int64_t draw_integer(void)
{
    uint64_t bits = draw();

    switch (bits % 4) {
    case 0:
        return (int64_t)(draw() >> 1) * (bits & 8 ? 1 : -1);
    case 1:
        return INT64_MAX - (int64_t)(draw() % 3);
    case 2:
        return INT64_MIN + (int64_t)(draw() % 3);
    default:
        return (int64_t)(draw() % 25) - 12;
    }
}

/* One of several ways to write it. */
static struct jn_pattern_number written(char text[60], int64_t value)
{
    struct jn_pattern_number number;

    switch (draw() % 4) {
    case 0:
        snprintf(text, 60, "%" PRId64 ".000", value);
        break;
    case 1:
        snprintf(text, 60, "%" PRId64 "00e-2", value);
        break;
    case 2:
        snprintf(text, 60, " %s0%" PRIu64 " ", value < 0 ? "-" : "+",
                 value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
        break;
    default:
        snprintf(text, 60, "%" PRId64, value);
    }
    assert_true(jn_pattern_number_read(&number, text, strlen(text)));
    return number;
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static void integers_are_ordered_as_the_machine_orders_them(void **state)
{
    (void)state;
    for (int i = 0; i < 100000; i++) {
        int64_t one = draw_integer(), other = i % 4 ? draw_integer() : one, back;
        char text[60], other_text[60];
        struct jn_pattern_number number = written(text, one);
        struct jn_pattern_number other_number = written(other_text, other);

        if (sign(jn_pattern_number_compare(&number, &other_number)) !=
            (one > other) - (one < other))
            fail_msg("%s and %s", text, other_text);
        assert_true(jn_pattern_number_int64(&number, &back));
        assert_true(back == one);
    }
}

static void what_is_no_integer_of_64_bits(void **state)
{
    static const char *const texts[] = {"9223372036854775808",
                                        "-9223372036854775809",
                                        "92233720368547758070",
                                        "1e19",
                                        "0.5",
                                        "1.5",
                                        "-1e-9"};
    struct jn_pattern_number number;
    int64_t value;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_true(jn_pattern_number_read(&number, texts[i], strlen(texts[i])));
        assert_false(jn_pattern_number_int64(&number, &value));
    }
}

/* ---- moments ------------------------------------------------------------------- */

static void moments_are_those_of_the_c_library(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        /* From the year 1 to the year 9999. */
        time_t second = (time_t)(draw() % 315537897600) - 62135596800;
        struct jn_pattern_moment moment, counted = jn_pattern_moment_of(second * 1000000);
        struct tm parts;
        char text[60];

        assert_non_null(gmtime_r(&second, &parts));
        snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.5Z",
                 parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                 parts.tm_min, parts.tm_sec);
        if (!jn_pattern_moment_read(&moment, text, strlen(text)) ||
            moment.second != second ||
            jn_pattern_moment_compare(&moment, &counted) != 0 ||
            moment.day != counted.day)
            fail_msg("%s", text);
    }
}

static void what_is_no_moment(void **state)
{
    static const char *const texts[] = {"",
                                        "2020",
                                        "2020-00-01",
                                        "2020-13-01",
                                        "2020-02-30",
                                        "2021-02-29",
                                        "2020-01-01T",
                                        "2020-01-01 24:00",
                                        "2020-1-1T1:00",
                                        "20-01-01",
                                        "2020-01-01Z",
                                        "2020-01-01T10:00+",
                                        "2020-01-01T10:00 ZZ",
                                        "2020-01-01T10:60",
                                        "2020-01-01T10:00:60",
                                        "2020-01-01T10:00:00.",
                                        "0000-01-01",
                                        "2020-01-01T10:00UT"};
    struct jn_pattern_moment moment;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (jn_pattern_moment_read(&moment, texts[i], strlen(texts[i])))
            fail_msg("%s", texts[i]);
    assert_true(jn_pattern_moment_read(&moment, "2000-02-29T10:00 UTC", 20));
}

/* ---- pairs --------------------------------------------------------------------- */

/* By trying every choice for the first, and the rest. */
static size_t try_all(const uint64_t *edges, size_t count, uint64_t taken)
{
    size_t most;

    if (!count)
        return 0;
    most = try_all(edges + 1, count - 1, taken);
    for (size_t i = 0; i < 64; i++)
        if ((edges[0] & ~taken) >> i & 1) {
            size_t pairs = 1 + try_all(edges + 1, count - 1, taken | UINT64_C(1) << i);

            most = pairs > most ? pairs : most;
        }
    return most;
}

static void no_more_pairs_can_be_made(void **state)
{
    (void)state;
    for (int i = 0; i < 3000; i++) {
        uint64_t edges[7];
        size_t count = draw() % 8, width = 1 + draw() % 6;

        for (size_t at = 0; at < count; at++)
            edges[at] = draw() & draw() & ((UINT64_C(1) << width) - 1);
        assert_int_equal(jn_pattern_most_pairs(edges, count), try_all(edges, count, 0));
    }
}

/* Each may go with itself and the one before, so the only way to pair all is found along
 * a path through all of them. */
static void sixty_four_pairs_along_one_path(void **state)
{
    uint64_t edges[64];

    (void)state;
    for (size_t i = 0; i < 64; i++)
        edges[i] = UINT64_C(1) << i | (i ? UINT64_C(1) << (i - 1) : 0);
    assert_int_equal(jn_pattern_most_pairs(edges, 64), 64);
    for (size_t i = 0; i < 64; i++)
        edges[i] = i < 63 ? UINT64_C(3) << i : 1;
    assert_int_equal(jn_pattern_most_pairs(edges, 64), 64);
    edges[63] = edges[62] = 1;
    assert_int_equal(jn_pattern_most_pairs(edges, 64), 63);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_ordered_as_the_machine_orders_them),
        cmocka_unit_test(what_is_no_integer_of_64_bits),
        cmocka_unit_test(moments_are_those_of_the_c_library),
        cmocka_unit_test(what_is_no_moment),
        cmocka_unit_test(no_more_pairs_can_be_made),
        cmocka_unit_test(sixty_four_pairs_along_one_path),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
