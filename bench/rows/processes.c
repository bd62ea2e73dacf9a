/* processes.c - rows: two processes write to one file as fast as they can. */
#include "rows.h"
#include "rows/clients.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 2 };

struct part {
    pid_t process;
    int go[2], told[2]; /* pipes: from here to it, and back */
};

/* What a process reports at its end. */
struct result {
    struct bench_sample sample;
    int64_t commits, stored;
};

static void must(bool done, const char *what)
{
    if (!done)
        bench_die(what, strerror(errno));
}

/* A pipe that ends early has no errno: the process at its other end is gone, and has said
 * why itself. */
static void must_read(int pipe, void *message, size_t size)
{
    ssize_t got = read(pipe, message, size);

    must(got >= 0, "pipe");
    if ((size_t)got != size)
        bench_die("processes", "one of its processes has failed");
}

/* The child: it opens the file, writes a letter when it is ready, waits for a letter, and
 * then sends commands. */
static _Noreturn void play(struct bench_work *work, const struct part *part, int number)
{
    struct result result;
    char letter = 'x';
    int64_t syncs;

    close(part->go[1]); /* so that the read below ends if the parent dies */
    close(part->told[0]);
    clients_set_up_as(work, work->row->plan, number);
    bench_sync_for_run();
    must(write(part->told[1], &letter, 1) == 1, "pipe");
    must_read(part->go[0], &letter, 1);
    syncs = bench_syncs();
    clients_run(work);
    work->sample.syncs = bench_syncs() - syncs;
    result = (struct result){work->sample, clients_commits(work), 0};
    clients_tear_down(work);
    result.stored = work->stored;
    must(write(part->told[1], &result, sizeof result) == sizeof result, "pipe");
    _exit(0);
}

/* Nothing of SQLite's is open in this process when it forks. */
static void set_up(struct bench_work *work)
{
    struct part *parts = bench_new(PROCESSES * sizeof *parts);
    char letter;

    work->state = parts;
    for (int i = 0; i < PROCESSES; i++) {
        must(!pipe(parts[i].go) && !pipe(parts[i].told), "pipe");
        fflush(NULL);
        parts[i].process = fork();
        must(parts[i].process >= 0, "fork");
        if (!parts[i].process)
            play(work, &parts[i], i);
        close(parts[i].told[1]);
    }
    for (int i = 0; i < PROCESSES; i++)
        must_read(parts[i].told[0], &letter, 1);
}

static void add(struct bench_sample *sum, const struct bench_sample *sample)
{
    sum->count += sample->count;
    sum->syncs += sample->syncs;
    if (sample->seconds > sum->seconds)
        sum->seconds = sample->seconds;
    if (sample->longest > sum->longest)
        sum->longest = sample->longest;
}

static void run(struct bench_work *work)
{
    struct part *parts = work->state;
    int64_t commits = 0, fewest = INT64_MAX;
    struct result result;

    for (int i = 0; i < PROCESSES; i++)
        must(write(parts[i].go[1], "x", 1) == 1, "pipe");
    for (int i = 0; i < PROCESSES; i++) {
        must_read(parts[i].told[0], &result, sizeof result);
        add(&work->sample, &result.sample);
        commits += result.commits;
        work->stored += result.stored;
        if (result.commits < fewest)
            fewest = result.commits;
    }
    work->sample.share = commits ? (double)fewest / (double)commits : 0;
}

static void tear_down(struct bench_work *work)
{
    struct part *parts = work->state;
    int status;

    for (int i = 0; i < PROCESSES; i++) {
        must(waitpid(parts[i].process, &status, 0) == parts[i].process, "waitpid");
        if (status)
            bench_die("processes", "one of its processes has failed");
        close(parts[i].go[0]);
        close(parts[i].go[1]);
        close(parts[i].told[0]);
    }
    free(parts);
}

const struct bench_row processes_1 = {
    .name = "processes-1",
    .group = "processes",
    .summary = "two processes of one thread each send commands to one file",
    .unit = "commands",
    .set = "processes",
    .plan = &(const struct clients_plan){.threads = 1},
    .set_up = set_up,
    .run = run,
    .tear_down = tear_down,
};

const struct bench_row processes_16 = {
    .name = "processes-16",
    .group = "processes",
    .summary = "two processes of 16 threads each send commands to one file",
    .unit = "commands",
    .set = "processes",
    .plan = &(const struct clients_plan){.threads = 16},
    .set_up = set_up,
    .run = run,
    .tear_down = tear_down,
};
