/* verb_simulate.c - many customers at once, then look at the books. */
#include "acks.h"
#include "audit.h"
#include "bank.h"

#include "errands.h"
#include "messages.h"
#include "progress.h"
#include "table.h"
#include "verbs.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORKERS = 2 };

/* How an errand may end, in columns. */
enum ending { DONE, REFUSED, INVALID, FAILED, ENDING_COUNT };

struct tally {
    int64_t ended[ENDING_COUNT];
};

/* What all desks share. */
struct office {
    struct jangle *bank;
    const struct options *options;
    char run[48]; /* begins each command's id: no two runs have the same */
    int acks;     /* -1: none */
    atomic_int open_desks;
    _Atomic int64_t served;
    atomic_bool closing;
};

/* A thread, its customers, and what came of them. */
struct desk {
    struct office *office;
    struct teller teller;
    pthread_t thread;
    int number;
    int64_t openings, errands; /* its share */
    int64_t sent;
    struct tally tallies[ERRAND_COUNT];
    char complaint[300]; /* the first answer that makes no sense; or why it closed */
};

/* ---- at a desk
 * ------------------------------------------------------------------------- */

static enum ending judge(const struct errand *errand, enum jangle_result result)
{
    if (result == JANGLE_OK)
        return errand->may_be_done ? DONE : FAILED;
    if (result != errand->refusal)
        return FAILED;
    return result == JANGLE_REJECTED ? REFUSED : INVALID;
}

/* An answer of UNKNOWN is a question: the store tells, once it has found its feet. */
static void find_out(struct desk *desk, const char *id)
{
    struct timespec moment = {.tv_nsec = 50000000};
    struct jangle_outcome outcome = {.error.result = JANGLE_UNKNOWN};

    for (int i = 0; i < 200 && !desk->office->closing; i++) {
        if (!jangle_result_retriable(jangle_outcome_of(desk->office->bank, id, &outcome)))
            break;
        nanosleep(&moment, NULL);
    }
    if (outcome.error.result == JANGLE_OK || outcome.error.result == JANGLE_NOT_FOUND)
        desk->teller.outcome = outcome;
}

static void close_office(struct desk *desk, const char *why)
{
    if (!*desk->complaint)
        snprintf(desk->complaint, sizeof desk->complaint, "%s", why);
    desk->office->closing = true;
}

static void serve(struct desk *desk, int number)
{
    const struct errand *errand = &errands[number];
    const struct jangle_error *error = &desk->teller.outcome.error;
    struct office *office = desk->office;
    enum ending ending;
    char id[96];

    snprintf(id, sizeof id, "%s-%d-%" PRId64, office->run, desk->number, ++desk->sent);
    errand->send(&desk->teller, &(struct jangle_envelope){.command_id = id});
    if (error->result == JANGLE_UNKNOWN)
        find_out(desk, id);
    if (office->acks >= 0 && !acks_write(office->acks, id, &desk->teller.outcome))
        close_office(desk, strerror(errno));
    office->served++;
    if (error->result == JANGLE_CLOSED) {
        office->closing = true;
        return;
    }
    ending = judge(errand, error->result);
    desk->tallies[number].ended[ending]++;
    if (ending == FAILED && !*desk->complaint)
        snprintf(desk->complaint, sizeof desk->complaint, "%s: %s: %s", errand->name,
                 jangle_result_name(error->result), error->message);
    if (ending == FAILED) /* whatever it is, it is not cured by haste */
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

static void *open_accounts(void *context)
{
    struct desk *desk = context;

    for (int64_t i = 0; i < desk->openings && !desk->office->closing; i++)
        serve(desk, OPENING);
    desk->office->open_desks--;
    return NULL;
}

static void *serve_customers(void *context)
{
    struct desk *desk = context;

    for (int64_t i = 0; i < desk->errands && !desk->office->closing; i++)
        serve(desk, errand_draw(&desk->teller));
    desk->office->open_desks--;
    return NULL;
}

/* ---- the office
 * -------------------------------------------------------------------------- */

/* Start a thread a desk; signals stay with the one that started them. */
static int64_t
start_desks(struct office *office, struct desk *desks, void *(*work)(void *))
{
    sigset_t all, before;
    int64_t count = 0;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    while (count < office->options->threads) {
        office->open_desks++;
        if (pthread_create(&desks[count].thread, NULL, work, &desks[count])) {
            office->open_desks--;
            close_office(&desks[0], "no more threads to be had");
            break;
        }
        count++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return count;
}

/* Returns how many seconds all desks together took. */
static double run_desks(struct office *office,
                        struct desk *desks,
                        void *(*work)(void *),
                        const char *what,
                        int64_t total)
{
    struct timespec moment = {.tv_nsec = 5000000};
    struct progress progress;
    int64_t started;

    office->served = 0;
    progress_begin(&progress, what, total);
    started = start_desks(office, desks, work);
    while (office->open_desks > 0) {
        nanosleep(&moment, NULL);
        progress_show(&progress, office->served);
    }
    for (int64_t i = 0; i < started; i++)
        pthread_join(desks[i].thread, NULL);
    return progress_end(&progress);
}

static int64_t take_share(int64_t total, int64_t parts, int64_t part)
{
    return total / parts + (part < total % parts);
}

static void furnish(struct office *office, struct desk *desks, int64_t openings)
{
    const struct options *options = office->options;

    for (int64_t i = 0; i < options->threads; i++)
        desks[i] = (struct desk){
            .office = office,
            .teller = {.bank = office->bank,
                       .accounts = options->accounts,
                       .random = (uint64_t)options->seed * 1000003u + (uint64_t)i},
            .number = (int)i,
            .openings = take_share(openings, options->threads, i),
            .errands = take_share(options->commands, options->threads, i),
        };
}

/* ---- before and after
 * ------------------------------------------------------------------- */

/* Accounts that are there already, deleted ones too; -1 if nobody knows. */
static int64_t count_accounts(struct jangle *bank)
{
    struct jangle_answer answer = {0};
    int64_t count = -1;

    if (!jangle_ask(bank, &answer, get_bank_stats, .including_deleted = true)) {
        const struct bank_stats *stats = answer.data;

        count = stats->active_accounts + stats->deleted_accounts;
    } else {
        bank_complain("%s", answer.error.message);
    }
    jangle_answer_free(&answer);
    return count;
}

static void print_tally(const char *name, const struct tally *tally)
{
    static const struct table_column columns[] = {{"errand", -19}, {"done", 10},
                                                  {"refused", 10}, {"invalid", 10},
                                                  {"failed", 10},  {0}};
    char cells[ENDING_COUNT][24];

    if (!tally) {
        table_head(stdout, columns);
        return;
    }
    for (int i = 0; i < ENDING_COUNT; i++)
        snprintf(cells[i], sizeof cells[i], "%" PRId64, tally->ended[i]);
    table_row(stdout, columns, name, cells[DONE], cells[REFUSED], cells[INVALID],
              cells[FAILED]);
}

static void print_tallies(const struct office *office, const struct desk *desks)
{
    struct tally total = {0};

    print_tally(NULL, NULL);
    for (int errand = 0; errand < ERRAND_COUNT; errand++) {
        struct tally tally = {0};

        for (int64_t i = 0; i < office->options->threads; i++)
            for (int ending = 0; ending < ENDING_COUNT; ending++)
                tally.ended[ending] += desks[i].tallies[errand].ended[ending];
        for (int ending = 0; ending < ENDING_COUNT; ending++)
            total.ended[ending] += tally.ended[ending];
        print_tally(errands[errand].name, &tally);
    }
    print_tally("total", &total);
    printf("\n");
}

/* The exit status: 1 if an answer made no sense. */
static int print_complaints(const struct office *office, const struct desk *desks)
{
    int status = 0;

    for (int64_t i = 0; i < office->options->threads; i++)
        if (*desks[i].complaint)
            status = bank_complain("thread %" PRId64 ": %s", i, desks[i].complaint);
    return status;
}

static void print_rate(const char *what, int64_t count, double seconds)
{
    printf("  %" PRId64 " %s in %.2f s: %.0f a second\n", count, what, seconds,
           seconds > 0 ? (double)count / seconds : 0);
}

static int simulate(struct office *office, struct desk *desks)
{
    const struct options *options = office->options;
    int64_t existing = bank_catch_up(office->bank) ? count_accounts(office->bank) : -1;
    int64_t openings = options->accounts - existing;
    struct progress catching_up;
    struct jangle_stats stats;
    double seconds;

    if (existing < 0)
        return 1;
    if (openings < 0)
        openings = 0;
    printf("%s has %" PRId64 " accounts.\n\n", options->db, existing);
    furnish(office, desks, openings);
    if (openings) {
        seconds = run_desks(office, desks, open_accounts, "accounts", openings);
        print_rate("accounts opened", office->served, seconds);
    }
    seconds = run_desks(office, desks, serve_customers, "commands", options->commands);
    print_rate("commands answered", office->served, seconds);
    jangle_measure(office->bank, &stats);
    printf("  %" PRId64 " events stored in %" PRId64 " commits\n", stats.events,
           stats.commits);
    progress_begin(&catching_up, "events", stats.events);
    if (!bank_catch_up(office->bank))
        return 1;
    printf("  views caught up %.2f s later\n\n", progress_end(&catching_up));
    print_tallies(office, desks);
    return print_complaints(office, desks);
}

static void name_run(char *name, size_t size)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(name, size, "%" PRIx64 "%08lx-%lx", (uint64_t)now.tv_sec,
             (unsigned long)now.tv_nsec, (unsigned long)getpid());
}

int verb_simulate(const struct options *options)
{
    struct office office = {.options = options, .acks = -1};
    struct desk *desks = calloc((size_t)options->threads, sizeof *desks);
    int status = 1;

    name_run(office.run, sizeof office.run);
    if (!desks) {
        bank_complain("out of memory");
        goto done;
    }
    if (options->acks && (office.acks = acks_open(options->acks)) < 0) {
        bank_complain("%s: %s", options->acks, strerror(errno));
        goto done;
    }
    office.bank = bank_open(options->db, WORKERS);
    if (!office.bank)
        goto done;
    status = simulate(&office, desks);
    if (!bank_was_stopped())
        status |= audit_bank(options->db, NULL);
done:
    bank_close(office.bank);
    if (office.acks >= 0)
        close(office.acks);
    free(desks);
    return status;
}
