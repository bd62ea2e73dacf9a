/* show.c - the four questions, and their answers as tables. */
#include "show.h"
#include "bank.h"
#include "messages.h"
#include "money.h"
#include "table.h"

#include <inttypes.h>
#include <time.h>

/* Every question ends like this. */
static int finish(struct jangle_answer *answer)
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
        {"account", -7}, {"name", -15}, {"balance", 14}, {0}};
    enum { SHOWN = 20 };
    struct jangle_answer answer = {0};

    if (!jangle_ask(bank, &answer, list_accounts, .at_most = SHOWN + 1)) {
        const struct account_list *list = answer.data;
        size_t count = list->accounts.count;

        printf("Accounts\n\n");
        table_head(stdout, columns);
        for (size_t i = 0; i < count && i < SHOWN; i++) {
            const struct account_line *line = &list->accounts.items[i];

            table_row(stdout, columns, line->account_id, line->name,
                      MONEY(line->balance));
        }
        fputs(count > SHOWN ? "  ...and more\n\n" : "\n", stdout);
    }
    return finish(&answer);
}

static void print_figure(const char *name, const char *figure)
{
    static const struct table_column columns[] = {{"", -23}, {"", 15}, {0}};

    table_row(stdout, columns, name, figure);
}

static void print_count(const char *name, int64_t count)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRId64, count);
    print_figure(name, text);
}

int show_stats(struct jangle *bank)
{
    struct jangle_answer answer = {0};

    if (!jangle_ask(bank, &answer, get_bank_stats, .including_deleted = true)) {
        const struct bank_stats *stats = answer.data;

        printf("The bank\n\n");
        print_count("accounts", stats->active_accounts);
        print_count("deleted accounts", stats->deleted_accounts);
        print_figure("net balance", MONEY(stats->net_balance));
        print_count("transactions", stats->transactions);
        print_figure("average deposit", MONEY(stats->average_deposit));
        print_figure("average withdrawal", MONEY(stats->average_withdrawal));
        print_figure("debt forgiven", MONEY(stats->debt_forgiven));
        printf("\n");
    }
    return finish(&answer);
}

int show_account(struct jangle *bank, const char *account_id)
{
    struct jangle_answer answer = {0};

    if (!jangle_ask(bank, &answer, get_account, .account_id = account_id)) {
        const struct account_summary *summary = answer.data;

        printf("Account %s\n\n", summary->account_id);
        print_figure("name", summary->name);
        print_figure("balance", MONEY(summary->balance));
        printf("\n");
    }
    return finish(&answer);
}

static const char *format_time(char *text, size_t size, jangle_time time)
{
    time_t seconds = (time_t)(time.us / 1000000);
    struct tm parts;

    if (!gmtime_r(&seconds, &parts) || !strftime(text, size, "%Y-%m-%d %H:%M:%S", &parts))
        snprintf(text, size, "%" PRId64 " us", time.us);
    return text;
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
            char entry[24], at[32];

            snprintf(entry, sizeof entry, "%" PRId64, line->entry);
            table_row(stdout, columns, entry, format_time(at, sizeof at, line->at),
                      line->kind, MONEY(line->amount), MONEY(line->balance));
        }
        printf("\n");
    }
    return finish(&answer);
}
