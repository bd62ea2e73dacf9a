/* figures.c - the figures of a row, of all its rounds: medians, spreads and ratios. */
#include "measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double figure_rate(const struct bench_sample *sample)
{
    return (double)sample->count / sample->seconds;
}

double figure_syncs(const struct bench_sample *sample)
{
    return (double)sample->syncs / (double)sample->count;
}

double figure_bytes(const struct bench_sample *sample)
{
    return (double)sample->bytes / (double)sample->count;
}

double figure_longest_ms(const struct bench_sample *sample)
{
    return sample->longest * 1000;
}

double figure_share(const struct bench_sample *sample)
{
    return sample->share * 100;
}

double figure_processor_us(const struct bench_sample *sample)
{
    return sample->processor * 1e6 / (double)sample->count;
}

double figure_typical_ms(const struct bench_sample *sample)
{
    return sample->typical * 1000;
}

double figure_rare_ms(const struct bench_sample *sample)
{
    return sample->rare * 1000;
}

double figure_rarest_ms(const struct bench_sample *sample)
{
    return sample->rarest * 1000;
}

double figure_fairness(const struct bench_sample *sample)
{
    return sample->fairness;
}

double figure_hits(const struct bench_sample *sample)
{
    return sample->hits < 0 ? NAN : sample->hits * 100;
}

double figure_stolen(const struct bench_sample *sample)
{
    return sample->stolen * 100;
}

double figure_value(const struct bench_sample *sample)
{
    return sample->value;
}

double figure_written(const struct bench_sample *sample)
{
    return (double)sample->written / (double)sample->count;
}

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

static struct spread spread_of(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, ascending);
    return (struct spread){
        .median = (values[(count - 1) / 2] + values[count / 2]) / 2,
        .least = values[0],
        .most = values[count - 1],
    };
}

struct spread measure_spread(const struct measured *measured, figure_fn *figure)
{
    double values[ROUNDS_MAX];

    for (int i = 0; i < measured->rounds; i++)
        values[i] = figure(&measured->samples[i]);
    return spread_of(values, measured->rounds);
}

struct spread measure_ratio(const struct measured *measured,
                            const struct measured *beside,
                            figure_fn *figure)
{
    int rounds = measured->rounds < beside->rounds ? measured->rounds : beside->rounds;
    double values[ROUNDS_MAX];

    for (int i = 0; i < rounds; i++)
        values[i] = figure(&measured->samples[i]) / figure(&beside->samples[i]);
    return spread_of(values, rounds);
}

const struct result *measure_find(const struct measurement *measurement, const char *name)
{
    for (size_t i = 0; name && i < measurement->count; i++)
        if (!strcmp(measurement->results[i].row->name, name))
            return &measurement->results[i];
    return NULL;
}
