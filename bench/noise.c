/* noise.c - did the machine stay the same while a round ran? */
#define _XOPEN_SOURCE 700 /* mkstemp */
#include "noise.h"
#include "bench.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 64, SYNCS = 200 };

static const double moved_most = 1.3, slowed_most = 0.7, seconds_most = 0.2;

static int prepare(const char *directory, char path[PATH_MAX])
{
    static const char zeroes[PAGE];
    int file;

    if (snprintf(path, PATH_MAX, "%s/probe-XXXXXX", directory) >= PATH_MAX)
        bench_die(directory, "this path is too long");
    file = mkstemp(path);
    if (file < 0)
        bench_die(path, strerror(errno));
    for (int i = 0; i < PAGES; i++)
        if (pwrite(file, zeroes, PAGE, (off_t)i * PAGE) != PAGE)
            bench_die(path, strerror(errno));
    return file;
}

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

/* The median, because a single slow sync says nothing of the others. */
double noise_probe(const char *directory)
{
    char path[PATH_MAX], page[PAGE];
    double took[SYNCS], started = bench_now(), before, now = started;
    int file = prepare(directory, path), count = 0;

    if (fdatasync(file))
        bench_die(path, strerror(errno));
    now = bench_now();
    for (; count < SYNCS && (count < 10 || now - started < seconds_most); count++) {
        memset(page, count, sizeof page);
        before = now;
        if (pwrite(file, page, PAGE, (off_t)(count % PAGES) * PAGE) != PAGE ||
            fdatasync(file))
            bench_die(path, strerror(errno));
        now = bench_now();
        took[count] = now - before;
    }
    close(file);
    unlink(path);
    qsort(took, (size_t)count, sizeof *took, ascending);
    return 1 / took[count / 2];
}

bool noise_moved(double before, double after)
{
    return after > before * moved_most || before > after * moved_most;
}

bool noise_slowed(double same_rate, double before, double after)
{
    double disk = before < after ? before : after;

    return same_rate > 0 && same_rate < slowed_most * disk;
}
