/* verb_teller.c - one customer at the counter: a command, or a question. */
#include "bank.h"
#include "messages.h"
#include "show.h"
#include "verbs.h"

/* ---- commands ---------------------------------------------------------------- */

typedef void send_fn(struct jangle *bank,
                     struct jangle_outcome *outcome,
                     const struct options *options);

static void send_open(struct jangle *bank,
                      struct jangle_outcome *outcome,
                      const struct options *options)
{
    jangle_send(bank, outcome, create_account, .name = options->name,
                .initial_deposit = {options->amount > 0, options->amount});
}

static void send_deposit(struct jangle *bank,
                         struct jangle_outcome *outcome,
                         const struct options *options)
{
    jangle_send(bank, outcome, deposit_funds, .account_id = options->account,
                .amount = options->amount);
}

static void send_withdraw(struct jangle *bank,
                          struct jangle_outcome *outcome,
                          const struct options *options)
{
    jangle_send(bank, outcome, withdraw_funds, .account_id = options->account,
                .amount = options->amount);
}

static void send_forgive(struct jangle *bank,
                         struct jangle_outcome *outcome,
                         const struct options *options)
{
    jangle_send(bank, outcome, forgive_debt, .account_id = options->account);
}

static void send_delete(struct jangle *bank,
                        struct jangle_outcome *outcome,
                        const struct options *options)
{
    jangle_send(bank, outcome, delete_account, .account_id = options->account);
}

static int serve(const struct options *options, send_fn *send)
{
    struct jangle_outcome outcome = {0};
    struct jangle *bank = bank_open(options->db, 0);
    int status = 0;

    if (!bank)
        return 1;
    send(bank, &outcome, options);
    if (outcome.error.result)
        status = bank_complain("%s: %s", jangle_result_name(outcome.error.result),
                               outcome.error.message);
    else if (*outcome.reply)
        printf("account %s\n", outcome.reply);
    else
        printf("done\n");
    bank_close(bank);
    return status;
}

int verb_open(const struct options *options)
{
    return serve(options, send_open);
}

int verb_deposit(const struct options *options)
{
    return serve(options, send_deposit);
}

int verb_withdraw(const struct options *options)
{
    return serve(options, send_withdraw);
}

int verb_forgive(const struct options *options)
{
    return serve(options, send_forgive);
}

int verb_delete(const struct options *options)
{
    return serve(options, send_delete);
}

/* ---- questions --------------------------------------------------------------- */

/* The views follow the events: wait for them, or be told of yesterday. */
static struct jangle *open_caught_up(const struct options *options)
{
    struct jangle *bank = bank_open(options->db, 0);

    if (bank && bank_catch_up(bank))
        return bank;
    bank_close(bank);
    return NULL;
}

int verb_accounts(const struct options *options)
{
    struct jangle *bank = open_caught_up(options);
    int status = 1;

    if (bank) {
        status = show_accounts(bank);
        status |= show_stats(bank);
    }
    bank_close(bank);
    return status;
}

int verb_ledger(const struct options *options)
{
    struct jangle *bank = open_caught_up(options);
    int status = bank ? show_ledger(bank, options->account) : 1;

    bank_close(bank);
    return status;
}
