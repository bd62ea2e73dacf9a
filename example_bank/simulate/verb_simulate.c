/* verb_simulate.c - the verb simulate: many customers at once, then the audit. It is a
 * load test: whatever the threads do, the audit must find that every cent is in its
 * place. */
#include "simulate/verb_simulate.h"
#include "app/bank.h"
#include "app/catch_up.h"
#include "audit/audit.h"
#include "audit/rest.h"
#include "cli/complaint.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "cli/table.h"
#include "simulate/acks.h"
#include "simulate/office.h"
#include "views/views.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORKERS = 8, LOOK_MS = 100, SETTLE_SECONDS = 600 };

/* ---- before and after -------------------------------------------------------- */

static const struct table_column columns[] = {
    {"errand", -24}, {"done", 10}, {"refused", 10}, {"invalid", 10}, {"failed", 10}, {0}};

static void print_tally(const char *name, const struct tally *tally)
{
    char cells[ENDING_COUNT][24];

    for (int i = 0; i < ENDING_COUNT; i++)
        snprintf(cells[i], sizeof cells[i], "%" PRId64, tally->ended[i]);
    table_row(stdout, columns, name, cells[DONE], cells[REFUSED], cells[INVALID],
              cells[FAILED]);
}

static void print_tallies(const struct office *office, const struct desk *desks)
{
    struct tally total = {0};

    table_head(stdout, columns);
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

static void print_rate(const char *what, int64_t count, double seconds)
{
    printf("  %" PRId64 " %s in %.2f s: %.0f a second\n", count, what, seconds,
           seconds > 0 ? (double)count / seconds : 0);
}

/* How many events the slowest view or saga has not processed yet. */
static int64_t measure_lag(struct jangle *bank)
{
    struct jangle_subscriber_stats stats;
    int64_t lag = 0;

    for (size_t i = 0; i < bank_views.count; i++)
        if (!jangle_measure_subscriber(bank, bank_views.items[i]->name, &stats, NULL) &&
            stats.lag > lag)
            lag = stats.lag;
    for (size_t i = 0; i < bank_sagas.count; i++)
        if (!jangle_measure_subscriber(bank, bank_sagas.items[i]->name, &stats, NULL) &&
            stats.lag > lag)
            lag = stats.lag;
    return lag;
}

/* Let the sagas end what was begun, and the views show it. Requests that wait for the
 * answer of a customer stay open. */
static enum bank_rest
finish_all(struct jangle *bank, const struct timespec *begun, int64_t *rest)
{
    int64_t others = bank_stored_by_others(bank);
    struct jangle_left left = {0};
    struct jangle_stats stats;
    struct progress progress;
    enum jangle_result result = JANGLE_TIMEOUT;
    double seconds;

    progress_begin(&progress, "events", 0);
    while (result == JANGLE_TIMEOUT && !stop_was_asked() &&
           bank_stored_by_others(bank) <= others &&
           progress_seconds(&progress.begun) < SETTLE_SECONDS) {
        result = jangle_drain(bank, LOOK_MS, &left, NULL);
        jangle_measure(bank, &stats);
        progress.total = stats.position;
        progress_show(&progress, stats.position - measure_lag(bank));
    }
    seconds = progress_end(&progress);
    jangle_measure(bank, &stats);
    print_rate("turns of sagas", stats.turns, progress_seconds(begun));
    printf("  %" PRId64 " events stored in %" PRId64
           " commits; all settled %.2f s later\n",
           stats.events, stats.commits, seconds);
    printf("  %" PRId64 " requests wait for an answer\n\n", left.future);
    return bank_come_to_rest(bank, rest);
}

static void print_fingerprint(const struct office *office, const struct desk *desks)
{
    uint64_t fingerprint = 0;

    for (int64_t i = 0; i < office->options->threads; i++)
        fingerprint = errand_mix(fingerprint, desks[i].teller.fingerprint);
    printf("  what was asked has the fingerprint %016" PRIx64 "\n", fingerprint);
}

static int simulate(struct office *office, struct desk *desks, int64_t *rest)
{
    const struct options *options = office->options;
    int64_t existing =
        bank_catch_up(office->bank) ? office_count_accounts(office->bank) : -1;
    int64_t openings = options->accounts - existing;
    struct progress begun;
    double seconds;

    if (existing < 0)
        return 1;
    if (openings < 0)
        openings = 0;
    printf("%s has %" PRId64 " accounts.\n\n", options->db, existing);
    office_furnish(office, desks, openings);
    if (openings) {
        seconds = office_work(office, desks, office_open_accounts, "accounts", openings);
        print_rate("accounts opened", office->served, seconds);
    }
    progress_begin(&begun, "commands", options->commands);
    seconds =
        office_work(office, desks, office_run_errands, "commands", options->commands);
    print_rate("commands answered", office->served, seconds);
    print_fingerprint(office, desks);
    if (finish_all(office->bank, &begun.begun, rest) == BANK_BEHIND)
        return 1;
    print_tallies(office, desks);
    return office_print_complaints(office, desks);
}

static int verb_simulate(const struct options *options)
{
    struct office office = {.options = options, .acks = -1};
    struct desk *desks = calloc((size_t)options->threads, sizeof *desks);
    int64_t rest;
    int status = 1;

    office_name_run(&office);
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
    rest = bank_head(office.bank);
    status = simulate(&office, desks, &rest);
    if (!stop_was_asked()) {
        int audited = audit_all(options->db, NULL, rest);

        status = status ? status : audited;
    }
done:
    bank_close(office.bank);
    if (office.acks >= 0)
        close(office.acks);
    free(desks);
    return status;
}

static const struct verb verbs[] = {
    {"simulate", "serve many customers at once, then audit the books", verb_simulate, 0,
     OPTION_BEGINS | OPTION_ACCOUNTS | OPTION_COMMANDS | OPTION_THREADS | OPTION_SEED |
         OPTION_ACKS},
};

const struct verb_table simulate_verbs = JANGLE_ARRAY(verbs);
