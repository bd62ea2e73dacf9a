/* messages.c - one line a message, and what makes a message sound. */
#include "domain/messages.h"

#include <string.h>

enum {
    MAX_AMOUNT = 100000000, /* a million */
    MAX_TRANSACTION_ID = 50,
};

#define ACCOUNT_ID "[0-9][0-9][0-9][0-9][0-9][0-9]"

static void check_creation(struct jangle_check *check, const void *message)
{
    const struct create_account *create = message;

    jangle_check_length(check, create, name, 5, 15);
    jangle_check_range(check, create, initial_deposit, 1, MAX_AMOUNT);
}

static void check_deposit(struct jangle_check *check, const void *message)
{
    const struct deposit_funds *deposit = message;

    jangle_check_pattern(check, deposit, account_id, ACCOUNT_ID);
    jangle_check_range(check, deposit, amount, 1, MAX_AMOUNT);
}

static void check_withdrawal(struct jangle_check *check, const void *message)
{
    const struct withdraw_funds *withdraw = message;

    jangle_check_pattern(check, withdraw, account_id, ACCOUNT_ID);
    jangle_check_range(check, withdraw, amount, 1, MAX_AMOUNT);
}

static void check_forgiveness(struct jangle_check *check, const void *message)
{
    const struct forgive_debt *forgive = message;

    jangle_check_pattern(check, forgive, account_id, ACCOUNT_ID);
}

static void check_deletion(struct jangle_check *check, const void *message)
{
    const struct delete_account *deletion = message;

    jangle_check_pattern(check, deletion, account_id, ACCOUNT_ID);
}

static void check_transfer(struct jangle_check *check, const void *message)
{
    const struct transfer_funds *transfer = message;

    jangle_check_pattern(check, transfer, account_id, ACCOUNT_ID);
    jangle_check_pattern(check, transfer, to_id, ACCOUNT_ID);
    jangle_check_range(check, transfer, amount, 1, MAX_AMOUNT);
    jangle_check_that(check, transfer, to_id,
                      strcmp(transfer->to_id, transfer->account_id) != 0,
                      "%s cannot send to itself", transfer->account_id);
}

static void check_request(struct jangle_check *check, const void *message)
{
    const struct request_funds *request = message;

    jangle_check_pattern(check, request, account_id, ACCOUNT_ID);
    jangle_check_pattern(check, request, from_id, ACCOUNT_ID);
    jangle_check_range(check, request, amount, 1, MAX_AMOUNT);
    jangle_check_that(check, request, from_id,
                      strcmp(request->from_id, request->account_id) != 0,
                      "%s cannot ask itself", request->account_id);
}

static void check_acceptance(struct jangle_check *check, const void *message)
{
    const struct accept_request *accept = message;

    jangle_check_pattern(check, accept, account_id, ACCOUNT_ID);
    jangle_check_length(check, accept, transaction_id, 1, MAX_TRANSACTION_ID);
}

static void check_rejection(struct jangle_check *check, const void *message)
{
    const struct reject_request *reject = message;

    jangle_check_pattern(check, reject, account_id, ACCOUNT_ID);
    jangle_check_length(check, reject, transaction_id, 1, MAX_TRANSACTION_ID);
}

/* Events are checked, too, when they are emitted: a command whose id is no good for a
 * transaction is refused before any money moves. */
static void check_debit(struct jangle_check *check, const void *message)
{
    const struct transfer_debited *debited = message;

    jangle_check_length(check, debited, transaction_id, 1, MAX_TRANSACTION_ID);
}

static void check_created_request(struct jangle_check *check, const void *message)
{
    const struct request_created *created = message;

    jangle_check_length(check, created, transaction_id, 1, MAX_TRANSACTION_ID);
}

JANGLE_COMMAND_TO(create_account, "bank", name, initial_deposit, check(check_creation));
JANGLE_COMMAND(deposit_funds, account_id, amount, check(check_deposit));
JANGLE_COMMAND(withdraw_funds, account_id, amount, check(check_withdrawal));
JANGLE_COMMAND(forgive_debt, account_id, check(check_forgiveness));
JANGLE_COMMAND(delete_account, account_id, check(check_deletion));
JANGLE_COMMAND(transfer_funds, account_id, to_id, amount, check(check_transfer));
JANGLE_COMMAND(request_funds, account_id, from_id, amount, check(check_request));
JANGLE_COMMAND(accept_request, account_id, transaction_id, check(check_acceptance));
JANGLE_COMMAND(reject_request, account_id, transaction_id, check(check_rejection));

/* What sagas send is taken from stored events, and needs no check: an account that is
 * not there says so. */
JANGLE_COMMAND(credit_transfer, account_id, transaction_id, from_id, amount);
JANGLE_COMMAND(roll_back_transfer, account_id, transaction_id, reason);
JANGLE_COMMAND(
    get_request_approval, account_id, transaction_id, to_id, amount, timeout_at);
JANGLE_COMMAND(debit_request, account_id, transaction_id);
JANGLE_COMMAND(roll_back_request_debit, account_id, transaction_id);
JANGLE_COMMAND(close_request, account_id, transaction_id);
JANGLE_COMMAND(credit_request, account_id, transaction_id);
JANGLE_COMMAND(notify_request_failed, account_id, transaction_id, reason);

JANGLE_EVENT(account_id_provisioned, account_id);
JANGLE_EVENT(account_created, name);
JANGLE_EVENT(account_deleted, account_id);
JANGLE_EVENT(funds_deposited, transaction_id, amount, balance, entry);
JANGLE_EVENT(funds_withdrawn, transaction_id, amount, balance, entry);
JANGLE_EVENT(debt_forgiven, transaction_id, amount, balance, entry);

JANGLE_EVENT(
    transfer_debited, transaction_id, to_id, amount, balance, entry, check(check_debit));
JANGLE_EVENT(transfer_credited, transaction_id, from_id, amount, balance, entry);
JANGLE_EVENT(transfer_rolled_back, transaction_id, reason, amount, balance, entry);
JANGLE_EVENT(transfer_closed, transaction_id);

JANGLE_EVENT(request_created,
             transaction_id,
             from_id,
             amount,
             timeout_at,
             check(check_created_request));
JANGLE_EVENT(request_credited, transaction_id, amount, balance, entry);
JANGLE_EVENT(request_failed, transaction_id, reason);
JANGLE_EVENT(request_received, transaction_id, to_id, amount, timeout_at);
JANGLE_EVENT(request_accepted, transaction_id);
JANGLE_EVENT(request_rejected, transaction_id);
JANGLE_EVENT(request_debited, transaction_id, amount, balance, entry);
JANGLE_EVENT(request_debit_rolled_back, transaction_id, amount, balance, entry);
JANGLE_EVENT(request_closed, transaction_id);

JANGLE_QUERY(list_accounts, at_most, answer(account_list));
JANGLE_STRUCT(account_line, account_id, name, balance, pending_requests);
JANGLE_STRUCT(account_list, list(accounts, account_line));
JANGLE_QUERY(get_account, account_id, answer(account_summary));
JANGLE_STRUCT(pending_request, transaction_id, to_id, amount, timeout_at);
JANGLE_STRUCT(
    account_summary, account_id, name, balance, list(requests, pending_request));
JANGLE_QUERY(get_ledger, account_id, answer(account_ledger));
JANGLE_STRUCT(ledger_entry, entry, at, kind, amount, balance);
JANGLE_STRUCT(account_ledger, account_id, list(entries, ledger_entry));
JANGLE_QUERY(get_payments, account_id, answer(account_payments));
JANGLE_STRUCT(payment_line, transaction_id, at, from_id, to_id, amount, state, reason);
JANGLE_STRUCT(account_payments,
              account_id,
              list(transfers, payment_line),
              list(requests, payment_line));
JANGLE_QUERY(get_bank_stats, including_deleted, answer(bank_stats));
JANGLE_STRUCT(bank_stats,
              active_accounts,
              deleted_accounts,
              net_balance,
              transactions,
              average_deposit,
              average_withdrawal,
              debt_forgiven);
