/* progress.c - shows how far long work has come: on a terminal a bar, elsewhere lines. */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

enum { BAR_WIDTH = 24, QUIET_SECONDS = 10 };

static const double bar_seconds = 0.1;

double progress_seconds(const struct timespec *then)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - then->tv_sec) +
           (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

void progress_begin(struct progress *progress, const char *what, int64_t total)
{
    *progress = (struct progress){.what = what, .total = total};
    clock_gettime(CLOCK_MONOTONIC, &progress->begun);
    progress->shown = progress->begun;
}

static void draw_bar(const struct progress *progress, int64_t done, double rate)
{
    static const char full[] = "########################";
    static const char empty[] = "........................";
    int part = (int)(done * BAR_WIDTH / (progress->total ? progress->total : 1));

    printf("\r  [%.*s%.*s] %" PRId64 " of %" PRId64 " %s, %.0f a second ", part, full,
           BAR_WIDTH - part, empty, done, progress->total, progress->what, rate);
}

void progress_show(struct progress *progress, int64_t done)
{
    bool terminal = isatty(STDOUT_FILENO);
    double seconds = progress_seconds(&progress->begun);
    double rate = seconds > 0 ? (double)done / seconds : 0;

    if (progress_seconds(&progress->shown) < (terminal ? bar_seconds : QUIET_SECONDS))
        return;
    clock_gettime(CLOCK_MONOTONIC, &progress->shown);
    if (terminal)
        draw_bar(progress, done, rate);
    else
        printf("  %" PRId64 " of %" PRId64 " %s, %.0f a second\n", done, progress->total,
               progress->what, rate);
    fflush(stdout);
}

double progress_end(struct progress *progress)
{
    if (isatty(STDOUT_FILENO))
        printf("\r%79s\r", "");
    return progress_seconds(&progress->begun);
}
