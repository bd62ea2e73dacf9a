/* shell_account.c - the screen of one account: money, requests, ledger. */
#include "cli/complaint.h"
#include "cli/show.h"
#include "domain/account_more.h"
#include "domain/messages.h"
#include "domain/request_messages.h"
#include "shell/shell_ask.h"

#include <stdio.h>
#include <string.h>

/* If another program has deleted the account meanwhile, go back to all accounts. */
static void show_account_screen(struct shell *shell)
{
    if (jangle_ask(shell->bank, &shell->summary, get_account,
                   .account_id = shell->account)) {
        bank_complain("%s", shell->summary.error.message);
        shell->screen = &root_screen;
        return;
    }
    show_summary(shell->summary.data);
}

static void choose_back(struct shell *shell)
{
    shell->screen = &root_screen;
}

/* ---- money ------------------------------------------------------------------- */

static void choose_deposit(struct shell *shell)
{
    struct jangle_outcome outcome = {0};
    int64_t amount;

    if (!shell_ask_amount(shell, &amount))
        return;
    jangle_send(shell->bank, &outcome, deposit_funds, .account_id = shell->account,
                .amount = amount);
    shell_tell(&outcome);
}

static void choose_withdraw(struct shell *shell)
{
    struct jangle_outcome outcome = {0};
    int64_t amount;

    if (!shell_ask_amount(shell, &amount))
        return;
    jangle_send(shell->bank, &outcome, withdraw_funds, .account_id = shell->account,
                .amount = amount);
    shell_tell(&outcome);
}

static void choose_forgive(struct shell *shell)
{
    struct jangle_outcome outcome = {0};

    jangle_send(shell->bank, &outcome, forgive_debt, .account_id = shell->account);
    shell_tell(&outcome);
}

static void choose_send(struct shell *shell)
{
    struct jangle_outcome outcome = {0};
    char to_id[ACCOUNT_ID_SIZE];
    int64_t amount;

    if (!shell_ask_other(shell, "To account", to_id) || !shell_ask_amount(shell, &amount))
        return;
    jangle_send(shell->bank, &outcome, transfer_funds, .account_id = shell->account,
                .to_id = to_id, .amount = amount);
    shell_tell_payment(shell, &outcome, shell->account, outcome.command_id);
}

/* ---- requests ---------------------------------------------------------------- */

static void choose_request(struct shell *shell)
{
    struct jangle_outcome outcome = {0};
    char from_id[ACCOUNT_ID_SIZE];
    int64_t amount;

    if (!shell_ask_other(shell, "From account", from_id) ||
        !shell_ask_amount(shell, &amount))
        return;
    jangle_send(shell->bank, &outcome, request_funds, .account_id = shell->account,
                .from_id = from_id, .amount = amount);
    shell_tell_payment(shell, &outcome, shell->account, outcome.command_id);
}

/* The request of a number on the screen. Its transaction is that of the answer which the
 * screen shows. NULL: none was chosen. */
static const char *ask_which(struct shell *shell)
{
    const struct account_summary *summary = shell->summary.data;
    int64_t number;

    if (summary->requests.count == 0) {
        printf("\n  Nobody asks this account for money.\n");
        return NULL;
    }
    if (!shell_ask_number(shell, (int64_t)summary->requests.count, &number))
        return NULL;
    return summary->requests.items[number - 1].transaction_id;
}

static void choose_accept(struct shell *shell)
{
    const char *transaction_id = ask_which(shell);
    struct jangle_outcome outcome = {0};

    if (!transaction_id)
        return;
    jangle_send(shell->bank, &outcome, accept_request, .account_id = shell->account,
                .transaction_id = transaction_id);
    shell_tell_payment(shell, &outcome, shell->account, transaction_id);
}

static void choose_reject(struct shell *shell)
{
    const char *transaction_id = ask_which(shell);
    struct jangle_outcome outcome = {0};

    if (!transaction_id)
        return;
    jangle_send(shell->bank, &outcome, reject_request, .account_id = shell->account,
                .transaction_id = transaction_id);
    shell_tell_payment(shell, &outcome, shell->account, transaction_id);
}

static void choose_ledger(struct shell *shell)
{
    printf("\n");
    show_ledger(shell->bank, shell->account);
}

/* ---- the screen -------------------------------------------------------------- */

static const struct choice choices[] = {
    {"back", "to all accounts", choose_back},
    {"deposit", "put money in", choose_deposit},
    {"withdraw", "take money out", choose_withdraw},
    {"send", "send funds to another account", choose_send},
    {"request", "request funds from another account", choose_request},
    {"forgive", "forgive its debt", choose_forgive},
    {"accept", "accept a request, by its number", choose_accept},
    {"reject", "reject a request, by its number", choose_reject},
    {"ledger", "how its balance came to be", choose_ledger},
    {0},
};

const struct screen account_screen = {show_account_screen, choices};
