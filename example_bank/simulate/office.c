/* office.c - runs many threads that serve customers: the office has desks, and each desk
 * is a thread. */
#include "simulate/office.h"
#include "cli/complaint.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "simulate/acks.h"
#include "views/views.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- at a desk --------------------------------------------------------------- */

static enum ending judge_answer(const struct errand *errand, enum jangle_result result)
{
    if (result == JANGLE_OK)
        return errand->may_be_done ? DONE : FAILED;
    if (result != errand->refusal)
        return FAILED;
    return result == JANGLE_REJECTED ? REFUSED : INVALID;
}

/* After UNKNOWN, nobody knows yet whether the command is stored. Ask for its outcome
 * until the store has recovered and can say. */
static void ask_outcome(struct desk *desk, const char *id)
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

static void serve_customer(struct desk *desk, int number)
{
    const struct errand *errand = &errands[number];
    const struct jangle_error *error = &desk->teller.outcome.error;
    struct office *office = desk->office;
    enum ending ending;
    char id[96];

    snprintf(id, sizeof id, "%s-%d-%" PRId64, office->run, desk->number, ++desk->sent);
    errand->send(&desk->teller, jangle_envelope(.command_id = id));
    if (error->result == JANGLE_UNKNOWN)
        ask_outcome(desk, id);
    if (office->acks >= 0 && !acks_write(office->acks, id, &desk->teller.outcome))
        close_office(desk, strerror(errno));
    office->served++;
    if (error->result == JANGLE_CLOSED) {
        office->closing = true;
        return;
    }
    ending = judge_answer(errand, error->result);
    desk->tallies[number].ended[ending]++;
    if (ending == FAILED && !*desk->complaint)
        snprintf(desk->complaint, sizeof desk->complaint, "%s: %s: %s", errand->name,
                 jangle_result_name(error->result), error->message);
    if (ending == FAILED) /* wait a moment, so that a broken store is not flooded */
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

static void open_accounts(struct desk *desk)
{
    for (int64_t i = 0; i < desk->openings && !desk->office->closing; i++)
        serve_customer(desk, OPENING);
}

/* With a rate, a desk's customer number `i` comes at a set time. */
static void
wait_for_customer(const struct desk *desk, const struct timespec *begun, int64_t i)
{
    const struct options *options = desk->office->options;
    struct timespec moment = {.tv_nsec = 5000000};

    while (options->rate && !stop_was_asked() &&
           progress_seconds(begun) * (double)options->rate <
               (double)(i * options->threads))
        nanosleep(&moment, NULL);
}

static void run_errands(struct desk *desk)
{
    struct timespec begun;

    clock_gettime(CLOCK_MONOTONIC, &begun);
    for (int64_t i = 0; i < desk->errands && !desk->office->closing; i++) {
        wait_for_customer(desk, &begun, i);
        serve_customer(desk, errand_draw(&desk->teller));
    }
}

static void *close_desk(struct desk *desk)
{
    desk->office->open_desks--;
    return NULL;
}

void *office_open_accounts(void *context)
{
    open_accounts(context);
    return close_desk(context);
}

void *office_run_errands(void *context)
{
    run_errands(context);
    return close_desk(context);
}

void *office_open_and_run(void *context)
{
    open_accounts(context);
    run_errands(context);
    return close_desk(context);
}

/* ---- the office -------------------------------------------------------------- */

/* Start a thread for each desk. The threads block all signals, so that the thread that
 * started them gets them. */
int64_t office_start(struct office *office, struct desk *desks, desk_fn *work)
{
    sigset_t all, before;
    int64_t count = 0;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    while (count < office->options->threads) {
        office->open_desks++;
        if (pthread_create(&desks[count].thread, NULL, work, &desks[count])) {
            office->open_desks--;
            office->closing = true;
            bank_complain("no more threads: desk %" PRId64 " stays closed", count);
            break;
        }
        count++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return count;
}

void office_finish(struct desk *desks, int64_t started)
{
    for (int64_t i = 0; i < started; i++)
        pthread_join(desks[i].thread, NULL);
}

double office_work(struct office *office,
                   struct desk *desks,
                   desk_fn *work,
                   const char *what,
                   int64_t total)
{
    struct timespec moment = {.tv_nsec = 5000000};
    struct progress progress;
    int64_t started;

    office->served = 0;
    progress_begin(&progress, what, total);
    started = office_start(office, desks, work);
    while (office->open_desks > 0) {
        nanosleep(&moment, NULL);
        progress_show(&progress, office->served);
    }
    office_finish(desks, started);
    return progress_end(&progress);
}

int64_t office_count_accounts(struct jangle *bank)
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

void office_name_run(struct office *office)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(office->run, sizeof office->run, "%" PRIx64 "%08lx-%lx",
             (uint64_t)now.tv_sec, (unsigned long)now.tv_nsec, (unsigned long)getpid());
}

int office_print_complaints(const struct office *office, const struct desk *desks)
{
    int status = 0;

    for (int64_t i = 0; i < office->options->threads; i++)
        if (*desks[i].complaint)
            status = bank_complain("thread %" PRId64 ": %s", i, desks[i].complaint);
    return status;
}

static int64_t take_share(int64_t total, int64_t parts, int64_t part)
{
    return total / parts + (part < total % parts);
}

void office_furnish(struct office *office, struct desk *desks, int64_t openings)
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
