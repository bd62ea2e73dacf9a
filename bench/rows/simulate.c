/* simulate.c - a row: the program of the bank serves many customers at once, with all its
 * views and sagas. */
#include "child.h"
#include "rows.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

enum { PARTS = 5, LOOKS_MAX = 200000, TEXT_SIZE = 64 * 1024 };

/* How long the file was that the bank writes a line to for each answer. */
struct look {
    double at;
    off_t size;
};

struct watch {
    pthread_t thread;
    char path[PATH_MAX];
    atomic_bool over;
    struct look *looks;
    int count;
};

static void *watch(void *context)
{
    struct watch *watch = context;
    struct stat file;

    while (!watch->over && watch->count < LOOKS_MAX) {
        if (!stat(watch->path, &file))
            watch->looks[watch->count++] = (struct look){bench_now(), file.st_size};
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    return NULL;
}

/* When the file was so long, between two looks. */
static double when(const struct watch *watch, double size)
{
    const struct look *looks = watch->looks;
    int i = 1;

    while (i < watch->count - 1 && (double)looks[i].size < size)
        i++;
    if (looks[i].size == looks[i - 1].size)
        return looks[i].at;
    return looks[i].at - (looks[i].at - looks[i - 1].at) *
                             ((double)looks[i].size - size) /
                             (double)(looks[i].size - looks[i - 1].size);
}

/* The rate of the slowest fifth, as a part of that of the first. */
static double slowest_part(const struct watch *watch)
{
    double took[PARTS], longest = 0, from, to, all;

    if (watch->count < 2)
        bench_die("simulate", "the bank has answered nobody");
    all = (double)watch->looks[watch->count - 1].size;
    from = watch->looks[0].at;
    for (int i = 0; i < PARTS; i++) {
        to = when(watch, all * (i + 1) / PARTS);
        took[i] = to - from;
        longest = took[i] > longest ? took[i] : longest;
        from = to;
    }
    return longest > 0 ? took[0] / longest : 0;
}

static void set_up(struct bench_work *work)
{
    struct watch *watching = bench_new(sizeof *watching);

    work->state = watching;
    snprintf(watching->path, sizeof watching->path, "%s-acks", work->path);
    watching->looks = bench_new(LOOKS_MAX * sizeof *watching->looks);
}

static double processor_of_children(void)
{
    struct rusage used;

    if (getrusage(RUSAGE_CHILDREN, &used))
        bench_die("getrusage", strerror(errno));
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* The bank audits its books in the end, and fails if a cent is not in its place. The rate
 * is that of its answers alone. */
static void run(struct bench_work *work)
{
    struct watch *watching = work->state;
    char commands[24], *text = bench_new(TEXT_SIZE);
    const char *const words[] = {BENCH_BANK,   "simulate", "--db",   work->path,
                                 "--commands", commands,   "--acks", watching->path};
    double before = processor_of_children();

    snprintf(commands, sizeof commands, "%lld", (long long)work->count);
    if (pthread_create(&watching->thread, NULL, watch, watching))
        bench_die("simulate", "this machine starts too few threads");
    if (child_run(words, sizeof words / sizeof *words, text, TEXT_SIZE))
        bench_die("bank simulate", text);
    watching->over = true;
    pthread_join(watching->thread, NULL);
    work->sample.processor = processor_of_children() - before;
    work->sample.count = work->count;
    work->sample.value = slowest_part(watching);
    work->sample.seconds =
        when(watching, (double)watching->looks[watching->count - 1].size) -
        watching->looks[0].at;
    free(text);
}

static void tear_down(struct bench_work *work)
{
    struct watch *watching = work->state;

    free(watching->looks);
    free(watching);
}

const struct bench_row simulate = {
    .name = "simulate",
    .group = "bank",
    .summary = "bank simulate, 20,000 commands, with its views and sagas",
    .unit = "commands",
    .set = "simulate",
    .kind = BENCH_MESSAGES,
    .count = 20000,
    .set_up = set_up,
    .run = run,
    .tear_down = tear_down,
};
