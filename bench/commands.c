/* commands.c - durable commands a second beside a raw SQLite loop: same machine, same
 * run, rounds that take turns, medians. */
#define _DEFAULT_SOURCE /* statfs */
#include "bench.h"

#include <errno.h>
#include <jangle/jangle.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MAX = 99, PATH_SIZE = 1024 };

static struct sample raw_one(const struct round *round)
{
    return bench_raw(round, 1);
}

static struct sample raw_sixteen(const struct round *round)
{
    return bench_raw(round, 16);
}

static struct sample jangle_one(const struct round *round)
{
    return bench_jangle(round, 1);
}

static struct sample jangle_sixteen(const struct round *round)
{
    return bench_jangle(round, 16);
}

static struct sample two_of_one(const struct round *round)
{
    return bench_two(round, 1);
}

static struct sample two_of_sixteen(const struct round *round)
{
    return bench_two(round, 16);
}

enum {
    RAW_ONE,
    RAW_SIXTEEN,
    JANGLE_ONE,
    JANGLE_SIXTEEN,
    TWO_OF_ONE,
    TWO_OF_SIXTEEN,
    ROWS
};

static const struct row {
    const char *name;
    struct sample (*run)(const struct round *round);
} rows[ROWS] = {
    [RAW_ONE] = {"raw SQLite, 1 insert a commit", raw_one},
    [RAW_SIXTEEN] = {"raw SQLite, 16 inserts a commit", raw_sixteen},
    [JANGLE_ONE] = {"jangle, 1 thread", jangle_one},
    [JANGLE_SIXTEEN] = {"jangle, 16 threads", jangle_sixteen},
    [TWO_OF_ONE] = {"jangle, 2 processes of 1 thread", two_of_one},
    [TWO_OF_SIXTEEN] = {"jangle, 2 processes of 16", two_of_sixteen},
};

double bench_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void bench_die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why ? why : "it failed");
    exit(1);
}

static void remove_files(const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-lock", "-journal"};
    char name[PATH_SIZE + 16];

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        snprintf(name, sizeof name, "%s%s", path, endings[i]);
        if (unlink(name) && errno != ENOENT)
            bench_die(name, strerror(errno));
    }
}

static struct sample run_row(const struct row *row, const char *directory, double seconds)
{
    char path[PATH_SIZE];
    struct round round = {path, seconds};
    struct sample sample;
    struct stat file;

    snprintf(path, sizeof path, "%s/bench.db", directory);
    remove_files(path);
    sample = row->run(&round);
    if (stat(path, &file))
        bench_die(path, strerror(errno));
    sample.bytes = file.st_size;
    remove_files(path);
    return sample;
}

/* ---- the report -------------------------------------------------------------- */

static const char *file_system(const char *directory)
{
    static const struct {
        unsigned long magic;
        const char *name;
    } known[] = {
        {0xef53, "ext4"},        {0x58465342, "xfs"},
        {0x9123683e, "btrfs"},   {0x2fc12fc1, "zfs"},
        {0x794c7630, "overlay"}, {0x01021994, "tmpfs: in memory, a sync costs nothing"}};
    struct statfs about;

    if (statfs(directory, &about))
        bench_die(directory, strerror(errno));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if ((unsigned long)about.f_type == known[i].magic)
            return known[i].name;
    return "a file system unknown to this program";
}

static void print_machine(const char *directory, int rounds, double seconds)
{
    struct utsname machine;
    char model[128] = "unknown processor";
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "r");

    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "model name : %127[^\n]", model) == 1)
            break;
    if (file)
        fclose(file);
    if (uname(&machine) < 0)
        bench_die("uname", strerror(errno));
    printf("jangle %s, SQLite %s\n", jangle_version(), sqlite3_libversion());
    printf("%s, %ld of them; %s %s; %s\n", model, sysconf(_SC_NPROCESSORS_ONLN),
           machine.sysname, machine.release, file_system(directory));
    printf("medians of %d rounds of %.1f s a row, which take turns\n\n", rounds, seconds);
}

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

static double median_of(const struct sample *samples,
                        int count,
                        double (*figure)(const struct sample *sample))
{
    double values[ROUNDS_MAX];

    for (int i = 0; i < count; i++)
        values[i] = figure(&samples[i]);
    qsort(values, (size_t)count, sizeof *values, ascending);
    return count % 2 ? values[count / 2]
                     : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static double rate(const struct sample *sample)
{
    return (double)sample->count / sample->seconds;
}

static double syncs_each(const struct sample *sample)
{
    return (double)sample->syncs / (double)sample->count;
}

static double bytes_each(const struct sample *sample)
{
    return (double)sample->bytes / (double)sample->count;
}

static double longest_ms(const struct sample *sample)
{
    return sample->longest * 1000;
}

static double share(const struct sample *sample)
{
    return sample->share * 100;
}

/* Of all rounds: a wait is no less long because others were short. */
static double worst_of(const struct sample *samples,
                       int count,
                       double (*figure)(const struct sample *sample),
                       bool least)
{
    double worst = figure(&samples[0]);

    for (int i = 1; i < count; i++)
        if ((figure(&samples[i]) < worst) == least)
            worst = figure(&samples[i]);
    return worst;
}

static void print_table(struct sample samples[ROWS][ROUNDS_MAX], int rounds)
{
    double alone = median_of(samples[RAW_ONE], rounds, rate);
    double grouped = median_of(samples[RAW_SIXTEEN], rounds, rate);

    printf("%-32s %8s %7s %8s %6s %6s %8s %6s\n", "", "a second", "x raw 1", "x raw 16",
           "syncs", "bytes", "longest", "share");
    for (int row = 0; row < ROWS; row++) {
        double each = median_of(samples[row], rounds, rate);

        printf("%-32s %8.0f %7.2f %8.2f %6.3f %6.0f %5.0f ms %4.0f %%\n", rows[row].name,
               each, each / alone, each / grouped,
               median_of(samples[row], rounds, syncs_each),
               median_of(samples[row], rounds, bytes_each),
               worst_of(samples[row], rounds, longest_ms, false),
               worst_of(samples[row], rounds, share, true));
    }
    printf(
        "\nsyncs: fsync and fdatasync a command (an insert); bytes: of the file, a\n"
        "command; the file is new each round, so what it always has is in there; "
        "longest:\n"
        "that a command (a commit) took in any round; share: of the commits, that the\n"
        "process with the fewest made in any round. Of two processes each is to have\n"
        "30 %% of the commits, and to wait less than 500 ms\n");
}

int main(int count, char **arguments)
{
    static struct sample samples[ROWS][ROUNDS_MAX];
    const char *directory = count > 1 ? arguments[1] : ".";
    int rounds = count > 2 ? (int)strtol(arguments[2], NULL, 10) : 5;
    double seconds = count > 3 ? strtod(arguments[3], NULL) : 1;

    if (count > 4 || rounds < 1 || rounds > ROUNDS_MAX || !(seconds > 0)) {
        fprintf(stderr, "usage: %s [DIRECTORY [ROUNDS [SECONDS]]]\n", arguments[0]);
        return 2;
    }
    print_machine(directory, rounds, seconds);
    for (int round = 0; round < rounds; round++)
        for (int row = 0; row < ROWS; row++)
            samples[row][round] = run_row(&rows[row], directory, seconds);
    print_table(samples, rounds);
    return 0;
}
