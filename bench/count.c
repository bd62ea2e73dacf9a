/* count.c - what one operation of a fixed workload costs, counted by other tools.
 *
 * Callgrind counts instructions of the run alone, because sample.c switches it on and
 * off. strace counts all of a process: so there are two, one of which does twice as many
 * operations after the same set-up, and the difference is what the operations cost. */
#include "count.h"
#include "child.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OUTPUT_SIZE = 4096 };

/* What a tool has counted in one process. */
struct tally {
    double operations;
    double counts[COUNTS];
};

struct tool {
    const char *words[4]; /* how it is called */
    size_t word_count;
    const char *log;     /* its option for what it writes, but for the path */
    const char *what;    /* it counts */
    const char *nothing; /* why it may have run and counted nothing */
    void (*read)(FILE *log, struct tally *tally);
    bool by_difference; /* it counts the set-up, too */
    bool counts[COUNTS];
};

/* ---- what the tools wrote ---------------------------------------------------- */

static void read_callgrind(FILE *log, struct tally *tally)
{
    char line[512];
    double number;

    tally->counts[COUNT_INSTRUCTIONS] = NAN;
    while (fgets(line, sizeof line, log)) {
        const char *found = strstr(line, "Collected : ");

        if (found && sscanf(found, "Collected : %lf", &number) == 1 && number > 0)
            tally->counts[COUNT_INSTRUCTIONS] = number;
    }
}

/* A line for each system call: its share of the time, seconds, microseconds a call,
 * calls, perhaps errors, and its name. A last line, called total, adds them up. */
static void read_strace(FILE *log, struct tally *tally)
{
    char line[512], first[64], second[64];
    double calls, all = 0;

    while (fgets(line, sizeof line, log)) {
        int words = sscanf(line, "%*f %*f %*f %lf %63s %63s", &calls, first, second);
        const char *name = words == 3 ? second : first;

        if (words < 2 || !strcmp(name, "total"))
            continue;
        all += calls;
        if (!strcmp(name, "fsync") || !strcmp(name, "fdatasync"))
            tally->counts[COUNT_SYNCS] += calls;
    }
    tally->counts[COUNT_CALLS] = all > 0 ? all : NAN;
}

/* ---- running them ------------------------------------------------------------ */

static const struct tool tools[] = {
    {.words = {"valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
               "--collect-atstart=no"},
     .word_count = 4,
     .log = "--log-file=",
     .what = "instructions",
     .nothing = "the benchmark was built without the header valgrind/callgrind.h",
     .read = read_callgrind,
     .counts = {[COUNT_INSTRUCTIONS] = true}},
    {.words = {"strace", "-f", "-c"},
     .word_count = 3,
     .log = "-o",
     .what = "system calls and syncs",
     .nothing = "it wrote no table of them",
     .read = read_strace,
     .by_difference = true,
     .counts = {[COUNT_CALLS] = true, [COUNT_SYNCS] = true}},
};

enum { TOOLS = sizeof tools / sizeof *tools };

static bool is_here(const struct tool *tool)
{
    const char *const words[] = {tool->words[0], "--version"};
    char text[OUTPUT_SIZE];

    return !child_run(words, 2, text, sizeof text);
}

static bool read_log(const struct tool *tool, const char *path, struct tally *tally)
{
    FILE *log = fopen(path, "r");

    if (!log)
        return false;
    tool->read(log, tally);
    fclose(log);
    return true;
}

/* One process with so many operations. Its log is a file for a moment. */
static bool run_tool(const struct tool *tool,
                     const char *program,
                     const struct bench_row *row,
                     const char *directory,
                     int64_t operations,
                     struct tally *tally)
{
    char log[PATH_MAX + 32], number[24], text[OUTPUT_SIZE];
    const char *path = log + strlen(tool->log);
    const char *const command[] = {log,           program,        "--once",
                                   row->name,     "--operations", number,
                                   "--directory", directory};
    const char *words[CHILD_WORDS_MAX];
    size_t count = tool->word_count + sizeof command / sizeof *command;
    struct bench_sample sample;
    bool done;

    snprintf(log, sizeof log, "%s%s/count-%ld.log", tool->log, directory, (long)getpid());
    snprintf(number, sizeof number, "%lld", (long long)operations);
    memcpy(words, tool->words, tool->word_count * sizeof *words);
    memcpy(words + tool->word_count, command, sizeof command);
    *tally = (struct tally){0};
    done = !child_run(words, count, text, sizeof text) &&
           bench_sample_parse(text, &sample) && read_log(tool, path, tally);
    unlink(path);
    tally->operations = done ? (double)sample.count : 0;
    return done;
}

/* Returns why it cannot be counted, the end of a sentence; or NULL. */
static const char *count_row(const struct tool *tool,
                             const struct measurement *measurement,
                             int by,
                             struct result *result)
{
    const char *program = measurement->programs[by];
    const char *directory = measurement->options->directory;
    const struct bench_row *row = result->row;
    int64_t operations = (tool->by_difference ? 2 : 1) * bench_counted(row);
    struct tally small = {0}, large;

    if (tool->by_difference &&
        !run_tool(tool, program, row, directory, bench_counted(row), &small))
        return "it cannot run the benchmark here";
    if (!run_tool(tool, program, row, directory, operations, &large))
        return "it cannot run the benchmark here";
    for (int i = 0; i < COUNTS; i++) {
        if (!tool->counts[i])
            continue;
        if (isnan(large.counts[i]))
            return tool->nothing;
        result->by[by].counts[i] =
            (large.counts[i] - small.counts[i]) / (large.operations - small.operations);
    }
    return NULL;
}

static const char *count_rows(const struct tool *tool, struct measurement *measurement)
{
    for (size_t i = 0; i < measurement->count; i++)
        for (int by = 0; by < PROGRAMS; by++) {
            struct result *result = &measurement->results[i];
            const char *why = NULL;

            if (bench_counted(result->row) && result->by[by].rounds)
                why = count_row(tool, measurement, by, result);
            if (why)
                return why;
        }
    return NULL;
}

static bool has_fixed(const struct measurement *measurement)
{
    for (size_t i = 0; i < measurement->count; i++)
        if (bench_counted(measurement->results[i].row))
            return true;
    return false;
}

void count_run(struct measurement *measurement)
{
    if (!has_fixed(measurement)) {
        printf("Nothing is counted: none of these rows can be counted.\n\n");
        return;
    }
    for (int i = 0; i < TOOLS; i++) {
        const struct tool *tool = &tools[i];
        const char *why =
            is_here(tool) ? count_rows(tool, measurement) : "it is not installed";

        if (why)
            printf("%s does not count %s: %s.\n\n", tool->words[0], tool->what, why);
    }
}
