/* ledger_view.h - the view of how a balance came to be: its question and its answer. */
#ifndef BANK_LEDGER_VIEW_H
#define BANK_LEDGER_VIEW_H

#include <jangle/subscriber.h>

struct get_ledger { /* the question */
    const char *account_id;
};

struct ledger_entry {
    int64_t entry; /* 0: the account was opened; then 1, 2, 3... */
    jangle_time at;
    const char *kind;
    int64_t amount;  /* what was added to the balance: negative for a withdrawal */
    int64_t balance; /* after this entry */
};

struct ledger_entries {
    struct ledger_entry *items;
    size_t count;
};

struct account_ledger { /* the answer */
    const char *account_id;
    struct ledger_entries entries;
};

extern const struct jangle_message get_ledger, ledger_entry, account_ledger;
extern const struct jangle_subscriber ledger_view;

#endif
