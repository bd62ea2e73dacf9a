/* processes.c - two processes that write to one file as fast as they can. */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 2 };

struct part {
    pid_t process;
    int go[2], told[2]; /* pipes: from here to it, and back */
};

/* What it tells in the end. */
struct result {
    struct sample sample;
    int64_t commits;
};

static void must(bool done, const char *what)
{
    if (!done)
        bench_die(what, strerror(errno));
}

static void meet(void *context)
{
    struct part *part = context;
    char letter = 'x';

    must(write(part->told[1], &letter, 1) == 1, "pipe");
    must(read(part->go[0], &letter, 1) == 1, "pipe");
}

/* It has nothing of SQLite's open when it is forked off. */
static void start(struct part *part, const struct round *round, int threads, int number)
{
    struct result result;

    must(!pipe(part->go) && !pipe(part->told), "pipe");
    fflush(NULL);
    part->process = fork();
    must(part->process >= 0, "fork");
    if (part->process)
        return;
    result.sample =
        bench_one_of_many(round, threads, number, meet, part, &result.commits);
    must(write(part->told[1], &result, sizeof result) == sizeof result, "pipe");
    _exit(0);
}

static struct result end(struct part *part)
{
    struct result result;
    int status;

    must(read(part->told[0], &result, sizeof result) == sizeof result,
         "a process is gone");
    must(waitpid(part->process, &status, 0) == part->process && !status, "a process");
    for (int i = 0; i < 2; i++) {
        close(part->go[i]);
        close(part->told[i]);
    }
    return result;
}

static void add(struct sample *sum, const struct sample *sample)
{
    sum->count += sample->count;
    sum->syncs += sample->syncs;
    if (sample->seconds > sum->seconds)
        sum->seconds = sample->seconds;
    if (sample->longest > sum->longest)
        sum->longest = sample->longest;
}

struct sample bench_two(const struct round *round, int threads)
{
    struct part parts[PROCESSES];
    struct result results[PROCESSES];
    struct sample sum = {.share = 1};
    int64_t commits = 0;
    char letter;

    for (int i = 0; i < PROCESSES; i++)
        start(&parts[i], round, threads, i);
    for (int i = 0; i < PROCESSES; i++)
        must(read(parts[i].told[0], &letter, 1) == 1, "a process is gone");
    for (int i = 0; i < PROCESSES; i++)
        must(write(parts[i].go[1], "x", 1) == 1, "pipe");
    for (int i = 0; i < PROCESSES; i++) {
        results[i] = end(&parts[i]);
        add(&sum, &results[i].sample);
        commits += results[i].commits;
    }
    for (int i = 0; i < PROCESSES; i++) {
        double share = (double)results[i].commits / (double)commits;

        if (share < sum.share)
            sum.share = share;
    }
    return sum;
}
