/* messages.h - the bank's language: what people ask for, and what has happened.
 *
 * Amounts are cents, as everywhere. */
#ifndef BANK_MESSAGES_H
#define BANK_MESSAGES_H

#include <jangle/message.h>

/* ---- commands ---------------------------------------------------------------- */

struct create_account {
    const char *name;
    jangle_optional_int initial_deposit;
};

struct deposit_funds {
    const char *account_id;
    int64_t amount;
};

struct withdraw_funds {
    const char *account_id;
    int64_t amount;
};

struct forgive_debt {
    const char *account_id;
};

struct delete_account {
    const char *account_id;
};

extern const struct jangle_message create_account, deposit_funds, withdraw_funds;
extern const struct jangle_message forgive_debt, delete_account;

/* ---- events ------------------------------------------------------------------ */

struct account_id_provisioned {
    const char *account_id;
};

struct account_created {
    const char *name;
};

struct account_deleted {
    const char *account_id;
};

/* Money events carry the balance they led to, and their number in the account's ledger:
 * 1, 2, 3... so that a reader knows when one is missing. */
struct funds_deposited {
    const char *transaction_id;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

struct funds_withdrawn {
    const char *transaction_id;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

struct debt_forgiven {
    const char *transaction_id;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

extern const struct jangle_message account_id_provisioned, account_created;
extern const struct jangle_message account_deleted, funds_deposited, funds_withdrawn;
extern const struct jangle_message debt_forgiven;

/* ---- questions and answers --------------------------------------------------- */

struct list_accounts {
    int64_t at_most; /* 0: all */
};

struct account_line {
    const char *account_id;
    const char *name;
    int64_t balance;
};

struct account_lines {
    struct account_line *items;
    size_t count;
};

struct account_list {
    struct account_lines accounts;
};

struct get_account {
    const char *account_id;
};

struct account_summary {
    const char *account_id;
    const char *name;
    int64_t balance;
};

struct get_ledger {
    const char *account_id;
};

struct ledger_entry {
    int64_t entry; /* 0: the account was opened */
    jangle_time at;
    const char *kind;
    int64_t amount;  /* what it did to the balance: a withdrawal's is negative */
    int64_t balance; /* that it led to */
};

struct ledger_entries {
    struct ledger_entry *items;
    size_t count;
};

struct account_ledger {
    const char *account_id;
    struct ledger_entries entries;
};

struct get_bank_stats {
    bool including_deleted; /* in the net balance */
};

struct bank_stats {
    int64_t active_accounts;
    int64_t deleted_accounts;
    int64_t net_balance;
    int64_t transactions;
    int64_t average_deposit;
    int64_t average_withdrawal;
    int64_t debt_forgiven;
};

extern const struct jangle_message list_accounts, account_line, account_list;
extern const struct jangle_message get_account, account_summary;
extern const struct jangle_message get_ledger, ledger_entry, account_ledger;
extern const struct jangle_message get_bank_stats, bank_stats;

#endif
