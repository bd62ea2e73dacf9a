/* targets.c - what rows are to reach: a figure of one row, or its ratio to that of
 * another row. */
#include "targets.h"

#include <stdio.h>
#include <string.h>

struct target {
    const char *name;
    const char *row, *beside; /* NULL: the figure itself, and no ratio */
    figure_fn *figure;
    const char *what; /* the figure, in words */
    bool at_most;     /* else at least */
    double wanted;
};

static const struct target targets[] = {
    {"publish", "publish", "plain-publish", figure_rate, "rate", false, 0.85},
    {"publish-hot", "publish-hot", "plain-publish", figure_rate, "rate", false, 0.80},
    {"publish-hot-classic", "publish-hot-classic", "plain-publish-one", figure_rate,
     "rate", false, 0.90},
    {"take-events", "take-events", "plain-take", figure_rate, "rate", false, 0.75},
    {"take-commands", "take-commands", "plain-take", figure_rate, "rate", false, 0.60},
    {"fsync-take", "take-events", NULL, figure_syncs, "syncs a message", true, 0.03},
    {"fsync-take", "take-commands", NULL, figure_syncs, "syncs a message", true, 0.05},
    {"end-to-end", "end-to-end", "plain-end-to-end", figure_typical_ms, "median time",
     true, 2.5},
    {"hub", "hub", "raw-64", figure_rate, "rate", false, 0.35},
    {"publish-nats", "publish-nats", "plain-publish-nats", figure_rate, "rate", false,
     0.75},
    {"take-nats", "take-nats", "plain-take-nats", figure_rate, "rate", false, 0.75},
    {"publish-redis", "publish-redis", "plain-publish-redis", figure_rate, "rate", false,
     0.75},
    {"take-redis", "take-redis", "plain-take-redis", figure_rate, "rate", false, 0.75},
    {"publish-kafka", "publish-kafka", "plain-publish-kafka", figure_rate, "rate", false,
     0.75},
    {"take-kafka", "take-kafka", "plain-take-kafka", figure_rate, "rate", false, 0.75},
    {"pattern", "pattern", "plain-parse", figure_rate, "rate", false, 1.00},
    {"filtered", "filtered", "unfiltered", figure_rate, "rate", false, 0.90},
    {"cpu-message", "publish", "plain-publish", figure_processor_us, "processor time",
     true, 3},
    {"cpu-message", "take-events", "plain-take", figure_processor_us, "processor time",
     true, 5},
};

enum { TARGETS = sizeof targets / sizeof *targets };

static const struct measured *find(const struct measurement *measurement,
                                   const char *name)
{
    for (size_t i = 0; name && i < measurement->count; i++)
        if (!strcmp(measurement->results[i].row->name, name))
            return &measurement->results[i].by[HERE];
    return NULL;
}

static void print_head(bool *printed)
{
    if (!*printed)
        printf("\n%-20s %-52s %7s %9s\n", "target", "what", "is", "wanted");
    *printed = true;
}

static void
print_target(const struct target *target, const struct measured *measured, double divisor)
{
    double is = measure_spread(measured, target->figure).median / divisor;
    bool reached = target->at_most ? is <= target->wanted : is >= target->wanted;
    char what[64];

    snprintf(what, sizeof what, "%s of %s%s%s", target->what, target->row,
             target->beside ? " / that of " : "", target->beside ? target->beside : "");
    printf("%-20s %-52s %7.3f   %s %4.2f  %s\n", target->name, what, is,
           target->at_most ? "<=" : ">=", target->wanted, reached ? "reached" : "MISSED");
}

/* How long single messages took, if somebody has looked. */
static void print_times(const struct result *result)
{
    const struct measured *here = &result->by[HERE];
    double typical = measure_spread(here, figure_typical_ms).median;

    if (typical > 0)
        printf(
            "%s: half of the messages took %.2f ms at most, and 99 in a hundred %.2f "
            "ms\n",
            result->row->name, typical, measure_spread(here, figure_rare_ms).median);
}

void targets_print(const struct measurement *measurement)
{
    bool printed = false;

    for (int i = 0; i < TARGETS; i++) {
        const struct target *target = &targets[i];
        const struct measured *measured = find(measurement, target->row);
        const struct measured *beside = find(measurement, target->beside);

        if (!measured || (target->beside && !beside))
            continue;
        print_head(&printed);
        print_target(target, measured,
                     beside ? measure_spread(beside, target->figure).median : 1);
    }
    for (size_t i = 0; i < measurement->count; i++)
        print_times(&measurement->results[i]);
}
