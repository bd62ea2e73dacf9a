/* account_more.h - an account is forgiven its debt, an account is deleted: the
 * messages, and the functions that the tables of an account (account.c) name. */
#ifndef BANK_ACCOUNT_MORE_H
#define BANK_ACCOUNT_MORE_H

#include <jangle/aggregate.h>

/* ---- commands ---------------------------------------------------------------- */

struct forgive_debt {
    const char *account_id;
};

struct delete_account {
    const char *account_id;
};

extern const struct jangle_message forgive_debt, delete_account;

/* ---- events ------------------------------------------------------------------ */

struct debt_forgiven {
    const char *transaction_id;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

struct account_deleted {
    const char *account_id;
};

extern const struct jangle_message debt_forgiven, account_deleted;

/* ---- functions --------------------------------------------------------------- */

jangle_decide_fn account_decide_forgiveness, account_decide_deletion;
jangle_apply_fn account_apply_forgiven, account_apply_deleted;

#endif
