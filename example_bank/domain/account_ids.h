/* account_ids.h - who hands out account numbers. */
#ifndef BANK_ACCOUNT_IDS_H
#define BANK_ACCOUNT_IDS_H

#include <jangle/aggregate.h>

struct account_ids_state {
    int64_t last; /* number handed out */
};

extern const struct jangle_message account_ids_state;
extern const struct jangle_aggregate account_ids_aggregate;

#endif
