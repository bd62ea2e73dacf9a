/* account.h - one customer's money, and the rules it obeys. */
#ifndef BANK_ACCOUNT_H
#define BANK_ACCOUNT_H

#include <jangle/aggregate.h>

/* What an account must know in order to decide, and no more. */
struct account_state {
    bool exists;
    bool deleted;
    int64_t balance;
    int64_t entries;        /* money events so far */
    int64_t times_forgiven; /* in its whole life */
};

extern const struct jangle_message account_state;
extern const struct jangle_aggregate account_aggregate;

#endif
