/* messages.h - the bank's language: what people ask for, and what has happened.
 *
 * Amounts are cents, as everywhere. Money moves from one account, `from_id`, to another,
 * `to_id`; whichever of the two a message is addressed to is its account_id, or for an
 * event its stream. */
#ifndef BANK_MESSAGES_H
#define BANK_MESSAGES_H

#include <jangle/message.h>

/* ---- commands of customers --------------------------------------------------- */

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

/* The command's id becomes the transaction's, here and in request_funds. */
struct transfer_funds {
    const char *account_id;
    const char *to_id;
    int64_t amount;
};

/* Ask the account from_id for money. It has half an hour to accept. */
struct request_funds {
    const char *account_id;
    const char *from_id;
    int64_t amount;
};

struct accept_request {
    const char *account_id; /* that was asked */
    const char *transaction_id;
};

struct reject_request {
    const char *account_id; /* that was asked */
    const char *transaction_id;
};

extern const struct jangle_message create_account, deposit_funds, withdraw_funds;
extern const struct jangle_message forgive_debt, delete_account, transfer_funds;
extern const struct jangle_message request_funds, accept_request, reject_request;

/* ---- commands of sagas: nobody else sends them ------------------------------- */

struct credit_transfer {
    const char *account_id; /* that the money is for */
    const char *transaction_id;
    const char *from_id;
    int64_t amount;
};

struct roll_back_transfer {
    const char *account_id; /* that was debited */
    const char *transaction_id;
    const char *reason;
};

/* These four go to the account that is asked. */
struct get_request_approval {
    const char *account_id;
    const char *transaction_id;
    const char *to_id;
    int64_t amount;
    jangle_time timeout_at;
};

struct debit_request {
    const char *account_id;
    const char *transaction_id;
};

struct roll_back_request_debit {
    const char *account_id;
    const char *transaction_id;
};

struct close_request { /* nothing was debited, and nothing will be */
    const char *account_id;
    const char *transaction_id;
};

/* These two go to the account that asks. */
struct credit_request {
    const char *account_id;
    const char *transaction_id;
};

struct notify_request_failed {
    const char *account_id;
    const char *transaction_id;
    const char *reason;
};

extern const struct jangle_message credit_transfer, roll_back_transfer;
extern const struct jangle_message get_request_approval, debit_request;
extern const struct jangle_message roll_back_request_debit, close_request;
extern const struct jangle_message credit_request, notify_request_failed;

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

/* ---- events of transfers ----------------------------------------------------- */

struct transfer_debited {
    const char *transaction_id;
    const char *to_id;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

struct transfer_credited {
    const char *transaction_id;
    const char *from_id;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

struct transfer_rolled_back {
    const char *transaction_id;
    const char *reason;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

/* What the account that was debited learns when the other is credited. */
struct transfer_closed {
    const char *transaction_id;
};

extern const struct jangle_message transfer_debited, transfer_credited;
extern const struct jangle_message transfer_rolled_back, transfer_closed;

/* ---- events of requests ------------------------------------------------------ */

/* These three happen to the account that asks. */
struct request_created {
    const char *transaction_id;
    const char *from_id;
    int64_t amount;
    jangle_time timeout_at;
};

struct request_credited {
    const char *transaction_id;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

struct request_failed {
    const char *transaction_id;
    const char *reason;
};

/* And the rest to the account that is asked. */
struct request_received {
    const char *transaction_id;
    const char *to_id;
    int64_t amount;
    jangle_time timeout_at;
};

struct request_accepted {
    const char *transaction_id;
};

struct request_rejected {
    const char *transaction_id;
};

struct request_debited {
    const char *transaction_id;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

struct request_debit_rolled_back {
    const char *transaction_id;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

struct request_closed { /* credited there; or it never came to a debit here */
    const char *transaction_id;
};

extern const struct jangle_message request_created, request_credited, request_failed;
extern const struct jangle_message request_received, request_accepted;
extern const struct jangle_message request_rejected, request_debited;
extern const struct jangle_message request_debit_rolled_back, request_closed;

/* ---- questions and answers --------------------------------------------------- */

struct list_accounts {
    int64_t at_most; /* 0: all */
};

struct account_line {
    const char *account_id;
    const char *name;
    int64_t balance;
    int64_t pending_requests; /* for money of this account, not answered yet */
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

struct pending_request {
    const char *transaction_id;
    const char *to_id;
    int64_t amount;
    jangle_time timeout_at;
};

struct pending_requests {
    struct pending_request *items;
    size_t count;
};

struct account_summary {
    const char *account_id;
    const char *name;
    int64_t balance;
    struct pending_requests requests; /* the oldest first */
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

/* Transfers and requests that an account has to do with, and how far each has come. */
struct get_payments {
    const char *account_id;
};

struct payment_line {
    const char *transaction_id;
    jangle_time at;
    const char *from_id;
    const char *to_id;
    int64_t amount;
    const char *state;  /* in words: "debited", "credited", "rolled back"... */
    const char *reason; /* why it came to nothing; or "" */
};

struct payment_lines {
    struct payment_line *items;
    size_t count;
};

struct account_payments {
    const char *account_id;
    struct payment_lines transfers; /* the oldest first */
    struct payment_lines requests;
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
extern const struct jangle_message get_account, account_summary, pending_request;
extern const struct jangle_message get_ledger, ledger_entry, account_ledger;
extern const struct jangle_message get_payments, payment_line, account_payments;
extern const struct jangle_message get_bank_stats, bank_stats;

#endif
