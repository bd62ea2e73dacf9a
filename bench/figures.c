/* figures.c - the figures of a row, of all its rounds: medians and spreads. */
#include "measure.h"

#include <stdlib.h>

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

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

struct spread measure_spread(const struct measured *measured, figure_fn *figure)
{
    double values[ROUNDS_MAX];
    int count = measured->rounds;

    for (int i = 0; i < count; i++)
        values[i] = figure(&measured->samples[i]);
    qsort(values, (size_t)count, sizeof *values, ascending);
    return (struct spread){
        .median = (values[(count - 1) / 2] + values[count / 2]) / 2,
        .least = values[0],
        .most = values[count - 1],
    };
}
