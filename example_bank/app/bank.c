/* bank.c - the bank as its programs see it: opened, kept up to date, closed. */
#include "app/bank.h"
#include "cli/complaint.h"
#include "domain/account.h"
#include "domain/account_ids.h"
#include "domain/sagas.h"
#include "views/views.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>

enum { CATCH_UP_MS = 10 * 60 * 1000, LOOK_MS = 2000 };

const struct jangle_subscribers bank_views =
    JANGLE_SUBSCRIBERS(&accounts_view, &ledger_view, &payments_view);
const struct jangle_sagas bank_sagas = JANGLE_SAGAS(&transfer_saga, &request_saga);

/* A refused command is the customer's business, and is told to the customer. That SQLite
 * is old would be told by every verb: docs/operations.md says what must not run beside
 * it.
 */
static const struct jangle_log_level log_levels[] = {
    {JANGLE_LOG_OPENED, JANGLE_LEVEL_OFF},
    {JANGLE_LOG_COMMAND_REJECTED, JANGLE_LEVEL_OFF},
    {JANGLE_LOG_COMMAND_INVALID, JANGLE_LEVEL_OFF},
    {JANGLE_LOG_REPLAY_PROGRESS, JANGLE_LEVEL_OFF},
    {JANGLE_LOG_SUBSCRIBER_TAKEN, JANGLE_LEVEL_OFF},
    {JANGLE_LOG_SUBSCRIBER_ELSEWHERE, JANGLE_LEVEL_OFF},
    {JANGLE_LOG_STORE_AT_RISK, JANGLE_LEVEL_OFF},
};

/* A signal handler finds its bank here; there is no other way to tell it. */
static struct jangle *_Atomic open_bank;
static atomic_bool stopped;

struct jangle *bank_open(const char *path, int workers)
{
    struct jangle_config config = {
        .aggregates = JANGLE_AGGREGATES(&account_aggregate, &account_ids_aggregate),
        .subscribers = bank_views,
        .sagas = bank_sagas,
        .storage = jangle_sqlite(path),
        .workers = workers,
        .log_levels = JANGLE_ARRAY(log_levels),
    };
    struct jangle_error error = {0};
    struct jangle *bank = NULL;

    if (!jangle_config_from_env(&config, &error))
        bank = jangle_open(&config, &error);
    if (!bank) {
        bank_complain("%s", error.message);
        return NULL;
    }
    open_bank = bank;
    if (stopped) /* before there was a bank to stop */
        jangle_stop(bank);
    return bank;
}

static void explain_view(struct jangle *bank, const char *name)
{
    struct jangle_subscriber_stats stats;

    if (jangle_measure_subscriber(bank, name, &stats, NULL))
        return;
    if (stats.suspended.us)
        bank_complain(
            "the view %s is suspended: %s; `bank replay --repair` builds it"
            " anew",
            name, stats.reason);
    else if (stats.parked || stats.dead)
        bank_complain("the view %s failed: %s", name, stats.reason);
}

static void explain_saga(struct jangle *bank, const char *name)
{
    struct jangle_subscriber_stats stats;

    if (jangle_measure_subscriber(bank, name, &stats, NULL))
        return;
    if (stats.suspended.us || stats.parked || stats.dead)
        bank_complain("the saga %s %s: %s; `bank sagas` and `bank dead` tell more", name,
                      stats.suspended.us ? "is suspended" : "waits", stats.reason);
}

/* What nobody waited for, and why. */
static void explain_what_is_left(struct jangle *bank, const struct jangle_left *left)
{
    if (left->parked || left->dead)
        bank_complain("%" PRId64 " events wait for another attempt, %" PRId64
                      " for a person",
                      left->parked, left->dead);
    for (size_t i = 0; i < bank_views.count; i++)
        explain_view(bank, bank_views.items[i]->name);
    for (size_t i = 0; i < bank_sagas.count; i++)
        explain_saga(bank, bank_sagas.items[i]->name);
}

int64_t bank_head(struct jangle *bank)
{
    struct jangle_subscriber_stats stats;

    if (jangle_measure_subscriber(bank, bank_views.items[0]->name, &stats, NULL))
        return 0;
    return stats.position + stats.lag;
}

/* The head is read first: what this program stores in between makes it fewer, not more.
 */
int64_t bank_stored_by_others(struct jangle *bank)
{
    int64_t head = bank_head(bank);
    struct jangle_stats stats;

    jangle_measure(bank, &stats);
    return head - stats.events;
}

/* All that is stored, unless others store more all the time. */
static enum jangle_result
drain(struct jangle *bank, struct jangle_left *left, struct jangle_error *error)
{
    int64_t others = bank_stored_by_others(bank);
    enum jangle_result result = JANGLE_TIMEOUT;

    for (int64_t ms = 0; result == JANGLE_TIMEOUT && ms < CATCH_UP_MS; ms += LOOK_MS) {
        if (bank_was_stopped() || bank_stored_by_others(bank) > others)
            break;
        result = jangle_drain(bank, LOOK_MS, left, error);
    }
    return result;
}

enum bank_rest bank_come_to_rest(struct jangle *bank, int64_t *rest)
{
    int64_t others = bank_stored_by_others(bank);
    struct jangle_left left = {0};
    struct jangle_error error = {0};
    enum jangle_result result = drain(bank, &left, &error);
    int64_t head = bank_head(bank);
    bool disturbed = bank_stored_by_others(bank) > others;

    *rest = disturbed ? BANK_NO_REST : head;
    if (bank_was_stopped())
        return BANK_BEHIND;
    if (result == JANGLE_TIMEOUT && disturbed)
        return BANK_DISTURBED;
    if (result)
        bank_complain("the views are behind: %s", error.message);
    if (!result && !left.parked && !left.dead && !left.suspended)
        return BANK_RESTS;
    explain_what_is_left(bank, &left);
    return BANK_BEHIND;
}

bool bank_catch_up(struct jangle *bank)
{
    int64_t rest;
    enum bank_rest standing = bank_come_to_rest(bank, &rest);

    if (standing == BANK_DISTURBED)
        bank_complain("the views are behind: others go on using the bank");
    return standing == BANK_RESTS;
}

void bank_close(struct jangle *bank)
{
    open_bank = NULL;
    jangle_close(bank, -1);
}

/* ---- signals ----------------------------------------------------------------- */

static void stop(int signal)
{
    struct jangle *bank = open_bank;

    (void)signal;
    stopped = true;
    if (bank)
        jangle_stop(bank);
}

void bank_heed_signals(void)
{
    struct sigaction action = {.sa_handler = stop};

    sigemptyset(&action.sa_mask);
    action.sa_flags = (int)(SA_RESTART | SA_RESETHAND);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away is an error, not an end */
    signal(SIGXFSZ, SIG_IGN); /* so is a file that may not grow (ulimit -f) */
}

bool bank_was_stopped(void)
{
    return stopped;
}
