/* accounts_view.h - the view of all accounts: its questions and answers. */
#ifndef BANK_ACCOUNTS_VIEW_H
#define BANK_ACCOUNTS_VIEW_H

#include <jangle/subscriber.h>

/* ---- list_accounts: all accounts that are not deleted ------------------------- */

struct list_accounts {
    int64_t at_most; /* 0: all */
};

struct account_line {
    const char *account_id;
    const char *name;
    int64_t balance;
    int64_t pending_requests; /* that ask this account for money */
};

struct account_lines {
    struct account_line *items;
    size_t count;
};

struct account_list {
    struct account_lines accounts;
};

/* ---- get_account: one account, and the requests that wait for its answer ------ */

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

/* ---- get_bank_stats: the figures of the whole bank ---------------------------- */

struct get_bank_stats {
    bool including_deleted; /* the net balance counts deleted accounts, too */
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

/* ------------------------------------------------------------------------------ */

extern const struct jangle_message list_accounts, account_line, account_list;
extern const struct jangle_message get_account, account_summary, pending_request;
extern const struct jangle_message get_bank_stats, bank_stats;
extern const struct jangle_subscriber accounts_view;

#endif
