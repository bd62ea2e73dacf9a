/* threads.c - rows: commands that several threads of one process send. */
#include "rows.h"
#include "rows/clients.h"

static void set_up(struct bench_work *work)
{
    clients_set_up(work, 0);
}

const struct bench_row threads_1 = {
    .name = "threads-1",
    .group = "commands",
    .summary = "one thread sends commands, each durable before the next",
    .unit = "commands",
    .beside = {"raw-1", "raw-16"},
    .size = 1,
    .set_up = set_up,
    .run = clients_run,
    .tear_down = clients_tear_down,
};

const struct bench_row threads_16 = {
    .name = "threads-16",
    .group = "commands",
    .summary = "16 threads send commands, which share commits",
    .unit = "commands",
    .beside = {"raw-1", "raw-16"},
    .size = 16,
    .set_up = set_up,
    .run = clients_run,
    .tear_down = clients_tear_down,
};

const struct bench_row threads_64 = {
    .name = "threads-64",
    .group = "commands",
    .summary = "64 threads send commands, which share commits",
    .unit = "commands",
    .beside = {"raw-1", "raw-16"},
    .size = 64,
    .set_up = set_up,
    .run = clients_run,
    .tear_down = clients_tear_down,
};
