/* account.h - one customer's money, and the rules it obeys. */
#ifndef BANK_ACCOUNT_H
#define BANK_ACCOUNT_H

#include <jangle/aggregate.h>

/* Debited here; neither credited there nor rolled back yet. */
struct open_transfer {
    const char *transaction_id;
    int64_t amount;
};

struct open_transfers {
    struct open_transfer *items;
    size_t count;
};

/* This account has asked, and has neither the money nor a refusal yet. */
struct sent_request {
    const char *transaction_id;
    const char *from_id;
    int64_t amount;
    jangle_time timeout_at;
};

struct sent_requests {
    struct sent_request *items;
    size_t count;
};

/* This account was asked, and has not done with it. */
struct received_request {
    const char *transaction_id;
    int64_t amount;
    jangle_time timeout_at;
    bool accepted;
    bool debited;
};

struct received_requests {
    struct received_request *items;
    size_t count;
};

/* What an account must know in order to decide, and no more. Transfers and requests are
 * in it while they are open; a closed one is forgotten, so that an old account is no
 * slower than a young one. Who sends an old command again is answered by its id. */
struct account_state {
    bool exists;
    bool deleted;
    int64_t balance;
    int64_t entries;        /* money events so far */
    int64_t times_forgiven; /* in its whole life */
    struct open_transfers transfers;
    struct sent_requests sent;
    struct received_requests received;
};

extern const struct jangle_message account_state;
extern const struct jangle_aggregate account_aggregate;

#endif
