/* report.c - what was measured, in tables for people. */
#include "report.h"
#include "machine.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- one figure of a table --------------------------------------------------- */

/* A number with so many digits behind the point, or a dash if there is none. */
static void print_number(int width, int digits, double number)
{
    if (isfinite(number))
        printf(" %*.*f", width, digits, number);
    else
        printf(" %*s", width, "-");
}

static void print_name(const struct bench_row *row)
{
    printf("%-20s %s/s%*s", row->name, row->unit, 10 - (int)strlen(row->unit), "");
}

static double rate_of(const struct measured *measured)
{
    return measured->rounds ? measure_spread(measured, figure_rate).median : NAN;
}

/* From the slowest round to the fastest, in hundredths of the median. */
static double spread_of(const struct measured *measured)
{
    struct spread rates;

    if (!measured->rounds)
        return NAN;
    rates = measure_spread(measured, figure_rate);
    return 100 * (rates.most - rates.least) / rates.median;
}

/* ---- the tables -------------------------------------------------------------- */

static const struct result *find(const struct measurement *measurement, const char *name)
{
    for (size_t i = 0; i < measurement->count; i++)
        if (!strcmp(measurement->results[i].row->name, name))
            return &measurement->results[i];
    return NULL;
}

/* The rates of other rows that this one is to be seen beside, if they were measured. */
static void print_beside(const struct measurement *measurement,
                         const struct result *result)
{
    const char *between = "  ";

    for (int i = 0; i < BENCH_BESIDE && result->row->beside[i]; i++) {
        const struct result *other = find(measurement, result->row->beside[i]);

        if (!other)
            continue;
        printf("%s%.2f x %s", between,
               rate_of(&result->by[HERE]) / rate_of(&other->by[HERE]), other->row->name);
        between = ", ";
    }
}

static void print_rates(const struct measurement *measurement)
{
    printf("%-20s %-12s %9s %7s  %s\n", "row", "unit", "median", "spread", "beside");
    for (size_t i = 0; i < measurement->count; i++) {
        const struct result *result = &measurement->results[i];

        print_name(result->row);
        print_number(9, 0, rate_of(&result->by[HERE]));
        print_number(5, 0, spread_of(&result->by[HERE]));
        printf(" %%");
        print_beside(measurement, result);
        printf("\n");
    }
    printf(
        "\nmedian: of all rounds; spread: from the slowest round to the fastest, in\n"
        "hundredths of the median; beside: the median as a multiple of another row's\n");
}

static void print_rates_against(const struct measurement *measurement)
{
    printf("%-20s %-12s %9s %7s %9s %7s %11s\n", "row", "unit", "here", "spread", "there",
           "spread", "here/there");
    for (size_t i = 0; i < measurement->count; i++) {
        const struct result *result = &measurement->results[i];

        print_name(result->row);
        for (int by = 0; by < PROGRAMS; by++) {
            print_number(9, 0, rate_of(&result->by[by]));
            print_number(5, 0, spread_of(&result->by[by]));
            printf(" %%");
        }
        print_number(11, 3, rate_of(&result->by[HERE]) / rate_of(&result->by[THERE]));
        printf("\n");
    }
    printf(
        "\nhere, there: the medians of this program and of\n%s;\n"
        "spread: from the slowest round to the fastest, in hundredths of the median\n",
        measurement->programs[THERE]);
}

/* A figure of which 0 says that nobody has looked. */
static void print_known(int width, int digits, double number)
{
    print_number(width, digits, number > 0 ? number : NAN);
}

static double median_of(const struct measured *measured, figure_fn *figure)
{
    return measure_spread(measured, figure).median;
}

/* Waits and shares are the worst of all rounds: one is no less long because others were
 * short. */
static void print_details(const struct measurement *measurement)
{
    printf("\n%-16s %9s %9s %9s %9s %9s %9s %9s %9s %8s\n", "row", "syncs", "bytes",
           "written", "us", "hits %", "stolen %", "longest ms", "share %", "noisy");
    for (size_t i = 0; i < measurement->count; i++) {
        const struct measured *here = &measurement->results[i].by[HERE];
        double share = measure_spread(here, figure_share).least;

        printf("%-16s", measurement->results[i].row->name);
        print_number(9, 3, median_of(here, figure_syncs));
        print_known(9, 0, median_of(here, figure_bytes));
        print_known(9, 0, median_of(here, figure_written));
        print_known(9, 1, median_of(here, figure_processor_us));
        print_number(9, 1, median_of(here, figure_hits));
        print_number(9, 1, measure_spread(here, figure_stolen).most);
        print_known(10, 1, measure_spread(here, figure_longest_ms).most);
        print_number(9, 0, share < 100 ? share : NAN);
        print_known(8, 0, measurement->results[i].noisy);
        printf("\n");
    }
    printf(
        "\nsyncs: fsync and fdatasync an operation; bytes: of the file, an operation "
        "(it\n"
        "is new each round, so what the set-up stored is in there); written: bytes to\n"
        "files, an operation; us: of processor time, an operation; hits: states that\n"
        "were in memory; stolen: of the processors, by the host; longest: that an\n"
        "operation took in any round; share: of the commits, that the process with the\n"
        "fewest made in any round; noisy: rounds that stayed disturbed\n");
}

static bool is_counted(const struct result *result)
{
    for (int i = 0; i < COUNTS; i++)
        if (isfinite(result->by[HERE].counts[i]) || isfinite(result->by[THERE].counts[i]))
            return true;
    return false;
}

static void print_counts(const struct measurement *measurement)
{
    static const char *const names[COUNTS] = {[COUNT_INSTRUCTIONS] = "instructions",
                                              [COUNT_CALLS] = "system calls",
                                              [COUNT_SYNCS] = "syncs"};
    bool two = measurement->programs[THERE];

    printf("\n%-16s %-12s %12s", "row", "counted", two ? "here" : "an operation");
    printf(two ? " %12s %11s\n" : "\n", "there", "here/there");
    for (size_t i = 0; i < measurement->count; i++) {
        const struct result *result = &measurement->results[i];

        for (int count = 0; count < COUNTS && is_counted(result); count++) {
            double here = result->by[HERE].counts[count];
            double there = result->by[THERE].counts[count];
            int digits = count == COUNT_INSTRUCTIONS ? 0 : 2;

            printf("%-20s %-12s", result->row->name, names[count]);
            print_number(12, digits, here);
            if (two) {
                print_number(12, digits, there);
                print_number(11, 3, here / there);
            }
            printf("\n");
        }
    }
}

void report_print(const struct measurement *measurement)
{
    bool counted = false;

    if (measurement->programs[THERE])
        print_rates_against(measurement);
    else
        print_rates(measurement);
    print_details(measurement);
    for (size_t i = 0; i < measurement->count; i++)
        counted |= is_counted(&measurement->results[i]);
    if (counted)
        print_counts(measurement);
}

void report_list(void)
{
    printf("%-20s %-12s %-10s %s\n", "row", "unit", "group", "what it does");
    for (size_t i = 0; i < bench_rows.count; i++) {
        const struct bench_row *row = bench_rows.items[i];

        print_name(row);
        printf(" %-10s %s%s\n", row->group, row->summary,
               row->peer              ? " (with --peers, or when it is named)"
               : row->only_when_named ? " (only when it is named)"
                                      : "");
    }
    printf("\nThis program was built as %s.\n", machine_build());
}
