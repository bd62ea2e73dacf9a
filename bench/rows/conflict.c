/* conflict.c - rows: 16 threads send commands while another process stores a tenth as
 * much: in the same streams, so that commands conflict, or in its own. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "rows.h"
#include "rows/clients.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PART = 10 };

/* What the two processes share. */
struct shared {
    atomic_llong sent;   /* by the 16 threads */
    atomic_llong stored; /* by the other process, at its end */
    atomic_bool ready, ended;
};

struct conflict {
    struct shared *shared;
    pid_t other;
    void *clients; /* the state of clients.h */
};

static void wait_a_moment(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

/* The other process: a command for every ten of the others, so that the part does not
 * depend on how fast they are. */
static _Noreturn void play(struct bench_work *work, struct shared *shared, int number)
{
    static const struct clients_plan alone = {.threads = 1};
    int64_t own = 0;

    clients_set_up_as(work, &alone, number);
    bench_sync_for_run();
    shared->ready = true;
    while (!shared->ended && getppid() != 1)
        if (own < shared->sent / PART) {
            clients_send_one(work);
            own++;
        } else {
            wait_a_moment();
        }
    clients_tear_down(work);
    shared->stored = work->stored;
    _exit(0);
}

/* Nothing of SQLite's is open in this process when it forks. Its own streams have other
 * names; row->size says whether it has them. */
static void set_up(struct bench_work *work)
{
    struct conflict *conflict = bench_new(sizeof *conflict);
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED)
        bench_die("mmap", strerror(errno));
    conflict->shared = shared;
    conflict->other = fork();
    if (conflict->other < 0)
        bench_die("fork", strerror(errno));
    if (!conflict->other)
        play(work, shared, work->row->size);
    while (!shared->ready && !waitpid(conflict->other, NULL, WNOHANG))
        wait_a_moment();
    if (!shared->ready)
        bench_die(work->row->name, "its other process has failed");
    clients_set_up(work);
    conflict->clients = work->state;
    work->state = conflict;
}

static void run(struct bench_work *work)
{
    struct conflict *conflict = work->state;

    work->state = conflict->clients;
    clients_count_in(work, &conflict->shared->sent);
    clients_run(work);
    work->state = conflict;
}

static void tear_down(struct bench_work *work)
{
    struct conflict *conflict = work->state;
    struct shared *shared = conflict->shared;
    int status;

    shared->ended = true;
    if (waitpid(conflict->other, &status, 0) != conflict->other || status)
        bench_die(work->row->name, "its other process has failed");
    work->state = conflict->clients;
    clients_tear_down(work);
    work->stored += shared->stored;
    munmap(shared, sizeof *shared);
    free(conflict);
}

#define ROW_(variable, name_, number, beside_, what)                                     \
    const struct bench_row variable = {                                                  \
        .name = name_,                                                                   \
        .group = "processes",                                                            \
        .summary = "16 threads, and another process stores a tenth as much in " what,    \
        .unit = "commands",                                                              \
        .beside = {beside_},                                                             \
        .set = "conflict",                                                               \
        .size = (number),                                                                \
        .plan = &(const struct clients_plan){.threads = 16},                             \
        .warm = true,                                                                    \
        .set_up = set_up,                                                                \
        .run = run,                                                                      \
        .tear_down = tear_down,                                                          \
    }

ROW_(conflict_16, "conflict-16", 0, "conflict-none", "the same streams");
ROW_(conflict_none, "conflict-none", 1, NULL, "its own streams");
