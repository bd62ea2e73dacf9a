/* main.c - the benchmark: measures the rows of a table and prints their figures. */
#include "broker.h"
#include "machine.h"
#include "missing.h"
#include "options.h"
#include "peers/about.h"
#include "report.h"
#include "sample.h"
#include "targets.h"

#include <errno.h>
#include <string.h>

enum { REFUSED = 2 };

static int refuse(const char *problem)
{
    fprintf(stderr, "bench: %s\n", problem);
    return REFUSED;
}

static int run_once(const struct options *options)
{
    const struct bench_row *row = bench_row_find(options->once);
    struct bench_request request = {
        .row = row,
        .directory = options->directory,
        .seconds = options->seconds,
        .operations = options->operations,
    };
    struct bench_sample sample;

    if (!row)
        return refuse("--once names no row; --list shows all of them");
    if (options->operations && row->kind == BENCH_RATE && !row->counted)
        return refuse(
            "--operations is for rows that can be counted, and this row is a rate");
    if (row->kind != BENCH_MESSAGES && options->operations > 2 * bench_counted(row))
        return refuse("--operations is more than twice what --count counts of this row");
    if (missing_for(row, options->directory))
        return refuse(missing_for(row, options->directory));
    if (options->sync_us > 0)
        bench_sync_choose(options->sync_us);
    broker_start_round(row->broker, options->directory);
    sample = bench_sample_take(&request);
    broker_stop();
    bench_sample_print(&sample);
    return 0;
}

/* Asked before the work, because rounds take minutes and their results would be lost. A
 * file that is there keeps what it holds until the results replace it. */
static bool can_write(const char *path)
{
    FILE *file = fopen(path, "a");

    return file && !fclose(file);
}

static void warn_of_builds(const struct measurement *measurement)
{
    const char *there = measurement->there_build;

    if (*there && strcmp(there, machine_build()) != 0)
        printf(
            "This program was built as %s, and the other as %s: their ratio says little "
            "of the code.\n\n",
            machine_build(), there);
}

static int measure(const struct options *options)
{
    struct measurement measurement;
    char problem[PROBLEM_SIZE];
    int status = 0;

    if (!measure_prepare(options, &measurement, problem)) {
        status = refuse(problem);
    } else if (options->json && !can_write(options->json)) {
        snprintf(problem, sizeof problem, "%s cannot be written: %s", options->json,
                 strerror(errno));
        status = refuse(problem);
    } else {
        machine_print(options->directory);
        printf("rounds, which take turns: %d; a rate is measured for %.2f s in each\n\n",
               options->rounds, options->seconds);
        warn_of_builds(&measurement);
        measure_run(&measurement);
        targets_print(&measurement);
        about_print(&measurement);
        report_print(&measurement);
        if (options->json && !report_write_json(&measurement, options->json)) {
            fprintf(stderr, "bench: %s: %s\n", options->json, strerror(errno));
            status = 1;
        }
    }
    measure_free(&measurement);
    return status;
}

int main(int count, char **words)
{
    struct options options;
    char problem[PROBLEM_SIZE];

    if (!options_parse(count, words, &options, problem))
        return refuse(problem);
    if (options.help)
        options_help(stdout);
    else if (options.list)
        report_list();
    else if (options.once)
        return run_once(&options);
    else
        return measure(&options);
    return 0;
}
