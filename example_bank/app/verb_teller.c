/* verb_teller.c - one customer at the counter: a command, or a question. */
#include "app/verb_teller.h"
#include "app/bank.h"
#include "app/settle.h"
#include "cli/complaint.h"
#include "cli/show.h"
#include "domain/messages.h"

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

static void send_transfer(struct jangle *bank,
                          struct jangle_outcome *outcome,
                          const struct options *options)
{
    jangle_send(bank, outcome, transfer_funds, .account_id = options->account,
                .to_id = options->to, .amount = options->amount);
}

static void send_request(struct jangle *bank,
                         struct jangle_outcome *outcome,
                         const struct options *options)
{
    jangle_send(bank, outcome, request_funds, .account_id = options->account,
                .from_id = options->from, .amount = options->amount);
}

static void send_acceptance(struct jangle *bank,
                            struct jangle_outcome *outcome,
                            const struct options *options)
{
    jangle_send(bank, outcome, accept_request, .account_id = options->account,
                .transaction_id = options->transaction);
}

static void send_rejection(struct jangle *bank,
                           struct jangle_outcome *outcome,
                           const struct options *options)
{
    jangle_send(bank, outcome, reject_request, .account_id = options->account,
                .transaction_id = options->transaction);
}

/* Say what was answered. Returns the exit status. */
static int tell(const struct jangle_outcome *outcome)
{
    if (outcome->error.result)
        return bank_complain("%s: %s", jangle_result_name(outcome->error.result),
                             outcome->error.message);
    if (*outcome->reply)
        printf("account %s\n", outcome->reply);
    else
        printf("done\n");
    return 0;
}

static int serve(const struct options *options, send_fn *send)
{
    struct jangle_outcome outcome = {0};
    struct jangle *bank = bank_open(options->db, 0);
    int status;

    if (!bank)
        return 1;
    send(bank, &outcome, options);
    status = tell(&outcome);
    bank_close(bank);
    return status;
}

/* The rest is done by a saga: let it, and tell how far it came. */
static int serve_payment(const struct options *options, send_fn *send)
{
    struct jangle_outcome outcome = {0};
    struct jangle *bank = bank_open(options->db, 0);
    int status;

    if (!bank)
        return 1;
    send(bank, &outcome, options);
    status = tell(&outcome);
    if (!status && settle(bank))
        show_payment(bank, options->account,
                     options->transaction ? options->transaction : outcome.command_id);
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

int verb_transfer(const struct options *options)
{
    return serve_payment(options, send_transfer);
}

int verb_request(const struct options *options)
{
    return serve_payment(options, send_request);
}

int verb_accept(const struct options *options)
{
    return serve_payment(options, send_acceptance);
}

int verb_reject(const struct options *options)
{
    return serve_payment(options, send_rejection);
}

/* ---- questions --------------------------------------------------------------- */

/* The views follow the events: wait for them, or be told of yesterday. */
static struct jangle *open_settled(const struct options *options)
{
    struct jangle *bank = bank_open(options->db, 0);

    if (bank && settle(bank))
        return bank;
    bank_close(bank);
    return NULL;
}

int verb_accounts(const struct options *options)
{
    struct jangle *bank = open_settled(options);
    int status = 1;

    if (bank) {
        status = show_accounts(bank);
        status |= show_stats(bank);
    }
    bank_close(bank);
    return status;
}

typedef int show_fn(struct jangle *bank, const char *account_id);

static int show_one(const struct options *options, show_fn *show)
{
    struct jangle *bank = open_settled(options);
    int status = bank ? show(bank, options->account) : 1;

    bank_close(bank);
    return status;
}

int verb_ledger(const struct options *options)
{
    return show_one(options, show_ledger);
}

int verb_requests(const struct options *options)
{
    return show_one(options, show_account);
}

int verb_payments(const struct options *options)
{
    return show_one(options, show_payments);
}
