/* judge.c - when the benchmark says that a target is reached, missed, or neither. */
#include "support/test.h"

#include "targets.h"

#include <math.h>
#include <string.h>

static const struct figure rate = {.of = figure_rate, .what = "rate"};
static const struct figure syncs = {.of = figure_syncs, .unit = "syncs"};
static const struct figure instructions = {.count = COUNT_INSTRUCTIONS, .unit = "instr"};

static const struct bench_row row = {.name = "row", .unit = "commands"};
static const struct bench_row base = {.name = "base", .unit = "events"};

/* Two rows, whose rounds have these rates. */
static struct result results[2];
static const struct measurement measurement = {.results = results, .count = 2};

static void set_rates(struct result *result,
                      const struct bench_row *of,
                      int rounds,
                      const double *rates)
{
    *result = (struct result){.row = of, .by[HERE].rounds = rounds};
    for (int i = 0; i < rounds; i++)
        result->by[HERE].samples[i] =
            (struct bench_sample){.count = 1000, .syncs = 50, .seconds = 1000 / rates[i]};
}

#define RATES(...)                                                                       \
    (const double[])                                                                     \
    {                                                                                    \
        __VA_ARGS__                                                                      \
    }

/* The ratios of the rounds are 0.5, 0.6, 0.7, 0.8 and 0.9; that of the medians is 0.9. */
static int set_up(void **state)
{
    (void)state;
    set_rates(&results[0], &row, 5, RATES(500, 60, 700, 80, 90));
    set_rates(&results[1], &base, 5, RATES(1000, 100, 1000, 100, 100));
    return 0;
}

static struct finding find(const struct target *target)
{
    struct finding finding;

    assert_true(target_find(target, &measurement, &finding));
    return finding;
}

static void assert_near(double is, double wanted)
{
    assert_true(fabs(is - wanted) < 1e-9);
}

static void a_ratio_is_the_median_of_the_ratios_of_rounds(void **state)
{
    const struct target target = {.row = "row", .beside = "base", .figure = &rate};
    struct finding finding = find(&target);

    (void)state;
    assert_near(finding.ratio, 0.7);
    assert_near(finding.value, 90);
    assert_near(finding.baseline, 100);
    assert_true(isnan(finding.raw));
}

static void of_an_even_number_of_rounds_it_is_between_the_two_in_the_middle(void **state)
{
    const struct target target = {.row = "row", .beside = "base", .figure = &rate};

    (void)state;
    results[0].by[HERE].rounds = 4;
    assert_near(find(&target).ratio, 0.65);
}

static void a_target_at_least_and_at_most(void **state)
{
    struct target target = {.row = "row",
                            .beside = "base",
                            .figure = &rate,
                            .bound = AT_LEAST,
                            .wanted = 0.69};

    (void)state;
    assert_int_equal(find(&target).outcome, TARGET_REACHED);
    target.wanted = 0.71;
    assert_int_equal(find(&target).outcome, TARGET_MISSED);
    target.bound = AT_MOST;
    assert_int_equal(find(&target).outcome, TARGET_REACHED);
    target.wanted = 0.69;
    assert_int_equal(find(&target).outcome, TARGET_MISSED);
}

static void without_a_baseline_the_value_is_judged(void **state)
{
    struct target target = {
        .row = "row", .figure = &syncs, .bound = AT_MOST, .wanted = 0.05};
    struct finding finding = find(&target);

    (void)state;
    assert_near(finding.value, 0.05);
    assert_true(isnan(finding.ratio));
    assert_int_equal(finding.outcome, TARGET_REACHED);
    target.wanted = 0.049;
    assert_int_equal(find(&target).outcome, TARGET_MISSED);
}

static void a_value_that_is_low_enough_reaches_it_whatever_the_ratio(void **state)
{
    struct target target = {.row = "row",
                            .beside = "base",
                            .figure = &rate,
                            .bound = AT_MOST,
                            .wanted = 0.1,
                            .or_below = 90.1};

    (void)state;
    assert_int_equal(find(&target).outcome, TARGET_REACHED);
    target.or_below = 89.9;
    assert_int_equal(find(&target).outcome, TARGET_MISSED);
}

static void a_noisy_round_of_either_row_leaves_it_open(void **state)
{
    const struct target target = {.row = "row",
                                  .beside = "base",
                                  .figure = &rate,
                                  .bound = AT_LEAST,
                                  .wanted = 0.1};

    (void)state;
    results[1].noisy = 1;
    assert_int_equal(find(&target).outcome, TARGET_NOISY);
    results[1].noisy = 0;
    results[0].noisy = 1;
    assert_int_equal(find(&target).outcome, TARGET_NOISY);
}

static void a_count_is_judged_however_noisy_it_was(void **state)
{
    struct target target = {
        .row = "row", .figure = &instructions, .bound = AT_MOST, .wanted = 75000};

    (void)state;
    results[0].noisy = 5;
    results[0].by[HERE].counts[COUNT_INSTRUCTIONS] = 74000;
    assert_int_equal(find(&target).outcome, TARGET_REACHED);
    results[0].by[HERE].counts[COUNT_INSTRUCTIONS] = 76000;
    assert_int_equal(find(&target).outcome, TARGET_MISSED);
    results[0].by[HERE].counts[COUNT_INSTRUCTIONS] = NAN;
    assert_int_equal(find(&target).outcome, TARGET_NONE);
}

static void what_is_only_reported_is_not_judged(void **state)
{
    const struct target target = {
        .row = "row", .beside = "base", .figure = &rate, .bound = REPORTED, .wanted = 9};

    (void)state;
    assert_int_equal(find(&target).outcome, TARGET_NONE);
}

static void what_was_not_run_is_not_found(void **state)
{
    const struct target absent = {.row = "nobody", .figure = &rate};
    const struct target alone = {.row = "row", .beside = "nobody", .figure = &rate};
    const struct target bare = {
        .row = "row", .beside = "base", .raw = "nobody", .figure = &rate};
    struct finding finding;

    (void)state;
    assert_false(target_find(&absent, &measurement, &finding));
    assert_false(target_find(&alone, &measurement, &finding));
    assert_true(target_find(&bare, &measurement, &finding));
}

static void a_rate_has_the_unit_of_its_row(void **state)
{
    const struct target fast = {.row = "row", .figure = &rate};
    const struct target synced = {.row = "row", .figure = &syncs};
    char unit[32];

    (void)state;
    assert_string_equal(target_unit(&fast, &measurement, unit), "commands/s");
    assert_string_equal(target_unit(&synced, &measurement, unit), "syncs");
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_ratio_is_the_median_of_the_ratios_of_rounds),
        TEST(of_an_even_number_of_rounds_it_is_between_the_two_in_the_middle),
        TEST(a_target_at_least_and_at_most),
        TEST(without_a_baseline_the_value_is_judged),
        TEST(a_value_that_is_low_enough_reaches_it_whatever_the_ratio),
        TEST(a_noisy_round_of_either_row_leaves_it_open),
        TEST(a_count_is_judged_however_noisy_it_was),
        TEST(what_is_only_reported_is_not_judged),
        TEST(what_was_not_run_is_not_found),
        TEST(a_rate_has_the_unit_of_its_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
