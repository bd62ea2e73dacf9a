/* targets.c - the table of what rows are to reach. */
#include "targets.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct figure rate = {.of = figure_rate, .what = "rate"};
static const struct figure syncs = {
    .of = figure_syncs, .what = "syncs an operation", .unit = "syncs", .digits = 3};
static const struct figure typical = {
    .of = figure_typical_ms, .what = "median time", .unit = "ms", .digits = 3};
static const struct figure processor = {
    .of = figure_processor_us, .what = "processor time", .unit = "us", .digits = 1};
static const struct figure fairness = {.of = figure_fairness,
                                       .what = "slowest / fastest thread",
                                       .unit = "of the fastest",
                                       .digits = 2};
static const struct figure rarest = {.of = figure_rarest_ms,
                                     .what = "999 in a thousand took at most",
                                     .unit = "ms",
                                     .digits = 2};
static const struct figure share = {.of = figure_share,
                                    .what = "commits of the slower process",
                                    .unit = "%",
                                    .digits = 0};
static const struct figure longest = {
    .of = figure_longest_ms, .what = "longest wait", .unit = "ms", .digits = 1};
static const struct figure instructions = {
    .count = COUNT_INSTRUCTIONS, .what = "instructions", .unit = "instructions"};
static const struct figure calls = {
    .count = COUNT_CALLS, .what = "system calls", .unit = "calls", .digits = 1};
static const struct figure slowest_fifth = {.of = figure_value,
                                            .what = "slowest fifth / first fifth",
                                            .unit = "of the first",
                                            .digits = 2};
static const struct figure wal_size = {.of = figure_value,
                                       .what = "largest WAL / the setting",
                                       .unit = "of the setting",
                                       .digits = 2};

static const struct figure grown = {
    .of = figure_value, .what = "kept after 900,000 more events", .unit = "KiB"};
static const struct figure taken = {.of = figure_value,
                                    .what = "beside payload and meta",
                                    .unit = "bytes/event",
                                    .digits = 1};
static const struct figure used = {
    .of = figure_value, .what = "of a processor", .unit = "%", .digits = 3};
static const struct figure kept_up = {.of = figure_value,
                                      .what = "rate at 5,000,000 / 100,000",
                                      .unit = "of the first",
                                      .digits = 3};

static const struct target table[] = {
    {.name = "append-1",
     .row = "append-1",
     .beside = "same-1",
     .raw = "raw-1",
     .figure = &typical,
     .bound = AT_MOST,
     .wanted = 1.10},
    {"command-1", "command-1", "same-1", "raw-1", &typical, AT_MOST, 1.20, 0},
    {"append-16", "append-16", "same-16", "raw-16", &rate, AT_LEAST, 0.75, 0},
    {"append-64", "append-64", "same-64", "raw-64", &rate, AT_LEAST, 0.72, 0},
    {"command-16", "command-16", "same-16", "raw-16", &rate, AT_LEAST, 0.55, 0},
    {"command-16-c", "command-16", "c-16", NULL, &rate, AT_LEAST, 0.80, 0},
    {"command-cold", "command-cold", "c-cold", NULL, &rate, AT_LEAST, 1.2, 0},
    {"command-cold-mmap", "command-cold-mmap", "c-cold", NULL, &rate, AT_LEAST, 1.5, 0},
    {"append-1-postgres", "append-1", "postgres-1", NULL, &rate, REPORTED, 0, 0},
    {"append-1-redis", "append-1", "redis-1", NULL, &rate, REPORTED, 0, 0},
    {"append-16-postgres", "append-16", "postgres-16", NULL, &rate, REPORTED, 0, 0},
    {"append-16-redis", "append-16", "redis-16", NULL, &rate, REPORTED, 0, 0},
    {"append-64-postgres", "append-64", "postgres-64", NULL, &rate, REPORTED, 0, 0},
    {"append-64-redis", "append-64", "redis-64", NULL, &rate, REPORTED, 0, 0},
    {"command-16-postgres", "command-16", "postgres-16", NULL, &rate, REPORTED, 0, 0},
    {"command-16-redis", "command-16", "redis-16", NULL, &rate, REPORTED, 0, 0},
    {"command-wide", "command-wide", NULL, NULL, &rate, REPORTED, 0, 0},
    {"command-hot", "command-hot", "command-hot-1", NULL, &rate, AT_LEAST, 0.85, 0},
    {"command-hot-chain", "command-hot-chain", "command-hot-1", NULL, &rate, AT_LEAST, 4,
     0},
    {"fsync-16", "command-16", NULL, NULL, &syncs, AT_MOST, 0.075, 0},
    {"fsync-64", "command-64", NULL, NULL, &syncs, AT_MOST, 0.025, 0},
    {"count-1", "warm-command", NULL, NULL, &instructions, AT_MOST, 75000, 0},
    {"count-1-long", "warm-command-1000", NULL, NULL, &instructions, AT_MOST, 75000, 0},
    {"count-1-calls", "warm-command", NULL, NULL, &calls, AT_MOST, 31, 0},
    {"cpu", "cpu", "c-cpu", NULL, &processor, AT_MOST, 1.3, 0},
    {"fairness-16", "command-16", NULL, NULL, &fairness, AT_LEAST, 0.95, 0},
    {"worst-64", "worst-64", "c-64-due", NULL, &rarest, AT_MOST, 2, 20},
    {"processes-2", "processes-1", NULL, NULL, &share, AT_LEAST, 30, 0},
    {"processes-2-wait", "processes-1", NULL, NULL, &longest, AT_MOST, 500, 0},
    {"processes-2-16", "processes-16", NULL, NULL, &share, AT_LEAST, 30, 0},
    {"processes-2-16-wait", "processes-16", NULL, NULL, &longest, AT_MOST, 500, 0},
    {"conflict-16", "conflict-16", "conflict-none", NULL, &rate, AT_LEAST, 0.7, 0},
    {"simulate", "simulate", NULL, NULL, &processor, REPORTED, 0, 0},
    {"simulate-fifths", "simulate", NULL, NULL, &slowest_fifth, AT_LEAST, 0.8, 0},
    {"checkpoint-250", "checkpoint-250", NULL, NULL, &rarest, REPORTED, 0, 0},
    {"checkpoint-1000", "checkpoint-1000", NULL, NULL, &rarest, REPORTED, 0, 0},
    {"checkpoint-4000", "checkpoint-4000", NULL, NULL, &rarest, REPORTED, 0, 0},
    {"checkpoint-wal", "checkpoint-1000", NULL, NULL, &wal_size, AT_MOST, 4, 0},

    {"dispatch-16", "dispatch-16", "dispatch-off-16", NULL, &rate, AT_LEAST, 0.85, 0},
    {"dispatch-view-16", "dispatch-view-16", "dispatch-off-16", NULL, &rate, AT_LEAST,
     0.70, 0},
    {"dispatch-fsync", "dispatch-fsync", NULL, NULL, &syncs, AT_MOST, 1.02, 0},
    {"view-rate", "view-rate", "plain-view", NULL, &rate, AT_LEAST, 0.45, 0},
    {"replay-raw", "replay-raw", "plain-scan", NULL, &rate, AT_LEAST, 0.5, 0},
    {"replay-typed", "replay-typed", "plain-typed", NULL, &rate, AT_LEAST, 2, 0},
    {"verify", "verify", "verify-scan", NULL, &rate, AT_LEAST, 0.167, 0},
    {"verify-deep", "verify-deep", "verify-scan", NULL, &rate, AT_LEAST, 0.067, 0},
    {"rebuild", "rebuild", "view-rate", NULL, &rate, AT_LEAST, 0.7, 0},
    {"stream-100", "stream-100", "plain-stream", NULL, &rate, AT_LEAST, 0.7, 0},
    {"saga-rate", "saga-rate", "four-commands", NULL, &rate, AT_LEAST, 0.6, 0},
    {"saga-fsync", "saga-fsync", NULL, NULL, &syncs, AT_MOST, 1.1, 0},
    {"ask-1", "ask-1", "plain-ask", NULL, &rate, AT_LEAST, 0.5, 0},
    {"memory", "memory", NULL, NULL, &grown, AT_MOST, 512, 0},
    {"memory-store", "memory-store", "memory-store-1000", NULL, &processor, AT_MOST, 1.2,
     0},
    {"open-1M", "open-1M", NULL, NULL, &typical, AT_MOST, 40, 0},
    {"bytes", "bytes", NULL, NULL, &taken, AT_MOST, 81.6, 0},
    {"scale", "scale", "scale-same", NULL, &kept_up, AT_LEAST, 0.9, 0},
    {"idle", "idle", NULL, NULL, &used, AT_MOST, 0.2, 0},

    {"publish", "publish", "plain-publish", NULL, &rate, AT_LEAST, 0.85, 0},
    {"publish-hot", "publish-hot", "plain-publish", NULL, &rate, AT_LEAST, 0.80, 0},
    {"publish-hot-classic", "publish-hot-classic", "plain-publish-one", NULL, &rate,
     AT_LEAST, 0.90, 0},
    {"take-events", "take-events", "plain-take", NULL, &rate, AT_LEAST, 0.75, 0},
    {"take-commands", "take-commands", "plain-take", NULL, &rate, AT_LEAST, 0.60, 0},
    {"fsync-take", "take-events", NULL, NULL, &syncs, AT_MOST, 0.03, 0},
    {"fsync-take", "take-commands", NULL, NULL, &syncs, AT_MOST, 0.05, 0},
    {"end-to-end", "end-to-end", "plain-end-to-end", NULL, &typical, AT_MOST, 2.5, 0},
    {"hub", "hub", "short-64", NULL, &rate, AT_LEAST, 0.35, 0},
    {"publish-nats", "publish-nats", "outbox-nats", "plain-publish-nats", &rate, AT_LEAST,
     0.75, 0},
    {"take-nats", "take-nats", "inbox-nats", "plain-take-nats", &rate, AT_LEAST, 0.75, 0},
    {"publish-redis", "publish-redis", "outbox-redis", "plain-publish-redis", &rate,
     AT_LEAST, 0.75, 0},
    {"take-redis", "take-redis", "inbox-redis", "plain-take-redis", &rate, AT_LEAST, 0.75,
     0},
    {"publish-kafka", "publish-kafka", "outbox-kafka", "plain-publish-kafka", &rate,
     AT_LEAST, 0.75, 0},
    {"take-kafka", "take-kafka", "inbox-kafka", "plain-take-kafka", &rate, AT_LEAST, 0.75,
     0},
    {"pattern", "pattern", "plain-parse", NULL, &rate, AT_LEAST, 1.00, 0},
    {"filtered", "filtered", "unfiltered", NULL, &rate, AT_LEAST, 0.90, 0},
    {"cpu-message", "publish", "plain-publish", NULL, &processor, AT_MOST, 3, 0},
    {"cpu-message", "take-events", "plain-take", NULL, &processor, AT_MOST, 5, 0},
};

const struct targets targets = {table, sizeof table / sizeof *table};

/* ---- the table that is printed ----------------------------------------------- */

static void print_number(int width, int digits, double number)
{
    if (isfinite(number))
        printf(" %*.*f", width, digits, number);
    else
        printf(" %*s", width, "-");
}

static void print_wanted(const struct target *target)
{
    if (target->bound == REPORTED)
        printf("   %-7s", "-");
    else
        printf("   %s %-4g", target->bound == AT_MOST ? "<=" : ">=", target->wanted);
    if (target->or_below > 0)
        printf(" or < %g", target->or_below);
}

static void print_target(const struct target *target,
                         const struct measurement *measurement,
                         const struct finding *finding)
{
    static const char *const words[] = {[TARGET_REACHED] = "  reached",
                                        [TARGET_MISSED] = "  MISSED",
                                        [TARGET_NOISY] = "  noisy",
                                        [TARGET_NONE] = ""};
    int digits = target->figure->digits;
    char unit[32], what[96];

    snprintf(what, sizeof what, "%s%s%s", target->figure->what,
             target->beside ? ", beside " : "", target->beside ? target->beside : "");
    printf("%-20s %-46s", target->name, what);
    print_number(10, digits, finding->value);
    print_number(10, digits, finding->baseline);
    printf(" %-14s", target_unit(target, measurement, unit));
    print_number(7, 3, finding->raw);
    print_number(7, 3, finding->ratio);
    print_wanted(target);
    printf("%s\n", words[finding->outcome]);
}

/* How long single messages took, if somebody has looked. */
static void print_times(const struct result *result)
{
    const struct measured *here = &result->by[HERE];
    double typical_ms = measure_spread(here, figure_typical_ms).median;

    if (result->row->kind == BENCH_MESSAGES && typical_ms > 0)
        printf(
            "%s: half of the messages took %.2f ms at most, and 99 in a hundred %.2f "
            "ms\n",
            result->row->name, typical_ms, measure_spread(here, figure_rare_ms).median);
}

void targets_print(const struct measurement *measurement)
{
    struct finding finding;
    bool printed = false;

    for (size_t i = 0; i < targets.count; i++) {
        if (!target_find(&targets.items[i], measurement, &finding))
            continue;
        if (!printed)
            printf("%-20s %-46s %10s %10s %-14s %7s %7s   %s\n", "row", "what", "jangle",
                   "baseline", "", "/ raw", "ratio", "target");
        printed = true;
        print_target(&targets.items[i], measurement, &finding);
    }
    for (size_t i = 0; i < measurement->count; i++)
        print_times(&measurement->results[i]);
    if (printed)
        printf("\n");
}
