/* programs.c - two programs as processes of their own. */
#include "brokers/programs.h"

#include "support/domains/exchange_files.h"
#include "support/stores/fault_vfs.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PURSES = 30, SILENT_MS = 60000 };

/* ---- inside of a program --------------------------------------------------------- */

static int tells_to;

static void give_up(const char *what)
{
    fprintf(stderr, "a program gives up: %s\n", what);
    _exit(1);
}

/* So few bytes are written whole. */
static void tell(int64_t done)
{
    if (write(tells_to, &done, sizeof done) != (ssize_t)sizeof done)
        give_up("nobody listens");
}

static enum jangle_result tell_event(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    (void)delivery;
    tell(event->position);
    return JANGLE_OK;
}

static const struct jangle_subscriber watcher = {
    .name = "watcher",
    .handlers = JANGLE_HANDLERS({&coins_seen, tell_event}, {&coins_put_in, tell_event}),
    .start = JANGLE_FROM_FIRST,
};

static void send_one(struct jangle *jangle, int number)
{
    struct jangle_outcome outcome;
    char id[16], purse[16];

    snprintf(id, sizeof id, "c%d", number);
    snprintf(purse, sizeof purse, "%d", number % PURSES);
    do
        jangle_send_in(jangle, &outcome, jangle_envelope(.command_id = id), put_in,
                       .purse_id = purse, .amount = 1);
    while (jangle_result_retriable(outcome.error.result));
    if (outcome.error.result)
        give_up(outcome.error.message);
}

static void send_all(const struct programs *programs, const struct program *program)
{
    int64_t done = program->done;

    for (int64_t number = program->first + done * program->step; number < programs->count;
         number += program->step) {
        send_one(programs->both.sender.jangle, (int)number);
        tell(++done);
    }
}

static void wait_for_end(const struct program *program)
{
    char byte;

    while (read(program->until, &byte, 1) < 0 && errno == EINTR)
        ;
}

static void live(struct programs *programs, const struct program *program)
{
    struct world *world = program->takes ? &programs->both.taker : &programs->both.sender;
    struct jangle_sqlite_options disk = {0};

    if (program->cut_at) {
        disk.vfs = fault_vfs_register();
        fault_vfs_reset();
        fault_vfs_stop_at(program->cut_at, FAULT_LOSE_ALL, 0);
    }
    world->config.storage = jangle_sqlite_with(world->file, &disk);
    if (!world_try_open(world, program->takes ? &watcher : &exchange_forwarder, NULL))
        give_up(world->error.message);
    if (!program->takes)
        send_all(programs, program);
    wait_for_end(program);
    if (jangle_close(world->jangle, -1))
        give_up("it cannot close its store");
    _exit(0);
}

/* ---- started and ended ----------------------------------------------------------- */

static void make_pipe(int ends[2])
{
    assert_int_equal(pipe(ends), 0);
}

static void start(struct programs *programs, struct program *program)
{
    pid_t parent = getpid();
    int told[2], until[2];

    make_pipe(told);
    make_pipe(until);
    program->cut_at = programs->draw_cut ? programs->draw_cut(program->takes) : 0;
    fflush(NULL);
    program->process = fork();
    assert_true(program->process >= 0);
    if (!program->process) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        close(told[0]);
        close(until[1]);
        tells_to = told[1];
        program->until = until[0];
        live(programs, program);
    }
    close(told[1]);
    close(until[0]);
    program->told = told[0];
    program->until = until[1];
}

/* False when the program has ended, and all that it told was heard. */
static bool hear(struct program *program)
{
    int64_t done[512];
    ssize_t size;

    do
        size = read(program->told, done, sizeof done);
    while (size < 0 && errno == EINTR);
    assert_true(size >= 0 && size % (ssize_t)sizeof *done == 0);
    for (ssize_t i = 0; i < size / (ssize_t)sizeof *done; i++)
        if (done[i] > program->done)
            program->done = done[i];
    return size > 0;
}

/* How it ended: its exit status, or minus the signal. */
static int bury(struct program *program)
{
    int status = 0;

    while (hear(program))
        ;
    while (waitpid(program->process, &status, 0) < 0 && errno == EINTR)
        ;
    program->process = 0;
    close(program->told);
    close(program->until);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

void programs_kill(struct programs *programs, struct program *program)
{
    kill(program->process, SIGKILL);
    if (bury(program) == FAULT_EXIT) /* its power was faster */
        program->cuts++;
    start(programs, program);
}

/* ---- all of them ----------------------------------------------------------------- */

static void empty_queues(struct world *taker)
{
    static const char *const names[] = {"watch", "counter"};

    world_open(taker, &watcher, NULL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_result(
            jangle_remove(taker->jangle, names[i], JANGLE_REMOVE_QUEUES, &taker->error),
            JANGLE_OK);
    assert_result(jangle_declare(taker->jangle, NULL, &taker->error), JANGLE_OK);
    world_close(taker);
}

static void set_up_world(struct world *world, const struct tested_broker *broker)
{
    world->config.host.clock = (struct jangle_clock){0};
    world->config.broker = broker->broker;
    world->config.reconnect.max_delay_ms = 1000;
}

void programs_begin(struct programs *programs,
                    const struct tested_broker *broker,
                    int count,
                    int senders,
                    int (*draw_cut)(bool takes))
{
    struct neighbours *both = &programs->both;

    *programs = (struct programs){
        .count = count, .program_count = (size_t)senders + 1, .draw_cut = draw_cut};
    exchange_init(both, true);
    set_up_world(&both->sender, broker);
    set_up_world(&both->taker, broker);
    empty_queues(&both->taker);
    both->sender.config.workers = both->taker.config.workers = 2;
    programs->all[0].takes = true;
    for (int i = 0; i < senders; i++)
        programs->all[i + 1] = (struct program){.first = i, .step = senders};
    for (size_t i = 0; i < programs->program_count; i++)
        start(programs, &programs->all[i]);
}

static void listen_to(struct programs *programs, struct program *program)
{
    int status;

    if (hear(program))
        return;
    status = bury(program);
    if (status != FAULT_EXIT || !program->cut_at)
        fail_msg("a program ended with %d", status);
    program->cuts++;
    start(programs, program);
}

void programs_listen(struct programs *programs)
{
    struct pollfd files[PROGRAMS_MAX];
    size_t count = programs->program_count;

    for (size_t i = 0; i < count; i++)
        files[i] = (struct pollfd){.fd = programs->all[i].told, .events = POLLIN};
    if (poll(files, (nfds_t)count, SILENT_MS) <= 0)
        fail_msg("no program has told anything for %d s, after %lld of %lld",
                 SILENT_MS / 1000, (long long)programs_progress(programs),
                 (long long)programs_goal(programs));
    for (size_t i = 0; i < count; i++)
        if (files[i].revents)
            listen_to(programs, &programs->all[i]);
}

int64_t programs_progress(const struct programs *programs)
{
    int64_t done = 0;

    for (size_t i = 0; i < programs->program_count; i++)
        done += programs->all[i].done;
    return done;
}

int64_t programs_goal(const struct programs *programs)
{
    return 3 * (int64_t)programs->count;
}

void programs_assert_whole(struct programs *programs)
{
    const struct neighbours *both = &programs->both;

    for (size_t i = 0; i < programs->program_count; i++) {
        struct program *program = &programs->all[i];
        int status;

        assert_int_equal(write(program->until, "", 1), 1);
        status = bury(program);
        if (status && status != FAULT_EXIT)
            fail_msg("a program ended with %d", status);
    }
    exchange_files_assert_whole(both->sender.file, both->taker.file, programs->count);
}

void programs_finish(struct programs *programs)
{
    for (size_t i = 0; i < programs->program_count; i++)
        if (programs->all[i].process) {
            kill(programs->all[i].process, SIGKILL);
            bury(&programs->all[i]);
        }
    neighbours_finish(&programs->both);
}
