/* messages.c - one line a message, and what makes a message sound. */
#include "messages.h"

enum { MAX_AMOUNT = 100000000 }; /* a million */

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

JANGLE_COMMAND_TO(create_account, "bank", name, initial_deposit, check(check_creation));
JANGLE_COMMAND(deposit_funds, account_id, amount, check(check_deposit));
JANGLE_COMMAND(withdraw_funds, account_id, amount, check(check_withdrawal));
JANGLE_COMMAND(forgive_debt, account_id, check(check_forgiveness));
JANGLE_COMMAND(delete_account, account_id, check(check_deletion));

JANGLE_EVENT(account_id_provisioned, account_id);
JANGLE_EVENT(account_created, name);
JANGLE_EVENT(account_deleted, account_id);
JANGLE_EVENT(funds_deposited, transaction_id, amount, balance, entry);
JANGLE_EVENT(funds_withdrawn, transaction_id, amount, balance, entry);
JANGLE_EVENT(debt_forgiven, transaction_id, amount, balance, entry);

JANGLE_QUERY(list_accounts, at_most, answer(account_list));
JANGLE_STRUCT(account_line, account_id, name, balance);
JANGLE_STRUCT(account_list, list(accounts, account_line));
JANGLE_QUERY(get_account, account_id, answer(account_summary));
JANGLE_STRUCT(account_summary, account_id, name, balance);
JANGLE_QUERY(get_ledger, account_id, answer(account_ledger));
JANGLE_STRUCT(ledger_entry, entry, at, kind, amount, balance);
JANGLE_STRUCT(account_ledger, account_id, list(entries, ledger_entry));
JANGLE_QUERY(get_bank_stats, including_deleted, answer(bank_stats));
JANGLE_STRUCT(bank_stats,
              active_accounts,
              deleted_accounts,
              net_balance,
              transactions,
              average_deposit,
              average_withdrawal,
              debt_forgiven);
