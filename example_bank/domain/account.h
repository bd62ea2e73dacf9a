/* account.h - what an account remembers, and who decides its commands.
 *
 * An account remembers what it needs in order to decide, and no more. So it remembers
 * transfers and requests only while they are open: then an old account is loaded as fast
 * as a young one. A command that is sent again for a closed transfer does no harm: jangle
 * knows the id of the command, and repeats its answer. */
#ifndef BANK_ACCOUNT_H
#define BANK_ACCOUNT_H

#include "domain/account_requests.h"

/* This account was debited, and the other one has not been credited yet. */
struct open_transfer {
    const char *transaction_id;
    int64_t amount;
};

struct open_transfers {
    struct open_transfer *items;
    size_t count;
};

struct account_state {
    bool exists;
    bool deleted;
    int64_t balance;
    int64_t entries;        /* money events so far */
    int64_t times_forgiven; /* in its whole life */
    struct open_transfers transfers;
    struct sent_requests sent;         /* account_requests.h */
    struct received_requests received; /* account_requests.h */
};

extern const struct jangle_message account_state;
extern const struct jangle_aggregate account_aggregate;

/* Refuse a command if its account does not exist or is deleted. */
enum jangle_result account_refuse_unless_live(struct jangle_decision *decision,
                                              const struct account_state *account,
                                              const struct jangle_command *command);

/* Refuse a command if its amount would take the account below -100.00. */
enum jangle_result account_refuse_overdraft(struct jangle_decision *decision,
                                            const struct account_state *account,
                                            int64_t amount);

#endif
