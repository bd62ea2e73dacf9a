/* measure.c - the rows that were asked for, measured in rounds that take turns. */
#include "measure.h"
#include "broker.h"
#include "child.h"
#include "choose.h"
#include "count.h"
#include "missing.h"
#include "noise.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OUTPUT_SIZE = 64 * 1024 };

/* ---- what is to be run ------------------------------------------------------- */

/* Say so if this row cannot be run here. */
static bool is_missing(const struct bench_row *row, const char *directory)
{
    const char *why = missing_for(row, directory);

    if (why)
        printf("%s is not run: %s\n", row->name, why);
    return why;
}

/* Make a result for each row that is wanted, and can be run here. */
static bool choose(struct measurement *measurement, char problem[PROBLEM_SIZE])
{
    const struct options *options = measurement->options;
    bool *wanted = bench_new(bench_rows.count * sizeof *wanted);
    bool chosen = choose_rows(&bench_rows, options, wanted, problem);

    measurement->results = bench_new(bench_rows.count * sizeof *measurement->results);
    for (size_t i = 0; chosen && i < bench_rows.count; i++) {
        struct result *result = &measurement->results[measurement->count];

        if (!wanted[i] || is_missing(bench_rows.items[i], options->directory))
            continue;
        result->row = bench_rows.items[i];
        result->by[HERE].rounds = options->rounds;
        for (int by = 0; by < PROGRAMS; by++)
            for (int count = 0; count < COUNTS; count++)
                result->by[by].counts[count] = NAN;
        measurement->count++;
    }
    free(wanted);
    return chosen;
}

static void find_here(struct measurement *measurement)
{
    char *path = measurement->paths[HERE];
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);

    if (length < 0)
        bench_die("/proc/self/exe", strerror(errno));
    path[length] = '\0';
    measurement->programs[HERE] = path;
}

/* Look for the program of the build in that directory. */
static void find_there(struct measurement *measurement, const char *directory)
{
    static const char *const places[] = {"build/bin/bench", "bin/bench"};
    char *path = measurement->paths[THERE];

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int length = snprintf(path, PATH_MAX, "%s/%s", directory, places[i]);

        if (length < PATH_MAX && !access(path, X_OK)) {
            measurement->programs[THERE] = path;
            return;
        }
    }
}

/* One line of the other program's list: it runs those rows that it has, too. */
static void read_line(struct measurement *measurement, const char *line)
{
    for (size_t i = 0; i < measurement->count; i++) {
        struct result *result = &measurement->results[i];
        size_t length = strlen(result->row->name);

        if (!strncmp(line, result->row->name, length) && line[length] == ' ')
            result->by[THERE].rounds = measurement->options->rounds;
    }
    sscanf(line, "This program was built as %31[A-Za-z0-9]", measurement->there_build);
}

static bool ask_there(struct measurement *measurement, char problem[PROBLEM_SIZE])
{
    const char *program = measurement->programs[THERE];
    const char *const words[] = {program, "--list"};
    char text[OUTPUT_SIZE], *rest = NULL;

    if (child_run(words, 2, text, sizeof text)) {
        snprintf(problem, PROBLEM_SIZE, "%s cannot list its rows: build it again",
                 program);
        return false;
    }
    for (char *line = strtok_r(text, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest))
        read_line(measurement, line);
    return true;
}

bool measure_prepare(const struct options *options,
                     struct measurement *measurement,
                     char problem[PROBLEM_SIZE])
{
    *measurement = (struct measurement){.options = options};
    if (access(options->directory, W_OK | X_OK)) {
        snprintf(problem, PROBLEM_SIZE, "no databases can be made in %s: %s",
                 options->directory, strerror(errno));
        return false;
    }
    if (!choose(measurement, problem))
        return false;
    find_here(measurement);
    if (!options->against)
        return true;
    find_there(measurement, options->against);
    if (measurement->programs[THERE])
        return ask_there(measurement, problem);
    snprintf(problem, PROBLEM_SIZE,
             "%s has no program build/bin/bench or bin/bench: run `./run bench` in that "
             "checkout first, or name another directory",
             options->against);
    return false;
}

/* ---- running it -------------------------------------------------------------- */

static void run_round(const struct options *options,
                      const char *program,
                      const struct bench_row *row,
                      struct bench_sample *sample)
{
    char seconds[32], messages[24], text[OUTPUT_SIZE];
    const char *const words[] = {
        program,       "--once",           row->name,      "--seconds", seconds,
        "--directory", options->directory, "--operations", messages};
    bool fewer = options->messages && row->kind == BENCH_MESSAGES;
    size_t count = sizeof words / sizeof *words - (fewer ? 0 : 2);

    snprintf(seconds, sizeof seconds, "%.17g", options->seconds);
    snprintf(messages, sizeof messages, "%lld", (long long)options->messages);
    if (child_run(words, count, text, sizeof text) || !bench_sample_parse(text, sample))
        bench_die(row->name, "the program that runs this row has failed");
}

static void show_progress(const struct measurement *measurement,
                          int round,
                          const struct bench_row *row)
{
    if (!isatty(STDERR_FILENO))
        return;
    if (row)
        fprintf(stderr, "\rround %d of %d: %-24s", round + 1,
                measurement->options->rounds, row->name);
    else
        fprintf(stderr, "\r%48s\r", "");
}

static void start_brokers(const struct measurement *measurement)
{
    for (size_t i = 0; i < measurement->count; i++)
        broker_start(measurement->results[i].row->broker,
                     measurement->options->directory);
}

/* The rows of this set from the first one on, which is number `first`. */
static bool is_of_set(const struct measurement *measurement, size_t first, size_t i)
{
    const char *one = measurement->results[first].row->set;
    const char *other = measurement->results[i].row->set;

    return one && other ? !strcmp(one, other) : one == other;
}

static bool begins_a_set(const struct measurement *measurement, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (is_of_set(measurement, i, number))
            return false;
    return true;
}

static void run_row(struct measurement *measurement, struct result *result, int round)
{
    for (int turn = 0; turn < PROGRAMS; turn++) {
        int by = (round + turn) % PROGRAMS; /* each goes first as often */

        if (result->by[by].rounds)
            run_round(measurement->options, measurement->programs[by], result->row,
                      &result->by[by].samples[round]);
    }
}

/* Every other round goes backwards, because the disk may get slower or faster by and
 * by. */
static void run_rows(struct measurement *measurement, size_t first, int round)
{
    size_t count = measurement->count - first;

    for (size_t i = 0; i < count; i++) {
        bool back = measurement->results[first].row->set && round % 2;
        size_t at = first + (back ? count - 1 - i : i);

        if (!is_of_set(measurement, first, at))
            continue;
        show_progress(measurement, round, measurement->results[at].row);
        run_row(measurement, &measurement->results[at], round);
    }
}

/* What one event a commit came to in this round, if it is in this set. */
static double same_rate(const struct measurement *measurement, size_t first, int round)
{
    const struct result *same = measure_find(measurement, "same-1");

    if (!same || !is_of_set(measurement, first, (size_t)(same - measurement->results)))
        return 0;
    return figure_rate(&same->by[HERE].samples[round]);
}

/* A round that was disturbed is run again. */
static void run_set(struct measurement *measurement, size_t first, int round)
{
    const char *directory = measurement->options->directory;

    for (int i = 0; i <= NOISE_REPEATS; i++) {
        double before = noise_probe(directory), after;

        run_rows(measurement, first, round);
        after = noise_probe(directory);
        if (!noise_moved(before, after) &&
            !noise_slowed(same_rate(measurement, first, round), before, after))
            return;
    }
    for (size_t i = first; i < measurement->count; i++)
        measurement->results[i].noisy += is_of_set(measurement, first, i);
}

void measure_run(struct measurement *measurement)
{
    const struct options *options = measurement->options;

    start_brokers(measurement);
    for (size_t i = 0; i < measurement->count; i++)
        for (int round = 0; round < options->rounds && begins_a_set(measurement, i);
             round++)
            if (measurement->results[i].row->set)
                run_set(measurement, i, round);
            else
                run_rows(measurement, i, round);
    show_progress(measurement, 0, NULL);
    broker_stop();
    if (options->count)
        count_run(measurement);
}

void measure_free(struct measurement *measurement)
{
    free(measurement->results);
}
