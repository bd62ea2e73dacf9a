/* measure.h - the rows that were asked for, measured in rounds that take turns. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "options.h"
#include "rows.h"
#include "sample.h"

#include <limits.h>

enum { HERE, THERE, PROGRAMS }; /* this program, and that of --against */

enum { COUNT_INSTRUCTIONS, COUNT_CALLS, COUNT_SYNCS, COUNTS };

/* What one program did in one row. */
struct measured {
    int rounds; /* 0: it has no such row */
    struct bench_sample samples[ROUNDS_MAX];
    double counts[COUNTS]; /* of one operation; NAN: not counted */
};

struct result {
    const struct bench_row *row;
    struct measured by[PROGRAMS];
    int noisy; /* rounds that were disturbed, and so was each of their repeats */
};

/* All that a call of the benchmark finds out. */
struct measurement {
    const struct options *options;
    const char *programs[PROGRAMS]; /* their paths; THERE is NULL without --against */
    char paths[PROGRAMS][PATH_MAX];
    char there_build[32]; /* the build type of that program; "": unknown */
    struct result *results;
    size_t count;
};

/* Choose the rows, and find the programs. False: an option names something that does not
 * exist, and `problem` is the sentence about it. */
bool measure_prepare(const struct options *options,
                     struct measurement *measurement,
                     char problem[PROBLEM_SIZE]);

/* Run them. It ends the program if one fails. */
void measure_run(struct measurement *measurement);

void measure_free(struct measurement *measurement);

/* The result of the row of that name; NULL: it was not asked for. */
const struct result *measure_find(const struct measurement *measurement,
                                  const char *name);

/* One figure of a round, and what it was in all rounds. */
typedef double figure_fn(const struct bench_sample *sample);

struct spread {
    double median, least, most;
};

struct spread measure_spread(const struct measured *measured, figure_fn *figure);

/* The ratio of that figure to another row's, of each round that both have. A round's two
 * figures were taken one right after the other, so what the machine did meanwhile to both
 * is not in their ratio. */
struct spread measure_ratio(const struct measured *measured,
                            const struct measured *beside,
                            figure_fn *figure);

double figure_rate(const struct bench_sample *sample);         /* operations a second */
double figure_syncs(const struct bench_sample *sample);        /* an operation */
double figure_bytes(const struct bench_sample *sample);        /* an operation */
double figure_longest_ms(const struct bench_sample *sample);   /* operation */
double figure_share(const struct bench_sample *sample);        /* in hundredths */
double figure_processor_us(const struct bench_sample *sample); /* an operation */
double figure_typical_ms(const struct bench_sample *sample);
double figure_rare_ms(const struct bench_sample *sample);
double figure_rarest_ms(const struct bench_sample *sample);
double figure_fairness(const struct bench_sample *sample);
double figure_hits(const struct bench_sample *sample);   /* in hundredths; NAN: unknown */
double figure_stolen(const struct bench_sample *sample); /* in hundredths */
double figure_value(const struct bench_sample *sample);
double figure_written(const struct bench_sample *sample); /* an operation */

#endif
