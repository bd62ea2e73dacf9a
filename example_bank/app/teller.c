/* teller.c - the first verbs of a customer: open, deposit, withdraw, transfer, ledger.
 *
 * Each verb sends one command, or asks one question. */
#include "app/teller.h"
#include "app/visit.h"
#include "cli/show.h"
#include "domain/messages.h"

static int verb_open(const struct options *options)
{
    struct visit visit = visit_begin(options);

    if (visit.bank)
        jangle_send(visit.bank, &visit.outcome, create_account, .name = options->name,
                    .initial_deposit = {options->amount > 0, options->amount});
    return visit_end(&visit);
}

static int verb_deposit(const struct options *options)
{
    struct visit visit = visit_begin(options);

    if (visit.bank)
        jangle_send(visit.bank, &visit.outcome, deposit_funds,
                    .account_id = options->account, .amount = options->amount);
    return visit_end(&visit);
}

static int verb_withdraw(const struct options *options)
{
    struct visit visit = visit_begin(options);

    if (visit.bank)
        jangle_send(visit.bank, &visit.outcome, withdraw_funds,
                    .account_id = options->account, .amount = options->amount);
    return visit_end(&visit);
}

static int verb_transfer(const struct options *options)
{
    struct visit visit = visit_begin(options);

    if (visit.bank)
        jangle_send(visit.bank, &visit.outcome, transfer_funds,
                    .account_id = options->account, .to_id = options->to,
                    .amount = options->amount);
    return visit_end_payment(&visit, visit.outcome.command_id);
}

static int verb_ledger(const struct options *options)
{
    return visit_show(options, show_ledger);
}

static const struct verb verbs[] = {
    {"open", "open an account, with a deposit of --amount or none", verb_open,
     OPTION_NAME, OPTION_AMOUNT | OPTION_BEGINS},
    {"deposit", "put money in", verb_deposit, OPTION_ACCOUNT | OPTION_AMOUNT, 0},
    {"withdraw", "take money out, up to 100.00 more than there is", verb_withdraw,
     OPTION_ACCOUNT | OPTION_AMOUNT, 0},
    {"transfer", "send money to another account", verb_transfer,
     OPTION_ACCOUNT | OPTION_TO | OPTION_AMOUNT, 0},
    {"ledger", "show how the balance of an account came to be", verb_ledger,
     OPTION_ACCOUNT, 0},
};

const struct verb_table teller_verbs = JANGLE_ARRAY(verbs);
