/* show.c - asks the views, and prints their answers as tables. */
#include "cli/show.h"
#include "cli/complaint.h"
#include "cli/money.h"
#include "cli/table.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { NUMBER_SIZE = 24 };

static const char *format_number(char text[NUMBER_SIZE], int64_t number)
{
    snprintf(text, NUMBER_SIZE, "%" PRId64, number);
    return text;
}

const char *show_time(char text[SHOW_TIME_SIZE], jangle_time time)
{
    time_t seconds = (time_t)(time.us / 1000000);
    struct tm parts;

    if (!gmtime_r(&seconds, &parts) ||
        !strftime(text, SHOW_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &parts))
        snprintf(text, SHOW_TIME_SIZE, "%" PRId64 " us", time.us);
    return text;
}

/* A number as text, which lives as long as the block in which it is written. */
#define NUMBER(number) format_number((char[NUMBER_SIZE]){0}, number)

/* Complain if there is no answer, and free it. Returns the exit status. */
static int finish_answer(struct jangle_answer *answer)
{
    int status = 0;

    if (answer->error.result)
        status = bank_complain("%s", answer->error.message);
    jangle_answer_free(answer);
    return status;
}

int show_accounts(struct jangle *bank)
{
    static const struct table_column columns[] = {
        {"account", -7}, {"name", -15}, {"balance", 14}, {"asked", 5}, {0}};
    enum { SHOWN = 20 };
    struct jangle_answer answer = {0};

    if (!jangle_ask(bank, &answer, list_accounts, .at_most = SHOWN + 1)) {
        const struct account_list *list = answer.data;
        size_t count = list->accounts.count;

        printf("Accounts\n\n");
        table_head(stdout, columns);
        for (size_t i = 0; i < count && i < SHOWN; i++) {
            const struct account_line *line = &list->accounts.items[i];

            table_row(stdout, columns, line->account_id, line->name, MONEY(line->balance),
                      NUMBER(line->pending_requests));
        }
        fputs(count > SHOWN ? "  ...and more\n\n" : "\n", stdout);
    }
    return finish_answer(&answer);
}

static void print_figure(const char *name, const char *figure)
{
    static const struct table_column columns[] = {{"", -23}, {"", 15}, {0}};

    table_row(stdout, columns, name, figure);
}

int show_stats(struct jangle *bank)
{
    struct jangle_answer answer = {0};

    if (!jangle_ask(bank, &answer, get_bank_stats, .including_deleted = true)) {
        const struct bank_stats *stats = answer.data;

        printf("The bank\n\n");
        print_figure("accounts", NUMBER(stats->active_accounts));
        print_figure("deleted accounts", NUMBER(stats->deleted_accounts));
        print_figure("net balance", MONEY(stats->net_balance));
        print_figure("transactions", NUMBER(stats->transactions));
        print_figure("average deposit", MONEY(stats->average_deposit));
        print_figure("average withdrawal", MONEY(stats->average_withdrawal));
        print_figure("debt forgiven", MONEY(stats->debt_forgiven));
        printf("\n");
    }
    return finish_answer(&answer);
}

/* ---- an account -------------------------------------------------------------- */

static void print_requests(const struct pending_requests *requests)
{
    static const struct table_column columns[] = {
        {"request", 7},      {"to", -7},           {"amount", 14},
        {"until, UTC", -19}, {"transaction", -36}, {0}};

    printf("Asked for money\n\n");
    table_head(stdout, columns);
    for (size_t i = 0; i < requests->count; i++) {
        const struct pending_request *request = &requests->items[i];

        table_row(stdout, columns, NUMBER((int64_t)i + 1), request->to_id,
                  MONEY(request->amount), SHOW_TIME(request->timeout_at),
                  request->transaction_id);
    }
    printf("\n");
}

void show_summary(const struct account_summary *summary)
{
    printf("Account %s\n\n", summary->account_id);
    print_figure("name", summary->name);
    print_figure("balance", MONEY(summary->balance));
    printf("\n");
    if (summary->requests.count)
        print_requests(&summary->requests);
}

int show_account(struct jangle *bank, const char *account_id)
{
    struct jangle_answer answer = {0};

    if (!jangle_ask(bank, &answer, get_account, .account_id = account_id))
        show_summary(answer.data);
    return finish_answer(&answer);
}

int show_ledger(struct jangle *bank, const char *account_id)
{
    static const struct table_column columns[] = {{"entry", 5},    {"when, UTC", -19},
                                                  {"what", -14},   {"amount", 14},
                                                  {"balance", 14}, {0}};
    struct jangle_answer answer = {0};

    if (!jangle_ask(bank, &answer, get_ledger, .account_id = account_id)) {
        const struct account_ledger *ledger = answer.data;

        printf("Ledger of %s\n\n", ledger->account_id);
        table_head(stdout, columns);
        for (size_t i = 0; i < ledger->entries.count; i++) {
            const struct ledger_entry *line = &ledger->entries.items[i];

            table_row(stdout, columns, NUMBER(line->entry), SHOW_TIME(line->at),
                      line->kind, MONEY(line->amount), MONEY(line->balance));
        }
        printf("\n");
    }
    return finish_answer(&answer);
}

/* ---- transfers and requests -------------------------------------------------- */

static void print_payments(const char *title, const struct payment_lines *payments)
{
    static const struct table_column columns[] = {
        {"when, UTC", -19}, {"from", -6},         {"to", -6}, {"amount", 14},
        {"state", -20},     {"transaction", -36}, {0}};

    if (payments->count == 0) {
        printf("%s: none\n\n", title);
        return;
    }
    printf("%s\n\n", title);
    table_head(stdout, columns);
    for (size_t i = 0; i < payments->count; i++) {
        const struct payment_line *line = &payments->items[i];

        table_row(stdout, columns, SHOW_TIME(line->at), line->from_id, line->to_id,
                  MONEY(line->amount), line->state, line->transaction_id);
    }
    printf("\n");
}

int show_payments(struct jangle *bank, const char *account_id)
{
    struct jangle_answer answer = {0};

    if (!jangle_ask(bank, &answer, get_payments, .account_id = account_id)) {
        const struct account_payments *payments = answer.data;

        print_payments("Transfers", &payments->transfers);
        print_payments("Requests", &payments->requests);
    }
    return finish_answer(&answer);
}

/* Returns false if the payment is not among them. */
static bool print_payment(const struct payment_lines *payments,
                          const char *transaction_id)
{
    for (size_t i = 0; i < payments->count; i++) {
        const struct payment_line *line = &payments->items[i];

        if (strcmp(line->transaction_id, transaction_id) != 0)
            continue;
        printf("  %s from %s to %s: %s%s%s.\n", MONEY(line->amount), line->from_id,
               line->to_id, line->state, *line->reason ? ", " : "", line->reason);
        return true;
    }
    return false;
}

int show_payment(struct jangle *bank, const char *account_id, const char *transaction_id)
{
    struct jangle_answer answer = {0};

    if (!jangle_ask(bank, &answer, get_payments, .account_id = account_id)) {
        const struct account_payments *payments = answer.data;

        if (!print_payment(&payments->transfers, transaction_id) &&
            !print_payment(&payments->requests, transaction_id))
            jangle_error_set(&answer.error, JANGLE_NOT_FOUND,
                             "%s has no transfer or request %s", account_id,
                             transaction_id);
    }
    return finish_answer(&answer);
}
