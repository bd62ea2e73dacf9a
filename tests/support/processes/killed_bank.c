/* killed_bank.c - banks in processes of their own, and what they answered. */
#define _GNU_SOURCE /* F_SETPIPE_SZ */
#include "support/processes/killed_bank.h"
#include "support/effort.h"
#include "support/shard.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SMALL = 4096, LIVING_MAX = 8 };

static struct {
    uint64_t seed, dice;
    char directory[TEMP_PATH_SIZE];
    char db[TEMP_PATH_SIZE], promised[TEMP_PATH_SIZE], out[TEMP_PATH_SIZE];
    FILE *notes; /* of what was promised */
    pid_t living[LIVING_MAX];
} bank;

/* ---- chance ------------------------------------------------------------------ */

void killed_bank_seed(void)
{
    bank.seed = effort_seed();
    bank.dice = bank.seed + (uint64_t)shard_index();
}

/* By splitmix64. */
int killed_bank_draw(int limit)
{
    uint64_t bits = bank.dice += 0x9E3779B97F4A7C15u;

    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    return (int)((bits ^ (bits >> 31)) % (uint64_t)limit);
}

/* ---- its files --------------------------------------------------------------- */

void killed_bank_begin(void)
{
    assert_true(temp_directory_make(bank.directory));
    temp_directory_path(bank.db, bank.directory, "bank.db");
    temp_directory_path(bank.promised, bank.directory, "promised");
    temp_directory_path(bank.out, bank.directory, "out");
    bank.notes = fopen(bank.promised, "a");
    assert_non_null(bank.notes);
}

/* A test that fails leaves its banks running. */
static void end_processes(void)
{
    for (int i = 0; i < LIVING_MAX; i++)
        if (bank.living[i]) {
            kill(bank.living[i], SIGKILL);
            waitpid(bank.living[i], NULL, 0);
            bank.living[i] = 0;
        }
}

/* Puts one process in the place of another; 0: nobody. */
static void replace_process(pid_t old, pid_t new)
{
    int at = 0;

    while (at < LIVING_MAX && bank.living[at] != old)
        at++;
    assert_true(at < LIVING_MAX);
    bank.living[at] = new;
}

void killed_bank_end(void)
{
    end_processes();
    if (bank.notes)
        fclose(bank.notes);
    bank.notes = NULL;
    temp_directory_remove(bank.directory);
}

bool killed_bank_is_there(void)
{
    return access(bank.db, F_OK) == 0;
}

static void show_output(void)
{
    char line[500];
    FILE *file = fopen(bank.out, "r");

    while (file && fgets(line, sizeof line, file))
        print_error("    %s", line);
    if (file)
        fclose(file);
}

/* ---- a process --------------------------------------------------------------- */

static void set(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

/* What it answers goes into the pipe, which is its descriptor 0. */
static void become_bank(char *const *words, struct death death, int answers)
{
    int out = open(bank.out, O_WRONLY | O_CREAT | O_APPEND, 0600);
    char hit[24];

    snprintf(hit, sizeof hit, "%d", death.hit);
    set("BANK_DIES_AT", death.point);
    set("BANK_DIES_HIT", hit);
    set("BANK_DIES_SOON", death.soon ? "1" : NULL);
    if (out < 0 || dup2(answers, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        _exit(126);
    execv(BANK_FAULTY, words);
    _exit(127);
}

static struct simulation start(char *const *words, struct death death)
{
    struct simulation simulation = {0};
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    fcntl(ends[0], F_SETPIPE_SZ, SMALL); /* so that it waits soon, if nobody reads */
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    simulation.process = fork();
    assert_true(simulation.process >= 0);
    if (!simulation.process)
        become_bank(words, death, ends[1]);
    replace_process(0, simulation.process);
    close(ends[1]);
    simulation.answers = ends[0];
    return simulation;
}

struct simulation simulation_start(struct death death)
{
    char seed[24];
    char *words[] = {BANK_FAULTY, "simulate",  "--db",       bank.db,     "--accounts",
                     "40",        "--threads", "4",          "--seed",    seed,
                     "--acks",    "/dev/fd/0", "--commands", "100000000", NULL};

    snprintf(seed, sizeof seed, "%d", killed_bank_draw(1000000));
    return start(words, death);
}

/* ---- what it answers --------------------------------------------------------- */

static void note_line(struct simulation *simulation)
{
    simulation->line[simulation->length] = '\0';
    assert_int_equal(fwrite(simulation->line, 1, simulation->length, bank.notes),
                     simulation->length);
    simulation->done += strstr(simulation->line, " OK ") != NULL;
    simulation->count++;
    simulation->length = 0;
}

/* A line is one write of the bank's, so it comes whole, or not at all. */
bool simulation_take(struct simulation *simulation)
{
    char bytes[SMALL];
    ssize_t size = read(simulation->answers, bytes, sizeof bytes);

    assert_true(size >= 0);
    for (ssize_t i = 0; i < size; i++) {
        assert_true(simulation->length < sizeof simulation->line - 1);
        simulation->line[simulation->length++] = bytes[i];
        if (bytes[i] == '\n')
            note_line(simulation);
    }
    assert_true(size > 0 || !simulation->length);
    return size > 0;
}

void simulation_assert_end(struct simulation *simulation, int expected, const char *what)
{
    int status, ended;

    while (simulation_take(simulation))
        ;
    close(simulation->answers);
    assert_int_equal(waitpid(simulation->process, &status, 0), simulation->process);
    replace_process(simulation->process, 0);
    ended = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    if (ended == expected)
        return;
    show_output();
    fail_msg(
        "%s: it ended with %d, not with %d, after %lld answers, %lld of them OK "
        "(JANGLE_SEED=%llu)",
        what, ended, expected, (long long)simulation->count, (long long)simulation->done,
        (unsigned long long)bank.seed);
}

void killed_bank_check(const char *after)
{
    char *words[] = {BANK_FAULTY, "check",       "--db", bank.db,
                     "--acks",    bank.promised, NULL};
    struct simulation check;

    unlink(bank.out);
    assert_int_equal(fflush(bank.notes), 0);
    check = start(words, (struct death){0});
    simulation_assert_end(&check, 0, after);
    unlink(bank.out);
}
