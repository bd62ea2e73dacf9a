/* trial.c - a bank and a loyalty program work over a broker of their own, and each of
 * the three is killed in the middle of its work and started again. Then the stores of the
 * two programs are compared by a program that knows neither of them (compare.c):
 *
 *     messaging_trial PROGRAMS DIRECTORY COMMANDS RATE BROKER
 *
 * PROGRAMS is the folder of bank, loyalty and compare_stores; DIRECTORY, which must
 * exist, is where they work; so many COMMANDS are sent to the bank, RATE of them a
 * second; BROKER is one of kinds.c, such as rabbitmq. Ends with 0 if the stores agree and
 * something was repeated, with 1 if not, and with 130 after Ctrl-C. Whatever happens,
 * nothing is left running. */
#include "trial/kinds.h"
#include "trial/program.h"

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LOOK_MS = 50,
    AWAY_MS = 500,    /* how long the broker is away */
    FROZEN_MS = 1000, /* how long the broker is stopped before the bank is killed */
    REST_LOOKS = 40,  /* without a new figure: nothing moves any more */
    LIMIT_S = 170,    /* for the whole run */
    INTERRUPTED = 130
};

struct trial {
    const char *programs, *directory;
    long long commands;
    const char *rate;
    const struct kind *kind;
    void *broker; /* NULL: it was not started */
    struct program bank, loyalty, other;
    struct timespec begun;
    char bank_file[TEMP_PATH_SIZE], loyalty_file[TEMP_PATH_SIZE], acks[TEMP_PATH_SIZE];
};

static const char sigkill[] = "killed (SIGKILL)";

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

/* ---- time ------------------------------------------------------------------------ */

static double seconds_since(const struct timespec *then)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - then->tv_sec) +
           (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

static void JANGLE_PRINTF(2, 3) say(const struct trial *trial, const char *format, ...)
{
    va_list values;

    printf("%6.1f s  ", seconds_since(&trial->begun));
    va_start(values, format);
    vprintf(format, values);
    va_end(values);
    putchar('\n');
    fflush(stdout);
}

static void pass_ms(int ms)
{
    poll(NULL, 0, ms);
}

/* ---- programs -------------------------------------------------------------------- */

static void
name_program(const struct trial *trial, const char *name, char path[TEMP_PATH_SIZE])
{
    temp_directory_path(path, trial->programs, name);
}

static bool start_loyalty(struct trial *trial)
{
    char path[TEMP_PATH_SIZE];
    const char *const words[] = {path, trial->loyalty_file, NULL};

    name_program(trial, "loyalty", path);
    return program_start(&trial->loyalty, words);
}

/* How many commands have an answer, those that open the first accounts too. */
static long long count_answers(const struct trial *trial)
{
    char bytes[65536];
    long long lines = 0;
    size_t size;
    FILE *file = fopen(trial->acks, "r");

    while (file && (size = fread(bytes, 1, sizeof bytes, file)) > 0)
        for (size_t i = 0; i < size; i++)
            lines += bytes[i] == '\n';
    if (file)
        fclose(file);
    return lines;
}

/* With how far they have come: the figures are a second old at most. */
static void say_killed(const struct trial *trial, const char *whom, const char *how)
{
    say(trial, "%s is %s: %lld commands were answered, %lld events published, %lld taken",
        whom, how, count_answers(trial), program_total(&trial->bank).published,
        program_total(&trial->loyalty).taken);
}

/* Customers send the commands that are left. */
static bool start_bank(struct trial *trial)
{
    char path[TEMP_PATH_SIZE], left[32];
    const char *const words[] = {path,         "serve",
                                 "--db",       trial->bank_file,
                                 "--acks",     trial->acks,
                                 "--rate",     trial->rate,
                                 "--seed",     trial->bank.starts ? "2" : "1",
                                 "--simulate", left,
                                 NULL};
    long long answers = count_answers(trial);

    name_program(trial, "bank", path);
    snprintf(left, sizeof left, "%lld",
             trial->commands > answers ? trial->commands - answers : 0);
    return program_start(&trial->bank, words);
}

/* Run a program that ends by itself. True if it ends with 0. */
static bool run_other(struct trial *trial, const char *const *words)
{
    return program_start(&trial->other, words) && program_end(&trial->other, 0) == 0;
}

/* Another process pays something in, into the same file. */
static bool pay_in(struct trial *trial)
{
    char path[TEMP_PATH_SIZE];
    const char *const words[] = {path,        "deposit", "--db",     trial->bank_file,
                                 "--account", "000001",  "--amount", "10",
                                 NULL};

    name_program(trial, "bank", path);
    return run_other(trial, words);
}

/* ---- waiting --------------------------------------------------------------------- */

typedef bool condition(struct trial *trial, long long number);

static bool goes_on(struct trial *trial)
{
    if (interrupted)
        return false;
    if (seconds_since(&trial->begun) > LIMIT_S)
        say(trial, "this takes too long: something does not go on");
    else if (program_has_ended(&trial->bank))
        say(trial, "the bank has ended by itself; see its log");
    else if (program_has_ended(&trial->loyalty))
        say(trial, "the loyalty program has ended by itself; see its log");
    else
        return true;
    return false;
}

static bool wait_until(struct trial *trial, condition *is_true, long long number)
{
    while (goes_on(trial)) {
        if (is_true(trial, number))
            return true;
        pass_ms(LOOK_MS);
    }
    return false;
}

static bool loyalty_is_served(struct trial *trial, long long number)
{
    (void)number;
    return program_says(&trial->loyalty, "is served");
}

static bool are_answered(struct trial *trial, long long number)
{
    return count_answers(trial) >= number;
}

static bool loyalty_has_taken(struct trial *trial, long long number)
{
    return program_total(&trial->loyalty).taken >= number;
}

/* All customers have their answers, nobody waits for the broker, and no figure has
 * changed for some time. */
static bool wait_for_rest(struct trial *trial)
{
    struct figures last[2] = {{0}}, now[2] = {{0}};
    int looks = 0;

    while (goes_on(trial)) {
        now[0] = program_total(&trial->bank);
        now[1] = program_total(&trial->loyalty);
        looks = memcmp(now, last, sizeof now) == 0 ? looks + 1 : 0;
        memcpy(last, now, sizeof now);
        if (looks >= REST_LOOKS && count_answers(trial) >= trial->commands &&
            !now[0].publisher_waits && !now[0].consumer_waits &&
            !now[1].publisher_waits && !now[1].consumer_waits &&
            trial->kind->is_empty(trial->broker))
            return true;
        pass_ms(LOOK_MS);
    }
    return false;
}

/* ---- what happens ---------------------------------------------------------------- */

static bool begin(struct trial *trial)
{
    trial->broker = trial->kind->start();
    say(trial, "%s, the loyalty program and the bank are started", trial->kind->label);
    if (!start_loyalty(trial) || !wait_until(trial, loyalty_is_served, 0))
        return false;
    return start_bank(trial) && !interrupted;
}

static bool kill_broker(struct trial *trial)
{
    if (!wait_until(trial, are_answered, trial->commands / 4) ||
        !trial->kind->kill(trial->broker))
        return false;
    say_killed(trial, "the broker", trial->kind->killed);
    pass_ms(AWAY_MS);
    if (interrupted || !trial->kind->start_again(trial->broker))
        return false;
    say(trial, "the broker is %s", trial->kind->started);
    return true;
}

static bool kill_loyalty(struct trial *trial)
{
    long long taken = program_total(&trial->loyalty).taken;

    if (!wait_until(trial, are_answered, trial->commands / 2) ||
        !wait_until(trial, loyalty_has_taken, taken + 1))
        return false;
    program_end(&trial->loyalty, SIGKILL);
    say_killed(trial, "the loyalty program", sigkill);
    if (!start_loyalty(trial))
        return false;
    say(trial, "the loyalty program is started again");
    return true;
}

/* The broker is stopped for a moment, so that it does not confirm what the bank publishes
 * meanwhile: the bank must publish that again. */
static bool kill_bank(struct trial *trial)
{
    bool paid;

    if (!wait_until(trial, are_answered, trial->commands * 7 / 10))
        return false;
    trial->kind->freeze(trial->broker);
    paid = pay_in(trial);
    pass_ms(FROZEN_MS);
    program_end(&trial->bank, SIGKILL);
    trial->kind->thaw(trial->broker);
    say_killed(trial, "the bank, which waits for confirmations,", sigkill);
    if (!paid || !start_bank(trial))
        return false;
    say(trial, "the bank is started again");
    return true;
}

static bool stop_both(struct trial *trial)
{
    int bank, loyalty;

    if (!wait_for_rest(trial))
        return false;
    bank = program_end(&trial->bank, SIGINT);
    loyalty = program_end(&trial->loyalty, SIGINT);
    say(trial, "all has come to rest, and both are stopped");
    if (bank == INTERRUPTED && loyalty == 0)
        return true;
    say(trial, "one of them did not end well; see its log");
    return false;
}

/* ---- afterwards ------------------------------------------------------------------ */

static bool compare(struct trial *trial)
{
    char path[TEMP_PATH_SIZE];
    const char *const words[] = {path, trial->bank_file, trial->loyalty_file, NULL};
    bool same;

    name_program(trial, "compare_stores", path);
    same = run_other(trial, words);
    program_print(&trial->other, true);
    return same;
}

/* Each command that was answered OK is stored once, and every cent is in its place. */
static bool audit(struct trial *trial)
{
    char path[TEMP_PATH_SIZE];
    const char *const words[] = {path,     "check",     "--db", trial->bank_file,
                                 "--acks", trial->acks, NULL};
    bool right;

    name_program(trial, "bank", path);
    right = run_other(trial, words);
    printf("\nThe bank's own audit: ");
    program_print(&trial->other, false);
    return right;
}

/* How much came again. If nothing did, this run was no trial. */
static bool judge_figures(const struct trial *trial)
{
    struct figures bank = trial->bank.before, loyalty = trial->loyalty.before;
    long long repeated = bank.repeated + loyalty.repeated;
    long long dead = bank.dead + loyalty.dead + bank.refused + loyalty.refused;

    printf(
        "\n%lld deliveries were repeated and dropped: %lld of the loyalty program, %lld"
        " of the bank\n",
        repeated, loyalty.repeated, bank.repeated);
    if (!repeated)
        puts("Nothing was repeated: this run has proved nothing.");
    if (dead)
        printf("DIFFERENT  %lld messages were given up\n", dead);
    else
        puts("identical  no message is left at the broker, nor given up (0)");
    return repeated && !dead;
}

static int run(struct trial *trial)
{
    bool came_to_rest = begin(trial) && kill_broker(trial) && kill_loyalty(trial) &&
                        kill_bank(trial) && stop_both(trial);
    bool proved, same, audited;

    program_end(&trial->bank, SIGKILL);
    program_end(&trial->loyalty, SIGKILL);
    if (trial->broker)
        trial->kind->stop(trial->broker);
    if (interrupted)
        return INTERRUPTED;
    if (!came_to_rest)
        return 1;
    proved = judge_figures(trial);
    same = compare(trial);
    audited = audit(trial);
    return proved && same && audited ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = interrupt};
    struct trial trial = {0};

    if (argc != 6 || strtoll(argv[3], NULL, 10) < 1) {
        fputs("messaging_trial PROGRAMS DIRECTORY COMMANDS RATE BROKER\n", stderr);
        return 2;
    }
    trial.kind = kind_find(argv[5]);
    if (!trial.kind) {
        fprintf(stderr, "messaging_trial: it was built without `%s`\n", argv[5]);
        return 2;
    }
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    setenv("JANGLE_RECONNECT_MAX_DELAY_MS", "1000", 0);
    setenv("BROKER_HOLD_MS", "2000", 0); /* what a killed program had comes again soon */
    trial.programs = argv[1];
    trial.directory = argv[2];
    trial.commands = strtoll(argv[3], NULL, 10);
    trial.rate = argv[4];
    trial.bank = (struct program){.name = "bank", .directory = argv[2]};
    trial.loyalty = (struct program){.name = "loyalty", .directory = argv[2]};
    trial.other = (struct program){.name = "other", .directory = argv[2]};
    temp_directory_path(trial.bank_file, argv[2], "bank.db");
    temp_directory_path(trial.loyalty_file, argv[2], "loyalty.db");
    temp_directory_path(trial.acks, argv[2], "acks");
    clock_gettime(CLOCK_MONOTONIC, &trial.begun);
    return run(&trial);
}
