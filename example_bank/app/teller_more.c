/* teller_more.c - the other verbs of a customer: about debts, deletion, and requests. */
#include "app/teller_more.h"
#include "app/visit.h"
#include "cli/show.h"
#include "domain/account_more.h"
#include "domain/request_messages.h"

static int verb_forgive(const struct options *options)
{
    struct visit visit = visit_begin(options);

    if (visit.bank)
        jangle_send(visit.bank, &visit.outcome, forgive_debt,
                    .account_id = options->account);
    return visit_end(&visit);
}

static int verb_delete(const struct options *options)
{
    struct visit visit = visit_begin(options);

    if (visit.bank)
        jangle_send(visit.bank, &visit.outcome, delete_account,
                    .account_id = options->account);
    return visit_end(&visit);
}

static int verb_request(const struct options *options)
{
    struct visit visit = visit_begin(options);

    if (visit.bank)
        jangle_send(visit.bank, &visit.outcome, request_funds,
                    .account_id = options->account, .from_id = options->from,
                    .amount = options->amount);
    return visit_end_payment(&visit, visit.outcome.command_id);
}

static int verb_accept(const struct options *options)
{
    struct visit visit = visit_begin(options);

    if (visit.bank)
        jangle_send(visit.bank, &visit.outcome, accept_request,
                    .account_id = options->account,
                    .transaction_id = options->transaction);
    return visit_end_payment(&visit, options->transaction);
}

static int verb_reject(const struct options *options)
{
    struct visit visit = visit_begin(options);

    if (visit.bank)
        jangle_send(visit.bank, &visit.outcome, reject_request,
                    .account_id = options->account,
                    .transaction_id = options->transaction);
    return visit_end_payment(&visit, options->transaction);
}

static int verb_requests(const struct options *options)
{
    return visit_show(options, show_account);
}

static int verb_payments(const struct options *options)
{
    return visit_show(options, show_payments);
}

static int show_bank(struct jangle *bank, const char *account_id)
{
    int status = show_accounts(bank);

    (void)account_id;
    return show_stats(bank) | status;
}

static int verb_accounts(const struct options *options)
{
    return visit_show(options, show_bank);
}

static const struct verb verbs[] = {
    {"forgive", "forgive a debt of up to 100.00, at most twice for each account",
     verb_forgive, OPTION_ACCOUNT, 0},
    {"delete", "delete an account; its ledger stays", verb_delete, OPTION_ACCOUNT, 0},
    {"request", "ask another account for money; it has half an hour to accept",
     verb_request, OPTION_ACCOUNT | OPTION_FROM | OPTION_AMOUNT, 0},
    {"requests", "show what an account is asked for", verb_requests, OPTION_ACCOUNT, 0},
    {"accept", "give what the account is asked for", verb_accept,
     OPTION_ACCOUNT | OPTION_TRANSACTION, 0},
    {"reject", "refuse what the account is asked for", verb_reject,
     OPTION_ACCOUNT | OPTION_TRANSACTION, 0},
    {"payments", "show the transfers and requests of an account, and their states",
     verb_payments, OPTION_ACCOUNT, 0},
    {"accounts", "show who has how much, and the figures of the bank", verb_accounts, 0,
     0},
};

const struct verb_table teller_more_verbs = JANGLE_ARRAY(verbs);
