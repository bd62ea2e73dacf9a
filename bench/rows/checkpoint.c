/* checkpoint.c - rows: what the size at which the WAL is written back does to tails, and
 * how long the WAL gets. */
#include "rows.h"
#include "rows/clients.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The log is written from its beginning again, and never made shorter while it is open:
 * so it has the size that it had at its largest. */
static void run(struct bench_work *work)
{
    enum { HEADER = 32, FRAME = 24 + 4096 };
    const struct clients_plan *plan = work->row->plan;
    char path[PATH_MAX];
    struct stat wal;

    clients_run(work);
    snprintf(path, sizeof path, "%s-wal", work->path);
    if (stat(path, &wal))
        bench_die(path, strerror(errno));
    work->sample.value = (double)(wal.st_size - HEADER) / FRAME / (double)plan->frames;
}

#define ROW_(variable, frames_)                                                          \
    const struct bench_row variable = {                                                  \
        .name = "checkpoint-" #frames_,                                                  \
        .group = "checkpoint",                                                           \
        .summary =                                                                       \
            "16 threads at 70 % of the rate, a checkpoint every " #frames_ " frames",    \
        .unit = "commands",                                                              \
        .set = "checkpoint",                                                             \
        .plan = &(const struct clients_plan){.threads = 16,                              \
                                             .frames = (frames_),                        \
                                             .when_due = true},                          \
        .warm = true,                                                                    \
        .set_up = clients_set_up,                                                        \
        .run = run,                                                                      \
        .tear_down = clients_tear_down,                                                  \
    }

ROW_(checkpoint_250, 250);
ROW_(checkpoint_1000, 1000);
ROW_(checkpoint_4000, 4000);
